package conformance

import (
	"html"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// lineBreaks are texts that would end a header line and begin another.
var lineBreaks = []string{"\r\nBcc: all@example.com", "\nBcc: all@example.com", "\rBcc: all@example.com"}

// CreateUserPool and UpdateUserPool take no text that goes into the header of a
// message and has a line break in it.
func TestPoolTextsAddNoHeaders(t *testing.T) {
	refuses(t, "CreateUserPool", "InvalidParameterException")
	refuses(t, "UpdateUserPool", "InvalidParameterException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		for _, text := range lineBreaks {
			subject, from := quote("Your code"+text), quote("Ann <ann@example.com>"+text)
			for _, members := range []string{
				`"EmailVerificationSubject":` + subject,
				`"VerificationMessageTemplate":{"EmailSubject":` + subject + `}`,
				`"VerificationMessageTemplate":{"EmailSubjectByLink":` + subject + `}`,
				`"AdminCreateUserConfig":{"InviteMessageTemplate":{"EmailSubject":` + subject + `}}`,
				`"EmailConfiguration":{"From":` + from + `}`,
				`"EmailConfiguration":{"ReplyToEmailAddress":` + quote("ann@example.com"+text) + `}`,
			} {
				for operation, body := range map[string]string{
					"CreateUserPool": `{"PoolName":"x",` + members + `}`,
					"UpdateUserPool": `{"UserPoolId":"` + f.pool + `",` + members + `}`,
				} {
					if _, refusal := e.call(t, operation, body); !strings.HasPrefix(refusal, invalid) {
						t.Errorf("%s %s: %q", operation, body, refusal)
					}
				}
			}
		}
	})
}

// Every operation that stores an address takes none with a line break, a
// second address or a form that mail servers read in two ways.
func TestAddressesAddNoHeaders(t *testing.T) {
	refuses(t, "UpdateUserAttributes", "InvalidParameterException")
	refuses(t, "AdminUpdateUserAttributes", "InvalidParameterException")
	refuses(t, "AdminCreateUser", "InvalidParameterException")
	refuses(t, "SignUp", "InvalidParameterException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, verifies("email", false))
		f.user(t, "ann", "email=ann@example.com")
		token := f.signIn(t, "ann").AccessToken
		bad := []string{
			"email=eve@example.com,all@example.com", "email=eve@example.com all@example.com", "email=<eve@example.com>",
			"email=Eve <eve@example.com>", `email="eve all"@example.com`, "email=eve@example.com\x00", "email=eve@[127.0.0.1]",
			"phone_number=+15555550123,+15555550124", "phone_number=+1555\r\n5550123",
		}
		for _, text := range lineBreaks {
			bad = append(bad, "email=eve@example.com"+text, "email=eve"+text+"@example.com")
		}
		for _, attribute := range bad {
			_, own := f.update(t, token, attribute)
			_, created := f.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{UserPoolId: &f.pool, Username: aws.String("eve"), UserAttributes: attrs(attribute)})
			_, signedUp := f.SignUp(t.Context(), &cip.SignUpInput{ClientId: &f.client, Username: aws.String("eve"), Password: aws.String(password), UserAttributes: attrs(attribute)})
			for operation, err := range map[string]error{
				"UpdateUserAttributes": own, "AdminUpdateUserAttributes": f.adminUpdate(t, "ann", attribute), "AdminCreateUser": created, "SignUp": signedUp,
			} {
				if fault := faultOf(err); fault == nil || fault.ErrorCode() != "InvalidParameterException" {
					t.Errorf("%s with %q: %v", operation, attribute, err)
				}
			}
		}
		if got := f.attributes(t, "ann")["email"]; got != "ann@example.com" || e.messages(t, "ann@example.com") != 0 {
			t.Errorf("email %q, %d messages", got, e.messages(t, "ann@example.com"))
		}
	})
}

// AdminCreateUser: what a person is called is text in a mail, never markup, and
// never a template of its own.
func TestNamesInMailsAreText(t *testing.T) {
	covers(t, "AdminCreateUser")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		for _, name := range []string{`<img/src=x/onerror=alert(1)>`, `"><b>bold</b>`, `&amp;`, `{####}`, `{username}{username}`, `{{.}}`, `${7*7}`} {
			to := unique("to") + "@example.com"
			did(f.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
				UserPoolId: &f.pool, Username: &name, TemporaryPassword: aws.String("T3mp-Word!"), UserAttributes: attrs("email=" + to),
				DesiredDeliveryMediums: []types.DeliveryMediumType{"EMAIL"},
			}))(t)
			if e.srv == nil {
				continue
			}
			list, err := e.srv.Messages(to)
			if err != nil || len(list) != 1 {
				t.Fatalf("%d messages, %v", len(list), err)
			}
			if want := "Your username is " + html.EscapeString(name) + " and temporary password is T3mp-Word!."; list[0].Body != want {
				t.Errorf("body  %q\nwant %q", list[0].Body, want)
			}
		}
	})
}
