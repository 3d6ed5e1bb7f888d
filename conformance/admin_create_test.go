package conformance

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/poolhousetest"
)

// invite makes a user as an administrator, who changes the request.
func (f *fixture) invite(t *testing.T, name string, change func(*cip.AdminCreateUserInput), attributes ...string) (*types.UserType, error) {
	t.Helper()
	in := &cip.AdminCreateUserInput{UserPoolId: &f.pool, Username: &name, UserAttributes: attrs(attributes...)}
	if change != nil {
		change(in)
	}
	out, err := f.AdminCreateUser(t.Context(), in)
	if err != nil {
		return nil, err
	}
	return out.User, nil
}

// byMail asks for an invitation by e-mail.
func byMail(in *cip.AdminCreateUserInput) {
	in.DesiredDeliveryMediums = []types.DeliveryMediumType{"EMAIL"}
}

// again repeats an invitation by e-mail.
func again(in *cip.AdminCreateUserInput) {
	byMail(in)
	in.MessageAction = types.MessageActionTypeResend
}

// inbox returns the messages that went to an address, the newest first.
func (e *env) inbox(t *testing.T, to string) []poolhousetest.Message {
	t.Helper()
	e.messages(t, to)
	return did(e.srv.Messages(to))(t)
}

// AdminCreateUser answers with the user and, by default, writes to nobody who
// has no phone number.
func TestAdminCreateUser(t *testing.T) {
	covers(t, "AdminCreateUser")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		name := unique("ann")
		user, _ := e.wantCall(t, "AdminCreateUser", `{"UserPoolId":"`+f.pool+`","Username":"`+name+`","UserAttributes":[{"Name":"email","Value":"`+name+`@example.com"}]}`, "")["User"].(map[string]any)
		sub := f.attributes(t, name)["sub"]
		want := parse(t, `{"Username":"`+name+`","Enabled":true,"UserStatus":"FORCE_CHANGE_PASSWORD","Attributes":[{"Name":"email","Value":"`+name+`@example.com"},{"Name":"email_verified","Value":"false"},{"Name":"sub","Value":"`+sub+`"}]}`)
		if user["UserCreateDate"] != user["UserLastModifiedDate"] || user["UserCreateDate"] == nil {
			t.Errorf("dates %v and %v", user["UserCreateDate"], user["UserLastModifiedDate"])
		}
		delete(user, "UserCreateDate")
		delete(user, "UserLastModifiedDate")
		byName := cmp.Transformer("sorted", func(list []any) map[string]any {
			m := map[string]any{}
			for _, a := range list {
				m[a.(map[string]any)["Name"].(string)] = a.(map[string]any)["Value"]
			}
			return m
		})
		if diff := cmp.Diff(want, any(user), byName); diff != "" {
			t.Errorf("the user (-want +got):\n%s", diff)
		}
		if n := e.messages(t, name+"@example.com"); n != 0 {
			t.Errorf("%d messages by e-mail without asking for it", n)
		}
	})
}

