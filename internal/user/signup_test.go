package user_test

import (
	"strings"
	"testing"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

func TestDecideSignUp(t *testing.T) {
	tests := map[string]struct {
		pool     *pool.Pool
		write    []string
		username string
		attrs    user.Attributes
		name     string // "" is the username
		want     user.Attributes
		claims   []string
	}{
		"nothing but a name": {
			pool: newPool(), username: "Ann", claims: []string{"name=Ann", "name=" + string(annSub)},
		},
		"contacts are unverified": {
			pool: newPool(aliases("email")), username: "ann", attrs: attrs("email", "ann@example.com", "phone_number", "+15550100"),
			want:   attrs("email", "ann@example.com", "phone_number", "+15550100", "email_verified", "false", "phone_number_verified", "false"),
			claims: []string{"name=ann", "name=" + string(annSub)},
		},
		"duplicates: the last one counts": {
			pool: newPool(), username: "ann", attrs: attrs("name", "A", "custom:staff", "True", "name", "B"),
			want: attrs("name", "B", "custom:staff", "true"), claims: []string{"name=ann", "name=" + string(annSub)},
		},
		"blank is as good as absent": {
			pool: newPool(), username: "ann", attrs: attrs("name", "", "email", ""), claims: []string{"name=ann", "name=" + string(annSub)},
		},
		"immutable may be set once": {
			pool: newPool(), username: "ann", attrs: attrs("custom:badge", "7"), want: attrs("custom:badge", "7"),
			claims: []string{"name=ann", "name=" + string(annSub)},
		},
		"an e-mail for the user name": {
			pool: newPool(named("email")), username: "Ann@example.com", name: string(annSub),
			want:   attrs("email", "Ann@example.com", "email_verified", "false"),
			claims: []string{"name=" + string(annSub), "email=Ann@example.com"},
		},
		"an e-mail for the user name and as an attribute": {
			pool: newPool(named("email"), required("email"), insensitive), username: "Ann@example.com",
			attrs: attrs("name", "A", "email", "Ann@example.com"), name: string(annSub),
			want:   attrs("name", "A", "email", "Ann@example.com", "email_verified", "false"),
			claims: []string{"name=" + string(annSub), "email=ann@example.com"},
		},
		"a blank attribute does not undo the name": {
			pool: newPool(named("email")), username: "ann@example.com", attrs: attrs("email", ""), name: string(annSub),
			want: attrs("email", "ann@example.com", "email_verified", "false"), claims: []string{"name=" + string(annSub), "email=ann@example.com"},
		},
		"a phone number for the user name, and an e-mail beside it": {
			pool: newPool(named("email", "phone_number")), username: "+15550100", attrs: attrs("email", "ann@example.com"), name: string(annSub),
			want:   attrs("phone_number", "+15550100", "email", "ann@example.com", "email_verified", "false", "phone_number_verified", "false"),
			claims: []string{"name=" + string(annSub), "email=ann@example.com", "phone=+15550100"},
		},
		"the copied name needs no permission of the client": {
			pool: newPool(named("email")), write: []string{"name"}, username: "ann@example.com", attrs: attrs("name", "A"), name: string(annSub),
			want: attrs("email", "ann@example.com", "name", "A", "email_verified", "false"), claims: []string{"name=" + string(annSub), "email=ann@example.com"},
		},
		"an e-mail as a name where it is no alias": {
			pool: newPool(), username: "ann@example.com", claims: []string{"name=ann@example.com", "name=" + string(annSub)},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			given := append(user.Attributes(nil), test.attrs...)
			d, err := user.DecideSignUp(test.pool, newClient(test.pool, test.write...), annSub, test.username, test.attrs, now)
			if err != nil {
				t.Fatal(err)
			}
			want := &user.User{
				PoolID: test.pool.ID, Sub: annSub, Username: test.username, Status: user.Unconfirmed,
				Attributes: test.want, PasswordSetAt: now, CreatedAt: now, ModifiedAt: now,
			}
			if test.name != "" {
				want.Username = test.name
			}
			wantSame(t, "user", want, d.User)
			wantSame(t, "claims", test.claims, names(d.Claims))
			wantSame(t, "the attributes as given", given, test.attrs)
		})
	}
}

