package totp_test

import (
	"encoding/base32"
	"testing"
	"time"

	"poolhouse.dev/internal/totp"
)

// The vectors of RFC 6238, appendix B, for SHA-1, in their last six digits.
func TestVectors(t *testing.T) {
	secret := []byte("12345678901234567890")
	for unix, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		if got := totp.Code(secret, totp.Step(time.Unix(unix, 0))); got != want {
			t.Errorf("at %d: %s, want %s", unix, got, want)
		}
	}
}

// A code counts in its own period and the ones next to it, and tells which it is of.
func TestMatch(t *testing.T) {
	secret, now := totp.NewSecret(), time.Unix(1_800_000_015, 0)
	present := totp.Step(now)
	for offset := int64(-3); offset <= 3; offset++ {
		step, ok := totp.Match(secret, totp.Code(secret, present+offset), now)
		near := offset >= -1 && offset <= 1
		if ok != near || near && step != present+offset {
			t.Errorf("the code of period %+d: %v, period %+d", offset, ok, step-present)
		}
	}
	for _, code := range []string{"", "12345", "1234567", "abcdef"} {
		if _, ok := totp.Match(secret, code, now); ok {
			t.Errorf("%q is taken", code)
		}
	}
	if _, ok := totp.Match(totp.NewSecret(), totp.Code(secret, present), now); ok {
		t.Error("another secret takes the code")
	}
}

func TestText(t *testing.T) {
	secret := totp.NewSecret()
	text := totp.Text(secret)
	back, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	if err != nil || string(back) != string(secret) || len(text) != 52 {
		t.Errorf("%q: %v", text, err)
	}
}
