package user_test

import (
	"testing"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

// newTemporary returns a user whom an administrator made and who has to change
// the password.
func newTemporary(p *pool.Pool, namesAndValues ...string) *user.User {
	u := newAnn(p, namesAndValues...)
	u.Status = user.ForceChangePassword
	return u
}

func TestDecideCompletion(t *testing.T) {
	tests := map[string]struct {
		pool    *pool.Pool
		attrs   []string
		changes user.Attributes
		want    user.Attributes
		taken   []string
	}{
		"nothing is missing": {
			pool: newPool(required("email")), attrs: contacts, want: attrs(contacts...),
		},
		"a missing one is given, another is changed": {
			pool: newPool(required("name")), attrs: []string{"nickname", "A"}, changes: attrs("name", "Ann", "nickname", "B"),
			want: attrs("nickname", "B", "name", "Ann"),
		},
		"an immutable one that is required can be given once": {
			pool: newPool(required("name"), immutable("name")), changes: attrs("name", "Ann"), want: attrs("name", "Ann"),
		},
		"a missing e-mail is unverified and gets no code": {
			pool: newPool(required("email"), verifyFirst("email"), aliases("email")), changes: attrs("email", "ann@example.com"),
			want: attrs("email", "ann@example.com", "email_verified", "false"),
		},
		"a missing e-mail that stands for the user name": {
			pool: newPool(named("email", "phone_number"), required("email")), attrs: []string{"phone_number", "+15550100"},
			changes: attrs("email", "ann@example.com"), want: attrs("phone_number", "+15550100", "email", "ann@example.com", "email_verified", "false"),
			taken: []string{"email=ann@example.com"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			u := newTemporary(test.pool, test.attrs...)
			d, err := user.DecideCompletion(test.pool, newClient(test.pool), u, test.changes, []byte("new"), now)
			if err != nil {
				t.Fatal(err)
			}
			want := newTemporary(test.pool)
			want.Status, want.Attributes, want.Verifier, want.PasswordSetAt, want.ModifiedAt = user.Confirmed, test.want, []byte("new"), now, now
			wantSame(t, "user", want, d.User)
			wantSame(t, "taken", test.taken, names(d.Taken))
			if len(d.Send) > 0 {
				t.Errorf("codes are to be sent: %v", d.Send)
			}
			wantSame(t, "the user as read", newTemporary(test.pool, test.attrs...), u)
		})
	}
}

func TestDecideCompletionRefuses(t *testing.T) {
	tests := map[string]struct {
		pool       *pool.Pool
		write      []string
		attrs      []string
		changes    user.Attributes
		code, text string
	}{
		"a required one that is there": {
			pool: newPool(required("name")), attrs: []string{"name", "Ann"}, changes: attrs("name", "Eve"),
			code: notAuthorized, text: "Cannot modify an already provided name",
		},
		"an e-mail that is there, required or not": {
			pool: newPool(), attrs: contacts, changes: attrs("email", "eve@example.com"),
			code: notAuthorized, text: "Cannot modify an already provided email",
		},
		"a phone number that is there, to remove it": {
			pool: newPool(), attrs: contacts, changes: attrs("phone_number", ""),
			code: notAuthorized, text: "Cannot modify an already provided phone_number",
		},
		"one is missing": {
			pool: newPool(required("name", "email")), attrs: contacts, changes: attrs("nickname", "A"),
			code: invalidParameter, text: "Invalid attributes given, name is missing",
		},
		"the missing one is blank": {
			pool: newPool(required("name")), changes: attrs("name", ""), code: invalidParameter, text: "Invalid attributes given, name is missing",
		},
		"the last duplicate is blank": {
			pool: newPool(required("name")), changes: attrs("name", "Ann", "name", ""), code: invalidParameter, text: "Invalid attributes given, name is missing",
		},
		"verified flag": {
			pool: newPool(), changes: attrs("email", "ann@example.com", "email_verified", "true"), code: notAuthorized, text: unauthorized,
		},
		"outside the client's list": {
			pool: newPool(), write: []string{"name"}, changes: attrs("custom:tier", "gold"), code: notAuthorized, text: unauthorized,
		},
		"immutable and not required": {
			pool: newPool(), changes: attrs("custom:badge", "7"), code: invalidParameter, text: "user.custom:badge: Attribute cannot be updated.\n",
		},
		"e-mail format": {
			pool: newPool(), changes: attrs("email", "ann"), code: invalidParameter, text: "Invalid email address format.",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d, err := user.DecideCompletion(test.pool, newClient(test.pool, test.write...), newTemporary(test.pool, test.attrs...), test.changes, []byte("new"), now)
			wantFault(t, err, test.code, test.text)
			if d != nil {
				t.Error("something is to be stored")
			}
		})
	}
}
