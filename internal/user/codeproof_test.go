package user_test

import (
	"testing"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

func TestDecideSignInByCode(t *testing.T) {
	for _, c := range []struct {
		name  string
		pool  []func(*pool.Settings)
		has   []string
		proof user.CodeProof
		// status is the user's before; "" is CONFIRMED.
		status user.Status
		want   []string
		list   []string
		taken  []string
		same   bool
	}{
		{name: "a value that is verified", has: []string{"email", "a@b.c", "email_verified", "true"}, proof: user.CodeProof{Attribute: "email", Target: "a@b.c", Verify: true}, same: true},
		{name: "a value that is not", has: []string{"email", "a@b.c", "email_verified", "false"}, proof: user.CodeProof{Attribute: "email", Target: "a@b.c", Verify: true}, want: []string{"email", "a@b.c", "email_verified", "true"}},
		{name: "a number", has: []string{"phone_number", "+15550100"}, proof: user.CodeProof{Attribute: "phone_number", Target: "+15550100", Verify: true}, want: []string{"phone_number", "+15550100", "phone_number_verified", "true"}},
		{name: "an alias", pool: []func(*pool.Settings){aliases("email")}, has: []string{"email", "a@b.c"}, proof: user.CodeProof{Attribute: "email", Target: "a@b.c", Verify: true},
			want: []string{"email", "a@b.c", "email_verified", "true"}, taken: []string{"email=a@b.c"}},
		{name: "a value that was replaced since", has: []string{"email", "new@b.c"}, proof: user.CodeProof{Attribute: "email", Target: "a@b.c", Verify: true}, same: true},
		{name: "a value that was removed since", proof: user.CodeProof{Attribute: "email", Target: "a@b.c", Verify: true}, same: true},
		{name: "somebody else's", has: []string{"email", "a@b.c"}, proof: user.CodeProof{Attribute: "email", Target: "a@b.c"}, same: true},
		{name: "set up", proof: user.CodeProof{Attribute: "email", Target: "a@b.c", SetUp: true, Verify: true}, want: []string{"email", "a@b.c", "email_verified", "true"}, list: []string{"EMAIL_OTP"}},
		{name: "set up with somebody else's", proof: user.CodeProof{Attribute: "email", Target: "a@b.c", SetUp: true}, same: true},
		{name: "all that was asked for", status: user.Unconfirmed, has: []string{"email", "a@b.c"}, proof: user.CodeProof{Attribute: "email", Target: "a@b.c", First: true, Verify: true}, want: []string{"email", "a@b.c", "email_verified", "true"}},
		{name: "all that was asked for, somebody else's", status: user.Unconfirmed, has: []string{"email", "a@b.c"}, proof: user.CodeProof{Attribute: "email", Target: "a@b.c", First: true}, want: []string{"email", "a@b.c"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPool(c.pool...)
			u := newAnn(p, c.has...)
			if c.status != "" {
				u.Status = c.status
			}
			was := u.Clone()
			d := user.DecideSignInByCode(p, u, c.proof, now)
			wantSame(t, "the user as read", was, u)
			if d == nil || c.same {
				if d != nil || !c.same {
					t.Errorf("got %+v", d)
				}
				return
			}
			wantSame(t, "attributes", attrs(c.want...), d.User.Attributes)
			wantSame(t, "factors", c.list, d.User.Factors.List())
			wantSame(t, "taken names", c.taken, names(d.Taken))
			if d.User.Status != user.Confirmed || !d.User.ModifiedAt.Equal(now) || len(d.Released) != 0 {
				t.Errorf("status %s, modified %v, released %v", d.User.Status, d.User.ModifiedAt, d.Released)
			}
		})
	}
}
