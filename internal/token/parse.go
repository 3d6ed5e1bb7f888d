package token

import (
	"crypto/rsa"
	"encoding/base64"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"
)

// decoded is an access token as its text reads. Nothing in it is proven.
type decoded struct {
	kid    string
	claims *Claims
}

// header is all that the header of one of our tokens holds. Members that let a
// token bring its own key (jku, jwk, x5u) or change its meaning (crit, b64) are
// refused like any other.
type header struct {
	KID string `json:"kid"`
	Alg string `json:"alg"`
}

var strictBase64 = base64.RawURLEncoding.Strict()

// decode reads a token in the one form that this server gives it, and reports
// whether it has that form.
func decode(text string) (*decoded, bool) {
	parts := strings.SplitN(text, ".", 4)
	// The base64 decoder skips line breaks: one token would have many texts.
	if len(parts) != 3 || strings.ContainsAny(text, "\r\n") {
		return nil, false
	}
	var raw [3][]byte
	for i, part := range parts {
		b, err := strictBase64.DecodeString(part)
		if err != nil || len(b) == 0 {
			return nil, false
		}
		raw[i] = b
	}
	var h header
	if err := json.Unmarshal(raw[0], &h, json.RejectUnknownMembers(true)); err != nil {
		return nil, false
	}
	if h.Alg != string(jose.RS256) || h.KID == "" {
		return nil, false
	}
	c := new(Claims)
	if err := json.Unmarshal(raw[1], c); err != nil {
		return nil, false
	}
	return &decoded{kid: h.KID, claims: c}, true
}

// signedBy reports whether the text, which decode accepted, was signed with the
// private half of key.
func signedBy(text string, key *rsa.PublicKey) bool {
	jws, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return false
	}
	_, err = jws.Verify(key)
	return err == nil
}
