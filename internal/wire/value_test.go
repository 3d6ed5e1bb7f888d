package wire_test

import (
	"encoding/json"
	"testing"
	"time"

	"poolhouse.dev/internal/wire"
)

func TestTimestamp(t *testing.T) {
	for _, test := range []struct {
		name string
		at   time.Time
		want string
	}{
		{"milliseconds", time.UnixMilli(1547833345777), "1547833345.777"},
		{"trailing zero", time.UnixMilli(1689030181630), "1689030181.63"},
		{"whole second", time.Unix(1700574872, 0), "1700574872"},
		{"leading zeros", time.UnixMilli(1700574872005), "1700574872.005"},
		{"beyond the millisecond", time.Unix(1700574872, 5_999_999), "1700574872.005"},
		{"epoch", time.Unix(0, 0), "0"},
		{"before the epoch", time.UnixMilli(-1500), "-1.5"},
	} {
		t.Run(test.name, func(t *testing.T) {
			text, err := json.Marshal(wire.Timestamp{Time: test.at})
			if err != nil || string(text) != test.want {
				t.Errorf("%s, %v, want %s", text, err, test.want)
			}
			var back wire.Timestamp
			if err := json.Unmarshal(text, &back); err != nil || !back.Equal(test.at.Truncate(time.Millisecond)) {
				t.Errorf("read back as %v, %v", back, err)
			}
		})
	}
}

func TestTimestampReadsAnExponent(t *testing.T) {
	var got wire.Timestamp
	if err := json.Unmarshal([]byte("1.70057487582E9"), &got); err != nil || !got.Equal(time.UnixMilli(1700574875820)) {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{`"2023-01-01"`, "1e300", "true"} {
		if err := json.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

func TestAbsentAndEmptyMembers(t *testing.T) {
	for _, test := range []struct {
		name string
		in   any
		want string
	}{
		{"absent", wire.UserType{}, `{}`},
		{"empty list", wire.UserType{Attributes: []wire.AttributeType{}}, `{"Attributes":[]}`},
		{"empty map", wire.CreateIdentityProviderRequest{ProviderDetails: map[string]string{}}, `{"ProviderDetails":{}}`},
		{"zero values", wire.UserType{Enabled: wire.Ptr(false), Username: wire.Ptr("")}, `{"Username":"","Enabled":false}`},
		{"time", wire.UserType{UserCreateDate: wire.TimestampOf(time.Unix(5, 0))}, `{"UserCreateDate":5}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			text, err := json.Marshal(test.in)
			if err != nil || string(text) != test.want {
				t.Errorf("%s, %v, want %s", text, err, test.want)
			}
		})
	}
}

func TestDeref(t *testing.T) {
	if wire.Deref[string](nil) != "" || wire.Deref(wire.Ptr(int32(7))) != 7 {
		t.Error("Deref returned the wrong value")
	}
}
