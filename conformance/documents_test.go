package conformance

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func parseInto(t *testing.T, body []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(body, into); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
}

// The keys and the discovery document of a pool, for anyone of any origin.
func TestDocuments(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		for _, path := range []string{"jwks.json", "openid-configuration"} {
			status, header, _ := e.get(t, "/"+f.pool+"/.well-known/"+path, "Origin", "https://app.example")
			got := map[string]string{"Content-Type": header.Get("Content-Type"), "Access-Control-Allow-Origin": header.Get("Access-Control-Allow-Origin")}
			if diff := cmp.Diff(map[string]string{"Content-Type": "application/json", "Access-Control-Allow-Origin": "*"}, got); diff != "" || status != http.StatusOK {
				t.Errorf("%s: status %d (-want +got):\n%s", path, status, diff)
			}
			status, _, body := e.get(t, "/us-east-1_000000000/.well-known/"+path)
			if status != http.StatusNotFound || !json.Valid(body) {
				t.Errorf("%s of no pool: %d %s", path, status, body)
			}
		}
		var keys struct{ Keys []map[string]string }
		parseInto(t, f.publicKeys(t), &keys)
		if len(keys.Keys) != 2 || keys.Keys[0]["kid"] == keys.Keys[1]["kid"] {
			t.Fatalf("keys %v", keys.Keys)
		}
		for _, key := range keys.Keys {
			modulus, err := base64.RawURLEncoding.DecodeString(key["n"])
			kid, kidErr := base64.StdEncoding.DecodeString(key["kid"])
			if err != nil || len(modulus) != 256 || kidErr != nil || len(kid) != 32 {
				t.Errorf("key %v", key)
			}
			delete(key, "n")
			delete(key, "kid")
			if diff := cmp.Diff(map[string]string{"alg": "RS256", "e": "AQAB", "kty": "RSA", "use": "sig"}, key); diff != "" {
				t.Errorf("key (-want +got):\n%s", diff)
			}
		}
		var discovery map[string]any
		_, _, body := e.get(t, "/"+f.pool+"/.well-known/openid-configuration")
		parseInto(t, body, &discovery)
		for name, want := range map[string]any{
			"issuer": e.url + "/" + f.pool, "jwks_uri": e.url + "/" + f.pool + "/.well-known/jwks.json",
			"id_token_signing_alg_values_supported": []any{"RS256"}, "subject_types_supported": []any{"public"},
		} {
			if diff := cmp.Diff(want, discovery[name]); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
	})
}
