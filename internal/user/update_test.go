package user_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

// stored and verified contacts that most cases start from.
var contacts = []string{
	"email", "old@example.com", "email_verified", "true",
	"phone_number", "+15550100", "phone_number_verified", "true",
}

// TestDecideUpdateOfContacts has what becomes of a new e-mail address or phone
// number, by the pool's settings and by who writes.
func TestDecideUpdateOfContacts(t *testing.T) {
	const admin, app = true, false
	kept := attrs(contacts...)
	tests := map[string]struct {
		pool    *pool.Pool
		admin   bool
		changes user.Attributes
		want    user.Attributes // of the e-mail address and phone number
		send    []user.CodeRequest
		void    []string
	}{
		"not verified automatically: replaced, flag cleared, no code": {
			newPool(), app, attrs("email", "new@example.com"),
			attrs("email", "new@example.com", "email_verified", "false", "phone_number", "+15550100", "phone_number_verified", "true"),
			nil, []string{"email"},
		},
		"verified automatically: replaced, flag cleared, code to the new value": {
			newPool(autoVerified("email")), app, attrs("email", "new@example.com"),
			attrs("email", "new@example.com", "email_verified", "false", "phone_number", "+15550100", "phone_number_verified", "true"),
			[]user.CodeRequest{{Attribute: "email", Target: "new@example.com"}}, []string{"email"},
		},
		"verified before update: kept, code to the new value": {
			newPool(verifyFirst("email")), app, attrs("email", "new@example.com"),
			kept, []user.CodeRequest{{Attribute: "email", Target: "new@example.com", Pending: true}}, nil,
		},
		"another case is another value": {
			newPool(autoVerified("email"), insensitive), app, attrs("email", "OLD@example.com"),
			attrs("email", "OLD@example.com", "email_verified", "false", "phone_number", "+15550100", "phone_number_verified", "true"),
			[]user.CodeRequest{{Attribute: "email", Target: "OLD@example.com"}}, []string{"email"},
		},
		"the stored value: no code, flag kept": {
			newPool(autoVerified("email")), app, attrs("email", "old@example.com"), kept, nil, []string{"email"},
		},
		"the stored value takes a pending one back": {
			newPool(verifyFirst("email")), app, attrs("email", "old@example.com"), kept, nil, []string{"email"},
		},
		"blank: removed with its flag": {
			newPool(verifyFirst("email")), app, attrs("email", ""),
			attrs("phone_number", "+15550100", "phone_number_verified", "true"), nil, []string{"email"},
		},
		"both at once, each for itself": {
			newPool(autoVerified("email", "phone_number"), func(s *pool.Settings) { s.VerifyBeforeUpdate = []string{"phone_number"} }),
			app, attrs("email", "new@example.com", "phone_number", "+15550199"),
			attrs("email", "new@example.com", "email_verified", "false", "phone_number", "+15550100", "phone_number_verified", "true"),
			[]user.CodeRequest{{Attribute: "email", Target: "new@example.com"}, {Attribute: "phone_number", Target: "+15550199", Pending: true}},
			[]string{"email"},
		},
		"duplicates: the last one counts": {
			newPool(autoVerified("email")), app, attrs("email", "first@example.com", "email", "new@example.com"),
			attrs("email", "new@example.com", "email_verified", "false", "phone_number", "+15550100", "phone_number_verified", "true"),
			[]user.CodeRequest{{Attribute: "email", Target: "new@example.com"}}, []string{"email"},
		},
		"administrator: flag cleared and code sent": {
			newPool(autoVerified("email")), admin, attrs("email", "new@example.com"),
			attrs("email", "new@example.com", "email_verified", "false", "phone_number", "+15550100", "phone_number_verified", "true"),
			[]user.CodeRequest{{Attribute: "email", Target: "new@example.com"}}, []string{"email"},
		},
		"administrator: pending as well": {
			newPool(verifyFirst("email")), admin, attrs("email", "new@example.com"),
			kept, []user.CodeRequest{{Attribute: "email", Target: "new@example.com", Pending: true}}, nil,
		},
		"administrator vouches: at once, no code": {
			newPool(verifyFirst("email")), admin, attrs("email_verified", "True", "email", "new@example.com"),
			attrs("email", "new@example.com", "email_verified", "true", "phone_number", "+15550100", "phone_number_verified", "true"),
			nil, []string{"email"},
		},
		"administrator says unverified beside a new value: pending as usual": {
			newPool(verifyFirst("email")), admin, attrs("email", "new@example.com", "email_verified", "false"),
			kept, []user.CodeRequest{{Attribute: "email", Target: "new@example.com", Pending: true}}, nil,
		},
		"administrator says unverified beside a new value that is stored": {
			newPool(autoVerified("email")), admin, attrs("email", "new@example.com", "email_verified", "FALSE"),
			attrs("email", "new@example.com", "email_verified", "false", "phone_number", "+15550100", "phone_number_verified", "true"),
			[]user.CodeRequest{{Attribute: "email", Target: "new@example.com"}}, []string{"email"},
		},
		"administrator marks the stored value": {
			newPool(verifyFirst("phone_number")), admin, attrs("phone_number_verified", "false"),
			attrs("email", "old@example.com", "email_verified", "true", "phone_number", "+15550100", "phone_number_verified", "false"),
			nil, nil,
		},
		"the flag of one vouches for nothing else": {
			newPool(verifyFirst("email", "phone_number")), admin, attrs("email", "new@example.com", "phone_number_verified", "true"),
			kept, []user.CodeRequest{{Attribute: "email", Target: "new@example.com", Pending: true}}, nil,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := user.Writer{Client: newClient(test.pool)}
			if test.admin {
				w.Client = nil
			}
			u := newAnn(test.pool, contacts...)
			d, err := user.DecideUpdate(test.pool, w, u, test.changes, now)
			if err != nil {
				t.Fatal(err)
			}
			wantSame(t, "attributes", test.want, d.User.Attributes)
			wantSame(t, "codes to send", test.send, d.Send)
			wantSame(t, "void codes", test.void, d.Void)
			if !d.User.ModifiedAt.Equal(now) || d.User.Stamp != u.Stamp {
				t.Errorf("the changed user has the time %v and the stamp %v", d.User.ModifiedAt, d.User.Stamp)
			}
			wantSame(t, "the user as read", newAnn(test.pool, contacts...), u)
			for _, r := range test.send {
				if !d.Sends(r.Attribute) {
					t.Errorf("Sends(%s) denies its code", r.Attribute)
				}
			}
		})
	}
}

