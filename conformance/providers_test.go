package conformance

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"poolhouse.dev/poolhousetest"
)

// throughAmazon runs a test against a server on each engine whose messages leave
// through Amazon's APIs.
func throughAmazon(t *testing.T, f func(t *testing.T, e *env, a *amazon)) {
	t.Helper()
	skipElsewhere(t)
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			a := newAmazon(t)
			o := poolhousetest.Options{AWSEndpoint: a.URL}
			if engine == "postgres" {
				o.Database = poolhousetest.PostgresURL(t)
			}
			srv := poolhousetest.Start(t, o)
			f(t, &env{Client: newClient(srv.URL), url: srv.URL, srv: srv}, a)
		})
	}
}

const (
	identity = "arn:aws:ses:us-east-1:000000000000:identity/pool.example"
	snsRole  = "arn:aws:iam::000000000000:role/sns"
)

// ownSenders makes a pool that verifies one attribute and sends as its own role
// and identity.
func ownSenders(attribute string) func(*cip.CreateUserPoolInput) {
	return func(in *cip.CreateUserPoolInput) {
		in.AutoVerifiedAttributes = []types.VerifiedAttributeType{types.VerifiedAttributeType(attribute)}
		in.SmsConfiguration = &types.SmsConfigurationType{SnsCallerArn: aws.String(snsRole), ExternalId: aws.String("the-id")}
		in.EmailConfiguration = &types.EmailConfigurationType{EmailSendingAccount: "DEVELOPER", SourceArn: aws.String(identity), From: aws.String("Pool <auth@pool.example>")}
	}
}

// way is one way that messages leave.
type way struct {
	attribute string
	medium    types.DeliveryMediumType
	contact   func() string
	as        string
}

func wayOf(attribute string) way {
	if attribute == "email" {
		return way{attribute, "EMAIL", func() string { return address("ann") }, "Pool <auth@pool.example> " + identity}
	}
	return way{attribute, "SMS", number, snsRole + "+the-id"}
}

// Messages of pools with a role and an identity of their own leave as those.
func TestOwnSenders(t *testing.T) {
	throughAmazon(t, func(t *testing.T, e *env, a *amazon) {
		for _, attribute := range []string{"email", "phone_number"} {
			s := wayOf(attribute)
			f, to := newFixture(t, e, ownSenders(attribute)), s.contact()
			did(f.signUp(t, "ann", attribute+"="+to))(t)
			got := a.to(to)
			if got.as != s.as {
				t.Errorf("%s: sent as %q, want %q", attribute, got.as, s.as)
			}
			noError(t, f.confirm(t, "ann", codeIn(got.body)))
		}
		// The e-mail of other pools goes where the server's own goes.
		f, to := newFixture(t, e, byEmail), address("bob")
		did(f.signUp(t, "bob", "email="+to))(t)
		noError(t, f.confirm(t, "bob", f.code(t, to)))
		if got := a.to(to); got.body != "" {
			t.Errorf("through SES: %q", got.body)
		}
	})
}

// codeIn returns the code at the end of a message.
func codeIn(body string) string {
	words := strings.Fields(body)
	if len(words) == 0 {
		return ""
	}
	return words[len(words)-1]
}

// cause is why a provider refuses, and what callers are told.
type cause struct {
	attribute, call, code string
	fault, text           string
}

const (
	smsText   = "Invalid phone number provided/Unable to send the message."
	emailText = "Invalid email provided/Unable to send the email"
)

var causes = []cause{
	{"phone_number", "AssumeRole", "AccessDenied", "InvalidSmsRoleTrustRelationshipException", "Role does not have a trust relationship allowing Cognito to assume the role"},
	{"phone_number", "Publish", "AuthorizationError", "InvalidSmsRoleAccessPolicyException", "Role does not have permission to publish with SNS"},
	{"phone_number", "Publish", "OptedOut", "CodeDeliveryFailureException", smsText},
	{"phone_number", "Publish", "Throttled", "CodeDeliveryFailureException", smsText},
	{"email", "SendEmail", "AccessDeniedException", "InvalidEmailRoleAccessPolicyException", "Cognito is not allowed to use your email identity"},
	{"email", "SendEmail", "MessageRejected", "CodeDeliveryFailureException", emailText},
}

