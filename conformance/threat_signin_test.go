package conformance

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"
)

// enforced makes the threat protection of a pool act on what it sees.
func enforced(in *cip.CreateUserPoolInput) {
	watched(in)
	in.UserPoolAddOns.AdvancedSecurityMode = types.AdvancedSecurityModeTypeEnforced
	in.MfaConfiguration = types.UserPoolMfaTypeOptional
	in.SmsConfiguration = &types.SmsConfigurationType{SnsCallerArn: aws.String("arn:aws:iam::000000000000:role/sms"), ExternalId: aws.String("x")}
	in.Policies = &types.UserPoolPolicyType{PasswordPolicy: &types.PasswordPolicyType{MinimumLength: aws.Int32(6)}}
}

// from signs a user in through an administrator's application that tells where the user
// is.
func (f *fixture) from(t *testing.T, ip, agent, name, password string) (*cip.AdminInitiateAuthOutput, error) {
	t.Helper()
	return f.AdminInitiateAuth(t.Context(), &cip.AdminInitiateAuthInput{
		UserPoolId: &f.pool, ClientId: &f.client, AuthFlow: "ADMIN_USER_PASSWORD_AUTH", AuthParameters: map[string]string{"USERNAME": name, "PASSWORD": password},
		ContextData: &types.ContextDataType{
			IpAddress: &ip, ServerName: aws.String("app.example"), ServerPath: aws.String("/"),
			HttpHeaders: []types.HttpHeader{{HeaderName: aws.String("User-Agent"), HeaderValue: &agent}},
		},
	})
}

const (
	firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	phone   = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
	blocked = "Unable to login because of security reasons."
)

