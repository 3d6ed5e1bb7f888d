package token

import (
	"math/big"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

// ScopeSignIn is the scope of every token of a sign-in through the API, and
// what a call with an access token needs. (Recorded from InitiateAuth.)
const ScopeSignIn = "aws.cognito.signin.user.admin"

// Values of the claim token_use.
const (
	useID     = "id"
	useAccess = "access"
)

// Claims are those of an access token. Times are seconds since 1970.
type Claims struct {
	Subject  string `json:"sub"`
	Issuer   string `json:"iss"`
	ClientID string `json:"client_id"`
	// OriginJTI is "" for clients without token revocation.
	OriginJTI string `json:"origin_jti,omitempty"`
	// EventID is the id of the sign-in, user.Session.ID.
	EventID   string `json:"event_id"`
	TokenUse  string `json:"token_use"`
	Scope     string `json:"scope"`
	AuthTime  int64  `json:"auth_time"`
	ExpiresAt int64  `json:"exp"`
	IssuedAt  int64  `json:"iat"`
	JTI       string `json:"jti"`
	Username  string `json:"username"`
	// DeviceKey is the device that the sign-in is bound to; "" for none.
	DeviceKey string `json:"device_key,omitempty"`
	// Groups are the names of the user's groups, by precedence.
	Groups []string `json:"cognito:groups,omitempty"`
}

// HasScope reports whether scope is among the space-separated ones of the token.
func (c *Claims) HasScope(scope string) bool {
	for s := range strings.SplitSeq(c.Scope, " ") {
		if s == scope {
			return true
		}
	}
	return false
}

// size is about how many bytes the claims take in memory.
func (c *Claims) size() uint32 {
	const fixed = 256
	groups := 0
	for _, name := range c.Groups {
		groups += 16 + len(name)
	}
	return uint32(fixed + groups + len(c.Subject) + len(c.Issuer) + len(c.ClientID) + len(c.OriginJTI) +
		len(c.EventID) + len(c.TokenUse) + len(c.Scope) + len(c.JTI) + len(c.Username) + len(c.DeviceKey))
}

// IssuerOf returns the issuer of a pool's tokens, the claim iss.
func IssuerOf(publicURL string, id pool.ID) string { return publicURL + "/" + string(id) }

// addAttributes adds the user's attributes that the client may read, in the
// types that ID tokens have for them.
func addAttributes(claims map[string]any, in MintInput) {
	for _, a := range in.User.Attributes {
		if !in.Client.CanRead(in.Pool, a.Name) {
			continue
		}
		if v := attributeClaim(in.User, a); v != nil {
			claims[a.Name] = v
		}
	}
}

// attributeClaim returns the claim for an attribute, or nil for none. Custom
// attributes are strings whatever their type.
func attributeClaim(u *user.User, a user.Attribute) any {
	switch a.Name {
	case pool.AttrEmailVerified:
		return verifiedClaim(u, pool.AttrEmail, a.Value)
	case pool.AttrPhoneVerified:
		return verifiedClaim(u, pool.AttrPhone, a.Value)
	case "address":
		return map[string]string{"formatted": a.Value}
	case "updated_at":
		n, ok := new(big.Int).SetString(a.Value, 10)
		if !ok {
			return nil
		}
		return jsontext.Value(n.String())
	case pool.AttrIdentities:
		// A claim of another form, which only federated users have.
		return nil
	}
	return a.Value
}

// verifiedClaim leaves out the flag of a value that is not there: users without
// an e-mail address have neither claim.
func verifiedClaim(u *user.User, of, value string) any {
	if !u.Attributes.Has(of) {
		return nil
	}
	return strings.EqualFold(value, "true")
}