// TestDecideSignUpRefuses also has what an administrator is refused, or not.
func TestDecideSignUpRefuses(t *testing.T) {
	all := aliases("email", "phone_number", "preferred_username")
	tests := map[string]struct {
		pool       *pool.Pool
		write      []string
		username   string
		attrs      user.Attributes
		code, text string // for SignUp
		// admin is the text of InvalidParameterException for AdminCreateUser, "=" for
		// the same as text, "" where it passes.
		admin string
	}{
		"closed": {
			pool: newPool(func(s *pool.Settings) { s.Invite.AdminOnly = true }), username: "ann",
			code: notAuthorized, text: "SignUp is not permitted for this user pool",
		},
		"verified flag": {
			pool: newPool(), username: "ann", attrs: attrs("email", "ann@example.com", "email_verified", "true"), code: notAuthorized, text: unauthorized,
		},
		"outside the client's list": {
			pool: newPool(), write: []string{"name"}, username: "ann", attrs: attrs("custom:tier", "gold"), code: notAuthorized, text: unauthorized,
		},
		"the own e-mail outside the client's list": {
			pool: newPool(named("email")), write: []string{"name"}, username: "ann@example.com", attrs: attrs("email", "ann@example.com"),
			code: notAuthorized, text: unauthorized,
		},
		"required ones missing, all on their lines": {
			pool: newPool(required("email", "name", "nickname")), username: "ann", attrs: attrs("nickname", ""),
			code: invalidParameter, text: nonconform + "name.formatted: The attribute name.formatted is required\n" +
				"nickname: The attribute is required\nemail: The attribute is required\n",
		},
		"unknown": {
			pool: newPool(), username: "ann", attrs: attrs("custom:x", "1"),
			code: invalidParameter, text: nonconform + "custom:x: Attribute does not exist in the schema.\n", admin: "=",
		},
		"sub": {
			pool: newPool(), username: "ann", attrs: attrs("sub", "1"), code: notAuthorized, text: unauthorized,
			admin: nonconform + "sub: Attribute does not exist in the schema.\n",
		},
		"too long": {
			pool: newPool(), username: "ann", attrs: attrs("custom:tier", "platin"),
			code: invalidParameter, text: nonconform + "custom:tier: String must be no longer than 5 characters\n", admin: "=",
		},
		"e-mail format": {
			pool: newPool(), username: "ann", attrs: attrs("email", "ann"), code: invalidParameter, text: "Invalid email address format.", admin: "=",
		},
		"phone format": {
			pool: newPool(), username: "ann", attrs: attrs("phone_number", "0100"), code: invalidParameter, text: "Invalid phone number format.", admin: "=",
		},
		"e-mail-like name": {
			pool: newPool(all), username: "ann@example.com", code: invalidParameter,
			text: "Username cannot be of email format, since user pool is configured for email alias.", admin: "=",
		},
		"phone-like name": {
			pool: newPool(all), username: "+15550100", code: invalidParameter,
			text: "Username cannot be of phone number format, since user pool is configured for phone number alias.", admin: "=",
		},
		"name with NUL": {
			pool: newPool(), username: "ann\x00", code: invalidParameter, text: "Username contains characters that cannot be stored.", admin: "=",
		},
		"early preferred name": {
			pool: newPool(all), username: "ann", attrs: attrs("preferred_username", "annie"), code: invalidParameter,
			text: "Preferred username cannot be provided for unconfirmed account, since user pool is configured for preferred username alias.",
		},
		"no e-mail": {
			pool: newPool(named("email")), username: "ann", code: invalidParameter, text: "Username should be an email.", admin: "=",
		},
		"a phone number where e-mail names users": {
			pool: newPool(named("email")), username: "+15550100", code: invalidParameter, text: "Username should be an email.", admin: "=",
		},
		"no phone number": {
			pool: newPool(named("phone_number")), username: "ann@example.com", code: invalidParameter, text: "Username should be a phone number.", admin: "=",
		},
		"neither": {
			pool: newPool(named("email", "phone_number")), username: "ann", code: invalidParameter,
			text: "Username should be either an email or a phone number.", admin: "=",
		},
		"another e-mail than the name": {
			pool: newPool(named("email")), username: "ann@example.com", attrs: attrs("email", "bob@example.com"), code: invalidParameter,
			text: "The attribute email must equal the username.", admin: "=",
		},
		"the last duplicate is another e-mail than the name": {
			pool: newPool(named("email")), username: "ann@example.com", attrs: attrs("email", "ann@example.com", "email", "bob@example.com"),
			code: invalidParameter, text: "The attribute email must equal the username.", admin: "=",
		},
		"flag without its contact": {
			pool: newPool(), username: "ann", attrs: attrs("phone_number_verified", "true"), code: notAuthorized, text: unauthorized,
			admin: "Phone Number is required to verify/un-verify a phone number",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d, err := user.DecideSignUp(test.pool, newClient(test.pool, test.write...), annSub, test.username, test.attrs, now)
			wantFault(t, err, test.code, test.text)
			if d != nil {
				t.Error("somebody is to be made")
			}
			code, text := invalidParameter, test.admin
			if text == "=" {
				text = test.text
			}
			if text == "" {
				code = ""
			}
			_, err = user.DecideAdminCreate(test.pool, annSub, test.username, test.attrs, now)
			wantFault(t, err, code, text)
		})
	}
}