// Every operation that sends a message, when the provider refuses it: each real
// cause has its own exception, the operation answers none that it does not model,
// and what it changed stands.
func TestProviderRefuses(t *testing.T) {
	roles := []string{"InvalidSmsRoleTrustRelationshipException", "InvalidSmsRoleAccessPolicyException"}
	for _, op := range []string{"SignUp", "ResendConfirmationCode", "UpdateUserAttributes", "GetUserAttributeVerificationCode", "ForgotPassword", "AdminUpdateUserAttributes", "AdminResetUserPassword"} {
		refuses(t, op, append(roles, "InvalidEmailRoleAccessPolicyException")...)
	}
	refuses(t, "AdminCreateUser", append(roles, "CodeDeliveryFailureException")...)
	throughAmazon(t, func(t *testing.T, e *env, a *amazon) {
		for _, c := range causes {
			t.Run(c.attribute+" "+c.code, func(t *testing.T) { providerRefuses(t, e, a, c) })
		}
	})
}

func providerRefuses(t *testing.T, e *env, a *amazon, c cause) {
	s := wayOf(c.attribute)
	a.refuse("", "")
	f := newFixture(t, e, ownSenders(c.attribute))
	f.user(t, "ann", c.attribute+"="+s.contact())
	token := f.signIn(t, "ann").AccessToken
	for _, name := range []string{"cy", "dee"} {
		f.user(t, name, c.attribute+"="+s.contact(), c.attribute+"_verified=true")
	}
	a.refuse(c.call, c.code)
	want := func(operation string, err error) {
		t.Helper()
		wantFaultNamed(t, operation, err, c.answerOf(operation), c.text)
	}
	fresh, fresher, joined := s.contact(), s.contact(), s.contact()
	_, err := f.update(t, token, c.attribute+"="+fresh)
	want("UpdateUserAttributes", err)
	if got := f.own(t, token); got[c.attribute] != fresh || got[c.attribute+"_verified"] != "false" {
		t.Errorf("after UpdateUserAttributes: %v", got)
	}
	want("AdminUpdateUserAttributes", f.adminUpdate(t, "ann", c.attribute+"="+fresher))
	if got := f.attributes(t, "ann"); got[c.attribute] != fresher || got[c.attribute+"_verified"] != "false" {
		t.Errorf("after AdminUpdateUserAttributes: %v", got)
	}
	_, err = f.askCode(t, token, c.attribute)
	want("GetUserAttributeVerificationCode", err)
	_, err = f.forgot(t, "cy")
	want("ForgotPassword", err)
	f.signIn(t, "cy")
	want("AdminResetUserPassword", f.reset(t, "dee"))
	_, err = f.signUp(t, "eve", c.attribute+"="+joined)
	want("SignUp", err)
	_, err = f.resend(t, "eve")
	want("ResendConfirmationCode", err)
	_, err = f.invite(t, "fay", func(in *cip.AdminCreateUserInput) { in.DesiredDeliveryMediums = []types.DeliveryMediumType{s.medium} }, c.attribute+"="+s.contact())
	want("AdminCreateUser", err)
	for name, status := range map[string]types.UserStatusType{"dee": "RESET_REQUIRED", "eve": "UNCONFIRMED", "fay": "FORCE_CHANGE_PASSWORD"} {
		if got := f.status(t, name); got != status {
			t.Errorf("%s is %s, want %s", name, got, status)
		}
	}
	if got := a.to(joined); got.body != "" {
		t.Errorf("sent all the same: %q", got.body)
	}
	// Once the cause is gone everything works as it stands.
	a.refuse("", "")
	did(f.resend(t, "eve"))(t)
	noError(t, f.confirm(t, "eve", codeIn(a.to(joined).body)))
}

// answerOf returns the exception that an operation answers with: the cause's own
// unless the operation does not model it.
func (c cause) answerOf(operation string) string {
	admin := operation == "AdminUpdateUserAttributes" || operation == "AdminResetUserPassword"
	switch {
	case admin && c.fault == "CodeDeliveryFailureException":
		return "InvalidParameterException"
	case operation == "AdminCreateUser" && c.fault == "InvalidEmailRoleAccessPolicyException":
		return "CodeDeliveryFailureException"
	}
	return c.fault
}

// An endpoint that is gone is no refusal of anything: the caller is told that
// nothing was delivered.
func TestProviderIsGone(t *testing.T) {
	throughAmazon(t, func(t *testing.T, e *env, a *amazon) {
		email, phone := newFixture(t, e, ownSenders("email")), newFixture(t, e, ownSenders("phone_number"))
		a.Close()
		_, err := email.signUp(t, "ann", "email="+address("ann"))
		wantFault(t, err, "CodeDeliveryFailureException", emailText)
		_, err = phone.signUp(t, "ann", "phone_number="+number())
		wantFault(t, err, "CodeDeliveryFailureException", smsText)
	})
}
