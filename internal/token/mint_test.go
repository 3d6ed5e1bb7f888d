package token_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/token"
	"poolhouse.dev/internal/user"
)

var uuidForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// checkJTI checks the random claim and takes it out.
func checkJTI(t *testing.T, claims object) object {
	t.Helper()
	if id, _ := claims["jti"].(string); !uuidForm.MatchString(id) {
		t.Errorf("jti = %v", claims["jti"])
	}
	return claims.without("jti")
}

func TestAccessTokenClaims(t *testing.T) {
	w := newWorld(t)
	w.now = start.Add(10 * time.Minute) // a refresh: auth_time stays
	w.client.Settings.AccessValidity = 30
	w.client.Settings.Units = &pool.Units{Access: "minutes"}
	w.user.Attributes = user.Attributes{{Name: "email", Value: "ann@example.test"}}
	tokens := w.mint()
	want := object{
		"sub": "34c84488-e0e1-70ae-d2ee-991ad1a898c8", "iss": "https://idp.example.test/eu-test-1_oneoneone",
		"client_id": "client1", "origin_jti": w.session.OriginJTI, "event_id": w.session.ID,
		"token_use": "access", "scope": "aws.cognito.signin.user.admin",
		"auth_time": float64(start.Unix()), "iat": float64(start.Unix() + 600), "exp": float64(start.Unix() + 600 + 1800),
		"username": "ann",
	}
	if diff := cmp.Diff(want, checkJTI(t, read(t, tokens.Access, 1))); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
	if tokens.ExpiresIn != 1800 {
		t.Errorf("ExpiresIn = %d, want 1800", tokens.ExpiresIn)
	}
}

// A sign-in that is bound to a device says so in the access token only.
func TestDeviceKeyClaim(t *testing.T) {
	w := newWorld(t)
	w.session.DeviceKey = "eu-test-1_0d9e0f8a-0000-4000-8000-000000000001"
	w.rows.put(w.session)
	tokens := w.mint()
	if got := read(t, tokens.Access, 1)["device_key"]; got != w.session.DeviceKey {
		t.Errorf("device_key is %v", got)
	}
	if got, ok := read(t, tokens.ID, 1)["device_key"]; ok {
		t.Errorf("device_key of the ID token is %v", got)
	}
	if _, err := w.auth.Authorize(t.Context(), tokens.Access); err != nil {
		t.Error(err)
	}
}

