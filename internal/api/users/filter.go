package users

import (
	"strings"
	"unicode/utf8"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
)

// filter is the one condition that ListUsers takes.
type filter struct {
	column user.SearchColumn
	prefix bool
	value  string
}

// parseFilter reads `attribute = "value"` or `attribute ^= "value"`; inside the
// value \" and \\ stand for the character. "" is no filter (nil).
func parseFilter(text string) (*filter, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	name, rest := cutName(text)
	prefix := strings.HasPrefix(rest, "^=")
	if !prefix && !strings.HasPrefix(rest, "=") || name == "" {
		return nil, badFilter()
	}
	value, ok := unquote(strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(rest, "^"), "=")))
	// No stored value has what the last two refuse, and not every database can be
	// asked for it.
	if !ok || !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
		return nil, badFilter()
	}
	column, ok := user.SearchColumnFor(name)
	if !ok {
		return nil, fault.InvalidParameter("Invalid search attribute: " + name)
	}
	return &filter{column: column, prefix: prefix, value: searchValue(column, value)}, nil
}

func badFilter() error { return fault.InvalidParameter("Error while parsing filter.") }

// cutName splits the text after the attribute's name.
func cutName(text string) (name, rest string) {
	i := strings.IndexAny(text, " \t^=\"")
	if i < 0 {
		return text, ""
	}
	return text[:i], strings.TrimSpace(text[i:])
}

// unquote reads a quoted value that is the whole of text.
func unquote(text string) (string, bool) {
	if len(text) < 2 || text[0] != '"' {
		return "", false
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '"':
			return b.String(), i == len(text)-1
		case '\\':
			i++
			if i == len(text) || text[i] != '"' && text[i] != '\\' {
				return "", false
			}
		}
		b.WriteByte(text[i])
	}
	return "", false
}

// searchValue is the value as its column holds it: names, addresses and the sub
// are searched without regard to case, as is the status of the account; the user
// name and Enabled or Disabled are taken as they are.
func searchValue(column user.SearchColumn, value string) string {
	switch column {
	case user.SearchUsername, user.SearchEnabled:
		return value
	case user.SearchUserStatus:
		return strings.ToUpper(value)
	}
	return user.FoldSearch(value)
}

// query asks for one page of a pool's users. An empty value matches users
// without the attribute's value, of which the columns know nothing, so it
// matches nobody; an empty prefix matches all that have one.
func (f *filter) query(poolID string) store.Query {
	q := store.Query{Table: user.TableUsers, Equal: []store.Term{{Column: "pool_id", Value: poolID}}}
	if f == nil {
		return q
	}
	term := store.Term{Column: string(f.column), Value: f.value}
	if f.prefix {
		q.Prefix = &term
	} else {
		q.Equal = append(q.Equal, term)
	}
	return q
}
