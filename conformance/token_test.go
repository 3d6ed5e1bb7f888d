package conformance

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// jwt is a token taken apart, to be forged.
type jwt struct {
	header, claims map[string]any
	signature      string
}

func parseJWT(t *testing.T, text string) *jwt {
	t.Helper()
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		t.Fatalf("a token of %d parts", len(parts))
	}
	j := &jwt{signature: parts[2]}
	for i, into := range []*map[string]any{&j.header, &j.claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err == nil {
			err = json.Unmarshal(raw, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return j
}

// unsigned is the token's text up to its signature.
func (j *jwt) unsigned() string {
	header, _ := json.Marshal(j.header)
	claims, _ := json.Marshal(j.claims)
	return base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(claims)
}

// text is the token as it stands, with the signature that it had.
func (j *jwt) text() string { return j.unsigned() + "." + j.signature }

// signedBy is the token with a signature by another key.
func (j *jwt) signedBy(t *testing.T, key *rsa.PrivateKey) string {
	t.Helper()
	sum := sha256.Sum256([]byte(j.unsigned()))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return j.unsigned() + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// publicKeys returns the document with a pool's keys as it is served.
func (f *fixture) publicKeys(t *testing.T) []byte {
	t.Helper()
	resp, err := web.Get(f.url + "/" + f.pool + "/.well-known/jwks.json")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("the keys: %s, %v", resp.Status, err)
	}
	return body
}

const (
	invalidToken   = "Invalid Access Token"
	badSignature   = "Could not verify signature for Access Token"
	revokedToken   = "Access Token has been revoked"
	expiredToken   = "Access Token has expired"
	malformedToken = "1 validation error detected: Value at 'accessToken' failed to satisfy constraint: Member must satisfy regular expression pattern: [A-Za-z0-9-_=.]+"
)

// forgery is a token that must be refused, with the text that refuses it.
type forgery struct{ name, token, message string }

// forgeries makes them from a good token of the fixture's pool.
func forgeries(t *testing.T, f *fixture, good, id, refresh string) []forgery {
	t.Helper()
	change := func(edit func(*jwt)) string {
		j := parseJWT(t, good)
		edit(j)
		return j.text()
	}
	own, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	j := parseJWT(t, good)
	list := []forgery{
		{"three letters", "a.b.c", invalidToken},
		{"one word", "token", invalidToken},
		{"id token", id, invalidToken},
		{"refresh token", refresh, invalidToken},
		{"signature of another key", j.signedBy(t, own), badSignature},
		{"no signature", j.unsigned() + ".", invalidToken},
		{"flipped signature bit", good[:len(good)-10] + flip(good[len(good)-10:len(good)-9]) + good[len(good)-9:], badSignature},
		{"non-canonical last letter", good[:len(good)-1] + nextLetter(good[len(good)-1]), invalidToken},
		{"another subject", change(func(j *jwt) { j.claims["sub"] = "11111111-1111-7111-8111-111111111111" }), badSignature},
		{"a later expiry", change(func(j *jwt) { j.claims["exp"] = 4102444800 }), badSignature},
		{"more scopes", change(func(j *jwt) { j.claims["scope"] = "aws.cognito.signin.user.admin openid" }), badSignature},
		{"no such client", change(func(j *jwt) { j.claims["client_id"] = "1example23456789" }), invalidToken},
		{"no client", change(func(j *jwt) { delete(j.claims, "client_id") }), invalidToken},
		{"token of a machine", change(func(j *jwt) { delete(j.claims, "username"); j.claims["sub"] = j.claims["client_id"] }), invalidToken},
		{"another issuer", change(func(j *jwt) { j.claims["iss"] = "https://cognito-idp.us-east-1.amazonaws.com/" + f.pool }), invalidToken},
		{"another token use", change(func(j *jwt) { j.claims["token_use"] = "id" }), invalidToken},
		{"alg none", change(func(j *jwt) { j.header["alg"] = "none" }), invalidToken},
		{"unknown kid", change(func(j *jwt) { j.header["kid"] = "unknown" }), badSignature},
		{"no kid", change(func(j *jwt) { delete(j.header, "kid") }), invalidToken},
	}
	for _, member := range []string{"jku", "jwk", "x5u", "crit"} {
		list = append(list, forgery{"header " + member, change(func(j *jwt) { j.header[member] = f.url }), invalidToken})
	}
	hmacKey := parseJWT(t, good)
	hmacKey.header["alg"] = "HS256"
	mac := hmac.New(sha256.New, f.publicKeys(t))
	mac.Write([]byte(hmacKey.unsigned()))
	hmacKey.signature = base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	return append(list, forgery{"HS256 with the public keys", hmacKey.text(), invalidToken})
}

func flip(letter string) string {
	if letter == "A" {
		return "B"
	}
	return "A"
}

// nextLetter changes the two bits of a signature's last letter that carry
// nothing: 256 bytes are 342 letters, of which the last counts for two bits.
func nextLetter(last byte) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(letters[strings.IndexByte(letters, last)|1])
}

// Every operation that takes an access token, with tokens that prove nothing.
func TestForgedTokensAreRefused(t *testing.T) {
	for name := range tokenCalls {
		if name != "VerifyUserAttribute" {
			covers(t, name, "NotAuthorizedException", "InvalidParameterException")
		}
	}
	refuses(t, "VerifyUserAttribute", "NotAuthorizedException", "InvalidParameterException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f, other := newFixture(t, e, nil), newFixture(t, e, nil)
		f.user(t, "ann", "email=ann@example.com")
		tokens := f.signIn(t, "ann")
		list := forgeries(t, f, *tokens.AccessToken, *tokens.IdToken, *tokens.RefreshToken)
		moved := parseJWT(t, *tokens.AccessToken)
		moved.claims["iss"] = e.url + "/" + other.pool
		list = append(list, forgery{"moved to another pool", moved.text(), invalidToken})
		for _, name := range slices.Sorted(maps.Keys(tokenCalls)) {
			call := tokenCalls[name]
			f.own(t, tokens.AccessToken) // what is remembered of the good token helps no forgery
			for _, bad := range list {
				wantFaultNamed(t, name+" with "+bad.name, call(t.Context(), e.Client, &bad.token), "NotAuthorizedException", bad.message)
			}
			wantFaultNamed(t, name+" with a blank", call(t.Context(), e.Client, aws.String("a b")), "InvalidParameterException", malformedToken)
		}
		for _, name := range []string{"UpdateUserAttributes", "DeleteUserAttributes", "GetUser", "GetUserAttributeVerificationCode", "SetUserMFAPreference", "SetUserSettings", "GetUserAuthFactors", "GlobalSignOut"} {
			if err := tokenCalls[name](t.Context(), e.Client, f.signIn(t, "ann").AccessToken); err != nil {
				t.Errorf("%s with a good token: %v", name, err)
			}
		}
		if err := tokenCalls["DeleteUser"](t.Context(), e.Client, f.signIn(t, "ann").AccessToken); err != nil {
			t.Errorf("DeleteUser with a good token: %v", err)
		}
	})
}