func TestIDTokenClaims(t *testing.T) {
	w := newWorld(t)
	w.now = start.Add(10 * time.Minute)
	w.user.Attributes = user.Attributes{
		{Name: "email", Value: "ann@example.test"}, {Name: "email_verified", Value: "true"},
		{Name: "phone_number", Value: "+15550100"}, {Name: "phone_number_verified", Value: "false"},
		{Name: "address", Value: "1 Main <Street> \"A\""}, {Name: "updated_at", Value: "01767225600"},
		{Name: "name", Value: "Ann"}, {Name: "nickname", Value: "hidden"},
		{Name: "custom:age", Value: "42"}, {Name: "custom:flag", Value: "true"},
		{Name: "dev:custom:rank", Value: "7"}, {Name: "identities", Value: "[]"},
	}
	w.client.Settings.ReadAttributes = []string{
		"email", "email_verified", "phone_number", "phone_number_verified", "address", "updated_at", "name",
		"custom:age", "custom:flag", "dev:custom:rank", "identities",
	}
	tokens, err := w.issue.Mint(t.Context(), token.MintInput{
		Pool: w.pool, Client: w.client, User: w.user, Session: w.session, Nonce: "n-1",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := object{
		"sub": "34c84488-e0e1-70ae-d2ee-991ad1a898c8", "iss": "https://idp.example.test/eu-test-1_oneoneone",
		"aud": "client1", "cognito:username": "ann", "origin_jti": w.session.OriginJTI, "event_id": w.session.ID,
		"token_use": "id", "auth_time": float64(start.Unix()), "iat": float64(start.Unix() + 600),
		"exp": float64(start.Unix() + 600 + 3600), "nonce": "n-1",
		"email": "ann@example.test", "email_verified": true,
		"phone_number": "+15550100", "phone_number_verified": false,
		"address": map[string]any{"formatted": "1 Main <Street> \"A\""}, "updated_at": float64(1767225600),
		"name": "Ann", "custom:age": "42", "custom:flag": "true",
	}
	if diff := cmp.Diff(want, checkJTI(t, read(t, tokens.ID, 1))); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
	if tokens.Refresh != "" {
		t.Errorf("a refresh token that nobody asked for")
	}
}

func TestClaimsThatDepend(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(w *world)
		absent []string
	}{
		{"no address, no flag", func(w *world) {
			w.user.Attributes = user.Attributes{{Name: "email_verified", Value: "true"}, {Name: "phone_number_verified", Value: "true"}}
		}, []string{"email", "email_verified", "phone_number", "phone_number_verified", "nonce"}},
		{"revocation off", func(w *world) { w.client.Settings.TokenRevocation = false }, []string{"origin_jti"}},
		{"rotation off", func(w *world) {
			w.client.Settings.TokenRevocation = false
			w.client.Settings.Rotation = &pool.RefreshRotation{}
		}, []string{"origin_jti"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			tt.change(w)
			tokens := w.mint()
			for _, text := range []string{tokens.ID, tokens.Access} {
				for _, name := range tt.absent {
					if v, ok := read(t, text, 1)[name]; ok {
						t.Errorf("claim %s = %v, want none", name, v)
					}
				}
			}
		})
	}
	t.Run("rotation on", func(t *testing.T) {
		w := newWorld(t)
		w.client.Settings.TokenRevocation = false
		w.client.Settings.Rotation = &pool.RefreshRotation{Enabled: true}
		if got := read(t, w.mint().Access, 1)["origin_jti"]; got != w.session.OriginJTI {
			t.Errorf("origin_jti = %v", got)
		}
	})
}

func TestHeaders(t *testing.T) {
	w := newWorld(t)
	tokens := w.mint()
	for _, tt := range []struct {
		name, text string
		key        *pool.SigningKey
	}{{"ID token", tokens.ID, w.ring.one[0]}, {"access token", tokens.Access, w.ring.one[1]}} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(object{"kid": tt.key.KID, "alg": "RS256"}, read(t, tt.text, 0)); diff != "" {
				t.Errorf("header (-want +got):\n%s", diff)
			}
			// Another implementation, as an app's backend would.
			jws, err := jose.ParseSignedCompact(tt.text, []jose.SignatureAlgorithm{jose.RS256})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := jws.Verify(&w.private(tt.key).PublicKey); err != nil {
				t.Errorf("Verify: %v", err)
			}
		})
	}
	if a, b := read(t, tokens.ID, 1)["jti"], read(t, tokens.Access, 1)["jti"]; a == b {
		t.Errorf("both tokens have jti %v", a)
	}
}

func TestMintFails(t *testing.T) {
	down := errors.New("down")
	for _, tt := range []struct {
		name   string
		change func(w *world)
		want   string
	}{
		{"no keys", func(w *world) { w.rows.remove(w.ring.one[0]) }, "no signing key"},
		{"the store is down", func(w *world) { w.rows.fail = down }, "down"},
		{"a key that was moved to another pool", func(w *world) {
			moved := *w.ring.other[0]
			moved.PoolID, moved.CreatedAt = poolOne, start.Add(time.Hour)
			w.rows.put(&moved)
		}, "seal is broken"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			tt.change(w)
			_, err := w.issue.Mint(t.Context(), token.MintInput{Pool: w.pool, Client: w.client, User: w.user, Session: w.session})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Mint: %v, want %q", err, tt.want)
			}
		})
	}
}

func TestNewSession(t *testing.T) {
	w := newWorld(t)
	w.user.SignOutEpoch = 3
	w.client.Settings.RefreshValidity = 2
	s := token.NewSession(w.pool, w.client, w.user, start)
	if !uuidForm.MatchString(s.ID) || !uuidForm.MatchString(s.OriginJTI) || s.ID == s.OriginJTI {
		t.Errorf("ids %q and %q", s.ID, s.OriginJTI)
	}
	want := &user.Session{
		PoolID: poolOne, Sub: w.user.Sub, ID: s.ID, OriginJTI: s.OriginJTI, ClientID: "client1", Epoch: 3,
		Scope: "aws.cognito.signin.user.admin", AuthTime: start, ExpiresAt: start.Add(48 * time.Hour),
	}
	if diff := cmp.Diff(want, s); diff != "" {
		t.Errorf("NewSession (-want +got):\n%s", diff)
	}
}