func TestDecideUpdateNames(t *testing.T) {
	tests := map[string]struct {
		pool                   *pool.Pool
		admin                  bool
		user, changes          user.Attributes
		released, taken, probe []string
	}{
		"e-mail alias is given up with its verified state": {
			pool: newPool(aliases("email"), autoVerified("email")), user: attrs(contacts...), changes: attrs("email", "new@example.com"),
			released: []string{"email=old@example.com"},
		},
		"a pending value reserves nothing in an alias pool": {
			pool: newPool(aliases("email"), verifyFirst("email")), user: attrs(contacts...), changes: attrs("email", "new@example.com"),
		},
		"a vouched e-mail is taken at once": {
			pool: newPool(aliases("email"), verifyFirst("email")), admin: true, user: attrs(contacts...),
			changes:  attrs("email", "new@example.com", "email_verified", "true"),
			released: []string{"email=old@example.com"}, taken: []string{"email=new@example.com"},
		},
		"a flag alone takes the name": {
			pool: newPool(aliases("email")), admin: true, user: attrs("email", "old@example.com", "email_verified", "false"),
			changes: attrs("email_verified", "true"), taken: []string{"email=old@example.com"},
		},
		"a flag alone gives it up": {
			pool: newPool(aliases("email")), admin: true, user: attrs(contacts...),
			changes: attrs("email_verified", "false"), released: []string{"email=old@example.com"},
		},
		"an e-mail that stands for the user name changes hands unverified": {
			pool: newPool(named("email"), autoVerified("email")), user: attrs(contacts...), changes: attrs("email", "new@example.com"),
			released: []string{"email=old@example.com"}, taken: []string{"email=new@example.com"},
		},
		"pending, it must be free": {
			pool: newPool(named("email"), verifyFirst("email")), user: attrs(contacts...), changes: attrs("email", "new@example.com"),
			probe: []string{"email=new@example.com"},
		},
		"another case of the own name changes no hands": {
			pool: newPool(named("email"), insensitive), user: attrs(contacts...), changes: attrs("email", "Old@Example.com"),
		},
		"removing a verified alias": {
			pool: newPool(aliases("email")), user: attrs(contacts...), changes: attrs("email", ""), released: []string{"email=old@example.com"},
		},
		"preferred name": {
			pool: newPool(aliases("preferred_username"), insensitive), user: attrs("preferred_username", "annie"), changes: attrs("preferred_username", "Anna"),
			released: []string{"name=annie"}, taken: []string{"name=anna"},
		},
		"preferred name that is no alias": {
			pool: newPool(aliases("email")), user: attrs(contacts...), changes: attrs("preferred_username", "anna"),
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := user.Writer{Client: newClient(test.pool)}
			if test.admin {
				w.Client = nil
			}
			u := newAnn(test.pool)
			u.Attributes = test.user
			d, err := user.DecideUpdate(test.pool, w, u, test.changes, now)
			if err != nil {
				t.Fatal(err)
			}
			wantSame(t, "released", test.released, names(d.Released))
			wantSame(t, "taken", test.taken, names(d.Taken))
			wantSame(t, "probed", test.probe, names(d.Probe))
		})
	}
}

