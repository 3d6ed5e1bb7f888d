package user_test

import (
	"testing"
	"time"

	"poolhouse.dev/internal/user"
)

func TestAttributes(t *testing.T) {
	a := attrs("b", "1", "a", "2")
	a.Set("c", "3")
	a.Set("a", "4")
	a.Set("b", "")
	a.Set("nothing", "")
	wantSame(t, "attributes", attrs("a", "4", "c", "3"), a)
	if a.Has("b") || !a.Has("a") || a.Get("b") != "" || a.Get("a") != "4" {
		t.Error("Has or Get does not follow Set")
	}
	unsorted := attrs("b", "1", "a", "2")
	wantSame(t, "sorted", attrs("a", "2", "b", "1"), unsorted.Sorted())
	wantSame(t, "after sorting", attrs("b", "1", "a", "2"), unsorted)
}

func TestIsVerified(t *testing.T) {
	for name, test := range map[string]struct {
		attrs user.Attributes
		want  bool
	}{
		"verified":             {attrs("email", "a@b.example", "email_verified", "true"), true},
		"not":                  {attrs("email", "a@b.example", "email_verified", "false"), false},
		"no flag":              {attrs("email", "a@b.example"), false},
		"no e-mail":            {attrs("email_verified", "true"), false},
		"the flag of a number": {attrs("email", "a@b.example", "phone_number_verified", "true"), false},
	} {
		if got := test.attrs.IsVerified("email"); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestUserShowsSub(t *testing.T) {
	u := newAnn(newPool(), "name", "Ann")
	wantSame(t, "all", attrs("sub", string(annSub), "name", "Ann"), u.All())
}

func TestCloneIsApart(t *testing.T) {
	u := newAnn(newPool(), "name", "Ann")
	c := u.Clone()
	c.Attributes.Set("name", "Eve")
	c.Status = user.ResetRequired
	wantSame(t, "the original", newAnn(newPool(), "name", "Ann"), u)
}

func TestSessionAlive(t *testing.T) {
	tests := map[string]struct {
		user    func(*user.User)
		session func(*user.Session)
		want    bool
	}{
		"as it began":                {want: true},
		"not stored":                 {session: func(s *user.Session) { s.Version = 0 }},
		"revoked":                    {session: func(s *user.Session) { s.Revoked = true }},
		"signed out everywhere":      {user: func(u *user.User) { u.SignOutEpoch++ }},
		"disabled":                   {user: func(u *user.User) { u.Disabled = true }},
		"disabled and enabled again": {user: func(u *user.User) { u.SignOutEpoch++ }},
		"begun after a sign-out":     {user: func(u *user.User) { u.SignOutEpoch = 3 }, session: func(s *user.Session) { s.Epoch = 3 }, want: true},
		"of an epoch to come":        {session: func(s *user.Session) { s.Epoch = 1 }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			u, s := newAnn(newPool()), &user.Session{Sub: annSub}
			s.Version = 1
			if test.user != nil {
				test.user(u)
			}
			if test.session != nil {
				test.session(s)
			}
			if got := s.Alive(u); got != test.want {
				t.Errorf("alive: %v", got)
			}
		})
	}
}

func TestCodeUsable(t *testing.T) {
	c := &user.Code{Pending: true, ExpiresAt: now}
	c.Version = 1
	for name, test := range map[string]struct {
		change func(c *user.Code)
		at     time.Time
		want   bool
	}{
		"in time":     {at: now.Add(-1), want: true},
		"run out":     {at: now},
		"long ago":    {at: now.Add(time.Hour)},
		"none stored": {at: now.Add(-1), change: func(c *user.Code) { c.Version = 0 }},
	} {
		d := *c
		if test.change != nil {
			test.change(&d)
		}
		if d.Usable(test.at) != test.want || d.IsPending(test.at) != test.want {
			t.Errorf("%s: usable %v, pending %v", name, d.Usable(test.at), d.IsPending(test.at))
		}
		d.Pending = false
		if d.IsPending(test.at) {
			t.Errorf("%s: a code for the stored value is pending", name)
		}
	}
}

func TestFoldSearch(t *testing.T) {
	for value, want := range map[string]string{
		"":               "",
		"plain":          "plain",
		"Ann.B@EXAMPLE":  "ann.b@example",
		"\u00c9lan":      "\u00e9lan",
		"E\u0301lan":     "\u00e9lan",
		"STRASSE":        "strasse",
		"Stra\u00dfe":    "strasse",
		"\u212aim 7_[^Z": "kim 7_[^z",
	} {
		if got := user.FoldSearch(value); got != want {
			t.Errorf("FoldSearch(%q) = %q, want %q", value, got, want)
		}
	}
}

func TestSearchColumns(t *testing.T) {
	for name, want := range map[string]user.SearchColumn{
		"username": user.SearchUsername, "sub": user.SearchSub, "email": user.SearchEmail, "phone_number": user.SearchPhone,
		"name": user.SearchName, "given_name": user.SearchGivenName, "family_name": user.SearchFamilyName,
		"preferred_username": user.SearchPreferred, "cognito:user_status": user.SearchUserStatus, "status": user.SearchEnabled,
	} {
		if got, ok := user.SearchColumnFor(name); !ok || got != want {
			t.Errorf("SearchColumnFor(%s) = %s, %v", name, got, ok)
		}
	}
	for _, name := range []string{"", "Email", "custom:tier", "nickname", "s_email", "enabled", "email_verified"} {
		if _, ok := user.SearchColumnFor(name); ok {
			t.Errorf("users can be searched by %q", name)
		}
	}
	for _, f := range user.FoldedAttributes {
		if got, ok := user.SearchColumnFor(f.Attribute); !ok || got != f.Column {
			t.Errorf("the attribute %s has the column %s, and filters use %s", f.Attribute, f.Column, got)
		}
	}
	if (&user.User{}).EnabledText() != "Enabled" || (&user.User{Disabled: true}).EnabledText() != "Disabled" {
		t.Error("the texts of the filter on status are wrong")
	}
}

func TestTables(t *testing.T) {
	for want, got := range map[string]string{
		"users":            string((&user.User{}).RowKey().Table),
		"aliases":          string((&user.Alias{}).RowKey().Table),
		"codes":            string((&user.Code{}).RowKey().Table),
		"sessions":         string((&user.Session{}).RowKey().Table),
		"spent_challenges": string((&user.SpentChallenge{}).RowKey().Table),
		"attempts":         string((&user.Attempts{}).RowKey().Table),
		"outbox":           string((&user.Outgoing{}).RowKey().Table),
	} {
		if got != want {
			t.Errorf("a row of %s says it is one of %s", want, got)
		}
	}
}
