package conformance

import (
	"sync"
	"testing"
)

// Sign-ins of one stranger at the same time are one user's, and all of them succeed.
func TestRaceOfMigrations(t *testing.T) {
	withScript(t, migrating, func(t *testing.T, f *fixture, s *script) {
		s.answers(`{"userAttributes":{"email":"ann@example.com","email_verified":"true"},"finalUserStatus":"CONFIRMED"}`)
		for range 5 {
			name := unique("ann")
			before := f.count(t)
			var wait sync.WaitGroup
			errs := make([]error, 4) // more would be guesses
			for i := range errs {
				wait.Go(func() { _, errs[i] = f.trySignIn(t, name, password) })
			}
			wait.Wait()
			for _, err := range errs {
				if err != nil {
					t.Errorf("signing in: %v", err)
				}
			}
			if n := f.count(t) - before; n != 1 {
				t.Errorf("%d users", n)
			}
		}
	})
}
