package token_test

import (
	"context"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/token"
)

func TestStock(t *testing.T) {
	v := sharedKeys().vault
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		stock := token.NewStock(v, 2)
		ended := make(chan error, 1)
		go func() { ended <- stock.Run(ctx) }()
		synctest.Wait() // the stock is full

		// With a context that has ended no key is made: these come from the stock.
		over, cancel := context.WithCancel(t.Context())
		cancel()
		pair, err := stock.Pair(over, poolOne, start)
		if err != nil {
			t.Fatalf("Pair from the stock: %v", err)
		}
		checkPair(t, pair)

		stop()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
}

func checkPair(t *testing.T, pair [2]*pool.SigningKey) {
	t.Helper()
	w := newWorld(t)
	for i, use := range []string{pool.KeyForID, pool.KeyForAccess} {
		k := pair[i]
		if k.PoolID != poolOne || k.Use != use || !k.CreatedAt.Equal(start) || k.Stored() {
			t.Errorf("key %d: %+v", i, k)
		}
		raw, err := base64.StdEncoding.DecodeString(k.KID)
		if err != nil || len(raw) != 32 || !strings.HasSuffix(k.KID, "=") || strings.Contains(k.KID, "/") {
			t.Errorf("kid %q", k.KID)
		}
		if n := w.private(k).N.BitLen(); n != 2048 {
			t.Errorf("%d bits", n)
		}
	}
	if pair[0].KID == pair[1].KID || string(pair[0].PublicKey) == string(pair[1].PublicKey) {
		t.Errorf("one key for both uses")
	}
}

func TestEmptyStock(t *testing.T) {
	stock := token.NewStock(sharedKeys().vault, 2)
	pair, err := stock.Pair(t.Context(), poolOne, start)
	if err != nil {
		t.Fatal(err)
	}
	checkPair(t, pair)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := stock.Pair(over, poolOne, start); !errors.Is(err, context.Canceled) {
		t.Errorf("Pair: %v", err)
	}
}

func TestKeysAreReadEveryTwoSeconds(t *testing.T) {
	w := newWorld(t)
	for _, step := range []struct {
		after time.Duration
		lists int
	}{{0, 1}, {2*time.Second - 1, 1}, {1, 2}, {0, 2}} {
		w.now = w.now.Add(step.after)
		w.mint()
		if w.rows.lists != step.lists {
			t.Errorf("%v later: %d lists, want %d", step.after, w.rows.lists, step.lists)
		}
	}
}

// A load that looked before a change and returns after it leaves nothing old.
func TestLoadThatADropOvertook(t *testing.T) {
	w := newWorld(t)
	text := w.mint().Access
	w.keys.Drop(poolOne)
	w.rows.onList = func() {
		w.rows.onList = nil
		w.rows.remove(w.ring.one[1])
		w.keys.Drop(poolOne)
	}
	if _, err := w.auth.Authorize(t.Context(), text); err != nil {
		t.Fatalf("the overtaken call: %v", err)
	}
	_, err := w.auth.Authorize(t.Context(), text)
	checkFault(t, err, unverified)
}

func TestPoolWithoutKeysIsAskedAgain(t *testing.T) {
	w := newWorld(t)
	w.rows.remove(w.ring.one[0])
	w.rows.remove(w.ring.one[1])
	in := token.MintInput{Pool: w.pool, Client: w.client, User: w.user, Session: w.session}
	if _, err := w.issue.Mint(t.Context(), in); err == nil {
		t.Fatal("tokens without keys")
	}
	one, two := *w.ring.one[0], *w.ring.one[1]
	w.rows.put(&one, &two)
	if _, err := w.issue.Mint(t.Context(), in); err != nil {
		t.Errorf("Mint: %v", err)
	}
}

func (w *world) publisher() *token.Publisher {
	return token.NewPublisher(token.PublisherConfig{
		Directory: directory.New(w.rows, w.ring.vault), Keys: w.keys, PublicURL: publicURL,
	})
}

func TestJWKS(t *testing.T) {
	w := newWorld(t)
	doc, err := w.publisher().JWKS(t.Context(), poolOne)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Keys []map[string]string `json:"keys"`
	}
	if err := json.Unmarshal(doc, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]map[string]string{}
	for _, k := range w.ring.one {
		want[k.KID] = map[string]string{
			"alg": "RS256", "e": "AQAB", "kid": k.KID, "kty": "RSA", "use": "sig", "n": modulus(&w.private(k).PublicKey),
		}
	}
	byKID := map[string]map[string]string{}
	for _, k := range got.Keys {
		byKID[k["kid"]] = k
	}
	if diff := cmp.Diff(want, byKID); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

func modulus(k *rsa.PublicKey) string {
	return base64.RawURLEncoding.EncodeToString((*big.Int)(k.N).Bytes())
}

func TestDiscovery(t *testing.T) {
	w := newWorld(t)
	doc, err := w.publisher().Discovery(t.Context(), poolOne)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"id_token_signing_alg_values_supported":["RS256"],` +
		`"issuer":"https://idp.example.test/eu-test-1_oneoneone",` +
		`"jwks_uri":"https://idp.example.test/eu-test-1_oneoneone/.well-known/jwks.json",` +
		`"response_types_supported":["code","token"],"scopes_supported":["openid","email","phone","profile"],` +
		`"subject_types_supported":["public"],"token_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post"]}`
	if diff := cmp.Diff(want, string(doc)); diff != "" {
		t.Errorf("document (-want +got):\n%s", diff)
	}
	if got := read(t, w.mint().ID, 1)["iss"]; got != "https://idp.example.test/eu-test-1_oneoneone" {
		t.Errorf("tokens have issuer %v", got)
	}
}

func TestNothingIsPublishedForPoolsThatAreGone(t *testing.T) {
	w := newWorld(t)
	p := w.publisher()
	if _, err := p.JWKS(t.Context(), poolOne); err != nil {
		t.Fatal(err)
	}
	w.rows.put(&pool.Removal{PoolID: poolOne})
	for _, publish := range []func(context.Context, pool.ID) ([]byte, error){p.JWKS, p.Discovery} {
		_, err := publish(t.Context(), poolOne)
		checkFault(t, err, noPool)
		_, err = publish(t.Context(), "eu-test-1_nothing")
		checkFault(t, err, fault.New("ResourceNotFoundException", "User pool eu-test-1_nothing does not exist."))
	}
}
