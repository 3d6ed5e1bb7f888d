package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/conformance/functions"
	"poolhouse.dev/poolhousetest"
)

// The functions that triggers of the tests name. The one in Go is reached by
// plain HTTP, the one in Node.js through the AWS Lambda API.
var (
	goFunction   = sync.OnceValue(func() *functions.Runtime { return functions.NewGo(folder) })
	nodeFunction = sync.OnceValue(functions.NewNode)
	lambdas      = sync.OnceValue(func() []string {
		return []string{"arn:aws:lambda:*:function:greet-go=" + goFunction().URL(), "arn:aws:lambda:*:function:greet-node=aws+" + nodeFunction().Endpoint(), "arn:aws:lambda:*:function:scripted=" + theStage().server.URL}
	})
)

const (
	greetGo   = "arn:aws:lambda:us-east-1:000000000000:function:greet-go"
	greetNode = "arn:aws:lambda:us-east-1:000000000000:function:greet-node"
)

// setUpFunctions gives the AWS SDK, in the servers of this process, credentials
// for the AWS Lambda API.
func setUpFunctions() {
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true"} {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
}

func closeFunctions() error {
	theStage().server.Close()
	return errors.Join(goFunction().Close(), nodeFunction().Close())
}

// withFunctions runs a test on each engine, in a pool whose triggers are all one
// function, for the function in Go and for the one in Node.js.
func withFunctions(t *testing.T, change func(*cip.CreateUserPoolInput), test func(t *testing.T, f *fixture, r *functions.Runtime)) {
	t.Helper()
	skipElsewhere(t)
	onEachEngine(t, func(t *testing.T, e *env) {
		for arn, function := range map[string]func() *functions.Runtime{greetGo: goFunction, greetNode: nodeFunction} {
			t.Run(arn[strings.LastIndexByte(arn, ':')+1:], func(t *testing.T) {
				if err := functions.FindNode(); err != nil && arn == greetNode {
					if os.Getenv("CI") == "true" {
						t.Fatal(err)
					}
					t.Skip(err)
				}
				f := newFixture(t, e, func(in *cip.CreateUserPoolInput) {
					byEmail(in)
					in.LambdaConfig = &types.LambdaConfigType{PreSignUp: aws.String(arn), PostConfirmation: aws.String(arn), CustomMessage: aws.String(arn)}
					if change != nil {
						change(in)
					}
				})
				test(t, f, function())
			})
		}
	})
}

