package sqlstore

import (
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"poolhouse.dev/internal/user"
)

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
	}
}

func encodeAttributes(list user.Attributes) (string, error) {
	b := make([]byte, 0, 64*len(list)+2)
	b = append(b, '[')
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

func decodeAttributes(s string) (user.Attributes, error) {
	if s == "[]" {
		return nil, nil
	}
	var pairs [][]string
	if err := json.Unmarshal([]byte(s), &pairs); err != nil {
		// The error would quote the document, which holds personal data.
		return nil, fmt.Errorf("the attributes are not an array of pairs")
	}
	list := make(user.Attributes, len(pairs))
	for i, p := range pairs {
		if len(p) != 2 {
			return nil, fmt.Errorf("the attributes are not an array of pairs")
		}
		list[i] = user.Attribute{Name: p[0], Value: p[1]}
	}
	return list, nil
}
