package conformance

import (
	"crypto/sha1"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"poolhouse.dev/poolhousetest"
)

// breachedFile writes passwords as Have I Been Pwned does.
func breachedFile(t *testing.T, list ...string) string {
	t.Helper()
	lines := make([]string, len(list))
	for i, password := range list {
		lines[i] = fmt.Sprintf("%X:%d\r\n", sha1.Sum([]byte(password)), i+1)
	}
	slices.Sort(lines)
	path := filepath.Join(t.TempDir(), "pwned.txt")
	noError(t, os.WriteFile(path, []byte(strings.Join(lines, "")), 0o600))
	return path
}

// newPasswordCalls set a password, each for another user, and what begins its refusal.
var newPasswordCalls = map[string]struct {
	begins string
	call   func(t *testing.T, f *fixture, password string) error
}{
	"SignUp": {"Password did not conform with policy: ", func(t *testing.T, f *fixture, password string) error {
		_, err := f.SignUp(t.Context(), &cip.SignUpInput{ClientId: &f.client, Username: aws.String(unique("new")), Password: &password})
		return err
	}},
	"AdminCreateUser": {"Password did not conform with password policy: ", func(t *testing.T, f *fixture, password string) error {
		_, err := f.invite(t, unique("new"), func(in *cip.AdminCreateUserInput) {
			in.TemporaryPassword, in.MessageAction = &password, types.MessageActionTypeSuppress
		})
		return err
	}},
	"AdminCreateUser again": {"Password did not conform with password policy: ", func(t *testing.T, f *fixture, password string) error {
		name := unique("again")
		did(f.invite(t, name, suppressed, "email="+name+"@example.com"))(t)
		_, err := f.invite(t, name, func(in *cip.AdminCreateUserInput) {
			again(in)
			in.TemporaryPassword = &password
		})
		return err
	}},
	"AdminSetUserPassword":        settled("AdminSetUserPassword"),
	"ChangePassword":              settled("ChangePassword"),
	"ConfirmForgotPassword":       settled("ConfirmForgotPassword"),
	"RespondToAuthChallenge":      settled("RespondToAuthChallenge"),
	"AdminRespondToAuthChallenge": settled("AdminRespondToAuthChallenge"),
}

// settled is one of the setters of a user who is there.
func settled(setter string) struct {
	begins string
	call   func(t *testing.T, f *fixture, password string) error
} {
	return struct {
		begins string
		call   func(t *testing.T, f *fixture, password string) error
	}{"Password does not conform to policy: ", func(t *testing.T, f *fixture, next string) error {
		name := unique("ann")
		f.proven(t, name)
		return setters[setter](t, f, name, password)(next)
	}}
}

// Common and breached passwords are refused in every call that takes a new one, where
// the operator asks for it, and by no others.
func TestCommonAndBreachedPasswords(t *testing.T) {
	for name := range newPasswordCalls {
		name, _, _ = strings.Cut(name, " ")
		covers(t, name, "InvalidPasswordException")
	}
	const common, breached, good = "password1", "Xk7-quite-long", "Xk8-quite-long"
	onOwnServers(t, func(t *testing.T, o poolhousetest.Options) {
		o.RefuseCommonPasswords, o.BreachedPasswords = true, breachedFile(t, breached, "other", "another")
		srv := poolhousetest.Start(t, o)
		f := newFixture(t, &env{Client: newClient(srv.URL), url: srv.URL, srv: srv}, lax)
		for name, c := range newPasswordCalls {
			wantFaultNamed(t, name, c.call(t, f, common), "InvalidPasswordException", c.begins+"Password is too common")
			wantFaultNamed(t, name, c.call(t, f, strings.ToUpper(common)), "InvalidPasswordException", c.begins+"Password is too common")
			wantFaultNamed(t, name, c.call(t, f, breached), "InvalidPasswordException", c.begins+"Password is known from a data breach")
			if err := c.call(t, f, good); err != nil {
				t.Errorf("%s, a good one: %v", name, err)
			}
		}
	})
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, lax)
		for name, c := range newPasswordCalls {
			for _, password := range []string{common, breached} {
				if err := c.call(t, f, password); err != nil {
					t.Errorf("%s without the lists: %v", name, err)
				}
			}
		}
	})
}

// lax asks for nothing of passwords but eight characters.
func lax(in *cip.CreateUserPoolInput) {
	in.AutoVerifiedAttributes = []types.VerifiedAttributeType{"email"}
	in.Policies = &types.UserPoolPolicyType{PasswordPolicy: &types.PasswordPolicyType{MinimumLength: aws.Int32(8)}}
}
