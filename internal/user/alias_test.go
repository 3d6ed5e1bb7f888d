package user_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/user"
)

func TestAliasKey(t *testing.T) {
	tests := map[string]struct {
		value            string
		sensitive, blind string
		refused          bool
	}{
		"plain":               {value: "ann", sensitive: "ann", blind: "ann"},
		"case":                {value: "Ann.B@Example.COM", sensitive: "Ann.B@Example.COM", blind: "ann.b@example.com"},
		"Kelvin sign":         {value: "\u212aim", sensitive: "Kim", blind: "kim"},
		"long s":              {value: "\u017fam", sensitive: "\u017fam", blind: "sam"},
		"sharp s":             {value: "stra\u00dfe", sensitive: "stra\u00dfe", blind: "strasse"},
		"capital sharp s":     {value: "STRA\u1e9eE", sensitive: "STRA\u1e9eE", blind: "strasse"},
		"I with a dot":        {value: "\u0130", sensitive: "\u0130", blind: "i\u0307"},
		"dotless i":           {value: "\u0131", sensitive: "\u0131", blind: "\u0131"},
		"e acute, composed":   {value: "Ren\u00c9", sensitive: "Ren\u00c9", blind: "ren\u00e9"},
		"e acute, decomposed": {value: "RenE\u0301", sensitive: "Ren\u00c9", blind: "ren\u00e9"},
		"final sigma":         {value: "\u03a3\u03c2\u03c3", sensitive: "\u03a3\u03c2\u03c3", blind: "\u03c3\u03c3\u03c3"},
		"ligature":            {value: "\ufb01n", sensitive: "\ufb01n", blind: "fin"},
		"Cherokee":            {value: "\u13a0\uab70", sensitive: "\u13a0\uab70", blind: "\u13a0\u13a0"},
		"Ohm sign":            {value: "\u2126", sensitive: "\u03a9", blind: "\u03c9"},
		"full-width letters":  {value: "\uff41", sensitive: "\uff41", blind: "\uff41"},
		"Cyrillic a":          {value: "\u0430nn", sensitive: "\u0430nn", blind: "\u0430nn"},
		"trailing blank":      {value: "ann ", sensitive: "ann ", blind: "ann "},
		"joiner inside":       {value: "a\u200dnn", sensitive: "a\u200dnn", blind: "a\u200dnn"},
		"empty":               {value: "", refused: true},
		"NUL":                 {value: "ann\x00", refused: true},
		"NUL beside é":        {value: "é\x00", refused: true},
		"invalid UTF-8":       {value: "ann\xff", refused: true},
		"half a character":    {value: "ann\xc3", refused: true},
		"surrogate in UTF-8":  {value: "\xed\xa0\x80", refused: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, c := range []struct {
				sensitive bool
				want      string
			}{{true, test.sensitive}, {false, test.blind}} {
				key, ok := user.AliasKey(test.value, c.sensitive)
				if ok == test.refused || key != c.want {
					t.Errorf("case-sensitive %v: got %+q, %v, want %+q", c.sensitive, key, ok, c.want)
				}
			}
		})
	}
}

func TestAliasKeyIsSettled(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("aA\u212a\u017f\u00df\u0130\u0131\u0301\u0345\u03b1\u1fb3\u1fbc\u03a3\u03c2\u13a0\uab70\u1e9e\u0307\u0323 @")))).Draw(t, "value")
		sensitive := rapid.Bool().Draw(t, "sensitive")
		key, ok := user.AliasKey(value, sensitive)
		if !ok {
			return
		}
		if again, ok := user.AliasKey(key, sensitive); !ok || again != key {
			t.Fatalf("the key of %+q is %+q, whose key is %+q, %v", value, key, again, ok)
		}
	})
}

func FuzzAliasKey(f *testing.F) {
	for _, seed := range []string{"", "ann", "Ann\x00", "\xff", "\u0130\u0345", "\ufb03"} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, value string, sensitive bool) {
		key, ok := user.AliasKey(value, sensitive)
		if again, _ := user.AliasKey(key, sensitive); ok && again != key {
			t.Fatalf("the key of %+q is %+q, whose key is %+q", value, key, again)
		}
	})
}

func TestLookupAliases(t *testing.T) {
	tests := map[string]struct {
		pool *pool.Pool
		name string
		want []string
	}{
		"user name":                        {newPool(), "Ann", []string{"name=Ann"}},
		"e-mail where it names nobody":     {newPool(), "ann@example.com", []string{"name=ann@example.com"}},
		"e-mail alias":                     {newPool(aliases("email")), "ann@example.com", []string{"email=ann@example.com", "name=ann@example.com"}},
		"phone alias":                      {newPool(aliases("phone_number")), "+15550100", []string{"phone=+15550100", "name=+15550100"}},
		"phone where e-mail is the alias":  {newPool(aliases("email")), "+15550100", []string{"name=+15550100"}},
		"e-mail for the user name":         {newPool(named("email"), insensitive), "Ann@Example.com", []string{"email=ann@example.com", "name=ann@example.com"}},
		"phone for the user name":          {newPool(named("email", "phone_number")), "+15550100", []string{"phone=+15550100", "name=+15550100"}},
		"sub in a pool of e-mail names":    {newPool(named("email")), string(annSub), []string{"name=" + string(annSub)}},
		"preferred name is a name":         {newPool(aliases("preferred_username")), "annie", []string{"name=annie"}},
		"NUL finds nobody":                 {newPool(aliases("email")), "ann\x00@example.com", nil},
		"invalid UTF-8 finds nobody":       {newPool(aliases("email")), "ann\xff@example.com", nil},
		"empty finds nobody":               {newPool(), "", nil},
		"trailing blank is another name":   {newPool(), "ann ", []string{"name=ann "}},
		"decomposed in a sensitive pool":   {newPool(), "Rene\u0301", []string{"name=Ren\u00e9"}},
		"almost an e-mail is a plain name": {newPool(aliases("email")), "ann@example", []string{"name=ann@example"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := user.LookupAliases(test.pool, test.name)
			wantSame(t, "aliases", test.want, names(got))
			for _, a := range got {
				if a.PoolID != test.pool.ID || a.KeyVersion != user.AliasKeyVersion || a.Sub != "" {
					t.Errorf("%s is made wrong: %+v", a.Kind, a)
				}
			}
		})
	}
}

