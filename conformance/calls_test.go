package conformance

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"poolhouse.dev/poolhousetest"
)

// tokenCalls are the operations that an access token authorises, each as a call
// that a user with an e-mail address may make.
var tokenCalls = map[string]func(context.Context, *cip.Client, *string) error{
	"UpdateUserAttributes": func(ctx context.Context, c *cip.Client, token *string) error {
		_, err := c.UpdateUserAttributes(ctx, &cip.UpdateUserAttributesInput{AccessToken: token, UserAttributes: attrs("nickname=x")})
		return err
	},
	"DeleteUserAttributes": func(ctx context.Context, c *cip.Client, token *string) error {
		_, err := c.DeleteUserAttributes(ctx, &cip.DeleteUserAttributesInput{AccessToken: token, UserAttributeNames: []string{"nickname"}})
		return err
	},
	"GetUser": func(ctx context.Context, c *cip.Client, token *string) error {
		_, err := c.GetUser(ctx, &cip.GetUserInput{AccessToken: token})
		return err
	},
	"GetUserAttributeVerificationCode": func(ctx context.Context, c *cip.Client, token *string) error {
		_, err := c.GetUserAttributeVerificationCode(ctx, &cip.GetUserAttributeVerificationCodeInput{AccessToken: token, AttributeName: aws.String("email")})
		return err
	},
	"VerifyUserAttribute": func(ctx context.Context, c *cip.Client, token *string) error {
		_, err := c.VerifyUserAttribute(ctx, &cip.VerifyUserAttributeInput{AccessToken: token, AttributeName: aws.String("email"), Code: aws.String("000000")})
		return err
	},
	"ChangePassword": func(ctx context.Context, c *cip.Client, token *string) error {
		_, err := c.ChangePassword(ctx, &cip.ChangePasswordInput{AccessToken: token, PreviousPassword: aws.String(password), ProposedPassword: aws.String(password)})
		return err
	},
	"SetUserMFAPreference": func(ctx context.Context, c *cip.Client, token *string) error {
		_, err := c.SetUserMFAPreference(ctx, &cip.SetUserMFAPreferenceInput{AccessToken: token})
		return err
	},
	"SetUserSettings": func(ctx context.Context, c *cip.Client, token *string) error {
		_, err := c.SetUserSettings(ctx, &cip.SetUserSettingsInput{AccessToken: token, MFAOptions: []types.MFAOptionType{}})
		return err
	},
	"GetUserAuthFactors": func(ctx context.Context, c *cip.Client, token *string) error {
		_, err := c.GetUserAuthFactors(ctx, &cip.GetUserAuthFactorsInput{AccessToken: token})
		return err
	},
	"GlobalSignOut": func(ctx context.Context, c *cip.Client, token *string) error {
		_, err := c.GlobalSignOut(ctx, &cip.GlobalSignOutInput{AccessToken: token})
		return err
	},
	"DeleteUser": func(ctx context.Context, c *cip.Client, token *string) error {
		_, err := c.DeleteUser(ctx, &cip.DeleteUserInput{AccessToken: token})
		return err
	},
}

// userCalls are the operations with which an administrator reads or changes one
// user, each as a call that succeeds for any user.
var userCalls = map[string]func(ctx context.Context, c *cip.Client, pool, name *string) error{
	"AdminGetUser": func(ctx context.Context, c *cip.Client, pool, name *string) error {
		_, err := c.AdminGetUser(ctx, &cip.AdminGetUserInput{UserPoolId: pool, Username: name})
		return err
	},
	"AdminUpdateUserAttributes": func(ctx context.Context, c *cip.Client, pool, name *string) error {
		_, err := c.AdminUpdateUserAttributes(ctx, &cip.AdminUpdateUserAttributesInput{UserPoolId: pool, Username: name, UserAttributes: attrs("nickname=x")})
		return err
	},
	"AdminDeleteUserAttributes": func(ctx context.Context, c *cip.Client, pool, name *string) error {
		_, err := c.AdminDeleteUserAttributes(ctx, &cip.AdminDeleteUserAttributesInput{UserPoolId: pool, Username: name, UserAttributeNames: []string{"nickname"}})
		return err
	},
	"AdminDisableUser": func(ctx context.Context, c *cip.Client, pool, name *string) error {
		_, err := c.AdminDisableUser(ctx, &cip.AdminDisableUserInput{UserPoolId: pool, Username: name})
		return err
	},
	"AdminEnableUser": func(ctx context.Context, c *cip.Client, pool, name *string) error {
		_, err := c.AdminEnableUser(ctx, &cip.AdminEnableUserInput{UserPoolId: pool, Username: name})
		return err
	},
	"AdminSetUserMFAPreference": func(ctx context.Context, c *cip.Client, pool, name *string) error {
		_, err := c.AdminSetUserMFAPreference(ctx, &cip.AdminSetUserMFAPreferenceInput{UserPoolId: pool, Username: name})
		return err
	},
	"AdminSetUserSettings": func(ctx context.Context, c *cip.Client, pool, name *string) error {
		_, err := c.AdminSetUserSettings(ctx, &cip.AdminSetUserSettingsInput{UserPoolId: pool, Username: name, MFAOptions: []types.MFAOptionType{}})
		return err
	},
	"AdminUserGlobalSignOut": func(ctx context.Context, c *cip.Client, pool, name *string) error {
		_, err := c.AdminUserGlobalSignOut(ctx, &cip.AdminUserGlobalSignOutInput{UserPoolId: pool, Username: name})
		return err
	},
	"AdminDeleteUser": func(ctx context.Context, c *cip.Client, pool, name *string) error {
		_, err := c.AdminDeleteUser(ctx, &cip.AdminDeleteUserInput{UserPoolId: pool, Username: name})
		return err
	},
}

