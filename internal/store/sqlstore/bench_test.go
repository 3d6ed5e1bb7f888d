package sqlstore_test

import (
	"testing"

	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore"
	"poolhouse.dev/internal/user"
)

// BenchmarkCompile turns the update of a user into a statement.
func BenchmarkCompile(b *testing.B) {
	u := &user.User{
		PoolID: "eu-west-1_aBcDeFgHi", Sub: "34c84488-e0e1-70ae-d2ee-991ad1a898c8", Username: "person-0000001", Status: user.Confirmed,
		Attributes: user.Attributes{
			{Name: "email", Value: "person-0000001@example.com"}, {Name: "email_verified", Value: "true"},
			{Name: "name", Value: "Person 0000001"}, {Name: "given_name", Value: "Person"}, {Name: "family_name", Value: "0000001"},
		},
		Verifier: make([]byte, 440),
	}
	u.Version = 3
	set := store.NewChangeSet()
	set.Update(u)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := sqlstore.Postgres.Compile(set, nil); err != nil {
			b.Fatal(err)
		}
	}
}
