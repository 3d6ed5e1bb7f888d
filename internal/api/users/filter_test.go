package users_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/api/users"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
)

func TestFilter(t *testing.T) {
	equal := func(column, value string) *store.Term { return &store.Term{Column: column, Value: value} }
	tests := map[string]struct {
		text          string
		equal, prefix *store.Term
	}{
		"none":                         {text: ""},
		"blanks are none":              {text: "  \t"},
		"exact":                        {text: `email = "Ann@Example.com"`, equal: equal("s_email", "ann@example.com")},
		"no blanks":                    {text: `email="a"`, equal: equal("s_email", "a")},
		"many blanks":                  {text: "\t email  \t=  \"a\"  ", equal: equal("s_email", "a")},
		"prefix":                       {text: `phone_number ^= "+1555"`, prefix: equal("s_phone_number", "+1555")},
		"prefix without blanks":        {text: `email^="X"`, prefix: equal("s_email", "x")},
		"empty value":                  {text: `family_name=""`, equal: equal("s_family_name", "")},
		"empty prefix":                 {text: `given_name ^= ""`, prefix: equal("s_given_name", "")},
		"blanks of the value count":    {text: `name = " a "`, equal: equal("s_name", " a ")},
		"quotes and backslashes":       {text: `name = "a\"b\\c"`, equal: equal("s_name", `a"b\c`)},
		"signs inside the value":       {text: `name = "x ^= = y"`, equal: equal("s_name", "x ^= = y")},
		"wildcards mean themselves":    {text: `name ^= "%_*"`, prefix: equal("s_name", "%_*")},
		"folding":                      {text: "preferred_username = \"RENE\u0301E STRA\u00dfE\"", equal: equal("s_preferred_username", "ren\u00e9e strasse")},
		"user name keeps its case":     {text: `username = "Ann"`, equal: equal("username", "Ann")},
		"sub without regard to case":   {text: `sub = "34C8-ab"`, equal: equal("sub", "34c8-ab")},
		"status of the account":        {text: `cognito:user_status = "confirmed"`, equal: equal("status", "CONFIRMED")},
		"status of the account begins": {text: `cognito:user_status ^= "un"`, prefix: equal("status", "UN")},
		"enabled keeps its case":       {text: `status = "enabled"`, equal: equal("enabled", "enabled")},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := users.FilterQuery(test.text, "pool")
			if err != nil {
				t.Fatal(err)
			}
			want := store.Query{Table: user.TableUsers, Equal: []store.Term{{Column: "pool_id", Value: "pool"}}, Prefix: test.prefix}
			if test.equal != nil {
				want.Equal = append(want.Equal, *test.equal)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("query (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFilterRefuses(t *testing.T) {
	const syntax = "Error while parsing filter."
	for text, want := range map[string]string{
		`username = foo`:                syntax,
		`username=`:                     syntax,
		`username`:                      syntax,
		`= "a"`:                         syntax,
		`"email" = "a"`:                 syntax,
		`email "a"`:                     syntax,
		`email == "a"`:                  syntax,
		`email ^ = "a"`:                 syntax,
		`email ~= "a"`:                  syntax,
		`email != "a"`:                  syntax,
		`email = 'a'`:                   syntax,
		`email = "a`:                    syntax,
		`email = "`:                     syntax,
		`email = a"`:                    syntax,
		`email = "a" and name = "b"`:    syntax,
		`email = "a" x`:                 syntax,
		`email = "a\n"`:                 syntax,
		`email = "a\"`:                  syntax,
		`email = "a"b"`:                 syntax,
		"email = \"a\x00\"":             syntax,
		"email = \"\xff\"":              syntax,
		`nickname = "a"`:                "Invalid search attribute: nickname",
		`Email = "a"`:                   "Invalid search attribute: Email",
		`custom:tier = "a"`:             "Invalid search attribute: custom:tier",
		`s_email = "a"`:                 "Invalid search attribute: s_email",
		`enabled = "Enabled"`:           "Invalid search attribute: enabled",
		`pool_id ^= ""`:                 "Invalid search attribute: pool_id",
		`email_verified = "true"`:       "Invalid search attribute: email_verified",
		`1=1;-- = "a"`:                  syntax,
		strings.Repeat("\"", 200) + "=": syntax,
	} {
		t.Run(text, func(t *testing.T) {
			_, err := users.FilterQuery(text, "pool")
			if f := fault.As(err); f == nil || f.Error() != "InvalidParameterException: "+want {
				t.Errorf("got %v, want %s", err, want)
			}
		})
	}
}

// FuzzFilter keeps every filter inside its pool, and its answer a fault.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{"", `email = "a"`, `email^="\"\\"`, `status = "`, "name = \"\x00\"", `x = ""`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := users.FilterQuery(text, "pool")
		if err != nil {
			if fault.As(err) == nil {
				t.Fatalf("an error that is no fault: %v", err)
			}
			return
		}
		if q.Table != user.TableUsers || len(q.Equal) == 0 || q.Equal[0] != (store.Term{Column: "pool_id", Value: "pool"}) {
			t.Fatalf("%q asks for %+v", text, q)
		}
	})
}
