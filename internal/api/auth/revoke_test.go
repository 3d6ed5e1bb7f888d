package auth_test

import (
	"testing"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store/faulty"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

const (
	revoked     = "NotAuthorizedException: Access Token has been revoked"
	badSecret   = "UnauthorizedException: Invalid client secret"
	wrongClient = "UnauthorizedException: Invalid client for token"
	wrongType   = "UnsupportedTokenTypeException: Unsupported token type"
)

// A sign-in is revoked by its own client only, with that client's secret.
func TestRevokeTokenNeedsItsClient(t *testing.T) {
	w := newWorld(t)
	public, hidden, stuck := w.tokens(t, "client1"), w.tokens(t, confidential), w.tokens(t, unrevocable)
	some := wire.Ptr(secret)
	for name, tc := range map[string]struct {
		client pool.ClientID
		secret *string
		token  string
		want   string
	}{
		"no such client":           {"nobody", nil, *public.RefreshToken, "UnauthorizedException: Invalid client id"},
		"secret of a public one":   {"client1", some, *public.RefreshToken, badSecret},
		"no secret":                {confidential, nil, *hidden.RefreshToken, badSecret},
		"empty secret":             {confidential, wire.Ptr(""), *hidden.RefreshToken, badSecret},
		"wrong secret":             {confidential, wire.Ptr(secret + "x"), *hidden.RefreshToken, badSecret},
		"token of another client":  {"client1", nil, *hidden.RefreshToken, wrongClient},
		"token of another client,": {confidential, some, *public.RefreshToken, wrongClient},
		"access token":             {"client1", nil, *public.AccessToken, wrongType},
		"ID token":                 {"client1", nil, *public.IdToken, wrongType},
		"no token":                 {"client1", nil, "x", ""},
		"revocation is off":        {unrevocable, nil, *stuck.RefreshToken, "UnsupportedOperationException: Revocation of tokens is not enabled for this client"},
	} {
		if got := w.revoke(t, tc.client, tc.secret, tc.token); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
	for _, r := range []*wire.AuthenticationResultType{public, hidden, stuck} {
		wantAnswer(t, w.access(t, r), "")
	}
	for range 2 { // the second time is no error
		wantAnswer(t, w.revoke(t, confidential, some, *hidden.RefreshToken), "")
	}
	wantAnswer(t, w.access(t, hidden), revoked)
	wantAnswer(t, w.access(t, public), "")
}

// A revocation whose commit is lost is not called done; when it was applied it
// holds, and when it was not the caller can repeat it.
func TestRevokeTokenWhenTheCommitIsLost(t *testing.T) {
	for name, tc := range map[string]struct {
		outcome faulty.Outcome
		applied bool
	}{
		"unavailable":       {faulty.Unavailable, false},
		"lost and dropped":  {faulty.LostDropped, false},
		"lost, yet applied": {faulty.LostApplied, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			r := w.tokens(t, "client1")
			wantAnswer(t, w.access(t, r), "")
			w.FailOnce(user.TableSessions, tc.outcome)
			wantAnswer(t, w.revoke(t, "client1", nil, *r.RefreshToken), internal)
			if w.session(t, r).Revoked != tc.applied {
				t.Errorf("revoked: %v", !tc.applied)
			}
			wantAnswer(t, w.revoke(t, "client1", nil, *r.RefreshToken), "")
			wantAnswer(t, w.access(t, r), revoked)
		})
	}
}

// A revocation that meets another writer is decided again, not lost.
func TestRevokeTokenMeetsAnotherWriter(t *testing.T) {
	w := newWorld(t)
	r := w.tokens(t, "client1")
	w.FailOnce(user.TableSessions, faulty.Conflict)
	wantAnswer(t, w.revoke(t, "client1", nil, *r.RefreshToken), "")
	wantAnswer(t, w.access(t, r), revoked)
}

// Signing in whose last commit is lost gives no tokens: a sign-in that nobody
// was told of harms nobody.
func TestSignInWhenTheCommitIsLost(t *testing.T) {
	for name, outcome := range map[string]faulty.Outcome{
		"unavailable": faulty.Unavailable, "lost and dropped": faulty.LostDropped, "lost, yet applied": faulty.LostApplied,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.FailOnce(user.TableSessions, outcome)
			out, got := w.initiate(t, "client1", pool.FlowUserPassword, "USERNAME", "ann", "PASSWORD", password)
			wantAnswer(t, got, internal)
			if out != nil {
				t.Errorf("answered with %+v", out)
			}
			wantAnswer(t, w.access(t, w.tokens(t, "client1")), "")
		})
	}
}