// wish is the ClientMetadata that tells the function what to do.
func wish(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

// newest returns the newest message to an address.
func (e *env) newest(t *testing.T, to string) poolhousetest.Message {
	t.Helper()
	list, err := e.srv.Messages(to)
	if err != nil || len(list) == 0 {
		t.Fatalf("no message to %s: %v", to, err)
	}
	return list[0]
}

func (f *fixture) signUpWith(t *testing.T, name string, metadata map[string]string, attributes ...string) (*cip.SignUpOutput, error) {
	t.Helper()
	return f.SignUp(t.Context(), &cip.SignUpInput{ClientId: &f.client, Username: &name, Password: aws.String(password), UserAttributes: attrs(attributes...), ClientMetadata: metadata})
}

// The CustomMessage trigger writes the text of every message that there is, with
// the ClientMetadata of the call.
func TestCustomMessage(t *testing.T) {
	covers(t, "UpdateUserAttributes")
	covers(t, "AdminUpdateUserAttributes")
	covers(t, "GetUserAttributeVerificationCode")
	covers(t, "SignUp")
	covers(t, "ResendConfirmationCode")
	covers(t, "AdminCreateUser")
	covers(t, "ForgotPassword")
	covers(t, "AdminResetUserPassword")
	withFunctions(t, nil, func(t *testing.T, f *fixture, r *functions.Runtime) {
		metadata := wish("greeting", "Grüezi")
		address := func() string { return unique("ann") + "@example.com" }
		ann, bob, cyd := address(), address(), address()
		check := func(what, to, rest string) {
			t.Helper()
			m := f.newest(t, to)
			if want := "Grüezi, your code is " + m.Code + rest; m.Subject != "Grüezi" || m.Body != want {
				t.Errorf("%s: subject %q, body %q, want %q", what, m.Subject, m.Body, want)
			}
		}
		did(f.signUpWith(t, "ann", metadata, "email="+ann))(t)
		check("SignUp", ann, "")
		did(f.ResendConfirmationCode(t.Context(), &cip.ResendConfirmationCodeInput{ClientId: &f.client, Username: aws.String("ann"), ClientMetadata: metadata}))(t)
		check("ResendConfirmationCode", ann, "")
		noError(t, f.confirm(t, "ann", f.code(t, ann)))
		token := f.signIn(t, "ann").AccessToken
		did(f.UpdateUserAttributes(t.Context(), &cip.UpdateUserAttributesInput{AccessToken: token, UserAttributes: attrs("email=" + bob), ClientMetadata: metadata}))(t)
		check("UpdateUserAttributes", bob, "")
		did(f.GetUserAttributeVerificationCode(t.Context(), &cip.GetUserAttributeVerificationCodeInput{AccessToken: token, AttributeName: aws.String("email"), ClientMetadata: metadata}))(t)
		check("GetUserAttributeVerificationCode", bob, "")
		did(f.AdminUpdateUserAttributes(t.Context(), &cip.AdminUpdateUserAttributesInput{UserPoolId: &f.pool, Username: aws.String("ann"), UserAttributes: attrs("email=" + ann), ClientMetadata: metadata}))(t)
		check("AdminUpdateUserAttributes", ann, "")
		noError(t, f.verify(t, token, "email", f.code(t, ann)))
		did(f.ForgotPassword(t.Context(), &cip.ForgotPasswordInput{ClientId: &f.client, Username: aws.String("ann"), ClientMetadata: metadata}))(t)
		check("ForgotPassword", ann, "")
		did(f.AdminResetUserPassword(t.Context(), &cip.AdminResetUserPasswordInput{UserPoolId: &f.pool, Username: aws.String("ann"), ClientMetadata: metadata}))(t)
		check("AdminResetUserPassword", ann, "")
		did(f.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
			UserPoolId: &f.pool, Username: aws.String("cyd"), UserAttributes: attrs("email=" + cyd), DesiredDeliveryMediums: []types.DeliveryMediumType{"EMAIL"}, ClientMetadata: metadata,
			TemporaryPassword: aws.String(password),
		}))(t)
		check("AdminCreateUser", cyd, ", cyd")
		// Without a word of its own the pool's text is used.
		did(f.forgot(t, "ann"))(t)
		if m := f.newest(t, ann); m.Body != "Your password reset code is "+m.Code {
			t.Errorf("without metadata: %q", m.Body)
		}
		var sources []string
		for _, event := range r.Events(f.pool) {
			var e struct{ TriggerSource string }
			noError(t, json.Unmarshal(event, &e))
			sources = append(sources, e.TriggerSource)
		}
		want := []string{
			"PreSignUp_SignUp", "CustomMessage_SignUp", "CustomMessage_ResendCode", "PostConfirmation_ConfirmSignUp",
			"CustomMessage_UpdateUserAttribute", "CustomMessage_VerifyUserAttribute", "CustomMessage_UpdateUserAttribute",
			"CustomMessage_ForgotPassword", "CustomMessage_ForgotPassword",
			"PreSignUp_AdminCreateUser", "CustomMessage_AdminCreateUser", "CustomMessage_ForgotPassword",
		}
		if diff := cmp.Diff(want, sources); diff != "" {
			t.Errorf("sources (-want +got):\n%s", diff)
		}
	})
}

