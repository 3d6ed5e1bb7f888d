package user_test

import (
	"testing"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

// Who somebody becomes that another directory hands over.
func TestDecideMigration(t *testing.T) {
	for name, test := range map[string]struct {
		pool    *pool.Pool
		typed   string
		migrant user.Migrant
		want    user.User
		claims  int
		fault   string
	}{
		"confirmed": {
			typed: "ann", migrant: user.Migrant{Attributes: attrs("name", "Ann", "custom:badge", "7", "dev:custom:rank", "1"), Confirmed: true},
			want: user.User{Username: "ann", Status: user.Confirmed, Attributes: attrs("custom:badge", "7", "dev:custom:rank", "1", "name", "Ann")}, claims: 2,
		},
		"to reset": {
			typed: "ann", migrant: user.Migrant{Attributes: attrs("name", "Ann")},
			want: user.User{Username: "ann", Status: user.ResetRequired, Attributes: attrs("name", "Ann")}, claims: 2,
		},
		"with an address": {
			pool: newPool(aliases("email")), typed: "ann", migrant: user.Migrant{Attributes: attrs("email", "a@b.example", "email_verified", "True"), Confirmed: true},
			want: user.User{Username: "ann", Status: user.Confirmed, Attributes: attrs("email", "a@b.example", "email_verified", "true")}, claims: 3,
		},
		"with an address that is not vouched for": {
			pool: newPool(aliases("email")), typed: "ann", migrant: user.Migrant{Attributes: attrs("email", "a@b.example"), Confirmed: true},
			want: user.User{Username: "ann", Status: user.Confirmed, Attributes: attrs("email", "a@b.example", "email_verified", "false")}, claims: 2,
		},
		"by an alias": {
			pool: newPool(aliases("email")), typed: "a@b.example", migrant: user.Migrant{Attributes: attrs("username", "ann", "email", "a@b.example", "email_verified", "true"), Confirmed: true},
			want: user.User{Username: "ann", Status: user.Confirmed, Attributes: attrs("email", "a@b.example", "email_verified", "true")}, claims: 3,
		},
		"in a pool of addresses": {
			pool: newPool(named("email")), typed: "a@b.example", migrant: user.Migrant{Attributes: attrs("username", "ann", "name", "Ann"), Confirmed: true},
			want: user.User{Username: string(annSub), Status: user.Confirmed, Attributes: attrs("email", "a@b.example", "email_verified", "false", "name", "Ann")}, claims: 2,
		},
		"what is the pool's own": {
			typed: "ann", migrant: user.Migrant{Attributes: attrs("sub", "x", "cognito:user_status", "CONFIRMED", "name", "Ann")},
			want: user.User{Username: "ann", Status: user.ResetRequired, Attributes: attrs("name", "Ann")}, claims: 2,
		},
		"with text messages": {
			typed: "ann", migrant: user.Migrant{Attributes: attrs("phone_number", "+15550100"), Confirmed: true, SMS: true},
			want: user.User{Username: "ann", Status: user.Confirmed, Attributes: attrs("phone_number", "+15550100", "phone_number_verified", "false"), Factors: user.Factors{SMS: true}}, claims: 2,
		},
		"with text messages to nowhere": {
			typed: "ann", migrant: user.Migrant{Attributes: attrs("name", "Ann"), Confirmed: true, SMS: true},
			want: user.User{Username: "ann", Status: user.Confirmed, Attributes: attrs("name", "Ann")}, claims: 2,
		},
		"an address as a name": {
			pool: newPool(aliases("email")), typed: "a@b.example", migrant: user.Migrant{Attributes: attrs("email", "a@b.example")},
			fault: "InvalidParameterException: Username cannot be of email format, since user pool is configured for email alias.",
		},
		"another address than the name": {
			pool: newPool(named("email")), typed: "a@b.example", migrant: user.Migrant{Attributes: attrs("email", "c@d.example")},
			fault: "InvalidParameterException: The attribute email must equal the username.",
		},
		"an attribute that is none": {
			typed: "ann", migrant: user.Migrant{Attributes: attrs("custom:none", "x")},
			fault: "InvalidParameterException: Attributes did not conform to the schema: custom:none: Attribute does not exist in the schema.\n",
		},
		"no address": {
			typed: "ann", migrant: user.Migrant{Attributes: attrs("email", "x")},
			fault: "InvalidParameterException: Invalid email address format.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := test.pool
			if p == nil {
				p = newPool()
			}
			given := test.migrant.Attributes.Sorted()
			draft, err := user.DecideMigration(p, annSub, test.typed, test.migrant, now)
			if test.fault != "" {
				if err == nil || err.Error() != test.fault {
					t.Errorf("got  %v\nwant %s", err, test.fault)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			draft.User.Attributes = draft.User.Attributes.Sorted()
			want := test.want
			want.PoolID, want.Sub, want.PasswordSetAt, want.CreatedAt, want.ModifiedAt = p.ID, annSub, now, now, now
			wantSame(t, "user", &want, draft.User)
			if len(draft.Claims) != test.claims {
				t.Errorf("names %v, want %d", draft.Claims, test.claims)
			}
			wantSame(t, "what was given", given, test.migrant.Attributes.Sorted())
		})
	}
}
