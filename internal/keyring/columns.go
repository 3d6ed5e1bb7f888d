package keyring

import (
	"time"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/instance"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// value is a sealed column of a row.
type value struct {
	place  vault.Place
	sealed *[]byte
}

// of is the value of a row's column.
func of(r row.Row, column string, sealed *[]byte) value {
	return value{directory.PlaceOf(r, column), sealed}
}

// table is a table with sealed columns.
type table struct {
	name row.Table
	// values are those of a row, that are sealed anew where they are.
	values func(row.Row) []value
	// until says how long a row needs the key that sealed what belongs to it, for rows
	// that are gone before long or whose tokens are elsewhere; the zero time is a row
	// that does not need it.
	until func(r row.Row, w *walk) time.Time
	// ends says that an administrator may choose not to wait for such rows.
	ends bool
}

// sealedTables are all tables with sealed columns, in the order of the walk.
var sealedTables = []table{
	{name: instance.TableAccessKeys, values: func(r row.Row) []value {
		return []value{of(r, "secret", &r.(*instance.AccessKey).SealedSecret)}
	}},
	{name: pool.TableClients, values: func(r row.Row) []value {
		c := r.(*pool.Client)
		return []value{{directory.SecretPlace(c), &c.SealedSecret}}
	}},
	{name: pool.TableKeys, values: func(r row.Row) []value {
		k := r.(*pool.SigningKey)
		return []value{{directory.KeyPlace(k), &k.SealedKey}}
	}},
	{name: user.TableUsers, values: func(r row.Row) []value {
		u := r.(*user.User)
		return []value{{directory.VerifierPlace(u), &u.Verifier}}
	}},
	{name: user.TablePasswordHistory, values: func(r row.Row) []value {
		return []value{of(r, "verifiers", &r.(*user.PasswordHistory).Verifiers)}
	}},
	{name: user.TableSoftwareTokens, values: func(r row.Row) []value {
		t := r.(*user.SoftwareToken)
		return []value{of(r, "secret", &t.Secret), of(r, "pending", &t.Pending)}
	}},
	{name: user.TableDevices, values: func(r row.Row) []value {
		return []value{of(r, "verifier", &r.(*user.Device).Verifier)}
	}},
	{name: user.TableOutbox, values: func(r row.Row) []value {
		return []value{of(r, "message", &r.(*user.Outgoing).Sealed)}
	}},
	// Its rows belong to one ceremony each, which expects nobody else to write them, and
	// are gone within the hour.
	{name: user.TableChallenges, until: func(r row.Row, w *walk) time.Time {
		c := r.(*user.Challenge)
		if len(c.State) == 0 || vault.KeyOf(c.State) == w.Key {
			return time.Time{}
		}
		return c.ExpiresAt
	}},
	// A sign-in has nothing sealed; its refresh token, which only the client has, was
	// sealed when the sign-in began or the token was last exchanged.
	{name: user.TableSessions, ends: true, until: func(r row.Row, w *walk) time.Time {
		s := r.(*user.Session)
		made := s.AuthTime
		if s.RotatedAt.After(made) {
			made = s.RotatedAt
		}
		if s.Revoked || made.After(w.From.Add(skew)) {
			return time.Time{}
		}
		return s.ExpiresAt
	}},
}