// AdminCreateUser invites by the media that the request names.
func TestInvitations(t *testing.T) {
	covers(t, "AdminCreateUser", "InvalidParameterException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, func(in *cip.CreateUserPoolInput) {
			byPhoneToo(in)
			in.AdminCreateUserConfig = &types.AdminCreateUserConfigType{InviteMessageTemplate: &types.MessageTemplateType{
				EmailSubject: aws.String("Welcome"), EmailMessage: aws.String("Hello {username}, use {####}"), SMSMessage: aws.String("{username}: {####}"),
			}}
		})
		name, phone := unique("bob"), number()
		did(f.invite(t, name, byMail, "email="+name+"@example.com", "phone_number="+phone))(t)
		mail := e.inbox(t, name+"@example.com")
		if len(mail) != 1 || mail[0].Subject != "Welcome" || mail[0].Body != "Hello "+name+", use "+mail[0].Code || e.messages(t, phone) != 0 {
			t.Fatalf("invited by %+v", mail)
		}
		out := did(f.trySignIn(t, name, mail[0].Code))(t)
		if out.ChallengeName != "NEW_PASSWORD_REQUIRED" {
			t.Errorf("the temporary password leads to %q", out.ChallengeName)
		}
		name, phone = unique("cyd"), number()
		did(f.invite(t, name, func(in *cip.AdminCreateUserInput) {
			in.DesiredDeliveryMediums = []types.DeliveryMediumType{"EMAIL", "SMS"}
			in.TemporaryPassword = aws.String("Chosen1!")
		}, "email="+name+"@example.com", "phone_number="+phone))(t)
		for _, to := range []string{name + "@example.com", phone} {
			if got := e.inbox(t, to); len(got) != 1 || !strings.Contains(got[0].Body, "Chosen1!") {
				t.Errorf("invitations to %s: %+v", to, got)
			}
		}
		name = unique("dan")
		did(f.invite(t, name, func(in *cip.AdminCreateUserInput) {
			byMail(in)
			in.MessageAction = types.MessageActionTypeSuppress
		}, "email="+name+"@example.com"))(t)
		if n := e.messages(t, name+"@example.com"); n != 0 {
			t.Errorf("%d messages although suppressed", n)
		}
		_, err := f.invite(t, unique("eve"), byMail)
		wantFault(t, err, "InvalidParameterException", "The user has no email for the desired delivery medium EMAIL.")
		plain := newFixture(t, e, nil)
		name = unique("flo")
		did(plain.invite(t, name, byMail, "email="+name+"@example.com"))(t)
		if got := e.inbox(t, name+"@example.com"); len(got) != 1 || got[0].Subject != "Your temporary password" || got[0].Body != "Your username is "+name+" and temporary password is "+got[0].Code+"." {
			t.Errorf("the default invitation is %+v", got)
		}
	})
}

// AdminCreateUser of a user with a phone number, to whom the pool cannot write:
// not sending the invitation never looks like success.
func TestInvitationThatCannotLeave(t *testing.T) {
	covers(t, "AdminCreateUser", "CodeDeliveryFailureException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f, phone := newFixture(t, e, nil), number()
		_, err := f.invite(t, "ann", nil, "phone_number="+phone)
		wantFault(t, err, "CodeDeliveryFailureException", "Invalid phone number provided/Unable to send the message. User pool does not have SMS configuration to send messages.")
		if n := e.messages(t, phone); n != 0 {
			t.Errorf("%d messages", n)
		}
		did(f.invite(t, "ann", suppressed, "phone_number="+phone))(t)
		did(f.invite(t, "bob", byMail, "phone_number="+phone, "email=bob@example.com"))(t)
	})
}

// AdminCreateUser by a template without a place for the temporary password: the
// user is made, and nothing is sent.
func TestInvitationWithoutThePassword(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, func(in *cip.CreateUserPoolInput) {
			in.SmsConfiguration = &types.SmsConfigurationType{SnsCallerArn: aws.String("arn:aws:iam::000000000000:role/sms")}
			in.AdminCreateUserConfig = &types.AdminCreateUserConfigType{
				InviteMessageTemplate: &types.MessageTemplateType{SMSMessage: aws.String("Welcome, {username}!")},
			}
		})
		phone := number()
		did(f.invite(t, "ann", nil, "phone_number="+phone))(t)
		if n := e.messages(t, phone); n != 0 {
			t.Errorf("%d messages", n)
		}
	})
}

