package stories

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"poolhouse.dev/poolhousetest"
)

const (
	password                = "Correct-Horse-7"
	adaOld, adaNew, bobOwn  = "ada@home.example", "ada@work.example", "bob@home.example"
	userGone                = "User does not exist."
	addressTaken            = "An account with the given email already exists."
	signatureWrong          = "Could not verify signature for Access Token"
	maskedOld, maskedNew    = "a***@h***", "a***@w***"
	maskedBob               = "b***@h***"
	customAttribute, myTeam = "custom:team", "engines"
)

// tellInGo is the story of two users, told with the AWS SDK for Go v2.
func tellInGo(t *testing.T, srv *poolhousetest.Server) {
	s := newStory(t, srv)

	s.signUp("ada", adaOld, maskedOld)
	ada := s.signIn(adaOld)
	out, err := s.idp.UpdateUserAttributes(t.Context(), &cip.UpdateUserAttributesInput{
		AccessToken: &ada, UserAttributes: attributes("name", "Ada Lovelace", customAttribute, myTeam),
	})
	s.ok(err)
	if out.CodeDeliveryDetailsList == nil || len(out.CodeDeliveryDetailsList) > 0 {
		t.Errorf("CodeDeliveryDetailsList = %v, want an empty list", out.CodeDeliveryDetailsList)
	}
	s.has(ada, "name", "Ada Lovelace", customAttribute, myTeam, "email", adaOld, "email_verified", "true")

	s.askFor(ada, adaNew, maskedNew)
	s.has(ada, "email", adaOld, "email_verified", "true")
	s.signIn(adaOld)
	wantRefused[*types.UserNotFoundException](t, s.trySignIn(adaNew), userGone)

	s.ok(s.verify(ada, adaNew))
	s.has(ada, "email", adaNew, "email_verified", "true")
	s.signIn(adaNew)
	wantRefused[*types.UserNotFoundException](t, s.trySignIn(adaOld), userGone)

	s.signUp("bob", bobOwn, maskedBob)
	bob := s.signIn("bob")
	s.askFor(bob, adaNew, maskedNew)
	wantRefused[*types.AliasExistsException](t, s.verify(bob, adaNew), addressTaken)
	s.has(bob, "email", bobOwn, "email_verified", "true")

	_, err = s.idp.GetUser(t.Context(), &cip.GetUserInput{AccessToken: aws.String(forge(t, ada))})
	wantRefused[*types.NotAuthorizedException](t, err, signatureWrong)
}

// story is a server with a pool and a client, as the story needs them.
type story struct {
	t      *testing.T
	srv    *poolhousetest.Server
	idp    *cip.Client
	client *string
}

func newStory(t *testing.T, srv *poolhousetest.Server) *story {
	s := &story{t: t, srv: srv, idp: cip.NewFromConfig(srv.Config(), func(o *cip.Options) {
		o.Retryer = aws.NopRetryer{}
	})}
	pool, err := s.idp.CreateUserPool(t.Context(), &cip.CreateUserPoolInput{
		PoolName:               aws.String("story"),
		AliasAttributes:        []types.AliasAttributeType{types.AliasAttributeTypeEmail},
		AutoVerifiedAttributes: []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail},
		UserAttributeUpdateSettings: &types.UserAttributeUpdateSettingsType{
			AttributesRequireVerificationBeforeUpdate: []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail},
		},
		Schema: []types.SchemaAttributeType{{Name: aws.String("team"), AttributeDataType: types.AttributeDataTypeString, Mutable: aws.Bool(true)}},
	})
	s.ok(err)
	client, err := s.idp.CreateUserPoolClient(t.Context(), &cip.CreateUserPoolClientInput{
		UserPoolId: pool.UserPool.Id, ClientName: aws.String("web"),
		ExplicitAuthFlows: []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowUserPasswordAuth, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth},
	})
	s.ok(err)
	s.client = client.UserPoolClient.ClientId
	return s
}

func (s *story) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *story) signUp(name, email, masked string) {
	s.t.Helper()
	out, err := s.idp.SignUp(s.t.Context(), &cip.SignUpInput{
		ClientId: s.client, Username: &name, Password: aws.String(password), UserAttributes: attributes("email", email),
	})
	s.ok(err)
	if out.UserConfirmed {
		s.t.Errorf("%s is confirmed before the code was given", name)
	}
	s.wentTo(masked, out.CodeDeliveryDetails)
	_, err = s.idp.ConfirmSignUp(s.t.Context(), &cip.ConfirmSignUpInput{
		ClientId: s.client, Username: &name, ConfirmationCode: aws.String(s.srv.Code(s.t, email)),
	})
	s.ok(err)
}

