package signin_test

import (
	"testing"
	"time"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

// A refresh token ends with its sign-in, its user and its client.
func TestRefreshTokenEndsWithItsSignIn(t *testing.T) {
	const revoked = "NotAuthorizedException: Refresh Token has been revoked"
	other := apitest.NewClient("client2")
	for name, tc := range map[string]struct {
		change func(*apitest.World, *user.User, *user.Session)
		want   string
	}{
		"nothing":            {func(*apitest.World, *user.User, *user.Session) {}, ""},
		"revoked":            {func(w *apitest.World, _ *user.User, s *user.Session) { s.Revoked = true; w.Update(s) }, revoked},
		"signed out":         {func(w *apitest.World, u *user.User, _ *user.Session) { u.SignOutEpoch++; w.Update(u) }, revoked},
		"disabled":           {func(w *apitest.World, u *user.User, _ *user.Session) { u.Disabled = true; w.Update(u) }, "NotAuthorizedException: User is disabled."},
		"sign-in swept away": {func(w *apitest.World, _ *user.User, s *user.Session) { w.Remove(s) }, revoked},
		"deleted":            {func(w *apitest.World, u *user.User, _ *user.Session) { w.Remove(u) }, "UserNotFoundException: User does not exist."},
		"reset":              {func(w *apitest.World, u *user.User, _ *user.Session) { u.Status = user.ResetRequired; w.Update(u) }, "PasswordResetRequiredException: Password reset required for the user"},
		"another client":     {func(w *apitest.World, _ *user.User, _ *user.Session) { w.Client = other }, "NotAuthorizedException: Invalid Refresh Token"},
		"another pool":       {func(w *apitest.World, _ *user.User, _ *user.Session) { w.Pool = &pool.Pool{ID: apitest.OtherID} }, "NotAuthorizedException: Invalid Refresh Token"},
		"run out":            {func(w *apitest.World, _ *user.User, _ *user.Session) { w.Forward(30 * 24 * time.Hour) }, "NotAuthorizedException: Refresh Token has expired"},
		"almost run out":     {func(w *apitest.World, _ *user.User, _ *user.Session) { w.Forward(30*24*time.Hour - time.Second) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := apitest.Embedded(t, nil)
			ann := w.AddUser("ann", right, nil)
			o, got := signIn(t, w, "ann", right)
			wantAnswer(t, got, "")
			r, err := w.Issuer.OpenRefresh(o.Tokens.Refresh)
			if err != nil {
				t.Fatal(err)
			}
			tc.change(w, w.User(ann), apitest.Read(w, &user.Session{PoolID: r.PoolID, Sub: r.Sub, ID: r.SessionID}))
			again, err := w.SignIn.Refresh(t.Context(), w.Request(), o.Tokens.Refresh, nil)
			wantAnswer(t, answer(err), tc.want)
			if (again == nil) != (tc.want != "") {
				t.Errorf("outcome %v", again)
			}
			for text, what := range map[string]string{o.Tokens.Access: "access token", o.Tokens.ID: "ID token", flipped(o.Tokens.Refresh): "changed token", "": "nothing"} {
				_, err := w.SignIn.Refresh(t.Context(), w.Request(), text, nil)
				if got := answer(err); got != "NotAuthorizedException: Invalid Refresh Token" {
					t.Errorf("%s: %q", what, got)
				}
			}
		})
	}
}

// Servers whose clocks are five seconds apart agree on who is signed in: what
// one server ended in the very second of the sign-in is over on both, and what
// came right after it is good on both.
func TestSignOutDependsOnNoClock(t *testing.T) {
	for _, skew := range []time.Duration{-5 * time.Second, 0, 5 * time.Second} {
		t.Run(skew.String(), func(t *testing.T) {
			one := apitest.Embedded(t, nil)
			two := one.Node(skew)
			ann := one.AddUser("ann", right, nil)
			for range 2 {
				old, _ := signIn(t, one, "ann", right)
				u := two.User(ann)
				u.SignOutEpoch++
				two.Update(u)
				fresh, _ := signIn(t, two, "ann", right)
				for _, node := range []*apitest.World{one, two} {
					_, err := node.Tokens.Authorize(t.Context(), old.Tokens.Access)
					wantAnswer(t, answer(err), "NotAuthorizedException: Access Token has been revoked")
					_, err = node.SignIn.Refresh(t.Context(), node.Request(), old.Tokens.Refresh, nil)
					wantAnswer(t, answer(err), "NotAuthorizedException: Refresh Token has been revoked")
					_, err = node.Tokens.Authorize(t.Context(), fresh.Tokens.Access)
					wantAnswer(t, answer(err), "")
				}
			}
		})
	}
}
