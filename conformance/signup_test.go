package conformance

import (
	"regexp"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"
)

// uuid is the form of a sub and of the ids in tokens.
const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

// byEmail has the pool verify e-mail addresses.
func byEmail(in *cip.CreateUserPoolInput) {
	in.AutoVerifiedAttributes = []types.VerifiedAttributeType{"email"}
}

// byPhoneToo has the pool verify e-mail addresses and phone numbers.
func byPhoneToo(in *cip.CreateUserPoolInput) {
	in.AutoVerifiedAttributes = []types.VerifiedAttributeType{"email", "phone_number"}
	in.SmsConfiguration = &types.SmsConfigurationType{SnsCallerArn: aws.String("arn:aws:iam::000000000000:role/sns"), ExternalId: aws.String("x")}
}

// signUp registers a user.
func (f *fixture) signUp(t *testing.T, name string, attributes ...string) (*cip.SignUpOutput, error) {
	t.Helper()
	return f.SignUp(t.Context(), &cip.SignUpInput{ClientId: &f.client, Username: &name, Password: aws.String(password), UserAttributes: attrs(attributes...)})
}

// confirm answers a confirmation code.
func (f *fixture) confirm(t *testing.T, name, code string) error {
	t.Helper()
	_, err := f.ConfirmSignUp(t.Context(), &cip.ConfirmSignUpInput{ClientId: &f.client, Username: &name, ConfirmationCode: &code})
	return err
}

// resend asks for another confirmation code.
func (f *fixture) resend(t *testing.T, name string) (*cip.ResendConfirmationCodeOutput, error) {
	t.Helper()
	return f.ResendConfirmationCode(t.Context(), &cip.ResendConfirmationCodeInput{ClientId: &f.client, Username: &name})
}

// status returns the state of a user's account.
func (f *fixture) status(t *testing.T, name string) types.UserStatusType {
	t.Helper()
	return did(f.AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: &f.pool, Username: &name}))(t).UserStatus
}

// SignUp answers with what it did and sends at most one code.
func TestSignUp(t *testing.T) {
	covers(t, "SignUp")
	onEachEngine(t, func(t *testing.T, e *env) {
		silent, mail, both := newFixture(t, e, nil), newFixture(t, e, byEmail), newFixture(t, e, byPhoneToo)
		for _, c := range []struct {
			name       string
			f          *fixture
			attributes string
			delivery   string
		}{
			{"nothing is verified", silent, `[{"Name":"email","Value":"a@b.example"}]`, ""},
			{"nothing to verify", mail, `[{"Name":"phone_number","Value":"+15550100123"}]`, ""},
			{"no attributes", mail, `[]`, ""},
			{"e-mail", mail, `[{"Name":"email","Value":"ann@example.com"}]`, `{"Destination":"a***@e***","DeliveryMedium":"EMAIL","AttributeName":"email"}`},
			{"phone before e-mail", both, `[{"Name":"email","Value":"a@b.example"},{"Name":"phone_number","Value":"+15550100123"}]`, `{"Destination":"+*******0123","DeliveryMedium":"SMS","AttributeName":"phone_number"}`},
		} {
			name := unique("user")
			answer := e.wantCall(t, "SignUp", `{"ClientId":"`+c.f.client+`","Username":"`+name+`","Password":"`+password+`","UserAttributes":`+c.attributes+`}`, "")
			sub, _ := answer["UserSub"].(string)
			if !regexp.MustCompile("^" + uuid + "$").MatchString(sub) {
				t.Errorf("%s: UserSub %q", c.name, sub)
			}
			want := map[string]any{"UserConfirmed": false, "UserSub": sub}
			if c.delivery != "" {
				want["CodeDeliveryDetails"] = parse(t, c.delivery)
			}
			if diff := cmp.Diff(want, answer); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.name, diff)
			}
			if got := c.f.status(t, name); got != "UNCONFIRMED" {
				t.Errorf("%s: status %s", c.name, got)
			}
			if got := c.f.attributes(t, name); got["sub"] != sub {
				t.Errorf("%s: sub %s, told %s", c.name, got["sub"], sub)
			}
		}
	})
}