// events waits until a user has so many events, the newest first: those of refused
// attempts are written behind the answer.
func (f *fixture) events(t *testing.T, name string, n int) []types.AuthEventType {
	t.Helper()
	var list []types.AuthEventType
	for range 100 {
		list = did(f.AdminListUserAuthEvents(t.Context(), &cip.AdminListUserAuthEventsInput{UserPoolId: &f.pool, Username: &name}))(t).AuthEvents
		if len(list) >= n {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if len(list) != n {
		t.Fatalf("%s has %d events, want %d", name, len(list), n)
	}
	return list
}

// A history of sign-ins, with the risk of each; the user is told of a strange one, and
// says whose it was.
func TestSignInsAreWatched(t *testing.T) {
	covers(t, "AdminListUserAuthEvents")
	covers(t, "AdminUpdateAuthEventFeedback")
	covers(t, "UpdateAuthEventFeedback", "UserNotFoundException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, enforced)
		name := fmt.Sprintf("watched-%s", f.client)
		mail := name + "@watch.example"
		f.user(t, "ann", "email="+mail, "email_verified=true", "phone_number=+15555550177")
		did(f.SetRiskConfiguration(t.Context(), &cip.SetRiskConfigurationInput{
			UserPoolId: &f.pool,
			AccountTakeoverRiskConfiguration: &types.AccountTakeoverRiskConfigurationType{
				NotifyConfiguration: &types.NotifyConfigurationType{
					SourceArn: aws.String("arn:aws:ses:us-east-1:123456789012:identity/help@example.com"),
					MfaEmail:  &types.NotifyEmailType{Subject: aws.String("strange"), TextBody: aws.String("event {event-id} token {feedback-token} end")},
				},
				Actions: &types.AccountTakeoverActionsType{
					LowAction: &types.AccountTakeoverActionType{Notify: true, EventAction: types.AccountTakeoverEventActionTypeMfaIfConfigured},
				},
			},
		}))(t)
		_, err := f.from(t, "192.0.2.1", firefox, "ann", "Wrong-Passw0rd")
		wantFault(t, err, "NotAuthorizedException", wrongLogin)
		f.events(t, "ann", 1)
		home := did(f.from(t, "192.0.2.1", firefox, "ann", password))(t).AuthenticationResult
		strange := did(f.from(t, "203.0.113.9", phone, "ann", password))(t)
		if strange.ChallengeName != types.ChallengeNameTypeSmsMfa {
			t.Fatalf("a strange sign-in led to %q", strange.ChallengeName)
		}
		type event struct{ Response, Decision, Level, Device, IP string }
		var got []event
		list := f.events(t, "ann", 3)
		for _, x := range list {
			got = append(got, event{string(x.EventResponse), string(x.EventRisk.RiskDecision), string(x.EventRisk.RiskLevel), aws.ToString(x.EventContextData.DeviceName), aws.ToString(x.EventContextData.IpAddress)})
		}
		want := []event{
			{"InProgress", "AccountTakeover", "Low", got[0].Device, "203.0.113.9"}, {"Pass", "NoRisk", "", got[1].Device, "192.0.2.1"}, {"Fail", "NoRisk", "", got[1].Device, "192.0.2.1"},
		}
		if diff := cmp.Diff(want, got); diff != "" || got[0].Device == got[1].Device {
			t.Errorf("the events (-want +got):\n%s", diff)
		}
		if id := parseJWT(t, *home.AccessToken).claims["event_id"]; id != *list[1].EventId {
			t.Errorf("the tokens are of event %v, the history has %s", id, *list[1].EventId)
		}
		did(f.AdminUpdateAuthEventFeedback(t.Context(), &cip.AdminUpdateAuthEventFeedbackInput{UserPoolId: &f.pool, Username: aws.String("ann"), EventId: list[1].EventId, FeedbackValue: "Valid"}))(t)
		said := f.noticeTo(t, mail)
		if said[1] != *list[0].EventId {
			t.Errorf("the user is told of %s", said[1])
		}
		did(f.UpdateAuthEventFeedback(t.Context(), &cip.UpdateAuthEventFeedbackInput{UserPoolId: &f.pool, Username: aws.String("ann"), EventId: &said[1], FeedbackToken: &said[2], FeedbackValue: "Invalid"}))(t)
		list = f.events(t, "ann", 3)
		if list[0].EventFeedback == nil || list[0].EventFeedback.FeedbackValue != "Invalid" || list[1].EventFeedback == nil || list[1].EventFeedback.FeedbackValue != "Valid" {
			t.Error("what was said is not in the history")
		}
		did(f.AdminDeleteUser(t.Context(), &cip.AdminDeleteUserInput{UserPoolId: &f.pool, Username: aws.String("ann")}))(t)
		_, err = f.UpdateAuthEventFeedback(t.Context(), &cip.UpdateAuthEventFeedbackInput{UserPoolId: &f.pool, Username: aws.String("ann"), EventId: &said[1], FeedbackToken: &said[2], FeedbackValue: "Invalid"})
		wantFault(t, err, "UserNotFoundException", "User does not exist.")
	})
}

var noticeForm = regexp.MustCompile(`event (\S+) token (\S+) end`)

// noticeTo waits for the notice to an address, which leaves behind the answer.
func (f *fixture) noticeTo(t *testing.T, to string) []string {
	t.Helper()
	for range 100 {
		for _, m := range did(f.srv.Messages(to))(t) {
			if found := noticeForm.FindStringSubmatch(m.Body); found != nil {
				return found
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("the user was told nothing")
	return nil
}

// Networks that are barred neither sign in nor sign up, and passwords that thieves know
// are refused wherever one is given.
func TestThreatsAreRefused(t *testing.T) {
	refuses(t, "AdminInitiateAuth", "NotAuthorizedException", "PasswordResetRequiredException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, func(in *cip.CreateUserPoolInput) {
			enforced(in)
			in.Policies.PasswordPolicy = &types.PasswordPolicyType{MinimumLength: aws.Int32(6)}
		})
		f.user(t, "ann")
		const known = "password1"
		_, err := f.AdminSetUserPassword(t.Context(), &cip.AdminSetUserPasswordInput{UserPoolId: &f.pool, Username: aws.String("ann"), Password: aws.String(known), Permanent: true})
		noError(t, err)
		before := did(f.from(t, "192.0.2.1", firefox, "ann", known))(t).AuthenticationResult
		did(f.SetRiskConfiguration(t.Context(), &cip.SetRiskConfigurationInput{
			UserPoolId: &f.pool,
			CompromisedCredentialsRiskConfiguration: &types.CompromisedCredentialsRiskConfigurationType{
				Actions: &types.CompromisedCredentialsActionsType{EventAction: types.CompromisedCredentialsEventActionTypeBlock},
			},
			RiskExceptionConfiguration: &types.RiskExceptionConfigurationType{BlockedIPRangeList: []string{"203.0.113.0/24"}},
		}))(t)
		_, err = f.from(t, "203.0.113.7", firefox, "ann", known)
		wantFault(t, err, "NotAuthorizedException", blocked)
		_, err = f.from(t, "192.0.2.1", firefox, "ann", known)
		wantFault(t, err, "PasswordResetRequiredException", "Password reset required for the user")
		_, err = f.ChangePassword(t.Context(), &cip.ChangePasswordInput{AccessToken: before.AccessToken, PreviousPassword: aws.String(known), ProposedPassword: aws.String("sunshine")})
		wantFault(t, err, "InvalidPasswordException", "Password is one that has been compromised.")
		_, err = f.SignUp(t.Context(), &cip.SignUpInput{ClientId: &f.client, Username: aws.String("new"), Password: aws.String(known)})
		wantFault(t, err, "InvalidPasswordException", "Password is one that has been compromised.")
		did(f.ChangePassword(t.Context(), &cip.ChangePasswordInput{AccessToken: before.AccessToken, PreviousPassword: aws.String(known), ProposedPassword: aws.String("Quite-0therwise")}))(t)
		did(f.from(t, "192.0.2.1", firefox, "ann", "Quite-0therwise"))(t)
		kinds := map[types.EventType]int{}
		for _, x := range f.events(t, "ann", 5) {
			kinds[x.EventType]++
		}
		if diff := cmp.Diff(map[types.EventType]int{"SignIn": 4, "PasswordChange": 1}, kinds); diff != "" {
			t.Errorf("the events (-want +got):\n%s", diff)
		}
		// The tests' own network.
		did(f.SetRiskConfiguration(t.Context(), &cip.SetRiskConfigurationInput{
			UserPoolId: &f.pool, RiskExceptionConfiguration: &types.RiskExceptionConfigurationType{BlockedIPRangeList: []string{"127.0.0.0/8"}},
		}))(t)
		_, err = f.trySignIn(t, "ann", "Quite-0therwise")
		wantFault(t, err, "NotAuthorizedException", blocked)
		_, err = f.SignUp(t.Context(), &cip.SignUpInput{ClientId: &f.client, Username: aws.String("new"), Password: aws.String("Quite-0therwise")})
		wantFault(t, err, "NotAuthorizedException", blocked)
	})
}

// A user signs up without a password where a code is enough to sign in.
func TestSignUpWithoutAPassword(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newChooser(t, e, func(in *cip.CreateUserPoolInput) {
			byCodes(in)
			in.AutoVerifiedAttributes = []types.VerifiedAttributeType{"email"}
		})
		mail := "ann-" + f.client + "@bare.example"
		did(f.SignUp(t.Context(), &cip.SignUpInput{ClientId: &f.client, Username: aws.String("ann"), UserAttributes: attrs("email=" + mail)}))(t)
		did(f.ConfirmSignUp(t.Context(), &cip.ConfirmSignUpInput{ClientId: &f.client, Username: aws.String("ann"), ConfirmationCode: aws.String(e.code(t, mail))}))(t)
		asked := did(f.beginChoice(t, "ann", "PREFERRED_CHALLENGE", "EMAIL_OTP"))(t)
		tokens, err := f.repeatFirst(t, "EMAIL_OTP", asked.Session, "ann", e.code(t, mail))
		f.wantTokens(t, "by code", tokens, err)
		choices := did(f.beginChoice(t, "ann"))(t).AvailableChallenges
		if diff := cmp.Diff([]types.ChallengeNameType{"EMAIL_OTP"}, choices); diff != "" {
			t.Error(diff)
		}
		for name, address := range map[string]string{"bob": "phone_number=+15555550178", "cyd": "name=Cyd"} {
			_, err := f.SignUp(t.Context(), &cip.SignUpInput{ClientId: &f.client, Username: &name, UserAttributes: attrs(address)})
			wantFaultNamed(t, name, err, "InvalidParameterException", "A password is required: the user cannot sign in with a code that the pool and the app client allow and the pool verifies.")
		}
	})
}