// Events are the service's own, member by member.
func TestEvents(t *testing.T) {
	covers(t, "SignUp")
	covers(t, "ConfirmForgotPassword")
	withFunctions(t, nil, func(t *testing.T, f *fixture, r *functions.Runtime) {
		sub := *did(f.SignUp(t.Context(), &cip.SignUpInput{
			ClientId: &f.client, Username: aws.String("ann"), Password: aws.String(password), UserAttributes: attrs("email=ann@e.example"),
			ClientMetadata: wish("a", "1"), ValidationData: attrs("b=2"),
		}))(t).UserSub
		noError(t, f.confirm(t, "ann", f.code(t, "ann@e.example")))
		did(f.forgot(t, "ann"))(t)
		noError(t, f.recover(t, "ann", f.code(t, "ann@e.example"), newPassword))
		did(f.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{UserPoolId: &f.pool, Username: aws.String("bob"), MessageAction: "SUPPRESS"}))(t)
		envelope := func(source, user, client, request, response string) string {
			return fmt.Sprintf(`{"version":"1","region":"us-east-1","userPoolId":%q,"userName":%q,"callerContext":{"awsSdkVersion":%q,"clientId":%q},"triggerSource":%q,"request":%s,"response":%s}`,
				f.pool, user, sdkOf(t, r.Events(f.pool)[0]), client, source, request, response)
		}
		known := func(status, verified string) string {
			return fmt.Sprintf(`{"userAttributes":{"cognito:user_status":%q,"email":"ann@e.example","email_verified":%q,"sub":%q}`, status, verified, sub)
		}
		const (
			message  = `,"codeParameter":"{####}","linkParameter":"{##Click Here##}","usernameParameter":null`
			texts    = `{"smsMessage":null,"emailMessage":null,"emailSubject":null}`
			decision = `{"autoConfirmUser":false,"autoVerifyEmail":false,"autoVerifyPhone":false}`
		)
		want := []string{
			envelope("PreSignUp_SignUp", "ann", f.client, `{"userAttributes":{"email":"ann@e.example"},"validationData":{"b":"2"},"clientMetadata":{"a":"1"}}`, decision),
			envelope("CustomMessage_SignUp", "ann", f.client, known("UNCONFIRMED", "false")+message+`,"clientMetadata":{"a":"1"}}`, texts),
			envelope("PostConfirmation_ConfirmSignUp", "ann", f.client, known("CONFIRMED", "true")+`}`, `{}`),
			envelope("CustomMessage_ForgotPassword", "ann", f.client, known("CONFIRMED", "true")+message+`}`, texts),
			envelope("PostConfirmation_ConfirmForgotPassword", "ann", f.client, known("CONFIRMED", "true")+`}`, `{}`),
			envelope("PreSignUp_AdminCreateUser", "bob", "CLIENT_ID_NOT_APPLICABLE", `{"userAttributes":{},"validationData":null}`, decision),
		}
		var got []string
		for _, event := range r.Events(f.pool) {
			got = append(got, string(event))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}

// sdkOf returns what an event tells about the SDK, which is that of this test.
func sdkOf(t *testing.T, event json.RawMessage) string {
	t.Helper()
	var e struct {
		CallerContext struct{ AwsSdkVersion string }
	}
	noError(t, json.Unmarshal(event, &e))
	if !strings.HasPrefix(e.CallerContext.AwsSdkVersion, "aws-sdk-go-v2-1.") {
		t.Errorf("awsSdkVersion %q", e.CallerContext.AwsSdkVersion)
	}
	return e.CallerContext.AwsSdkVersion
}

// PreSignUp confirms, verifies, and refuses.
func TestPreSignUp(t *testing.T) {
	covers(t, "SignUp", "UserLambdaValidationException", "InvalidParameterException")
	refuses(t, "AdminCreateUser", "UserLambdaValidationException")
	withFunctions(t, func(in *cip.CreateUserPoolInput) { in.AliasAttributes = []types.AliasAttributeType{"email"} }, func(t *testing.T, f *fixture, r *functions.Runtime) {
		address := unique("ann") + "@example.com"
		out := did(f.signUpWith(t, "ann", wish("confirm", "yes", "verify", "yes"), "email="+address))(t)
		if !out.UserConfirmed || out.CodeDeliveryDetails != nil || f.status(t, "ann") != "CONFIRMED" || f.attributes(t, "ann")["email_verified"] != "true" {
			t.Errorf("confirmed %v, delivery %v, status %s", out.UserConfirmed, out.CodeDeliveryDetails, f.status(t, "ann"))
		}
		f.signIn(t, address)
		// A vouched address moves to whom it is vouched for.
		did(f.signUpWith(t, "eve", wish("confirm", "yes", "verify", "yes"), "email="+address))(t)
		if f.attributes(t, "ann")["email_verified"] != "false" || f.attributes(t, address)["email_verified"] != "true" {
			t.Error("the address is two users'")
		}
		// Verified and not confirmed: there is nothing to send.
		out = did(f.signUpWith(t, "bob", wish("verify", "yes"), "email="+unique("bob")+"@example.com"))(t)
		if out.UserConfirmed || out.CodeDeliveryDetails != nil || f.status(t, "bob") != "UNCONFIRMED" {
			t.Errorf("verified only: %+v", out)
		}
		_, err := f.signUpWith(t, "cyd", wish("verify", "yes"))
		wantFault(t, err, "InvalidParameterException", "Email is required to verify/un-verify an email")
		_, err = f.signUpWith(t, "cyd", wish("mode", "throw"))
		wantFault(t, err, "UserLambdaValidationException", "PreSignUp failed with error Apikey non valida!.")
		_, err = f.SignUp(t.Context(), &cip.SignUpInput{ClientId: &f.client, Username: aws.String("cyd"), Password: aws.String(password), ValidationData: attrs("invitation=forged")})
		wantFault(t, err, "UserLambdaValidationException", "PreSignUp failed with error no such invitation.")
		_, err = f.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{UserPoolId: &f.pool, Username: aws.String("cyd"), ValidationData: attrs("invitation=forged")})
		wantFault(t, err, "UserLambdaValidationException", "PreSignUp failed with error no such invitation.")
		_, err = f.AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: &f.pool, Username: aws.String("cyd")})
		wantFault(t, err, "UserNotFoundException", "User does not exist.")
	})
}

