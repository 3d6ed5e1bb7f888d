package conformance

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"
)

const (
	newPassword  = "Other-Passw0rd"
	notHere      = "Username/client id combination not found."
	noContact    = "Cannot reset password for the user as there is no registered/verified email or phone_number"
	wrongState   = "User password cannot be reset in the current state."
	codeSpent    = "Invalid code provided, please request a code again."
	codeWrong    = "Invalid verification code provided, please try again."
	attemptsGone = "Attempt limit exceeded, please try after some time."
	mustReset    = "Password reset required for the user"
)

// forgot asks for a code that resets the password.
func (f *fixture) forgot(t *testing.T, name string) (*cip.ForgotPasswordOutput, error) {
	t.Helper()
	return f.ForgotPassword(t.Context(), &cip.ForgotPasswordInput{ClientId: &f.client, Username: &name})
}

// recover answers the code with a new password.
func (f *fixture) recover(t *testing.T, name, code, password string) error {
	t.Helper()
	_, err := f.ConfirmForgotPassword(t.Context(), &cip.ConfirmForgotPasswordInput{ClientId: &f.client, Username: &name, ConfirmationCode: &code, Password: &password})
	return err
}

// reset voids a password as an administrator.
func (f *fixture) reset(t *testing.T, name string) error {
	t.Helper()
	_, err := f.AdminResetUserPassword(t.Context(), &cip.AdminResetUserPasswordInput{UserPoolId: &f.pool, Username: &name})
	return err
}

// proven makes a user with a verified e-mail address of their own.
func (f *fixture) proven(t *testing.T, name string) (address string) {
	t.Helper()
	address = unique(name) + "@example.com"
	f.user(t, name, "email="+address, "email_verified=true")
	return address
}

// ForgotPassword and ConfirmForgotPassword: the old password is good until the
// new one is set, the last code is the good one, and it is good once.
func TestForgottenPassword(t *testing.T) {
	covers(t, "ForgotPassword")
	covers(t, "ConfirmForgotPassword", "CodeMismatchException", "ExpiredCodeException", "InvalidPasswordException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		address := f.proven(t, "ann")
		wantFault(t, f.recover(t, "ann", "123456", newPassword), "ExpiredCodeException", codeSpent)
		answer := e.wantCall(t, "ForgotPassword", `{"ClientId":"`+f.client+`","Username":"ann"}`, "")
		if diff := cmp.Diff(parse(t, `{"CodeDeliveryDetails":{"Destination":"a***@e***","DeliveryMedium":"EMAIL","AttributeName":"email"}}`), any(answer)); diff != "" {
			t.Errorf("answer (-want +got):\n%s", diff)
		}
		first := e.code(t, address)
		tokens := f.signIn(t, "ann")
		did(f.forgot(t, "ann"))(t)
		code := e.code(t, address)
		if first != code { // one in a million is drawn twice
			wantFault(t, f.recover(t, "ann", first, newPassword), "CodeMismatchException", codeWrong)
		}
		wantFault(t, f.recover(t, "ann", wrongCode(code), newPassword), "CodeMismatchException", codeWrong)
		wantFault(t, f.recover(t, "ann", code, "short"), "InvalidPasswordException", "Password does not conform to policy: Password not long enough")
		for range 5 {
			f.tries(t, "ann", "wrong", wrongPassword)
		}
		noError(t, f.recover(t, "ann", code, newPassword))
		wantFault(t, f.recover(t, "ann", code, newPassword), "ExpiredCodeException", codeSpent)
		// The failures before are forgotten, the sign-ins before go on.
		f.tries(t, "ann", password, wrongPassword)
		did(f.trySignIn(t, "ann", newPassword))(t)
		if own := e.own(t, tokens.AccessToken); own["email"] != address || own["email_verified"] != "true" {
			t.Errorf("attributes %v", own)
		}
	})
}

// AdminResetUserPassword: neither the old password nor a token is good until the
// code is answered.
func TestAdminReset(t *testing.T) {
	covers(t, "AdminResetUserPassword")
	refuses(t, "InitiateAuth", "PasswordResetRequiredException")
	refuses(t, "AdminInitiateAuth", "PasswordResetRequiredException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		address := f.proven(t, "ann")
		tokens := f.signIn(t, "ann")
		for range 2 {
			if answer := e.wantCall(t, "AdminResetUserPassword", `{"UserPoolId":"`+f.pool+`","Username":"ann"}`, ""); len(answer) != 0 {
				t.Errorf("answer %v", answer)
			}
		}
		if got := f.status(t, "ann"); got != "RESET_REQUIRED" {
			t.Errorf("status %s", got)
		}
		parameters := map[string]string{"USERNAME": "ann", "PASSWORD": password}
		for admin, flow := range map[bool]string{false: "USER_PASSWORD_AUTH", true: "ADMIN_USER_PASSWORD_AUTH"} {
			_, err := f.initiate(t, admin, flow, parameters)
			wantFault(t, err, "PasswordResetRequiredException", mustReset)
		}
		_, err := f.initiate(t, false, "REFRESH_TOKEN_AUTH", map[string]string{"REFRESH_TOKEN": *tokens.RefreshToken})
		wantFault(t, err, "PasswordResetRequiredException", mustReset)
		noError(t, f.recover(t, "ann", e.code(t, address), newPassword))
		if got := f.status(t, "ann"); got != "CONFIRMED" {
			t.Errorf("status %s", got)
		}
		did(f.trySignIn(t, "ann", newPassword))(t)
	})
}

