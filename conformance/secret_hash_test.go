package conformance

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

const clientSecret = "an_own_secret_of_24_and_more"

// secretHash is what a confidential client sends for a user name.
func (f *fixture) secretHash(name string) *string {
	mac := hmac.New(sha256.New, []byte(clientSecret))
	mac.Write([]byte(name + f.client))
	return aws.String(base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}

// Every operation that takes a secret hash: SignUp, ConfirmSignUp,
// ResendConfirmationCode, InitiateAuth, AdminInitiateAuth,
// RespondToAuthChallenge and AdminRespondToAuthChallenge.
func TestSecretHash(t *testing.T) {
	for _, op := range []string{"SignUp", "ConfirmSignUp", "ResendConfirmationCode", "InitiateAuth", "AdminInitiateAuth", "RespondToAuthChallenge", "AdminRespondToAuthChallenge"} {
		covers(t, op, "NotAuthorizedException")
	}
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, byEmail)
		f.client = f.newClient(t, func(in *cip.CreateUserPoolClientInput) { in.ClientSecret = aws.String(clientSecret) })
		name := unique("ann")
		// calls are made with a hash, or with none; a user of the name exists
		// from the first call on.
		calls := []struct {
			name string
			call func(hash *string) error
		}{
			{"SignUp", func(hash *string) error {
				_, err := f.SignUp(t.Context(), &cip.SignUpInput{ClientId: &f.client, Username: &name, Password: aws.String(password), SecretHash: hash, UserAttributes: attrs("email=" + name + "@example.com")})
				return err
			}},
			{"ResendConfirmationCode", func(hash *string) error {
				_, err := f.ResendConfirmationCode(t.Context(), &cip.ResendConfirmationCodeInput{ClientId: &f.client, Username: &name, SecretHash: hash})
				return err
			}},
			{"ConfirmSignUp", func(hash *string) error {
				code := "123456"
				if hash != nil && *hash == *f.secretHash(name) {
					code = e.code(t, name+"@example.com")
				}
				_, err := f.ConfirmSignUp(t.Context(), &cip.ConfirmSignUpInput{ClientId: &f.client, Username: &name, ConfirmationCode: &code, SecretHash: hash})
				return err
			}},
			{"InitiateAuth", func(hash *string) error {
				_, err := f.initiate(t, false, "USER_PASSWORD_AUTH", withHash(hash, "USERNAME", name, "PASSWORD", password))
				return err
			}},
			{"AdminInitiateAuth", func(hash *string) error {
				_, err := f.initiate(t, true, "ADMIN_USER_PASSWORD_AUTH", withHash(hash, "USERNAME", name, "PASSWORD", password))
				return err
			}},
			{"InitiateAuth to refresh", func(hash *string) error {
				tokens := did(f.initiate(t, false, "USER_PASSWORD_AUTH", withHash(f.secretHash(name), "USERNAME", name, "PASSWORD", password)))(t)
				_, err := f.initiate(t, false, "REFRESH_TOKEN_AUTH", withHash(hash, "REFRESH_TOKEN", *tokens.RefreshToken))
				return err
			}},
			{"RespondToAuthChallenge", func(hash *string) error { return f.respondWithHash(t, false, name, hash) }},
			{"AdminRespondToAuthChallenge", func(hash *string) error { return f.respondWithHash(t, true, name, hash) }},
		}
		const code = "NotAuthorizedException"
		for _, c := range calls {
			wantFaultNamed(t, c.name+" without a hash", c.call(nil), code, "Client "+f.client+" is configured with secret but SECRET_HASH was not received")
			wrong := "Unable to verify secret hash for client " + f.client
			wantFaultNamed(t, c.name+" with another user's", c.call(f.secretHash("eve")), code, wrong)
			wantFaultNamed(t, c.name+" with nonsense", c.call(aws.String("nonsense")), code, wrong)
			if err := c.call(f.secretHash(name)); err != nil {
				t.Errorf("%s with the right hash: %v", c.name, err)
			}
		}
		// The hash is judged before anything about the user is told.
		_, err := f.initiate(t, false, "USER_PASSWORD_AUTH", map[string]string{"USERNAME": "nobody", "PASSWORD": "x"})
		wantFault(t, err, code, "Client "+f.client+" is configured with secret but SECRET_HASH was not received")
	})
}

func (f *fixture) respondWithHash(t *testing.T, admin bool, name string, hash *string) error {
	t.Helper()
	did(f.setPassword(t, name, temporary, false))(t)
	out := did(f.InitiateAuth(t.Context(), &cip.InitiateAuthInput{
		ClientId: &f.client, AuthFlow: types.AuthFlowTypeUserPasswordAuth, AuthParameters: withHash(f.secretHash(name), "USERNAME", name, "PASSWORD", temporary),
	}))(t)
	_, err := f.respond(t, admin, out.Session, name, "SECRET_HASH", aws.ToString(hash))
	return err
}

func withHash(hash *string, pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	if hash != nil {
		m["SECRET_HASH"] = *hash
	}
	return m
}

// InitiateAuth in pools whose users are named by e-mail addresses: the hash is
// over the name as it was typed, and to refresh over the real user name.
func TestSecretHashOverAnAddress(t *testing.T) {
	covers(t, "InitiateAuth", "NotAuthorizedException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, func(in *cip.CreateUserPoolInput) {
			in.UsernameAttributes = []types.UsernameAttributeType{"email"}
		})
		f.client = f.newClient(t, func(in *cip.CreateUserPoolClientInput) { in.ClientSecret = aws.String(clientSecret) })
		f.user(t, "ann@example.com")
		sub := f.attributes(t, "ann@example.com")["sub"]
		tokens := did(f.initiate(t, false, "USER_PASSWORD_AUTH", withHash(f.secretHash("ann@example.com"), "USERNAME", "ann@example.com", "PASSWORD", password)))(t)
		did(f.initiate(t, false, "REFRESH_TOKEN_AUTH", withHash(f.secretHash(sub), "REFRESH_TOKEN", *tokens.RefreshToken)))(t)
		_, err := f.initiate(t, false, "REFRESH_TOKEN_AUTH", withHash(f.secretHash("ann@example.com"), "REFRESH_TOKEN", *tokens.RefreshToken))
		wantFault(t, err, "NotAuthorizedException", "Unable to verify secret hash for client "+f.client)
	})
}