// AdminCreateUser's refusals.
func TestAdminCreateUserIsRefused(t *testing.T) {
	covers(t, "AdminCreateUser", "UsernameExistsException", "InvalidPasswordException", "InvalidParameterException", "UserNotFoundException", "UnsupportedUserStateException", "ResourceNotFoundException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		f.user(t, "ann")
		for _, c := range []struct{ name, members, want string }{
			{"taken", `"Username":"ann"`, "UsernameExistsException: User account already exists"},
			{"short password", `"Username":"x","TemporaryPassword":"Aa1!"`, "InvalidPasswordException: Password did not conform with password policy: Password not long enough"},
			{"plain password", `"Username":"x","TemporaryPassword":"Passw0rds"`, "InvalidPasswordException: Password did not conform with password policy: Password must have symbol characters"},
			{"unknown attribute", `"Username":"x","UserAttributes":[{"Name":"custom:x","Value":"1"}]`, invalid + "Attributes did not conform to the schema: custom:x: Attribute does not exist in the schema.\n"},
			{"address", `"Username":"x","UserAttributes":[{"Name":"email","Value":"nobody"}]`, invalid + "Invalid email address format."},
			{"phone number", `"Username":"x","UserAttributes":[{"Name":"phone_number","Value":"5550100"}]`, invalid + "Invalid phone number format."},
			{"flag alone", `"Username":"x","UserAttributes":[{"Name":"email_verified","Value":"true"}]`, invalid + "Email is required to verify/un-verify an email"},
			{"nobody to invite again", `"Username":"x","MessageAction":"RESEND"`, "UserNotFoundException: User does not exist."},
			{"confirmed", `"Username":"ann","MessageAction":"RESEND"`, "UnsupportedUserStateException: Resend not possible. ann status is not FORCE_CHANGE_PASSWORD"},
			{"no name", `"MessageAction":"SOMETIMES"`, invalid + "2 validation errors detected: Value 'SOMETIMES' at 'messageAction' failed to satisfy constraint: Member must satisfy enum value set: [RESEND, SUPPRESS]; Value at 'username' failed to satisfy constraint: Member must not be null"},
		} {
			t.Run(c.name, func(t *testing.T) {
				e.wantCall(t, "AdminCreateUser", `{"UserPoolId":"`+f.pool+`",`+c.members+`}`, c.want)
			})
		}
		e.wantCall(t, "AdminCreateUser", `{"UserPoolId":"us-east-1_000000000","Username":"x"}`, "ResourceNotFoundException: User pool us-east-1_000000000 does not exist.")
		byAddress := newFixture(t, e, func(in *cip.CreateUserPoolInput) {
			in.UsernameAttributes = []types.UsernameAttributeType{"email"}
		})
		byAddress.user(t, "ann@example.com")
		_, err := byAddress.invite(t, "ann@example.com", nil)
		wantFault(t, err, "UsernameExistsException", "An account with the given email already exists.")
		_, err = byAddress.invite(t, "ann", nil)
		wantFault(t, err, "InvalidParameterException", "Username should be an email.")
	})
}

// AdminCreateUser of an address that is another user's name, with and without
// ForceAliasCreation.
func TestAdminCreateUserMeetsAnAlias(t *testing.T) {
	covers(t, "AdminCreateUser")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, emailAlias)
		f.user(t, "ann", "email=ann@example.com", "email_verified=true")
		_, err := f.invite(t, "eve", nil, "email=ann@example.com", "email_verified=true")
		wantFault(t, err, "AliasExistsException", "An account with the given email already exists.")
		did(f.invite(t, "dan", func(in *cip.AdminCreateUserInput) { in.ForceAliasCreation = true }, "email=ann@example.com"))(t)
		if got := f.attributes(t, "ann")["email_verified"]; got != "true" {
			t.Error("an address that is not verified took a name away")
		}
		did(f.invite(t, "eve", func(in *cip.AdminCreateUserInput) { in.ForceAliasCreation = true }, "email=ann@example.com", "email_verified=true"))(t)
		if got := f.attributes(t, "ann")["email_verified"]; got != "false" {
			t.Errorf("email_verified of who lost the name is %s", got)
		}
		out := did(f.AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: &f.pool, Username: aws.String("ann@example.com")}))(t)
		if *out.Username != "eve" {
			t.Errorf("the address names %s", *out.Username)
		}
	})
}