// A token of another poolhouse, and one that is missing altogether.
func TestForeignAndMissingTokensAreRefused(t *testing.T) {
	skipElsewhere(t)
	g := newFixture(t, clocked[0].start(t), nil)
	g.user(t, "ann")
	token := g.signIn(t, "ann").AccessToken
	onEachEngine(t, func(t *testing.T, e *env) {
		for name, call := range tokenCalls {
			wantFaultNamed(t, name, call(t.Context(), e.Client, token), "NotAuthorizedException", invalidToken)
			code, message := e.rawFault(t, name, `{"UserAttributes":[],"UserAttributeNames":[],"AttributeName":"email","Code":"1","ProposedPassword":"Passw0rd!","DeviceKey":"us-east-1_0","MFAOptions":[]}`)
			want := "1 validation error detected: Value at 'accessToken' failed to satisfy constraint: Member must not be null"
			if name == "GetDevice" || name == "ForgetDevice" { // whose model does not ask for it
				want = "Missing required parameter AccessToken"
			}
			if code != "InvalidParameterException" || message != want {
				t.Errorf("%s without a token: %s: %s", name, code, message)
			}
		}
	})
}

// Credentials of an administrator neither stand in for the token nor harm (C6).
func TestSignatureDoesNotReplaceTheToken(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		f.user(t, "ann")
		token := *f.signIn(t, "ann").AccessToken
		body := `{"AccessToken":"a.b.c","UserAttributes":[]}`
		if status, _, answer := e.raw(t, "UpdateUserAttributes", body, e.signed(t, "UpdateUserAttributes", body)...); status != http.StatusBadRequest || !strings.Contains(string(answer), invalidToken) {
			t.Errorf("a signed call with a bad token: %d %s", status, answer)
		}
		good := `{"AccessToken":"` + token + `","UserAttributes":[{"Name":"name","Value":"Ann"}]}`
		for name, header := range map[string][]string{
			"unsigned":        nil,
			"signed":          e.signed(t, "UpdateUserAttributes", good),
			"badly signed":    {"Authorization", "AWS4-HMAC-SHA256 Credential=x/20200101/us-east-1/cognito-idp/aws4_request, SignedHeaders=host, Signature=00"},
			"with a bearer's": {"Authorization", "Bearer x"},
		} {
			if status, _, answer := e.raw(t, "UpdateUserAttributes", good, header...); status != http.StatusOK || strings.TrimSpace(string(answer)) != `{"CodeDeliveryDetailsList":[]}` {
				t.Errorf("%s: %d %s", name, status, answer)
			}
		}
	})
}