func TestNewestKeySigns(t *testing.T) {
	w := newWorld(t)
	pair, err := token.NewStock(w.ring.vault, 0).Pair(t.Context(), poolOne, start.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	before := w.mint()
	w.rows.put(pair[0], pair[1])
	w.keys.Drop(poolOne)
	after := w.mint()
	if kid := read(t, after.Access, 0)["kid"]; kid != pair[1].KID {
		t.Errorf("kid = %v, want the newest key's", kid)
	}
	for _, text := range []string{before.Access, after.Access} {
		if _, err := w.auth.Authorize(t.Context(), text); err != nil {
			t.Errorf("Authorize: %v", err)
		}
	}
}

var refreshForm = regexp.MustCompile(`^eyJjdHkiOiJKV1QiLCJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiUlNBLU9BRVAifQ(\.[A-Za-z0-9_-]+){4}$`)

func TestRefreshToken(t *testing.T) {
	w := newWorld(t)
	text := w.mint().Refresh
	if !refreshForm.MatchString(text) {
		t.Errorf("a refresh token of another form: %s", text)
	}
	if strings.Contains(text, string(w.user.Sub)) {
		t.Errorf("a refresh token that can be read")
	}
	got, err := w.issue.OpenRefresh(text)
	if err != nil {
		t.Fatalf("OpenRefresh: %v", err)
	}
	want := token.Refresh{PoolID: poolOne, Sub: w.user.Sub, SessionID: w.session.ID, ClientID: "client1", ExpiresAt: w.session.ExpiresAt}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("OpenRefresh (-want +got):\n%s", diff)
	}
	w.now = start.Add(365 * 24 * time.Hour)
	if _, err := w.issue.OpenRefresh(text); err != nil {
		t.Errorf("OpenRefresh judged the time: %v", err)
	}
}

func TestRefreshTokenOfTheLongestNames(t *testing.T) {
	w := newWorld(t)
	w.session.PoolID = pool.ID(strings.Repeat("p", 55))
	w.session.ClientID = pool.ClientID(strings.Repeat("c", 128))
	if _, err := w.issue.OpenRefresh(w.mint().Refresh); err != nil {
		t.Errorf("OpenRefresh: %v", err)
	}
}

func TestOpenRefreshRefuses(t *testing.T) {
	w := newWorld(t)
	tokens := w.mint()
	good := tokens.Refresh
	parts := strings.Split(good, ".")
	session, err := w.ring.vault.SealToken("session", map[string]string{"p": string(poolOne)})
	if err != nil {
		t.Fatal(err)
	}
	cut := func(s string) string {
		return strings.Join([]string{parts[0], s[:342], s[342:358], s[358 : len(s)-22], s[len(s)-22:]}, ".")
	}
	for name, text := range map[string]string{
		"nothing":               "",
		"an access token":       tokens.Access,
		"an ID token":           tokens.ID,
		"four parts":            strings.Join(parts[:4], "."),
		"six parts":             good + ".x",
		"another header":        strings.Join(append([]string{"eyJhbGciOiJkaXIifQ"}, parts[1:]...), "."),
		"a changed character":   good[:100] + flip(good[100]) + good[101:],
		"a changed last one":    good[:len(good)-1] + flip(good[len(good)-1]),
		"a line break":          good[:100] + "\n" + good[100:],
		"a dot that moved":      strings.Join([]string{parts[0], parts[1] + parts[2][:1], parts[2][1:] + parts[3][:1], parts[3][1:], parts[4]}, "."),
		"a token of other kind": cut(session),
		"an empty part":         strings.Join([]string{parts[0], parts[1], parts[2], "", parts[4]}, "."),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := w.issue.OpenRefresh(text); !errors.Is(err, token.ErrNotRefresh) {
				t.Errorf("OpenRefresh: %v, want ErrNotRefresh", err)
			}
		})
	}
}

// flip returns another character of the alphabet.
func flip(c byte) string {
	if c == 'A' {
		return "Q"
	}
	return "A"
}

func FuzzOpenRefresh(f *testing.F) {
	w := newWorld(f)
	tokens := w.mint()
	f.Add(tokens.Refresh)
	f.Add(tokens.Access)
	f.Add("eyJjdHkiOiJKV1QiLCJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiUlNBLU9BRVAifQ....")
	f.Fuzz(func(t *testing.T, text string) {
		_, err := w.issue.OpenRefresh(text)
		if (err == nil) != (text == tokens.Refresh) {
			t.Errorf("OpenRefresh: %v", err)
		}
	})
}
