package conformance

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/google/go-cmp/cmp"
)

// hiding makes the fixture's client one that hides who exists.
func (f *fixture) hiding(t *testing.T) *fixture {
	t.Helper()
	f.client = f.newClient(t, func(in *cip.CreateUserPoolClientInput) { in.PreventUserExistenceErrors = "ENABLED" })
	return f
}

// exact sends a body and returns all that the answer says.
func (e *env) exact(t *testing.T, operation, body string) string {
	t.Helper()
	status, header, answer := e.raw(t, operation, body)
	return fmt.Sprintf("%d %s %s", status, header.Get("X-Amzn-Errortype"), answer)
}

// Every unsigned operation that names a user, of a client that hides users:
// one answer for those who exist and those who do not.
func TestUsersAreHidden(t *testing.T) {
	covers(t, "ResendConfirmationCode", "LimitExceededException")
	refuses(t, "InitiateAuth", "NotAuthorizedException")
	refuses(t, "ConfirmSignUp", "ExpiredCodeException", "LimitExceededException")
	refuses(t, "RespondToAuthChallenge", "NotAuthorizedException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, byEmail).hiding(t)
		f.user(t, "ann")
		f.user(t, "off")
		did(f.AdminDisableUser(t.Context(), &cip.AdminDisableUserInput{UserPoolId: &f.pool, Username: aws.String("off")}))(t)
		did(f.signUp(t, "new", "email=x@e.example"))(t)
		did(f.signUp(t, "bare"))(t)
		same := func(operation string, body func(name string) string, known ...string) {
			t.Helper()
			want := e.exact(t, operation, body("nobody"))
			for _, name := range known {
				if got := e.exact(t, operation, body(name)); got != want {
					t.Errorf("%s: %s gives\n%s\nnobody gives\n%s", operation, name, got, want)
				}
			}
		}
		same("InitiateAuth", func(name string) string {
			return `{"ClientId":"` + f.client + `","AuthFlow":"USER_PASSWORD_AUTH","AuthParameters":{"USERNAME":"` + name + `","PASSWORD":"wrong"}}`
		}, "ann", "off", "new", "bare")
		same("InitiateAuth", func(name string) string {
			return `{"ClientId":"` + f.client + `","AuthFlow":"USER_PASSWORD_AUTH","AuthParameters":{"USERNAME":"` + name + `","PASSWORD":"` + password + `"}}`
		}, "off")
		session := f.invited(t, "invited").Session
		same("RespondToAuthChallenge", func(name string) string {
			return `{"ClientId":"` + f.client + `","ChallengeName":"NEW_PASSWORD_REQUIRED","Session":"` + *session + `","ChallengeResponses":{"USERNAME":"` + name + `","NEW_PASSWORD":"` + password + `"}}`
		}, "ann", "off", "new", "bare")
		// A user for whom no code is outstanding.
		for range 16 {
			same("ConfirmSignUp", func(name string) string {
				return `{"ClientId":"` + f.client + `","Username":"` + name + `","ConfirmationCode":"123456"}`
			}, "bare", "off")
		}
		// The simulated delivery differs in its letters only, and ends as the other.
		for range 6 {
			shape := func(name string) string {
				return strings.Join(strings.FieldsFunc(e.exact(t, "ResendConfirmationCode", `{"ClientId":"`+f.client+`","Username":"`+name+`"}`), func(r rune) bool { return r >= 'a' && r <= 'z' }), "")
			}
			want := shape("nobody")
			if got := shape("new"); got != want {
				t.Errorf("ResendConfirmationCode: a user gives %s, nobody %s", got, want)
			}
			for _, name := range []string{"off", "ann"} {
				if got := shape(name); got != want {
					t.Errorf("ResendConfirmationCode: %s gives %s, nobody %s", name, got, want)
				}
			}
		}
	})
}

// ResendConfirmationCode makes up one delivery for one name, by the name's form
// and the pool's settings.
func TestSimulatedDeliveries(t *testing.T) {
	covers(t, "ResendConfirmationCode")
	onEachEngine(t, func(t *testing.T, e *env) {
		mail, both := newFixture(t, e, byEmail).hiding(t), newFixture(t, e, byPhoneToo).hiding(t)
		for _, c := range []struct {
			f    *fixture
			name string
			want []string
		}{
			{mail, "nobody", []string{"EMAIL", "email"}},
			{mail, "nobody@example.com", []string{"EMAIL", "email"}},
			{both, "nobody", []string{"SMS", "phone_number"}},
			{both, "nobody@example.com", []string{"EMAIL", "email"}},
		} {
			first := did(c.f.resend(t, c.name))(t).CodeDeliveryDetails
			second := did(c.f.resend(t, c.name))(t).CodeDeliveryDetails
			if diff := cmp.Diff(c.want, []string{string(first.DeliveryMedium), *first.AttributeName}); diff != "" || *first.Destination != *second.Destination {
				t.Errorf("%s: %s and %s (-want +got):\n%s", c.name, *first.Destination, *second.Destination, diff)
			}
			if n := e.messages(t, "nobody@example.com"); n != 0 {
				t.Errorf("%d messages to nobody", n)
			}
		}
	})
}

// Every unsigned operation that names a user, of a client that hides nothing.
func TestUsersAreShown(t *testing.T) {
	refuses(t, "InitiateAuth", "UserNotFoundException")
	refuses(t, "ConfirmSignUp", "UserNotFoundException")
	refuses(t, "ResendConfirmationCode", "UserNotFoundException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, byEmail)
		for _, legacy := range []bool{false, true} {
			if legacy {
				f.client = f.newClient(t, func(in *cip.CreateUserPoolClientInput) {
					in.PreventUserExistenceErrors = "LEGACY"
					in.ExplicitAuthFlows = append(in.ExplicitAuthFlows, "ALLOW_USER_PASSWORD_AUTH")
				})
			}
			_, err := f.trySignIn(t, "nobody", password)
			wantFault(t, err, "UserNotFoundException", "User does not exist.")
			wantFault(t, f.confirm(t, "nobody", "123456"), "UserNotFoundException", "Username/client id combination not found.")
			_, err = f.resend(t, "nobody")
			wantFault(t, err, "UserNotFoundException", "Username/client id combination not found.")
		}
		// SignUp hides nobody.
		f.hiding(t).user(t, "ann")
		_, err := f.signUp(t, "ann")
		wantFault(t, err, "UsernameExistsException", "User already exists")
	})
}
