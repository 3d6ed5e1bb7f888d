package conformance

import (
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
)

// verified checks a token's signature by the keys that are served, and its
// header, and returns the key's id and the claims.
func (f *fixture) verified(t *testing.T, token string) (kid string, claims map[string]any) {
	t.Helper()
	set := jose.JSONWebKeySet{}
	parseInto(t, f.publicKeys(t), &set)
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	header := parseJWT(t, token).header
	kid, _ = header["kid"].(string)
	if len(header) != 2 || header["alg"] != "RS256" || len(set.Key(kid)) != 1 {
		t.Fatalf("the header is %v", header)
	}
	payload, err := signed.Verify(set.Key(kid)[0])
	if err != nil {
		t.Fatal(err)
	}
	parseInto(t, payload, &claims)
	return kid, claims
}

// take removes claims that differ each time and wants them to be of a form.
func take(t *testing.T, claims map[string]any, form string, names ...string) map[string]any {
	t.Helper()
	rest := maps.Clone(claims)
	for _, name := range names {
		text, _ := claims[name].(string)
		if !regexp.MustCompile("^" + form + "$").MatchString(text) {
			t.Errorf("the claim %s is %v", name, claims[name])
		}
		delete(rest, name)
	}
	return rest
}

// InitiateAuth: the claims of both tokens, all of them, and their signatures.
func TestTokenClaims(t *testing.T) {
	covers(t, "InitiateAuth")
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		f := newFixture(t, e, func(in *cip.CreateUserPoolInput) {
			in.Schema = []types.SchemaAttributeType{
				{Name: aws.String("rank"), AttributeDataType: "Number"}, {Name: aws.String("vip"), AttributeDataType: "Boolean"},
				{Name: aws.String("note"), AttributeDataType: "String", DeveloperOnlyAttribute: aws.Bool(true)},
			}
		})
		f.client = f.newClient(t, func(in *cip.CreateUserPoolClientInput) {
			in.AccessTokenValidity, in.IdTokenValidity = aws.Int32(10), aws.Int32(2)
			in.TokenValidityUnits = &types.TokenValidityUnitsType{AccessToken: "minutes", IdToken: "hours"}
		})
		f.user(t, "ann", "name=Ann", "email=ann@example.com", "email_verified=true", "phone_number=+15550100123", "address=Main St 1", "updated_at=1700000000", "custom:rank=7", "custom:vip=true", "dev:custom:note=x")
		sub := f.attributes(t, "ann")["sub"]
		now := float64(c.now().Unix())
		tokens := f.signIn(t, "ann")
		if tokens.ExpiresIn != 600 {
			t.Errorf("ExpiresIn %d", tokens.ExpiresIn)
		}
		issuer := e.url + "/" + f.pool
		idKey, id := f.verified(t, *tokens.IdToken)
		accessKey, access := f.verified(t, *tokens.AccessToken)
		if idKey == accessKey {
			t.Error("one key signs both tokens")
		}
		wantID := map[string]any{
			"sub": sub, "iss": issuer, "aud": f.client, "cognito:username": "ann", "token_use": "id",
			"auth_time": now, "iat": now, "exp": now + 7200, "name": "Ann", "email": "ann@example.com", "email_verified": true,
			"phone_number": "+15550100123", "phone_number_verified": false, "address": map[string]any{"formatted": "Main St 1"},
			"updated_at": 1700000000.0, "custom:rank": "7", "custom:vip": "true",
		}
		if diff := cmp.Diff(wantID, take(t, id, uuid, "jti", "origin_jti", "event_id")); diff != "" {
			t.Errorf("ID token (-want +got):\n%s", diff)
		}
		wantAccess := map[string]any{
			"sub": sub, "iss": issuer, "client_id": f.client, "username": "ann", "token_use": "access",
			"scope": "aws.cognito.signin.user.admin", "auth_time": now, "iat": now, "exp": now + 600,
		}
		if diff := cmp.Diff(wantAccess, take(t, access, uuid, "jti", "origin_jti", "event_id")); diff != "" {
			t.Errorf("access token (-want +got):\n%s", diff)
		}
		if id["jti"] == access["jti"] || id["origin_jti"] != access["origin_jti"] || id["event_id"] != access["event_id"] || id["jti"] == id["origin_jti"] {
			t.Errorf("ids of the ID token %v %v %v, of the access token %v %v %v", id["jti"], id["origin_jti"], id["event_id"], access["jti"], access["origin_jti"], access["event_id"])
		}
		// A refresh keeps what belongs to the sign-in and reads the user anew.
		c.advance(5 * time.Minute)
		did(f.AdminUpdateUserAttributes(t.Context(), &cip.AdminUpdateUserAttributesInput{UserPoolId: &f.pool, Username: aws.String("ann"), UserAttributes: attrs("name=Anna")}))(t)
		again := f.refresh(t, *tokens.RefreshToken)
		_, id2 := f.verified(t, *again.IdToken)
		_, access2 := f.verified(t, *again.AccessToken)
		wantID["name"], wantID["iat"], wantID["exp"] = "Anna", now+300, now+7500
		wantAccess["iat"], wantAccess["exp"] = now+300, now+900
		for _, claim := range []string{"origin_jti", "event_id"} {
			wantID[claim], wantAccess[claim] = id[claim], id[claim]
		}
		if diff := cmp.Diff(wantID, take(t, id2, uuid, "jti")); diff != "" {
			t.Errorf("ID token after a refresh (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(wantAccess, take(t, access2, uuid, "jti")); diff != "" {
			t.Errorf("access token after a refresh (-want +got):\n%s", diff)
		}
		if id2["jti"] == id["jti"] || access2["jti"] == access["jti"] {
			t.Error("a refreshed token has the id of the one before")
		}
	})
}

// InitiateAuth: claims of users without addresses, of clients with fewer rights
// and of clients without revocation; the form of a refresh token.
func TestClaimsThatAreLeftOut(t *testing.T) {
	covers(t, "InitiateAuth")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		f.user(t, "bare")
		_, id := f.verified(t, *f.signIn(t, "bare").IdToken)
		for _, claim := range []string{"email", "email_verified", "phone_number", "phone_number_verified", "cognito:groups", "identities", "version", "scope"} {
			if _, ok := id[claim]; ok {
				t.Errorf("the ID token of a bare user has %s", claim)
			}
		}
		f.user(t, "ann", "name=Ann", "email=ann@example.com", "nickname=Annie")
		f.client = f.newClient(t, func(in *cip.CreateUserPoolClientInput) {
			in.ReadAttributes, in.EnableTokenRevocation = []string{"name"}, aws.Bool(false)
		})
		tokens := f.signIn(t, "ann")
		_, id = f.verified(t, *tokens.IdToken)
		_, access := f.verified(t, *tokens.AccessToken)
		if id["name"] != "Ann" || id["email"] != nil || id["email_verified"] != nil || id["nickname"] != nil {
			t.Errorf("claims of a client that reads names only: %v", id)
		}
		if id["origin_jti"] != nil || access["origin_jti"] != nil {
			t.Error("origin_jti although tokens are not revoked by it")
		}
		parts := strings.Split(*tokens.RefreshToken, ".")
		if len(parts) != 5 || parts[0] != "eyJjdHkiOiJKV1QiLCJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiUlNBLU9BRVAifQ" {
			t.Errorf("a refresh token of %d parts that begins %s", len(parts), parts[0])
		}
	})
}