// SignUp's refusals, each of which leaves no user.
func TestSignUpIsRefused(t *testing.T) {
	covers(t, "SignUp", "InvalidParameterException", "InvalidPasswordException", "NotAuthorizedException", "ResourceNotFoundException", "UsernameExistsException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, func(in *cip.CreateUserPoolInput) {
			in.Schema = []types.SchemaAttributeType{
				{Name: aws.String("email"), Required: aws.Bool(true)},
				{Name: aws.String("tier"), AttributeDataType: "String", StringAttributeConstraints: &types.StringAttributeConstraintsType{MaxLength: aws.String("3")}},
			}
		})
		const mail = `{"Name":"email","Value":"a@b.example"}`
		for _, c := range []struct{ name, password, attributes, want string }{
			{"short password", "Aa1!", mail, "InvalidPasswordException: Password did not conform with policy: Password not long enough"},
			{"no upper case", "passw0rd!", mail, "InvalidPasswordException: Password did not conform with policy: Password must have uppercase characters"},
			{"no lower case", "PASSW0RD!", mail, "InvalidPasswordException: Password did not conform with policy: Password must have lowercase characters"},
			{"no digit", "Password!", mail, "InvalidPasswordException: Password did not conform with policy: Password must have numeric characters"},
			{"no symbol", "Passw0rds", mail, "InvalidPasswordException: Password did not conform with policy: Password must have symbol characters"},
			{"blank at the end", "Passw0rd! ", mail, invalid + `1 validation error detected: Value at 'password' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[\S]+.*[\S]+$`},
			{"missing attribute", password, ``, invalid + "Attributes did not conform to the schema: email: The attribute is required\n"},
			{"unknown attribute", password, mail + `,{"Name":"custom:x","Value":"1"}`, invalid + "Attributes did not conform to the schema: custom:x: Attribute does not exist in the schema.\n"},
			{"flag", password, mail + `,{"Name":"email_verified","Value":"true"}`, "NotAuthorizedException: A client attempted to write unauthorized attribute"},
			{"address", password, `{"Name":"email","Value":"nobody"}`, invalid + "Invalid email address format."},
			{"phone number", password, mail + `,{"Name":"phone_number","Value":"5550100"}`, invalid + "Invalid phone number format."},
		} {
			t.Run(c.name, func(t *testing.T) {
				name := unique("refused")
				e.wantCall(t, "SignUp", `{"ClientId":"`+f.client+`","Username":"`+name+`","Password":`+quote(c.password)+`,"UserAttributes":[`+c.attributes+`]}`, c.want)
				_, err := f.AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: &f.pool, Username: &name})
				wantFault(t, err, "UserNotFoundException", "User does not exist.")
			})
		}
		e.wantCall(t, "SignUp", `{"ClientId":"`+f.client+`","Username":"bare","UserAttributes":[`+mail+`]}`, invalid+"A password is required: the user cannot sign in with a code that the pool and the app client allow and the pool verifies.")
		f.user(t, "ann")
		_, err := f.signUp(t, "ann", "email=a@b.example")
		wantFault(t, err, "UsernameExistsException", "User already exists")
		f.client = "unknown"
		_, err = f.signUp(t, "eve", "email=a@b.example")
		wantFault(t, err, "ResourceNotFoundException", "User pool client unknown does not exist.")
		closed := newFixture(t, e, func(in *cip.CreateUserPoolInput) {
			in.AdminCreateUserConfig = &types.AdminCreateUserConfigType{AllowAdminCreateUserOnly: true}
		})
		_, err = closed.signUp(t, "eve")
		wantFault(t, err, "NotAuthorizedException", "SignUp is not permitted for this user pool")
	})
}

// SignUp in pools whose users are named by an e-mail address.
func TestSignUpByEmailAddress(t *testing.T) {
	covers(t, "SignUp", "UsernameExistsException", "InvalidParameterException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, func(in *cip.CreateUserPoolInput) {
			byEmail(in)
			in.UsernameAttributes = []types.UsernameAttributeType{"email"}
		})
		address := unique("ann") + "@example.com"
		sub := did(f.signUp(t, address))(t).UserSub
		got := f.attributes(t, address)
		if got["email"] != address || got["sub"] != *sub {
			t.Errorf("attributes %v", got)
		}
		_, err := f.signUp(t, address)
		wantFault(t, err, "UsernameExistsException", "An account with the given email already exists.")
		_, err = f.signUp(t, "ann")
		wantFault(t, err, "InvalidParameterException", "Username should be an email.")
		if err := f.confirm(t, address, e.code(t, address)); err != nil {
			t.Fatal(err)
		}
		tokens := f.signIn(t, address)
		if claims := parseJWT(t, *tokens.IdToken).claims; claims["cognito:username"] != *sub || claims["email_verified"] != true {
			t.Errorf("claims %v", claims)
		}
	})
}