// A reset code goes to the value that is the user's own, not to one that waits
// for its proof.
func TestResetCodeGoesToTheOriginalValue(t *testing.T) {
	covers(t, "ForgotPassword")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, func(in *cip.CreateUserPoolInput) {
			byEmail(in)
			in.UserAttributeUpdateSettings = &types.UserAttributeUpdateSettingsType{AttributesRequireVerificationBeforeUpdate: []types.VerifiedAttributeType{"email"}}
		})
		address, other := f.proven(t, "ann"), unique("new")+"@example.com"
		e.updated(t, f.signIn(t, "ann").AccessToken, "email="+other)
		did(f.forgot(t, "ann"))(t)
		noError(t, f.reset(t, "ann"))
		if own, pending := e.messages(t, address), e.messages(t, other); own != 2 || pending != 1 {
			t.Errorf("%d messages to the address, %d to the pending one", own, pending)
		}
		noError(t, f.recover(t, "ann", e.code(t, address), newPassword))
	})
}

// The way of the code follows the pool's AccountRecoverySetting.
func TestRecoveryMechanisms(t *testing.T) {
	covers(t, "ForgotPassword", "NotAuthorizedException", "CodeDeliveryFailureException")
	refuses(t, "AdminResetUserPassword", "NotAuthorizedException", "InvalidParameterException")
	onEachEngine(t, func(t *testing.T, e *env) {
		mechanisms := func(names ...types.RecoveryOptionNameType) func(*cip.CreateUserPoolInput) {
			return func(in *cip.CreateUserPoolInput) {
				byPhoneToo(in)
				in.AccountRecoverySetting = &types.AccountRecoverySettingType{}
				for i, name := range names {
					in.AccountRecoverySetting.RecoveryMechanisms = append(in.AccountRecoverySetting.RecoveryMechanisms,
						types.RecoveryOptionType{Name: name, Priority: aws.Int32(int32(i + 1))})
				}
			}
		}
		for title, c := range map[string]struct {
			pool func(*cip.CreateUserPoolInput)
			want string
		}{
			"a new pool":  {byPhoneToo, "email EMAIL"},
			"phone first": {mechanisms("verified_phone_number", "verified_email"), "phone_number SMS"},
			"mail first":  {mechanisms("verified_email", "verified_phone_number"), "email EMAIL"},
			"phone only":  {mechanisms("verified_phone_number"), "phone_number SMS"},
		} {
			f := newFixture(t, e, c.pool)
			f.user(t, "ann", "email=a@b.example", "email_verified=true", "phone_number=+15550100123", "phone_number_verified=true")
			d := did(f.forgot(t, "ann"))(t).CodeDeliveryDetails
			if got := *d.AttributeName + " " + string(d.DeliveryMedium); got != c.want {
				t.Errorf("%s: by %s, want %s", title, got, c.want)
			}
		}
		byAdmin := newFixture(t, e, mechanisms("admin_only"))
		byAdmin.proven(t, "ann")
		for _, name := range []string{"ann", "nobody"} {
			_, err := byAdmin.forgot(t, name)
			wantFault(t, err, "NotAuthorizedException", "Contact administrator to reset password.")
		}
		wantFault(t, byAdmin.reset(t, "ann"), "NotAuthorizedException", "Contact administrator to reset password.")
		// A pool that cannot send text messages.
		mute := newFixture(t, e, func(in *cip.CreateUserPoolInput) {
			mechanisms("verified_phone_number")(in)
			in.SmsConfiguration, in.AutoVerifiedAttributes = nil, nil
		})
		mute.user(t, "ann", "phone_number=+15550100123", "phone_number_verified=true")
		const noSMS = "Invalid phone number provided/Unable to send the message. User pool does not have SMS configuration to send messages."
		_, err := mute.forgot(t, "ann")
		wantFault(t, err, "CodeDeliveryFailureException", noSMS)
		wantFault(t, mute.reset(t, "ann"), "InvalidParameterException", noSMS)
		if got := mute.status(t, "ann"); got != "CONFIRMED" {
			t.Errorf("status %s after a refusal", got)
		}
	})
}

