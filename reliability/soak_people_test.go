package reliability

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"poolhouse.dev/internal/srp/srptest"
)

// town is a pool that people come to and leave again, so that it stays as large
// as it is.
type town struct {
	*cip.Client
	pool, app string
	mail      *mailServer
	// calls that were answered as they should be, and people who have left again.
	calls, stays atomic.Int64
}

// newTown makes a pool that verifies addresses.
func newTown(t testing.TB, c *cip.Client, mail *mailServer) *town {
	t.Helper()
	ctx := context.Background()
	pool, err := c.CreateUserPool(ctx, &cip.CreateUserPoolInput{
		PoolName: aws.String("soak"), AutoVerifiedAttributes: []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail},
	})
	noError(t, err)
	app, err := c.CreateUserPoolClient(ctx, &cip.CreateUserPoolClientInput{
		UserPoolId: pool.UserPool.Id, ClientName: aws.String("app"),
		ExplicitAuthFlows: []types.ExplicitAuthFlowsType{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
	})
	noError(t, err)
	return &town{Client: c, pool: *pool.UserPool.Id, app: *app.UserPoolClient.ClientId, mail: mail}
}

// stay is one person's time in the town.
type stay struct {
	*town
	name, address   string
	access, refresh string
}

// visit lets a person sign up, do what people and their administrators do, and
// leave. Every call has to be answered as it should be.
func (p *town) visit(ctx context.Context, name string) error {
	s := &stay{town: p, name: name, address: name + "@example.com"}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"SignUp", s.signUp}, {"ConfirmSignUp", s.confirm},
		{"a wrong password", s.wrongPassword}, {"signing in by password", s.signIn}, {"GetUser", s.look},
		{"UpdateUserAttributes of a name", s.rename}, {"UpdateUserAttributes of an address", s.move}, {"VerifyUserAttribute", s.proveAddress},
		{"signing in by SRP", s.signInBySRP}, {"refreshing", s.refreshTokens}, {"GetUser with a new token", s.look},
		{"a wrong code", s.wrongCode}, {"ForgotPassword", s.forget}, {"ConfirmForgotPassword", s.reset}, {"signing in again", s.signIn},
		{"ListUsers", s.list}, {"GlobalSignOut", s.signOut}, {"GetUser after it", s.lookInVain}, {"AdminDeleteUser", s.leave},
	} {
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
		p.calls.Add(1)
	}
	p.stays.Add(1)
	return nil
}

func (s *stay) signUp(ctx context.Context) error {
	_, err := s.SignUp(ctx, &cip.SignUpInput{
		ClientId: &s.app, Username: &s.name, Password: aws.String(password), UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: &s.address}},
	})
	return err
}

func (s *stay) confirm(ctx context.Context) error {
	_, err := s.ConfirmSignUp(ctx, &cip.ConfirmSignUpInput{ClientId: &s.app, Username: &s.name, ConfirmationCode: aws.String(s.mail.code(s.address))})
	return err
}

func (s *stay) enter(ctx context.Context, password string) error {
	out, err := s.InitiateAuth(ctx, &cip.InitiateAuthInput{
		ClientId: &s.app, AuthFlow: types.AuthFlowTypeUserPasswordAuth, AuthParameters: map[string]string{"USERNAME": s.name, "PASSWORD": password},
	})
	if err == nil {
		s.access, s.refresh = *out.AuthenticationResult.AccessToken, *out.AuthenticationResult.RefreshToken
	}
	return err
}

func (s *stay) signIn(ctx context.Context) error { return s.enter(ctx, password) }

func (s *stay) wrongPassword(ctx context.Context) error {
	return refusedWith("NotAuthorizedException", s.enter(ctx, "Wrong-passw0rd"))
}

func (s *stay) signInBySRP(ctx context.Context) error {
	secret := make([]byte, 64)
	rand.Read(secret)
	_, group, _ := strings.Cut(s.pool, "_")
	p := srptest.Client{PoolName: group, Password: password, A: new(big.Int).SetBytes(secret)}
	first, err := s.InitiateAuth(ctx, &cip.InitiateAuthInput{
		ClientId: &s.app, AuthFlow: types.AuthFlowTypeUserSrpAuth, AuthParameters: map[string]string{"USERNAME": s.name, "SRP_A": p.Public().Text(16)},
	})
	if err != nil {
		return err
	}
	asked := first.ChallengeParameters
	block, err := base64.StdEncoding.DecodeString(asked["SECRET_BLOCK"])
	salt, ok := new(big.Int).SetString(asked["SALT"], 16)
	public, ok2 := new(big.Int).SetString(asked["SRP_B"], 16)
	if err != nil || !ok || !ok2 {
		return errors.New("parameters that cannot be read")
	}
	p.Username = asked["USER_ID_FOR_SRP"]
	const moment = "Tue May 5 07:08:09 UTC 2026"
	out, err := s.RespondToAuthChallenge(ctx, &cip.RespondToAuthChallengeInput{
		ClientId: &s.app, ChallengeName: first.ChallengeName, Session: first.Session, ChallengeResponses: map[string]string{
			"USERNAME": p.Username, "PASSWORD_CLAIM_SECRET_BLOCK": asked["SECRET_BLOCK"], "TIMESTAMP": moment,
			"PASSWORD_CLAIM_SIGNATURE": base64.StdEncoding.EncodeToString(p.Claim(salt.Bytes(), public, block, moment)),
		},
	})
	if err == nil {
		s.refresh = *out.AuthenticationResult.RefreshToken
	}
	return err
}