func TestClaims(t *testing.T) {
	base := []string{"name=ann", "name=" + string(annSub)}
	tests := map[string]struct {
		pool   *pool.Pool
		change func(*user.User)
		attrs  user.Attributes
		want   []string
	}{
		"no aliases": {
			pool: newPool(), attrs: attrs("email", "ann@example.com", "email_verified", "true", "preferred_username", "annie"), want: base,
		},
		"verified e-mail alias": {
			pool: newPool(aliases("email"), insensitive), attrs: attrs("email", "Ann@example.com", "email_verified", "true"),
			want: append(slices.Clone(base), "email=ann@example.com"),
		},
		"unverified e-mail reserves nothing": {
			pool: newPool(aliases("email")), attrs: attrs("email", "ann@example.com", "email_verified", "false"), want: base,
		},
		"e-mail without a flag reserves nothing": {
			pool: newPool(aliases("email")), attrs: attrs("email", "ann@example.com"), want: base,
		},
		"flag of another contact": {
			pool: newPool(aliases("email", "phone_number")), attrs: attrs("email", "ann@example.com", "phone_number_verified", "true"), want: base,
		},
		"verified phone alias": {
			pool: newPool(aliases("phone_number")), attrs: attrs("phone_number", "+15550100", "phone_number_verified", "true"),
			want: append(slices.Clone(base), "phone=+15550100"),
		},
		"preferred name of a confirmed user": {
			pool: newPool(aliases("preferred_username")), attrs: attrs("preferred_username", "annie"), want: append(slices.Clone(base), "name=annie"),
		},
		"preferred name of an unconfirmed user": {
			pool: newPool(aliases("preferred_username")), attrs: attrs("preferred_username", "annie"),
			change: func(u *user.User) { u.Status = user.Unconfirmed }, want: base,
		},
		"preferred name equal to the user name": {
			pool: newPool(aliases("preferred_username"), insensitive), attrs: attrs("preferred_username", "ANN"), want: base,
		},
		"unverified e-mail that stands for the user name": {
			pool: newPool(named("email", "phone_number")), attrs: attrs("email", "ann@example.com", "email_verified", "false"),
			want: []string{"name=" + string(annSub), "email=ann@example.com"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			u := newAnn(test.pool)
			u.Attributes = test.attrs
			if test.change != nil {
				test.change(u)
			}
			claims := user.Claims(test.pool, u)
			wantSame(t, "claims", test.want, names(claims))
			for _, a := range claims {
				if a.Sub != u.Sub || !user.ClaimsAlias(test.pool, u, a.RowKey()) {
					t.Errorf("%s=%s is not the user's own", a.Kind, a.Key)
				}
			}
			if user.ClaimsAlias(test.pool, u, row.Key{Table: user.TableAliases, Parts: [3]string{string(u.PoolID), "email", "else@example.com"}}) {
				t.Error("the user claims a name of somebody else")
			}
		})
	}
}

func TestAliasesOfPoolsAndKindsAreApart(t *testing.T) {
	p, q := newPool(), newPool()
	q.ID = "eu-test-1_otherpool"
	seen := map[row.Key]bool{}
	for _, p := range []*pool.Pool{p, q} {
		for _, kind := range []user.AliasKind{user.AliasName, user.AliasEmail, user.AliasPhone} {
			a := user.NewAlias(p, kind, "same", annSub)
			if seen[a.RowKey()] {
				t.Errorf("the key of kind %s in pool %s is another's", kind, p.ID)
			}
			seen[a.RowKey()] = true
		}
	}
	if user.NewAlias(p, user.AliasName, "a\x00", annSub) != nil {
		t.Error("a name with NUL got a row")
	}
}

func TestKindOfAndAttributeOfAlias(t *testing.T) {
	p := newPool(aliases("email", "phone_number", "preferred_username"), insensitive)
	u := newAnn(p)
	for attr, kind := range map[string]user.AliasKind{"email": user.AliasEmail, "phone_number": user.AliasPhone, "preferred_username": user.AliasName} {
		if got := user.KindOf(attr); got != kind {
			t.Errorf("KindOf(%s) = %s", attr, got)
		}
		if got := user.AttributeOfAlias(p, u, kind, "annie"); got != attr {
			t.Errorf("AttributeOfAlias(%s) = %q", kind, got)
		}
	}
	if got := user.AttributeOfAlias(p, u, user.AliasName, "ann"); got != "" {
		t.Errorf("the user's own name stands for the attribute %q", got)
	}
}