// update changes attributes in the name of a token's user.
func (e *env) update(t *testing.T, token *string, pairs ...string) (*cip.UpdateUserAttributesOutput, error) {
	t.Helper()
	return e.UpdateUserAttributes(t.Context(), &cip.UpdateUserAttributesInput{AccessToken: token, UserAttributes: attrs(pairs...)})
}

// updated is update that has to succeed.
func (e *env) updated(t *testing.T, token *string, pairs ...string) *cip.UpdateUserAttributesOutput {
	t.Helper()
	out, err := e.update(t, token, pairs...)
	if err != nil {
		t.Fatalf("UpdateUserAttributes: %v", err)
	}
	return out
}

// adminUpdate changes attributes as an administrator.
func (f *fixture) adminUpdate(t *testing.T, name string, pairs ...string) error {
	t.Helper()
	_, err := f.AdminUpdateUserAttributes(t.Context(), &cip.AdminUpdateUserAttributesInput{UserPoolId: &f.pool, Username: &name, UserAttributes: attrs(pairs...)})
	return err
}

// verify answers a code for an attribute.
func (e *env) verify(t *testing.T, token *string, attribute, code string) error {
	t.Helper()
	_, err := e.VerifyUserAttribute(t.Context(), &cip.VerifyUserAttributeInput{AccessToken: token, AttributeName: &attribute, Code: &code})
	return err
}

// askCode asks for a new code for an attribute.
func (e *env) askCode(t *testing.T, token *string, attribute string) (*cip.GetUserAttributeVerificationCodeOutput, error) {
	t.Helper()
	return e.GetUserAttributeVerificationCode(t.Context(), &cip.GetUserAttributeVerificationCodeInput{AccessToken: token, AttributeName: &attribute})
}

// own returns the attributes that a token's user sees.
func (e *env) own(t *testing.T, token *string) map[string]string {
	t.Helper()
	out, err := e.GetUser(t.Context(), &cip.GetUserInput{AccessToken: token})
	if err != nil {
		t.Fatalf("GetUser: %v", err)
	}
	return asMap(out.UserAttributes)
}

// messages counts the messages that went to an address or phone number.
func (e *env) messages(t *testing.T, to string) int {
	t.Helper()
	if e.srv == nil {
		t.Skip("the server under test has no inbox that this test could read")
	}
	list, err := e.srv.Messages(to)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// wrongCode returns a code of the right form that is not the one given.
func wrongCode(right string) string {
	if right == "000000" {
		return "000001"
	}
	return "000000"
}

// signed returns the headers that sign a request with exactly this body.
func (e *env) signed(t *testing.T, operation, body string) []string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.url, bytes.NewBufferString(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	sum := sha256.Sum256([]byte(body))
	keys := aws.Credentials{AccessKeyID: poolhousetest.AccessKeyID, SecretAccessKey: poolhousetest.SecretAccessKey}
	now := time.Now()
	if e.clock != nil {
		now = e.clock.now()
	}
	if err := v4.NewSigner().SignHTTP(t.Context(), keys, req, hex.EncodeToString(sum[:]), "cognito-idp", poolhousetest.Region, now); err != nil {
		t.Fatal(err)
	}
	return []string{"Authorization", req.Header.Get("Authorization"), "X-Amz-Date", req.Header.Get("X-Amz-Date")}
}