func TestDecideAdminCreate(t *testing.T) {
	p := newPool(aliases("email", "preferred_username"), required("name"), insensitive)
	d, err := user.DecideAdminCreate(p, annSub, "Ann", attrs("email", "Ann@example.com", "email_verified", "True", "preferred_username", "Annie", "phone_number_verified", "false"), now)
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "attributes", attrs("email", "Ann@example.com", "email_verified", "true", "preferred_username", "Annie"), d.User.Attributes)
	wantSame(t, "claims", []string{"name=ann", "name=" + string(annSub), "email=ann@example.com", "name=annie"}, names(d.Claims))
	if d.User.Status != user.ForceChangePassword || !d.User.HasTemporaryPassword() || d.User.Username != "Ann" {
		t.Errorf("the user is %+v", d.User)
	}
	wantSame(t, "missing", []string{"name"}, user.MissingRequired(p, d.User))
}

func TestSignUpContact(t *testing.T) {
	both := []string{"email", "ann@example.com", "email_verified", "false", "phone_number", "+15550100", "phone_number_verified", "false"}
	tests := map[string]struct {
		auto  []string
		attrs []string
		want  user.CodeRequest
		none  bool
	}{
		"nothing is verified automatically": {auto: nil, attrs: both, none: true},
		"not supplied":                      {auto: []string{"email"}, attrs: []string{"phone_number", "+15550100"}, none: true},
		"e-mail":                            {auto: []string{"email"}, attrs: both, want: user.CodeRequest{Attribute: "email", Target: "ann@example.com"}},
		"the phone goes first":              {auto: []string{"email", "phone_number"}, attrs: both, want: user.CodeRequest{Attribute: "phone_number", Target: "+15550100"}},
		"what is verified needs no code": {
			auto: []string{"email", "phone_number"}, attrs: append(both[:6:6], "phone_number_verified", "true"),
			want: user.CodeRequest{Attribute: "email", Target: "ann@example.com"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPool(autoVerified(test.auto...))
			got, ok := user.SignUpContact(p, newAnn(p, test.attrs...))
			if ok == test.none || got != test.want {
				t.Errorf("got %+v, %v, want %+v", got, ok, test.want)
			}
		})
	}
}

func TestDecideConfirm(t *testing.T) {
	p := newPool(aliases("email", "preferred_username"))
	newUser := func() *user.User {
		u := newAnn(p, "email", "ann@example.com", "email_verified", "false", "preferred_username", "annie")
		u.Status = user.Unconfirmed
		return u
	}
	t.Run("by code", func(t *testing.T) {
		u := newUser()
		d, err := user.DecideConfirm(p, u, &user.Code{Attribute: "email", Target: "ann@example.com"}, now)
		if err != nil {
			t.Fatal(err)
		}
		if d.User.Status != user.Confirmed || !d.User.Attributes.IsVerified("email") || !d.User.ModifiedAt.Equal(now) {
			t.Errorf("the user is %+v", d.User)
		}
		wantSame(t, "taken", []string{"email=ann@example.com", "name=annie"}, names(d.Taken))
		wantSame(t, "the user as read", newUser(), u)
	})
	t.Run("by an administrator", func(t *testing.T) {
		d, err := user.DecideConfirm(p, newUser(), nil, now)
		if err != nil {
			t.Fatal(err)
		}
		if d.User.Status != user.Confirmed || d.User.Attributes.IsVerified("email") {
			t.Errorf("the user is %+v", d.User)
		}
		wantSame(t, "taken", []string{"name=annie"}, names(d.Taken))
	})
	t.Run("the address changed since", func(t *testing.T) {
		_, err := user.DecideConfirm(p, newUser(), &user.Code{Attribute: "email", Target: "old@example.com"}, now)
		wantFault(t, err, expiredCode, "Invalid code provided, please request a code again.")
	})
	for _, status := range []user.Status{user.Confirmed, user.ForceChangePassword, user.ResetRequired, user.ExternalProvider} {
		t.Run(strings.ToLower(string(status)), func(t *testing.T) {
			u := newUser()
			u.Status = status
			_, err := user.DecideConfirm(p, u, nil, now)
			wantFault(t, err, notAuthorized, "User cannot be confirmed. Current status is "+string(status))
		})
	}
}

