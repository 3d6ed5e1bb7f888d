package user

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
)

// AliasKind is a space of names. User names, subs and preferred user names
// share one, so that none of them can be mistaken for another user's.
type AliasKind string

// Kinds of alias.
const (
	AliasName  AliasKind = "name"
	AliasEmail AliasKind = "email"
	AliasPhone AliasKind = "phone"
)

// AliasKeyVersion is the version of the rule in AliasKey; it is stored with
// every alias, so that a later rule can find the rows of the earlier one.
const AliasKeyVersion = 1

// Alias is the row that makes a name belong to one user: its primary key is
// (pool, kind, key), and inserting it is the check that nobody else has it.
type Alias struct {
	row.Stamp
	PoolID pool.ID
	Kind   AliasKind
	Key    string
	Sub    Sub
	// KeyVersion is the AliasKeyVersion that made Key.
	KeyVersion int
}

// RowKey implements row.Row.
func (a *Alias) RowKey() row.Key {
	return row.Key{Table: TableAliases, Parts: [3]string{string(a.PoolID), string(a.Kind), a.Key}}
}

// AliasKey returns the key under which a name is looked up and kept unique, and
// false for a name that cannot be one: empty, with U+0000, or not UTF-8. The
// key is in Unicode normal form C and, unless the pool tells case apart, fully
// case-folded. It is the only place where names are compared.
func AliasKey(value string, caseSensitive bool) (string, bool) {
	if value == "" || !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
		return "", false
	}
	if isPlainASCII(value) {
		if caseSensitive {
			return value, true
		}
		return strings.ToLower(value), true
	}
	if caseSensitive {
		return norm.NFC.String(value), true
	}
	return foldCase(value), true
}

func isPlainASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// NewAlias returns the alias row of a name for a user, not stored yet; nil for
// a value that cannot be a name.
func NewAlias(p *pool.Pool, kind AliasKind, value string, sub Sub) *Alias {
	key, ok := AliasKey(value, p.CaseSensitive())
	if !ok {
		return nil
	}
	return &Alias{PoolID: p.ID, Kind: kind, Key: key, Sub: sub, KeyVersion: AliasKeyVersion}
}

// KindOf returns the alias kind of an attribute that can name a user.
func KindOf(attr string) AliasKind {
	switch attr {
	case pool.AttrEmail:
		return AliasEmail
	case pool.AttrPhone:
		return AliasPhone
	}
	return AliasName
}

// Claims returns every name that belongs to the user as things stand: the user
// name and the sub; where they are aliases, the verified e-mail address and
// phone number, and the preferred user name of a confirmed user; where they
// stand in for the user name, the e-mail address and phone number, verified or
// not. Each name is listed once.
func Claims(p *pool.Pool, u *User) []*Alias {
	names := namesOf(nil, p, u)
	claims := make([]*Alias, len(names))
	for i, n := range names {
		claims[i] = n.claim(p, u)
	}
	return claims
}

// name is what tells the aliases of a pool apart.
type name struct {
	kind AliasKind
	key  string
}

func (n name) claim(p *pool.Pool, u *User) *Alias {
	return &Alias{PoolID: p.ID, Kind: n.kind, Key: n.key, Sub: u.Sub, KeyVersion: AliasKeyVersion}
}

// mostNames is how many names a user can have.
const mostNames = 5

// namesOf appends the names of [Claims] to names, which is empty.
func namesOf(names []name, p *pool.Pool, u *User) []name {
	names = addName(names, p, AliasName, u.Username)
	names = addName(names, p, AliasName, string(u.Sub))
	for _, attr := range []string{pool.AttrEmail, pool.AttrPhone} {
		if p.IsUsernameAttribute(attr) || p.IsAlias(attr) && u.Attributes.IsVerified(attr) {
			names = addName(names, p, KindOf(attr), u.Attributes.Get(attr))
		}
	}
	if p.IsAlias(pool.AttrPreferredUsername) && u.Status != Unconfirmed {
		names = addName(names, p, AliasName, u.Attributes.Get(pool.AttrPreferredUsername))
	}
	return names
}

// addName adds a name that can be one and is not there yet.
func addName(names []name, p *pool.Pool, kind AliasKind, value string) []name {
	key, ok := AliasKey(value, p.CaseSensitive())
	if n := (name{kind, key}); ok && !slices.Contains(names, n) {
		return append(names, n)
	}
	return names
}

// ClaimsAlias reports whether the user holds the name, so that a look-up
// through an alias row that another writer is just moving finds nobody rather
// than the wrong one.
func ClaimsAlias(p *pool.Pool, u *User, key row.Key) bool {
	return slices.ContainsFunc(Claims(p, u), func(a *Alias) bool { return a.RowKey() == key })
}

// LookupAliases returns the alias rows that the text of a Username member could
// mean in the pool, in the order in which they are to be tried: what has the
// form of an e-mail address or phone number is looked for as one first, so that
// no other kind of name can stand before it.
func LookupAliases(p *pool.Pool, name string) []*Alias {
	var rows []*Alias
	add := func(kind AliasKind) {
		if a := NewAlias(p, kind, name, ""); a != nil {
			rows = append(rows, a)
		}
	}
	names := func(attr string) bool { return p.IsUsernameAttribute(attr) || p.IsAlias(attr) }
	if names(pool.AttrEmail) && pool.LooksLikeEmail(name) {
		add(AliasEmail)
	}
	if names(pool.AttrPhone) && pool.LooksLikePhone(name) {
		add(AliasPhone)
	}
	add(AliasName)
	return rows
}

// DiffClaims returns the names that the change from before to after gives up
// and the ones that it takes.
func DiffClaims(p *pool.Pool, before, after *User) (released, taken []*Alias) {
	var room [2][mostNames]name // so that comparing needs no other memory
	old, now := namesOf(room[0][:0], p, before), namesOf(room[1][:0], p, after)
	for _, n := range old {
		if !slices.Contains(now, n) {
			released = append(released, n.claim(p, before))
		}
	}
	for _, n := range now {
		if !slices.Contains(old, n) {
			taken = append(taken, n.claim(p, after))
		}
	}
	return released, taken
}
