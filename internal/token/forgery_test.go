package token_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"poolhouse.dev/internal/fault"
)

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// hs256 signs with a secret that everybody knows: the public key.
func hs256(t testing.TB, secret []byte, header, claims object) string {
	text := part(t, header) + "." + part(t, claims)
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(text))
	return text + "." + encode(mac.Sum(nil))
}

// loose returns text with the bits set that the last character of one part has
// to spare: a lax decoder reads the same bytes. "" when there are none.
func loose(text string, n int) string {
	parts := strings.Split(text, ".")
	p := parts[n]
	spare := map[int]int{2: 0b1111, 3: 0b11}[len(p)%4]
	if spare == 0 {
		return ""
	}
	parts[n] = p[:len(p)-1] + string(alphabet[strings.IndexByte(alphabet, p[len(p)-1])|spare])
	return strings.Join(parts, ".")
}

func TestForgeries(t *testing.T) {
	w := newWorld(t)
	good, header, claims := w.mint(), w.header(), w.claims()
	forger := w.ring.forger
	jwk := jose.JSONWebKey{Key: &forger.PublicKey, KeyID: w.ring.one[1].KID, Algorithm: "RS256", Use: "sig"}
	none := object{"alg": "none", "kid": w.ring.one[1].KID}
	hs := object{"alg": "HS256", "kid": w.ring.one[1].KID}
	public := w.ring.one[1].PublicKey
	m2m := claims.with("sub", "client1").without("username").without("event_id").without("origin_jti")
	tests := []struct {
		name, text string
		want       *fault.Error
	}{
		{"nothing", "", invalid},
		{"no token", "abc", invalid},
		{"three words", "a.b.c", invalid},
		{"dots", "..", invalid},
		{"the ID token", good.ID, invalid},
		{"the refresh token", good.Refresh, invalid},
		{"alg none, no signature", part(t, none) + "." + part(t, claims) + ".", invalid},
		{"alg none, a signature", w.genuine(none, claims), invalid},
		{"alg None", w.genuine(header.with("alg", "None"), claims), invalid},
		{"alg missing", w.genuine(header.without("alg"), claims), invalid},
		{"alg RS512", w.genuine(header.with("alg", "RS512"), claims), invalid},
		{"alg PS256", w.genuine(header.with("alg", "PS256"), claims), invalid},
		{"alg twice", w.genuine(`{"alg":"RS256","alg":"RS256","kid":"`+w.ring.one[1].KID+`"}`, claims), invalid},
		{"HS256 with the public key", hs256(t, public, hs, claims), invalid},
		{"HS256 with the public key as PEM", hs256(t, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), hs, claims), invalid},
		{"HS256 called RS256", hs256(t, public, header, claims), unverified},
		{"kid missing", w.genuine(header.without("kid"), claims), invalid},
		{"kid empty", w.genuine(header.with("kid", ""), claims), invalid},
		{"kid of another type", w.genuine(header.with("kid", 1), claims), invalid},
		{"kid in capitals", w.genuine(header.without("kid").with("KID", w.ring.one[1].KID), claims), invalid},
		{"kid that nobody has", w.genuine(header.with("kid", "bm9ib2R5"), claims), unverified},
		{"kid of another pool", w.craft(w.private(w.ring.other[1]), header.with("kid", w.ring.other[1].KID), claims), unverified},
		{"key of another pool", w.craft(w.private(w.ring.other[1]), header, claims), unverified},
		{"key for ID tokens", w.craft(w.private(w.ring.one[0]), header.with("kid", w.ring.one[0].KID), claims), unverified},
		{"a stranger's key", w.craft(forger, header, claims), unverified},
		{"a stranger's expired token", w.craft(forger, header, claims.with("exp", 1)), unverified},
		{"key in the header", w.craft(forger, header.with("jwk", jwk), claims), invalid},
		{"address of keys in the header", w.craft(forger, header.with("jku", "https://evil.example/jwks"), claims), invalid},
		{"address of a certificate in the header", w.craft(forger, header.with("x5u", "https://evil.example/x"), claims), invalid},
		{"certificate in the header", w.craft(forger, header.with("x5c", []string{"AA=="}), claims), invalid},
		{"crit", w.genuine(header.with("crit", []string{"exp"}), claims), invalid},
		{"typ", w.genuine(header.with("typ", "JWT"), claims), invalid},
		{"header no object", w.genuine(`"RS256"`, claims), invalid},
		{"our key with a jku", w.genuine(header.with("jku", publicURL), claims), invalid},
		{"issuer of another server", w.genuine(header, claims.with("iss", "https://cognito-idp.eu-test-1.amazonaws.com/"+string(poolOne))), invalid},
		{"issuer that begins like ours", w.genuine(header, claims.with("iss", publicURL+".evil.example/"+string(poolOne))), invalid},
		{"issuer with a longer path", w.genuine(header, claims.with("iss", publicURL+"/x/"+string(poolOne))), invalid},
		{"issuer with a slash at the end", w.genuine(header, claims.with("iss", publicURL+"/"+string(poolOne)+"/")), invalid},
		{"issuer missing", w.genuine(header, claims.without("iss")), invalid},
		{"another pool as issuer", w.genuine(header, claims.with("iss", publicURL+"/"+string(poolOther)).with("client_id", "client2")), unverified},
		{"another pool's client", w.genuine(header, claims.with("client_id", "client2")), fault.New("ResourceNotFoundException", "User pool client client2 does not exist.")},
		{"a stranger's token for no client", w.craft(forger, header, claims.with("client_id", "nobody")), invalid},
		{"client missing", w.genuine(header, claims.without("client_id")), invalid},
		{"token_use missing", w.genuine(header, claims.without("token_use")), invalid},
		{"token_use id", w.genuine(header, claims.with("token_use", "id")), invalid},
		{"a machine's token", w.genuine(header, m2m), invalid},
		{"a machine's token with a name", w.genuine(header, m2m.with("username", "ann")), invalid},
		{"username missing", w.genuine(header, claims.without("username")), invalid},
		{"sub missing", w.genuine(header, claims.without("sub")), invalid},
		{"event_id missing", w.genuine(header, claims.without("event_id")), invalid},
		{"sub of nobody", w.genuine(header, claims.with("sub", "nobody")), noUser},
		{"sign-in of nobody", w.genuine(header, claims.with("event_id", "nothing")), revoked},
		{"exp missing", w.genuine(header, claims.without("exp")), expired},
		{"exp now", w.genuine(header, claims.with("exp", w.now.Unix())), expired},
		{"exp no number", w.genuine(header, claims.with("exp", "9999999999")), invalid},
		{"exp no integer", w.genuine(header, claims.with("exp", 9999999999.5)), invalid},
		{"exp twice", w.genuine(header, `{"exp":9999999999,"exp":9999999999}`), invalid},
		{"claims no object", w.genuine(header, `[]`), invalid},
		{"claims no JSON", w.genuine(header, `exp`), invalid},
		{"scope missing", w.genuine(header, claims.without("scope")), unscoped},
		{"scope of another kind", w.genuine(header, claims.with("scope", "openid email")), unscoped},
		{"scope that begins like it", w.genuine(header, claims.with("scope", "aws.cognito.signin.user.administrator")), unscoped},
		{"scope missing and user deleted", w.genuine(header, claims.without("scope").with("sub", "nobody")), unscoped},
		{"four parts", good.Access + ".x", invalid},
		{"no signature", good.Access[:strings.LastIndex(good.Access, ".")+1], invalid},
		{"line break at the end", good.Access + "\n", invalid},
		{"line break within", good.Access[:9] + "\r\n" + good.Access[9:], invalid},
		{"blank in front", " " + good.Access, invalid},
		{"padding", good.Access + "==", invalid},
		{"standard base64", strings.NewReplacer("-", "+", "_", "/").Replace(w.genuine(header, claims.with("jti", "??>>??>>"))), invalid},
	}
	for _, warm := range []string{"cold", "warm"} {
		for _, tt := range tests {
			t.Run(tt.name+", "+warm, func(t *testing.T) {
				_, err := w.auth.Authorize(t.Context(), tt.text)
				checkFault(t, err, tt.want)
			})
		}
		if _, err := w.auth.Authorize(t.Context(), good.Access); err != nil {
			t.Fatalf("the good token: %v", err)
		}
	}
}