func TestDecideVerify(t *testing.T) {
	tests := map[string]struct {
		pool            *pool.Pool
		code            user.Code
		want            []string
		released, taken []string
		fault           string
	}{
		"the stored value": {
			pool: newPool(aliases("email")), code: user.Code{Attribute: "email", Target: "old@example.com"},
			want: []string{"email", "old@example.com", "email_verified", "true"}, taken: []string{"email=old@example.com"},
		},
		"a pending value": {
			pool: newPool(aliases("email")), code: user.Code{Attribute: "email", Target: "new@example.com", Pending: true},
			want: []string{"email", "new@example.com", "email_verified", "true"}, taken: []string{"email=new@example.com"},
		},
		"a pending sign-in name": {
			pool: newPool(named("email")), code: user.Code{Attribute: "email", Target: "new@example.com", Pending: true},
			want:     []string{"email", "new@example.com", "email_verified", "true"},
			released: []string{"email=old@example.com"}, taken: []string{"email=new@example.com"},
		},
		"a contact that was not there": {
			pool: newPool(), code: user.Code{Attribute: "phone_number", Target: "+15550100", Pending: true},
			want: []string{"email", "old@example.com", "email_verified", "false", "phone_number", "+15550100", "phone_number_verified", "true"},
		},
		"the value changed since":         {pool: newPool(), code: user.Code{Attribute: "email", Target: "older@example.com"}, fault: expiredCode},
		"another spelling of the value":   {pool: newPool(insensitive), code: user.Code{Attribute: "email", Target: "OLD@example.com"}, fault: expiredCode},
		"the value was removed meanwhile": {pool: newPool(), code: user.Code{Attribute: "phone_number", Target: "+15550100"}, fault: expiredCode},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, status := range []user.Status{user.Confirmed, user.Unconfirmed} {
				u := newAnn(test.pool, "email", "old@example.com", "email_verified", "false")
				u.Status = status
				d, err := user.DecideVerify(test.pool, u, &test.code, now)
				if test.fault != "" {
					wantFault(t, err, test.fault, "Invalid code provided, please request a code again.")
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				wantSame(t, "attributes", attrs(test.want...), d.User.Attributes)
				wantSame(t, "released", test.released, names(d.Released))
				wantSame(t, "taken", test.taken, names(d.Taken))
				if d.User.Status != status || !d.User.ModifiedAt.Equal(now) {
					t.Errorf("the proof made the user %+v", d.User)
				}
				wantSame(t, "attributes as read", attrs("email", "old@example.com", "email_verified", "false"), u.Attributes)
			}
		})
	}
}

func TestDecidePassword(t *testing.T) {
	p := newPool(aliases("preferred_username"))
	for _, test := range []struct {
		permanent bool
		want      user.Status
	}{{true, user.Confirmed}, {false, user.ForceChangePassword}} {
		for _, from := range []user.Status{user.Unconfirmed, user.Confirmed, user.ForceChangePassword, user.ResetRequired, user.ExternalProvider} {
			u := newAnn(p, "preferred_username", "annie")
			u.Status = from
			d := user.DecidePassword(p, u, []byte("new"), test.permanent, now)
			if d.User.Status != test.want || string(d.User.Verifier) != "new" || !d.User.PasswordSetAt.Equal(now) || d.User.SignOutEpoch != u.SignOutEpoch {
				t.Errorf("permanent %v, from %s: %+v", test.permanent, from, d.User)
			}
			if string(u.Verifier) != "sealed" || u.Status != from {
				t.Error("the user as read was changed")
			}
			var taken []string
			if from == user.Unconfirmed {
				taken = []string{"name=annie"}
			}
			wantSame(t, "taken from "+string(from), taken, names(d.Taken))
		}
	}
}

func TestTakenText(t *testing.T) {
	for attr, want := range map[string]string{
		"email":              "An account with the given email already exists.",
		"phone_number":       "An account with the given phone_number already exists.",
		"preferred_username": "An account with the given preferred_username already exists.",
	} {
		if got := user.TakenText(attr); got != want {
			t.Errorf("TakenText(%s) = %q", attr, got)
		}
	}
}