func TestDecideUpdateOfOtherAttributes(t *testing.T) {
	p := newPool(verifyFirst("email"))
	start := []string{"name", "Ann", "custom:tier", "gold"}
	tests := map[string]struct {
		client  *pool.Client
		changes user.Attributes
		want    user.Attributes
	}{
		"set and replaced, in the order of first writing": {newClient(p), attrs("nickname", "A", "name", "Anna"), attrs("name", "Anna", "custom:tier", "gold", "nickname", "A")},
		"blank deletes":                        {newClient(p), attrs("name", "", "custom:tier", ""), nil},
		"blank for what is not set":            {newClient(p), attrs("nickname", ""), attrs(start...)},
		"nothing":                              {newClient(p), nil, attrs(start...)},
		"booleans in lower case":               {newClient(p), attrs("custom:staff", "TRUE"), attrs(append(start, "custom:staff", "true")...)},
		"text as it was sent":                  {newClient(p), attrs("nickname", " TRUE\u00a0e\u0301 "), attrs(append(start, "nickname", " TRUE\u00a0e\u0301 ")...)},
		"duplicates: the last one counts":      {newClient(p), attrs("nickname", "A", "name", "", "nickname", "B", "name", "Anna"), attrs("name", "Anna", "custom:tier", "gold", "nickname", "B")},
		"a list of the client's own":           {newClient(p, "nickname"), attrs("nickname", "A"), attrs(append(start, "nickname", "A")...)},
		"administrators write developers' own": {nil, attrs("dev:custom:rank", "7"), attrs(append(start, "dev:custom:rank", "7")...)},
		"updated_at is an ordinary attribute":  {newClient(p), attrs("updated_at", "12"), attrs(append(start, "updated_at", "12")...)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d, err := user.DecideUpdate(p, user.Writer{Client: test.client}, newAnn(p, start...), test.changes, now)
			if err != nil {
				t.Fatal(err)
			}
			wantSame(t, "attributes", test.want, append(user.Attributes(nil), d.User.Attributes...))
			if len(d.Send)+len(d.Void)+len(d.Released)+len(d.Taken) > 0 {
				t.Errorf("it has effects: %+v", d)
			}
		})
	}
}

func TestUpdateVoidsCodes(t *testing.T) {
	p := newPool(autoVerified("email"))
	pending := &user.Code{Attribute: "email", Target: "next@example.com", Pending: true}
	own := &user.Code{Attribute: "email", Target: "old@example.com"}
	phone := &user.Code{Attribute: "phone_number", Target: "+15550100"}
	tests := map[string]struct {
		changes user.Attributes
		want    map[string]bool
	}{
		"something else":    {attrs("name", "Ann"), map[string]bool{"pending": false, "own": false, "phone": false}},
		"the stored value":  {attrs("email", "old@example.com"), map[string]bool{"pending": true, "own": false, "phone": false}},
		"blank":             {attrs("email", ""), map[string]bool{"pending": true, "own": true, "phone": false}},
		"vouched value":     {attrs("email", "v@example.com", "email_verified", "true"), map[string]bool{"pending": true, "own": true, "phone": false}},
		"replaced by codes": {attrs("email", "new@example.com"), map[string]bool{"pending": false, "own": false, "phone": false}},
		"only the flag":     {attrs("email_verified", "true"), map[string]bool{"pending": false, "own": false, "phone": false}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d, err := user.DecideUpdate(p, user.Writer{}, newAnn(p, contacts...), test.changes, now)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]bool{"pending": d.Voids(pending), "own": d.Voids(own), "phone": d.Voids(phone)}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("void codes (-want +got):\n%s", diff)
			}
		})
	}
}

// A pool that is a replica of another Region's changes nobody, whoever asks.
func TestSecondaryReplicasChangeNobody(t *testing.T) {
	p := newPool()
	p.Settings.ReplicaRole = pool.RoleSecondary
	u := &user.User{PoolID: p.ID, Username: "ann", Attributes: attrs("name", "Ann")}
	for _, w := range []user.Writer{{}, {Client: &pool.Client{}}} {
		_, err := user.DecideUpdate(p, w, u, attrs("name", "Anna"), now)
		if f := fault.As(err); f == nil || f.Code != "OperationNotEnabledException" {
			t.Errorf("answered %v", err)
		}
	}
}