// A PostConfirmation trigger that fails is told, and the user is confirmed.
func TestPostConfirmationFails(t *testing.T) {
	refuses(t, "ConfirmSignUp", "UserLambdaValidationException")
	refuses(t, "AdminConfirmSignUp", "UserLambdaValidationException")
	refuses(t, "ConfirmForgotPassword", "UserLambdaValidationException")
	withFunctions(t, nil, func(t *testing.T, f *fixture, r *functions.Runtime) {
		const failed = "PostConfirmation failed with error Apikey non valida!."
		fail := wish("mode", "throw")
		address := unique("ann") + "@example.com"
		did(f.signUp(t, "ann", "email="+address))(t)
		did(f.signUp(t, "bob"))(t)
		_, err := f.ConfirmSignUp(t.Context(), &cip.ConfirmSignUpInput{ClientId: &f.client, Username: aws.String("ann"), ConfirmationCode: aws.String(f.code(t, address)), ClientMetadata: fail})
		wantFault(t, err, "UserLambdaValidationException", failed)
		_, err = f.AdminConfirmSignUp(t.Context(), &cip.AdminConfirmSignUpInput{UserPoolId: &f.pool, Username: aws.String("bob"), ClientMetadata: fail})
		wantFault(t, err, "UserLambdaValidationException", failed)
		for _, name := range []string{"ann", "bob"} {
			if got := f.status(t, name); got != "CONFIRMED" {
				t.Errorf("%s is %s", name, got)
			}
		}
		did(f.forgot(t, "ann"))(t)
		_, err = f.ConfirmForgotPassword(t.Context(), &cip.ConfirmForgotPasswordInput{ClientId: &f.client, Username: aws.String("ann"), ConfirmationCode: aws.String(f.code(t, address)), Password: aws.String(newPassword), ClientMetadata: fail})
		wantFault(t, err, "UserLambdaValidationException", failed)
		did(f.trySignIn(t, "ann", newPassword))(t)
	})
}

