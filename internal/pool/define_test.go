package pool_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
)

func ptr[T any](v T) *T { return &v }

// want is an exact fault: its exception name and message; "" is none.
func checkFault(t *testing.T, err error, want string) {
	t.Helper()
	got := ""
	if err != nil {
		f := fault.As(err)
		if f == nil {
			t.Fatalf("not a fault: %v", err)
		}
		got = f.Code + ": " + f.Message
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fault (-want +got):\n%s", diff)
	}
}

const invalid = "InvalidParameterException: "

func TestDefineSchemaRefusals(t *testing.T) {
	text := func(name string) pool.AttributeDraft { return pool.AttributeDraft{Name: name, Type: pool.TypeString} }
	limited := func(low, high string) *pool.Limits { return &pool.Limits{Min: &low, Max: &high} }
	for _, c := range []struct {
		name   string
		drafts []pool.AttributeDraft
		want   string
	}{
		{"type of a standard attribute", []pool.AttributeDraft{{Name: "email", Type: pool.TypeNumber}}, "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute email"},
		{"standard attribute for developers", []pool.AttributeDraft{{Name: "name", DeveloperOnly: true}}, "You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute name"},
		{"standard attribute twice", []pool.AttributeDraft{{Name: "email"}, {Name: "email"}}, "Duplicate attribute names email are not allowed in a user pool schema."},
		{"custom without a type", []pool.AttributeDraft{{Name: "tier"}}, "Invalid AttributeDataType input, consider using the provided AttributeDataType enum."},
		{"custom without a name", []pool.AttributeDraft{text("")}, "Name is required for every attribute of a user pool schema."},
		{"required custom", []pool.AttributeDraft{{Name: "tier", Type: pool.TypeString, Required: ptr(true)}}, "Required custom attributes are not supported currently."},
		{"custom twice", []pool.AttributeDraft{text("tier"), text("tier")}, "Duplicate custom attribute names custom:tier are not allowed in a user pool schema."},
		{"string limits crossed", []pool.AttributeDraft{{Name: "tier", Type: pool.TypeString, String: limited("9", "8")}}, "Attribute custom:tier cannot have a max length shorter than it's min length"},
		{"number limits crossed", []pool.AttributeDraft{{Name: "rank", Type: pool.TypeNumber, Number: limited("1", "-1")}}, "Attribute custom:rank cannot have a max value smaller than it's min value"},
		{"standard limits crossed", []pool.AttributeDraft{{Name: "email", String: limited("9", "8")}}, "Attribute email cannot have a max length shorter than it's min length"},
		{"string too long", []pool.AttributeDraft{{Name: "tier", Type: pool.TypeString, String: limited("0", "2049")}}, "Attribute custom:tier: String attributes cannot have a length of more than 2048."},
		{"negative length", []pool.AttributeDraft{{Name: "tier", Type: pool.TypeString, String: limited("-1", "5")}}, "Attribute custom:tier has a constraint that is not a whole number in the allowed range."},
		{"limit that is no number", []pool.AttributeDraft{{Name: "rank", Type: pool.TypeNumber, Number: limited("low", "5")}}, "Attribute custom:rank has a constraint that is not a whole number in the allowed range."},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := pool.DefineSchema(c.drafts)
			checkFault(t, err, invalid+c.want)
		})
	}
}

func TestDefineSchemaOverrides(t *testing.T) {
	schema, err := pool.DefineSchema([]pool.AttributeDraft{
		{Name: "rank", Type: pool.TypeNumber, Mutable: ptr(true)},
		{Name: "email", Required: ptr(true), String: &pool.Limits{Max: ptr("99")}},
		{Name: "name", Type: pool.TypeString, Mutable: ptr(false)},
		{Name: "sub", Mutable: ptr(true), Required: ptr(false)},
		{Name: "tier", Type: pool.TypeString},
		{Name: "since", Type: pool.TypeDateTime, DeveloperOnly: true, String: &pool.Limits{}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := pool.StandardSchema()
	for i := range want {
		switch want[i].Name {
		case "email":
			want[i].Required, want[i].String = true, &pool.Limits{Max: ptr("99")}
		case "name":
			want[i].Mutable = false
		}
	}
	want = append(want,
		pool.Attribute{Name: "custom:rank", Type: pool.TypeNumber, Mutable: true, Number: &pool.Limits{}},
		pool.Attribute{Name: "custom:tier", Type: pool.TypeString, String: &pool.Limits{}},
		pool.Attribute{Name: "dev:custom:since", Type: pool.TypeDateTime, DeveloperOnly: true},
	)
	if diff := cmp.Diff(want, schema); diff != "" {
		t.Errorf("schema (-want +got):\n%s", diff)
	}
}

func TestExtendRefusesTakenNames(t *testing.T) {
	schema, err := pool.DefineSchema([]pool.AttributeDraft{{Name: "a", Type: pool.TypeString}, {Name: "b", Type: pool.TypeString, DeveloperOnly: true}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name      string
		developer bool
		want      string
	}{
		{"a", false, "custom:a: Existing attribute already has name custom:a."},
		{"b", false, "custom:b: Existing attribute already has name dev:custom:b."},
		{"a", true, "dev:custom:a: Existing attribute already has name custom:a."},
	} {
		_, err := schema.Extend([]pool.AttributeDraft{{Name: c.name, Type: pool.TypeString, DeveloperOnly: c.developer}})
		checkFault(t, err, invalid+c.want)
	}
}

// An extended schema begins with the one before it, and never holds more than
// fifty attributes of its own.
func TestExtendAppends(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		schema, next := pool.StandardSchema(), 0
		for range rapid.IntRange(1, 4).Draw(t, "calls") {
			drafts := make([]pool.AttributeDraft, rapid.IntRange(1, 25).Draw(t, "drafts"))
			for i := range drafts {
				drafts[i] = pool.AttributeDraft{Name: fmt.Sprint("a", next), Type: rapid.SampledFrom([]string{pool.TypeString, pool.TypeNumber}).Draw(t, "type")}
				next++
			}
			longer, err := schema.Extend(drafts)
			if room := len(schema)+len(drafts) <= 20+pool.MaxCustomAttributes; room != (err == nil) {
				t.Fatalf("%d and %d attributes: %v", len(schema), len(drafts), err)
			}
			if err != nil {
				return
			}
			if diff := cmp.Diff(schema, longer[:len(schema)]); diff != "" {
				t.Fatalf("the beginning changed:\n%s", diff)
			}
			schema = longer
		}
	})
}
