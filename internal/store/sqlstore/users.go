package sqlstore

import (
	"fmt"
	"time"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

var users = describe(user.TableUsers, append([]column[user.User]{
	keyed(text("pool_id", func(u *user.User) *pool.ID { return &u.PoolID })),
	sharded(byUser, text("sub", func(u *user.User) *user.Sub { return &u.Sub })),
	listed(text(string(user.SearchUsername), func(u *user.User) *string { return &u.Username })),
	listed(text(string(user.SearchUserStatus), func(u *user.User) *user.Status { return &u.Status })),
	listed(enabledColumn()),
	attributesColumn(),
	blob("verifier", func(u *user.User) *[]byte { return &u.Verifier }),
	moment("password_set_at", func(u *user.User) *time.Time { return &u.PasswordSetAt }),
	sparse("factors", func(u *user.User) *user.Factors { return &u.Factors }),
	number("sign_out_epoch", func(u *user.User) *int64 { return &u.SignOutEpoch }),
	moment("created_at", func(u *user.User) *time.Time { return &u.CreatedAt }),
	moment("modified_at", func(u *user.User) *time.Time { return &u.ModifiedAt }),
}, foldedColumns()...)...)

// enabledColumn holds the text that a filter on "status" compares with.
func enabledColumn() column[user.User] {
	return column[user.User]{
		name: string(user.SearchEnabled), kind: kindText,
		write: func(u *user.User) (any, error) { return u.EnabledText(), nil },
		read: func(u *user.User, v any) error {
			s, err := asText(v)
			if err == nil && s != user.EnabledText && s != user.DisabledText {
				err = fmt.Errorf("the text %q is neither enabled nor disabled", s)
			}
			u.Disabled = s == user.DisabledText
			return err
		},
		same: func(a, b *user.User) bool { return a.Disabled == b.Disabled },
	}
}

// foldedColumns are the search columns of attributes; NULL for one that is not set.
// People change their names more often than what they sign in with.
func foldedColumns() []column[user.User] {
	var list []column[user.User]
	for _, f := range user.FoldedAttributes {
		c := derived(string(f.Column), func(u *user.User) any {
			v := u.Attributes.Get(f.Attribute)
			if v == "" {
				return nil
			}
			return user.FoldSearch(v)
		})
		c.same = func(a, b *user.User) bool { return a.Attributes.Get(f.Attribute) == b.Attributes.Get(f.Attribute) }
		switch f.Column {
		case user.SearchName, user.SearchGivenName, user.SearchFamilyName:
			list = append(list, searched(c))
		default:
			list = append(list, listed(c))
		}
	}
	return list
}