// A trigger that fails, answers something else, or is nowhere: what the caller
// is told, and what is left of the call.
func TestTriggersThatFail(t *testing.T) {
	type call struct {
		do func(f *fixture, token *string, metadata map[string]string) error
		// stays says that the call is done all the same.
		stays bool
	}
	user := aws.String("ann")
	calls := map[string]call{
		"UpdateUserAttributes": {do: func(f *fixture, token *string, m map[string]string) error {
			_, err := f.UpdateUserAttributes(t.Context(), &cip.UpdateUserAttributesInput{AccessToken: token, UserAttributes: attrs("email=new@e.example", "name=New"), ClientMetadata: m})
			return err
		}},
		"AdminUpdateUserAttributes": {do: func(f *fixture, _ *string, m map[string]string) error {
			_, err := f.AdminUpdateUserAttributes(t.Context(), &cip.AdminUpdateUserAttributesInput{UserPoolId: &f.pool, Username: user, UserAttributes: attrs("email=new@e.example", "name=New"), ClientMetadata: m})
			return err
		}},
		"GetUserAttributeVerificationCode": {do: func(f *fixture, token *string, m map[string]string) error {
			_, err := f.GetUserAttributeVerificationCode(t.Context(), &cip.GetUserAttributeVerificationCodeInput{AccessToken: token, AttributeName: aws.String("email"), ClientMetadata: m})
			return err
		}},
		"ForgotPassword": {do: func(f *fixture, _ *string, m map[string]string) error {
			_, err := f.ForgotPassword(t.Context(), &cip.ForgotPasswordInput{ClientId: &f.client, Username: user, ClientMetadata: m})
			return err
		}},
		"AdminResetUserPassword": {do: func(f *fixture, _ *string, m map[string]string) error {
			_, err := f.AdminResetUserPassword(t.Context(), &cip.AdminResetUserPasswordInput{UserPoolId: &f.pool, Username: user, ClientMetadata: m})
			return err
		}},
		"ResendConfirmationCode": {do: func(f *fixture, _ *string, m map[string]string) error {
			_, err := f.ResendConfirmationCode(t.Context(), &cip.ResendConfirmationCodeInput{ClientId: &f.client, Username: aws.String("new"), ClientMetadata: m})
			return err
		}},
		"SignUp": {stays: true, do: func(f *fixture, _ *string, m map[string]string) error {
			_, err := f.signUpWith(t, unique("made"), m, "email=made@e.example")
			return err
		}},
		"AdminCreateUser": {stays: true, do: func(f *fixture, _ *string, m map[string]string) error {
			_, err := f.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
				UserPoolId: &f.pool, Username: aws.String(unique("made")), UserAttributes: attrs("email=made@e.example"), DesiredDeliveryMediums: []types.DeliveryMediumType{"EMAIL"}, ClientMetadata: m,
			})
			return err
		}},
	}
	for operation := range calls {
		refuses(t, operation, "UnexpectedLambdaException", "UserLambdaValidationException", "InvalidLambdaResponseException")
	}
	withFunctions(t, func(in *cip.CreateUserPoolInput) {
		in.LambdaConfig.PreSignUp, in.LambdaConfig.PostConfirmation = nil, nil
	}, func(t *testing.T, f *fixture, r *functions.Runtime) {
		f.user(t, "ann", "email=ann@e.example", "email_verified=true", "name=Old")
		did(f.signUp(t, "new", "email=n@e.example"))(t)
		token := f.signIn(t, "ann").AccessToken
		before, messages := f.attributes(t, "ann"), f.messages(t, "ann@e.example")+f.messages(t, "new@e.example")+f.messages(t, "made@e.example")
		users := func() int {
			return len(did(f.ListUsers(t.Context(), &cip.ListUsersInput{UserPoolId: &f.pool}))(t).Users)
		}
		made := users()
		fails := func(metadata map[string]string, code, message string) {
			t.Helper()
			for operation, c := range calls {
				wantFaultNamed(t, operation, c.do(f, token, metadata), code, message)
				if c.stays {
					made++
				}
			}
			if diff := cmp.Diff(before, f.attributes(t, "ann")); diff != "" || f.status(t, "ann") != "CONFIRMED" {
				t.Errorf("after %s the user is %s (-before +after):\n%s", message, f.status(t, "ann"), diff)
			}
			if got := f.messages(t, "ann@e.example") + f.messages(t, "new@e.example") + f.messages(t, "made@e.example"); got != messages {
				t.Errorf("after %s: %d messages", message, got-messages)
			}
			if got := users(); got != made {
				t.Errorf("after %s there are %d users, want %d", message, got, made)
			}
		}
		fails(wish("mode", "throw"), "UserLambdaValidationException", "CustomMessage failed with error Apikey non valida!.")
		fails(wish("mode", "nothing"), "InvalidLambdaResponseException", "Invalid JSON")
		fails(wish("mode", "text"), "InvalidLambdaResponseException", "Unrecognizable lambda output")
		fails(wish("mode", "bare"), "InvalidLambdaResponseException", "Unrecognizable lambda output")
		fails(wish("mode", "rename"), "InvalidLambdaResponseException", "Invalid user name. User name in Lambda mismatches the actual username.")
		fails(wish("mode", "big"), "UnexpectedLambdaException", "CustomMessage invocation failed due to error ResponseSizeTooLargeException.")
		const nowhere = "arn:aws:lambda:us-east-1:000000000000:function:nowhere"
		did(f.UpdateUserPool(t.Context(), &cip.UpdateUserPoolInput{
			UserPoolId: &f.pool, AutoVerifiedAttributes: []types.VerifiedAttributeType{"email"}, LambdaConfig: &types.LambdaConfigType{CustomMessage: aws.String(nowhere)},
		}))(t)
		fails(nil, "UnexpectedLambdaException", "CustomMessage invocation failed due to error ResourceNotFoundException: no --lambda setting says where "+nowhere+" is.")
	})
}

