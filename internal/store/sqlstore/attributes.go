package sqlstore

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"poolhouse.dev/internal/user"
)

// pairBytes is what an attribute takes besides its texts.
const pairBytes = 32

// attributesColumn holds a user's attributes as a JSON array of pairs, so that
// their order survives: [["email","a@example.com"],["name","Ann"]].
func attributesColumn() column[user.User] {
	return column[user.User]{
		name: "attributes", kind: kindText,
		write: func(u *user.User) (any, error) { return encodeAttributes(u.Attributes) },
		read: func(u *user.User, v any) error {
			s, err := asText(v)
			if err != nil {
				return err
			}
			u.Attributes, err = decodeAttributes(s)
			return err
		},
		own: func(u *user.User) { u.Attributes = slices.Clone(u.Attributes) },
		round: func(u *user.User) {
			if len(u.Attributes) == 0 {
				u.Attributes = nil
			}
		},
		same: func(a, b *user.User) bool { return slices.Equal(a.Attributes, b.Attributes) },
		size: func(u *user.User) (n int) {
			for i := range u.Attributes {
				n += pairBytes + len(u.Attributes[i].Name) + len(u.Attributes[i].Value)
			}
			return n
		},
	}
}

func encodeAttributes(list user.Attributes) (string, error) {
	var room [1024]byte // for nearly every user
	b := append(room[:0], '[')
	var err error
	for i, a := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '[')
		if b, err = jsontext.AppendQuote(b, a.Name); err != nil {
			return "", err
		}
		b = append(b, ',')
		if b, err = jsontext.AppendQuote(b, a.Value); err != nil {
			return "", err
		}
		b = append(b, ']')
	}
	return string(append(b, ']')), nil
}

// errAttributes does not quote the text, which holds personal data.
var errAttributes = errors.New("the attributes are not an array of pairs")

// decodeAttributes reads what encodeAttributes wrote, and only that: it is the
// busiest conversion of all, and most texts have no escapes to undo.
func decodeAttributes(s string) (user.Attributes, error) {
	if s == "[]" {
		return nil, nil
	}
	if !utf8.ValidString(s) {
		return nil, errAttributes
	}
	rest, ok := strings.CutPrefix(s, "[")
	list := make(user.Attributes, 0, 1+strings.Count(s, "],["))
	for ok {
		var a user.Attribute
		rest, ok = strings.CutPrefix(rest, "[")
		if ok {
			a.Name, rest, ok = cutString(rest)
		}
		if ok {
			rest, ok = strings.CutPrefix(rest, ",")
		}
		if ok {
			a.Value, rest, ok = cutString(rest)
		}
		list = append(list, a)
		switch {
		case ok && rest == "]]":
			return list, nil
		case ok:
			rest, ok = strings.CutPrefix(rest, "],")
		}
	}
	return nil, errAttributes
}

// cutString reads the JSON string that s begins with.
func cutString(s string) (value, rest string, ok bool) {
	if s == "" || s[0] != '"' {
		return "", s, false
	}
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return s[1:i], s[i+1:], true
		case c == '\\':
			return cutEscaped(s, i)
		case c < ' ':
			return "", s, false
		}
	}
	return "", s, false
}

// cutEscaped is cutString for a string whose first escape is at i.
func cutEscaped(s string, i int) (value, rest string, ok bool) {
	for ; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			b, err := jsontext.AppendUnquote(nil, s[:i+1])
			return string(b), s[i+1:], err == nil
		}
	}
	return "", s, false
}