func (s *story) passwordSignIn(name string) (*cip.InitiateAuthOutput, error) {
	return s.idp.InitiateAuth(s.t.Context(), &cip.InitiateAuthInput{
		ClientId: s.client, AuthFlow: types.AuthFlowTypeUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": name, "PASSWORD": password},
	})
}

// signIn signs a user in and returns the access token.
func (s *story) signIn(name string) string {
	s.t.Helper()
	out, err := s.passwordSignIn(name)
	s.ok(err)
	r := out.AuthenticationResult
	if r == nil || r.AccessToken == nil || r.IdToken == nil || r.RefreshToken == nil {
		s.t.Fatalf("signing in as %s brought no tokens", name)
	}
	if r.ExpiresIn != 3600 || aws.ToString(r.TokenType) != "Bearer" {
		s.t.Errorf("ExpiresIn = %d, TokenType = %s", r.ExpiresIn, aws.ToString(r.TokenType))
	}
	return *r.AccessToken
}

func (s *story) trySignIn(name string) error {
	_, err := s.passwordSignIn(name)
	return err
}

// askFor asks for another e-mail address.
func (s *story) askFor(access, email, masked string) {
	s.t.Helper()
	out, err := s.idp.UpdateUserAttributes(s.t.Context(), &cip.UpdateUserAttributesInput{
		AccessToken: &access, UserAttributes: attributes("email", email),
	})
	s.ok(err)
	if n := len(out.CodeDeliveryDetailsList); n != 1 {
		s.t.Fatalf("%d codes were sent, want 1", n)
	}
	s.wentTo(masked, &out.CodeDeliveryDetailsList[0])
}

// verify gives the code that was mailed to an address.
func (s *story) verify(access, email string) error {
	s.t.Helper()
	_, err := s.idp.VerifyUserAttribute(s.t.Context(), &cip.VerifyUserAttributeInput{
		AccessToken: &access, AttributeName: aws.String("email"), Code: aws.String(s.srv.Code(s.t, email)),
	})
	return err
}

func (s *story) wentTo(masked string, got *types.CodeDeliveryDetailsType) {
	s.t.Helper()
	want := &types.CodeDeliveryDetailsType{AttributeName: aws.String("email"), DeliveryMedium: types.DeliveryMediumTypeEmail, Destination: &masked}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(types.CodeDeliveryDetailsType{})); diff != "" {
		s.t.Errorf("code delivery (-want +got):\n%s", diff)
	}
}

// has checks attributes of the signed-in user, given as names and values in turn.
func (s *story) has(access string, want ...string) {
	s.t.Helper()
	out, err := s.idp.GetUser(s.t.Context(), &cip.GetUserInput{AccessToken: &access})
	s.ok(err)
	got := map[string]string{}
	for _, a := range out.UserAttributes {
		got[*a.Name] = *a.Value
	}
	for _, a := range attributes(want...) {
		if got[*a.Name] != *a.Value {
			s.t.Errorf("%s = %q, want %q", *a.Name, got[*a.Name], *a.Value)
		}
	}
}

// attributes returns attributes from names and values in turn.
func attributes(pairs ...string) []types.AttributeType {
	var list []types.AttributeType
	for i := 0; i+1 < len(pairs); i += 2 {
		list = append(list, types.AttributeType{Name: &pairs[i], Value: &pairs[i+1]})
	}
	return list
}

// wantRefused wants an exception of the SDK's own type with exactly this text.
func wantRefused[E smithy.APIError](t *testing.T, err error, message string) {
	t.Helper()
	var refusal E
	if !errors.As(err, &refusal) || refusal.ErrorMessage() != message {
		t.Errorf("got %v, want %T: %s", err, refusal, message)
	}
}

// forge changes the payload of a token beneath the old signature.
func forge(t *testing.T, token string) string {
	t.Helper()
	parts := strings.Split(token, ".")
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(payload), `"username":"ada"`, `"username":"bob"`, 1)
	if changed == string(payload) {
		t.Fatal("the token does not name its user")
	}
	parts[1] = base64.RawURLEncoding.EncodeToString([]byte(changed))
	return strings.Join(parts, ".")
}