// The other triggers that answer something else.
func TestSignUpTriggersThatFail(t *testing.T) {
	for _, operation := range []string{"SignUp", "AdminCreateUser", "ConfirmSignUp", "AdminConfirmSignUp", "ConfirmForgotPassword"} {
		refuses(t, operation, "UnexpectedLambdaException", "InvalidLambdaResponseException")
	}
	withFunctions(t, func(in *cip.CreateUserPoolInput) { in.LambdaConfig.CustomMessage = nil }, func(t *testing.T, f *fixture, r *functions.Runtime) {
		for mode, want := range map[string][3]string{
			"text": {"InvalidLambdaResponseException", "", "Unrecognizable lambda output"},
			"big":  {"UnexpectedLambdaException", " invocation failed due to error ResponseSizeTooLargeException.", ""},
		} {
			m := wish("mode", mode)
			fails := func(what, trigger string, err error) {
				t.Helper()
				message := want[2]
				if message == "" {
					message = trigger + want[1]
				}
				wantFaultNamed(t, mode+", "+what, err, want[0], message)
			}
			name, address := unique("ann"), unique("ann")+"@example.com"
			_, err := f.signUpWith(t, name, m)
			fails("SignUp", "PreSignUp", err)
			_, err = f.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{UserPoolId: &f.pool, Username: &name, ClientMetadata: m})
			fails("AdminCreateUser", "PreSignUp", err)
			did(f.signUp(t, name, "email="+address))(t)
			_, err = f.ConfirmSignUp(t.Context(), &cip.ConfirmSignUpInput{ClientId: &f.client, Username: &name, ConfirmationCode: aws.String(f.code(t, address)), ClientMetadata: m})
			fails("ConfirmSignUp", "PostConfirmation", err)
			did(f.forgot(t, name))(t)
			_, err = f.ConfirmForgotPassword(t.Context(), &cip.ConfirmForgotPasswordInput{ClientId: &f.client, Username: &name, ConfirmationCode: aws.String(f.code(t, address)), Password: aws.String(newPassword), ClientMetadata: m})
			fails("ConfirmForgotPassword", "PostConfirmation", err)
			other := unique("bob")
			did(f.signUp(t, other))(t)
			_, err = f.AdminConfirmSignUp(t.Context(), &cip.AdminConfirmSignUpInput{UserPoolId: &f.pool, Username: &other, ClientMetadata: m})
			fails("AdminConfirmSignUp", "PostConfirmation", err)
		}
	})
}

// The AWS CLI changes an address with ClientMetadata, and the function's words
// arrive.
func TestCustomMessageThroughTheCLI(t *testing.T) {
	covers(t, "UpdateUserAttributes")
	cli, err := exec.LookPath("aws")
	if err != nil && os.Getenv("CI") != "true" {
		t.Skip("the AWS CLI is not installed")
	}
	noError(t, err)
	withFunctions(t, nil, func(t *testing.T, f *fixture, r *functions.Runtime) {
		f.user(t, "ann")
		address := unique("ann") + "@example.com"
		cmd := exec.CommandContext(t.Context(), cli, "cognito-idp", "update-user-attributes", "--endpoint-url", f.url, "--region", poolhousetest.Region, "--no-sign-request",
			"--access-token", *f.signIn(t, "ann").AccessToken, "--user-attributes", "Name=email,Value="+address, "--client-metadata", "greeting=Salve")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), `"a***@e***"`) {
			t.Fatalf("%v: %s", err, out)
		}
		if m := f.newest(t, address); m.Subject != "Salve" || m.Body != "Salve, your code is "+m.Code {
			t.Errorf("subject %q, body %q", m.Subject, m.Body)
		}
	})
}
