package user_test

import (
	"testing"

	"poolhouse.dev/internal/user"
)

// BenchmarkDecideUpdate is a change of the name, in a pool as it is made without
// settings.
func BenchmarkDecideUpdate(b *testing.B) {
	p := newPool()
	w := user.Writer{Client: newClient(p)}
	u := newAnn(p, "email", "ann@example.com", "email_verified", "true", "name", "Ann", "given_name", "Ann", "family_name", "Example")
	changes := attrs("name", "Anna")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := user.DecideUpdate(p, w, u, changes, now); err != nil {
			b.Fatal(err)
		}
	}
}
