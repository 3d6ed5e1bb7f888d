package auth_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/api/auth"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/token"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

const (
	password = "Passw0rd!"
	secret   = "a-secret-of-the-client"
	internal = "no fault"
)

// world is a pool with a user, ann, and three clients: a public one, a
// confidential one and one whose tokens cannot be revoked.
type world struct {
	*apitest.World
	ops *auth.API
	ann *user.User
}

const (
	confidential pool.ClientID = "confidential"
	unrevocable  pool.ClientID = "unrevocable"
)

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{World: apitest.Embedded(t, nil)}
	w.ops = auth.New(auth.Deps{Store: w.Store, Directory: w.Directory, SignIn: w.SignIn, Issuer: w.Issuer, Lanes: w.Lanes, Now: w.Now})
	w.ann = w.AddUser("ann", password, nil)
	c := apitest.NewClient(confidential)
	var err error
	if c.SealedSecret, err = w.Vault.Seal(directory.SecretPlace(c), []byte(secret)); err != nil {
		t.Fatal(err)
	}
	stuck := apitest.NewClient(unrevocable)
	stuck.Settings.TokenRevocation = false
	w.Insert(c, stuck)
	return w
}

// secretHash is what a confidential client sends with a user name.
func secretHash(key, name string, client pool.ClientID) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(name + string(client)))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// initiate begins a sign-in with the parameters, given as names and values.
func (w *world) initiate(t *testing.T, client pool.ClientID, flow string, pairs ...string) (*wire.InitiateAuthResponse, string) {
	t.Helper()
	parameters := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		parameters[pairs[i]] = pairs[i+1]
	}
	out, err := w.ops.InitiateAuth(t.Context(), &wire.InitiateAuthRequest{
		ClientId: wire.Ptr(string(client)), AuthFlow: wire.Ptr(wire.AuthFlowType(flow)), AuthParameters: parameters,
	})
	return out, answer(err)
}

// tokens signs ann in.
func (w *world) tokens(t *testing.T, client pool.ClientID) *wire.AuthenticationResultType {
	t.Helper()
	pairs := []string{"USERNAME", "ann", "PASSWORD", password}
	if client == confidential {
		pairs = append(pairs, "SECRET_HASH", secretHash(secret, "ann", client))
	}
	out, refusal := w.initiate(t, client, pool.FlowUserPassword, pairs...)
	if refusal != "" {
		t.Fatal(refusal)
	}
	return out.AuthenticationResult
}

func (w *world) revoke(t *testing.T, client pool.ClientID, clientSecret *string, text string) string {
	t.Helper()
	_, err := w.ops.RevokeToken(t.Context(), &wire.RevokeTokenRequest{ClientId: wire.Ptr(string(client)), ClientSecret: clientSecret, Token: &text})
	return answer(err)
}

// access says how the access token of a sign-in is judged.
func (w *world) access(t *testing.T, r *wire.AuthenticationResultType) string {
	t.Helper()
	_, err := w.Tokens.Authorize(t.Context(), *r.AccessToken)
	return answer(err)
}

// session reads the sign-in of a refresh token.
func (w *world) session(t *testing.T, r *wire.AuthenticationResultType) *user.Session {
	t.Helper()
	var o token.Refresh
	o, err := w.Issuer.OpenRefresh(*r.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	return apitest.Read(w.World, &user.Session{PoolID: o.PoolID, Sub: o.Sub, ID: o.SessionID})
}

func answer(err error) string {
	if err == nil {
		return ""
	}
	if f := fault.As(err); f != nil {
		return f.Error()
	}
	return internal
}

func wantAnswer(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("answered %q, want %q", got, want)
	}
}

func wantSame(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