func (s *stay) refreshTokens(ctx context.Context) error {
	out, err := s.InitiateAuth(ctx, &cip.InitiateAuthInput{
		ClientId: &s.app, AuthFlow: types.AuthFlowTypeRefreshTokenAuth, AuthParameters: map[string]string{"REFRESH_TOKEN": s.refresh},
	})
	if err == nil {
		s.access = *out.AuthenticationResult.AccessToken
	}
	return err
}

func (s *stay) look(ctx context.Context) error {
	out, err := s.GetUser(ctx, &cip.GetUserInput{AccessToken: &s.access})
	if err == nil && *out.Username != s.name {
		err = fmt.Errorf("%s is shown to %s", *out.Username, s.name)
	}
	return err
}

func (s *stay) lookInVain(ctx context.Context) error {
	return refusedWith("NotAuthorizedException", s.look(ctx))
}

func (s *stay) update(ctx context.Context, name, value string) error {
	_, err := s.UpdateUserAttributes(ctx, &cip.UpdateUserAttributesInput{
		AccessToken: &s.access, UserAttributes: []types.AttributeType{{Name: &name, Value: &value}},
	})
	return err
}

func (s *stay) rename(ctx context.Context) error { return s.update(ctx, "name", "Somebody new") }

func (s *stay) move(ctx context.Context) error {
	s.address = "moved-" + s.address
	return s.update(ctx, "email", s.address)
}

func (s *stay) prove(ctx context.Context, code string) error {
	_, err := s.VerifyUserAttribute(ctx, &cip.VerifyUserAttributeInput{AccessToken: &s.access, AttributeName: aws.String("email"), Code: &code})
	return err
}

func (s *stay) proveAddress(ctx context.Context) error { return s.prove(ctx, s.mail.code(s.address)) }

// wrongCode asks for a code, and answers another one.
func (s *stay) wrongCode(ctx context.Context) error {
	if _, err := s.GetUserAttributeVerificationCode(ctx, &cip.GetUserAttributeVerificationCodeInput{AccessToken: &s.access, AttributeName: aws.String("email")}); err != nil {
		return err
	}
	wrong := "111111"
	if s.mail.code(s.address) == wrong {
		wrong = "222222"
	}
	return refusedWith("CodeMismatchException", s.prove(ctx, wrong))
}

func (s *stay) forget(ctx context.Context) error {
	_, err := s.ForgotPassword(ctx, &cip.ForgotPasswordInput{ClientId: &s.app, Username: &s.name})
	return err
}

func (s *stay) reset(ctx context.Context) error {
	_, err := s.ConfirmForgotPassword(ctx, &cip.ConfirmForgotPasswordInput{
		ClientId: &s.app, Username: &s.name, ConfirmationCode: aws.String(s.mail.code(s.address)), Password: aws.String(password),
	})
	return err
}

func (s *stay) list(ctx context.Context) error {
	out, err := s.ListUsers(ctx, &cip.ListUsersInput{UserPoolId: &s.pool, Filter: aws.String(`email = "` + s.address + `"`)})
	if err == nil && len(out.Users) != 1 {
		err = fmt.Errorf("%d users have the address of one", len(out.Users))
	}
	return err
}

func (s *stay) signOut(ctx context.Context) error {
	_, err := s.GlobalSignOut(ctx, &cip.GlobalSignOutInput{AccessToken: &s.access})
	return err
}

func (s *stay) leave(ctx context.Context) error {
	_, err := s.AdminDeleteUser(ctx, &cip.AdminDeleteUserInput{UserPoolId: &s.pool, Username: &s.name})
	return err
}

// refusedWith is nil when err is an exception of that name.
func refusedWith(name string, err error) error {
	if err == nil {
		return errors.New("it was allowed")
	}
	if nameOf(err) != name {
		return err
	}
	return nil
}