// Who cannot reset a password, and what they are told.
func TestPasswordsThatCannotBeReset(t *testing.T) {
	refuses(t, "ForgotPassword", "InvalidParameterException", "NotAuthorizedException", "ResourceNotFoundException", "UserNotFoundException")
	refuses(t, "ConfirmForgotPassword", "NotAuthorizedException", "ResourceNotFoundException", "UserNotFoundException", "UserNotConfirmedException", "InvalidParameterException")
	refuses(t, "AdminResetUserPassword", "InvalidParameterException", "NotAuthorizedException", "ResourceNotFoundException", "UserNotFoundException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, byEmail)
		f.user(t, "bare")
		f.user(t, "unproven", "email=a@b.example")
		f.proven(t, "off")
		noError(t, userCalls["AdminDisableUser"](t.Context(), f.Client, &f.pool, aws.String("off")))
		did(f.signUp(t, "new", "email=a@b.example"))(t)
		f.invited(t, "invited")
		for name, want := range map[string]struct{ forgot, reset, confirm string }{
			"nobody":   {"UserNotFoundException: " + notHere, "UserNotFoundException: User does not exist.", "UserNotFoundException: " + notHere},
			"bare":     {invalid + noContact, invalid + noContact, "ExpiredCodeException: " + codeSpent},
			"unproven": {invalid + noContact, invalid + noContact, "ExpiredCodeException: " + codeSpent},
			"off":      {"NotAuthorizedException: User is disabled.", "NotAuthorizedException: User is disabled", "NotAuthorizedException: User is disabled."},
			"new":      {invalid + noContact, "NotAuthorizedException: " + wrongState, "UserNotConfirmedException: User is not confirmed."},
			"invited":  {"NotAuthorizedException: " + wrongState, "NotAuthorizedException: " + wrongState, "ExpiredCodeException: " + codeSpent},
		} {
			e.wantCall(t, "ForgotPassword", `{"ClientId":"`+f.client+`","Username":"`+name+`"}`, want.forgot)
			e.wantCall(t, "AdminResetUserPassword", `{"UserPoolId":"`+f.pool+`","Username":"`+name+`"}`, want.reset)
			e.wantCall(t, "ConfirmForgotPassword", `{"ClientId":"`+f.client+`","Username":"`+name+`","ConfirmationCode":"123456","Password":"`+newPassword+`"}`, want.confirm)
		}
		const gone = "ResourceNotFoundException: User pool client unknown does not exist."
		e.wantCall(t, "ForgotPassword", `{"ClientId":"unknown","Username":"ann"}`, gone)
		e.wantCall(t, "ConfirmForgotPassword", `{"ClientId":"unknown","Username":"ann","ConfirmationCode":"1","Password":"`+newPassword+`"}`, gone)
		e.wantCall(t, "AdminResetUserPassword", `{"UserPoolId":"us-east-1_nowhere00","Username":"ann"}`, "ResourceNotFoundException: User pool us-east-1_nowhere00 does not exist.")
		e.wantCall(t, "ConfirmForgotPassword", `{"ClientId":"`+f.client+`","Username":"bare","ConfirmationCode":"123456","Password":"Blank at the end1! "}`,
			invalid+`1 validation error detected: Value at 'password' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[\S]+.*[\S]+$`)
	})
}

// Where users are hidden, all who get no code are answered as if they got one,
// and refused wrong codes as if there were a right one.
func TestRecoveryHidesUsers(t *testing.T) {
	covers(t, "ForgotPassword", "LimitExceededException")
	refuses(t, "ConfirmForgotPassword", "LimitExceededException", "CodeMismatchException", "ExpiredCodeException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, byEmail).hiding(t)
		f.proven(t, "ann")
		f.user(t, "bare")
		f.proven(t, "off")
		noError(t, userCalls["AdminDisableUser"](t.Context(), f.Client, &f.pool, aws.String("off")))
		did(f.signUp(t, "new", "email=a@b.example"))(t)
		same := func(operation, rest string) {
			t.Helper()
			shape := func(name string) string {
				text := e.exact(t, operation, `{"ClientId":"`+f.client+`","Username":"`+name+`"`+rest+`}`)
				if strings.HasPrefix(text, "200") { // the letters that are shown differ
					return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r >= 'a' && r <= 'z' }), "")
				}
				return text
			}
			want := shape("nobody")
			for _, name := range []string{"ann", "bare", "off", "new"} {
				if got := shape(name); got != want {
					t.Errorf("%s: %s gives\n%s\nnobody gives\n%s", operation, name, got, want)
				}
			}
		}
		const guess = `,"ConfirmationCode":"none","Password":"` + newPassword + `"`
		same("ConfirmForgotPassword", guess)
		for range 6 {
			same("ForgotPassword", "")
		}
		for range 15 {
			same("ConfirmForgotPassword", guess)
		}
	})
}

// A code is good for an hour.
func TestResetCodeRunsOut(t *testing.T) {
	refuses(t, "ConfirmForgotPassword", "ExpiredCodeException")
	inFrozenTime(t, func(t *testing.T, e *env, c *clock) {
		f := newFixture(t, e, nil)
		address := f.proven(t, "ann")
		did(f.forgot(t, "ann"))(t)
		code := e.code(t, address)
		c.advance(time.Hour)
		wantFault(t, f.recover(t, "ann", code, newPassword), "ExpiredCodeException", codeSpent)
		did(f.forgot(t, "ann"))(t)
		code = e.code(t, address)
		c.advance(time.Hour - time.Second)
		noError(t, f.recover(t, "ann", code, newPassword))
	})
}