func TestCraftedTokensAreOtherwiseGood(t *testing.T) {
	w := newWorld(t)
	for name, text := range map[string]string{
		"as minted":          w.genuine(w.header(), w.claims()),
		"with more claims":   w.genuine(w.header(), w.claims().with("cognito:groups", []string{"a"})),
		"without its origin": w.genuine(w.header(), w.claims().without("origin_jti")),
		"with more scopes":   w.genuine(w.header(), w.claims().with("scope", "openid aws.cognito.signin.user.admin")),
	} {
		if _, err := w.auth.Authorize(t.Context(), text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// After a good call the exact text is remembered; whatever differs by a bit is
// another text.
func TestEveryOtherTextIsRefusedAfterAWarmCall(t *testing.T) {
	w := newWorld(t)
	text := w.mint().Access
	if _, err := w.auth.Authorize(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	for i := range text {
		if text[i] == '.' {
			continue
		}
		changed := text[:i] + string(alphabet[strings.IndexByte(alphabet, text[i])^1]) + text[i+1:]
		if _, err := w.auth.Authorize(t.Context(), changed); fault.As(err) == nil {
			t.Fatalf("character %d changed: %v, want a refusal", i, err)
		}
	}
	found := false
	for n := range 3 {
		if same := loose(text, n); same != "" {
			found = true
			_, err := w.auth.Authorize(t.Context(), same)
			checkFault(t, err, invalid)
		}
	}
	if !found {
		t.Errorf("no part with bits to spare; a signature of 256 bytes has some")
	}
}

func FuzzAuthorize(f *testing.F) {
	w := newWorld(f)
	good := w.mint()
	f.Add(good.Access)
	f.Add(good.ID)
	f.Add(good.Refresh)
	f.Add(part(f, w.header()) + "." + part(f, w.claims()) + ".AAAA")
	f.Add(part(f, object{"alg": "none"}) + "." + part(f, w.claims()) + ".")
	f.Fuzz(func(t *testing.T, text string) {
		g, err := w.auth.Authorize(t.Context(), text)
		switch {
		case text == good.Access:
			if err != nil {
				t.Errorf("the good token: %v", err)
			}
		case g != nil:
			t.Errorf("a grant for a token that nobody minted")
		case fault.As(err) == nil:
			t.Errorf("an error that is no fault: %v", err)
		}
	})
}
