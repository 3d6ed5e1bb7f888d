package conformance

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// password meets the default policy.
const password = "Passw0rd!"

// fixture is a pool with a client.
type fixture struct {
	*env
	pool   string
	client string
}

// newFixture makes a pool, as change wants it, and a public client that allows
// password sign-in and refresh.
func newFixture(t *testing.T, e *env, change func(*cip.CreateUserPoolInput)) *fixture {
	t.Helper()
	in := &cip.CreateUserPoolInput{PoolName: aws.String("conformance")}
	if change != nil {
		change(in)
	}
	p, err := e.CreateUserPool(t.Context(), in)
	if err != nil {
		t.Fatalf("CreateUserPool: %v", err)
	}
	f := &fixture{env: e, pool: *p.UserPool.Id}
	f.client = f.newClient(t, nil)
	return f
}

func (f *fixture) newClient(t *testing.T, change func(*cip.CreateUserPoolClientInput)) string {
	t.Helper()
	in := &cip.CreateUserPoolClientInput{
		UserPoolId: &f.pool, ClientName: aws.String("app"),
		ExplicitAuthFlows: []types.ExplicitAuthFlowsType{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
	}
	if change != nil {
		change(in)
	}
	c, err := f.CreateUserPoolClient(t.Context(), in)
	if err != nil {
		t.Fatalf("CreateUserPoolClient: %v", err)
	}
	return *c.UserPoolClient.ClientId
}

// attrs makes attributes from name=value texts.
func attrs(pairs ...string) []types.AttributeType {
	list := make([]types.AttributeType, len(pairs))
	for i, p := range pairs {
		name, value, _ := strings.Cut(p, "=")
		list[i] = types.AttributeType{Name: aws.String(name), Value: aws.String(value)}
	}
	return list
}

// user makes a confirmed user with the password, as an administrator does.
func (f *fixture) user(t *testing.T, name string, attributes ...string) {
	t.Helper()
	_, err := f.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
		UserPoolId: &f.pool, Username: &name, UserAttributes: attrs(attributes...), MessageAction: types.MessageActionTypeSuppress,
	})
	if err != nil {
		t.Fatalf("AdminCreateUser: %v", err)
	}
	_, err = f.AdminSetUserPassword(t.Context(), &cip.AdminSetUserPasswordInput{
		UserPoolId: &f.pool, Username: &name, Password: aws.String(password), Permanent: true,
	})
	if err != nil {
		t.Fatalf("AdminSetUserPassword: %v", err)
	}
}

// signIn signs a user in and returns the tokens.
func (f *fixture) signIn(t *testing.T, name string) *types.AuthenticationResultType {
	t.Helper()
	out, err := f.trySignIn(t, name, password)
	if err != nil || out.AuthenticationResult == nil {
		t.Fatalf("signing %s in: %v", name, err)
	}
	return out.AuthenticationResult
}

func (f *fixture) trySignIn(t *testing.T, name, password string) (*cip.InitiateAuthOutput, error) {
	t.Helper()
	return f.InitiateAuth(t.Context(), &cip.InitiateAuthInput{
		ClientId: &f.client, AuthFlow: types.AuthFlowTypeUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": name, "PASSWORD": password},
	})
}

// attributes returns a user's attributes as an administrator sees them.
func (f *fixture) attributes(t *testing.T, name string) map[string]string {
	t.Helper()
	out, err := f.AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: &f.pool, Username: &name})
	if err != nil {
		t.Fatalf("AdminGetUser: %v", err)
	}
	return asMap(out.UserAttributes)
}

func asMap(list []types.AttributeType) map[string]string {
	m := map[string]string{}
	for _, a := range list {
		m[aws.ToString(a.Name)] = aws.ToString(a.Value)
	}
	return m
}
