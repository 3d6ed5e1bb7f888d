package conformance

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"
)

// seenForm is what an answer shows but for what is random.
type seenForm struct {
	Challenge  types.ChallengeNameType
	Available  []types.ChallengeNameType
	Parameters map[string]int
	Session    int
	Fault      string
}

func formOf(name types.ChallengeNameType, available []types.ChallengeNameType, parameters map[string]string, session *string, err error) seenForm {
	if err != nil {
		f := faultOf(err)
		return seenForm{Fault: f.ErrorCode() + ": " + f.ErrorMessage()}
	}
	form := seenForm{Challenge: name, Available: available, Session: len(aws.ToString(session)), Parameters: map[string]int{}}
	for key, value := range parameters {
		if key != "SRP_B" { // which is shorter now and then
			form.Parameters[key] = len(value)
		}
	}
	return form
}

// A client that hides users cannot tell a name that nobody has from that of a user with
// a password and an address, nor from one who is disabled: not by the challenges, not by
// the forms and lengths of what is in them, not by what answers to them.
func TestChoiceHidesUsers(t *testing.T) {
	refuses(t, "InitiateAuth", "NotAuthorizedException")
	refuses(t, "RespondToAuthChallenge", "CodeMismatchException", "NotAuthorizedException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newChooser(t, e, beginningWith("PASSWORD", "EMAIL_OTP", "WEB_AUTHN"))
		f.passkeysFor(t, site, nil)
		f.client = f.choosing(t, func(in *cip.CreateUserPoolClientInput) { in.PreventUserExistenceErrors = "ENABLED" })
		f.user(t, "ann1", "email=a@b.example")
		f.user(t, "off1", "email=a@b.example")
		noError(t, userCalls["AdminDisableUser"](t.Context(), e.Client, &f.pool, aws.String("off1")))
		watch := func(name string) (forms []seenForm) {
			begin := func(pairs ...string) *string {
				out, err := f.beginChoice(t, name, pairs...)
				if err != nil {
					forms = append(forms, formOf("", nil, nil, nil, err))
					return nil
				}
				forms = append(forms, formOf(out.ChallengeName, out.AvailableChallenges, out.ChallengeParameters, out.Session, nil))
				return out.Session
			}
			respond := func(challenge types.ChallengeNameType, session *string, pairs ...string) *string {
				out, err := f.respondTo(t, challenge, session, name, pairs...)
				if err != nil {
					forms = append(forms, formOf("", nil, nil, nil, err))
					return nil
				}
				forms = append(forms, formOf(out.ChallengeName, nil, out.ChallengeParameters, out.Session, nil))
				return out.Session
			}
			public := newProofClient().publicValue()
			begin("PREFERRED_CHALLENGE", "WEB_AUTHN")
			begin("PREFERRED_CHALLENGE", "PASSWORD", "PASSWORD", "Wrong-Passw0rd")
			begin("PREFERRED_CHALLENGE", "PASSWORD_SRP", "SRP_A", public)
			respond("EMAIL_OTP", begin("PREFERRED_CHALLENGE", "EMAIL_OTP"), "EMAIL_OTP_CODE", "00000000")
			respond("SELECT_CHALLENGE", begin(), "ANSWER", "WEB_AUTHN")
			respond("PASSWORD", begin(), "PASSWORD", "Wrong-Passw0rd")
			respond("PASSWORD_SRP", begin(), "SRP_A", public)
			session := respond("SELECT_CHALLENGE", begin(), "ANSWER", "EMAIL_OTP")
			respond("EMAIL_OTP", session, "EMAIL_OTP_CODE", "00000000")
			respond("WEB_AUTHN", session, "CREDENTIAL", "{}")
			for range 2 { // the fifth locks
				respond("EMAIL_OTP", session, "EMAIL_OTP_CODE", "00000000")
			}
			return forms
		}
		want := watch("amy1")
		for _, name := range []string{"ann1", "off1"} {
			if diff := cmp.Diff(want, watch(name)); diff != "" {
				t.Errorf("%s against nobody (-nobody +user):\n%s", name, diff)
			}
		}
		if last := want[len(want)-1].Fault; !strings.HasSuffix(last, "Password attempts exceeded") {
			t.Errorf("in the end nobody is told %s", last)
		}
		if n := e.messages(t, "a@b.example"); n != 2 {
			t.Errorf("%d codes, want the two of the user who is enabled", n)
		}
	})
}

// Choice, codes and passkeys are not to be had in the LITE tier.
func TestChoiceNeedsEssentials(t *testing.T) {
	refuses(t, "CreateUserPool", "FeatureUnavailableInTierException")
	refuses(t, "UpdateUserPool", "FeatureUnavailableInTierException")
	refuses(t, "CreateUserPoolClient", "FeatureUnavailableInTierException")
	refuses(t, "UpdateUserPoolClient", "FeatureUnavailableInTierException")
	refuses(t, "InitiateAuth", "FeatureUnavailableInTierException")
	refuses(t, "AdminInitiateAuth", "FeatureUnavailableInTierException")
	onEachEngine(t, func(t *testing.T, e *env) {
		const code, text = "FeatureUnavailableInTierException", "The following features need to be disabled for the LITE pricing tier configured: Passwordless Sign-In"
		lite := newFixture(t, e, func(in *cip.CreateUserPoolInput) { in.UserPoolTier = "LITE" })
		const noChoice = "The following feature is not available for the LITE pricing tier configured: ALLOW_USER_AUTH"
		_, err := e.CreateUserPoolClient(t.Context(), &cip.CreateUserPoolClientInput{UserPoolId: &lite.pool, ClientName: aws.String("x"), ExplicitAuthFlows: []types.ExplicitAuthFlowsType{"ALLOW_USER_AUTH"}})
		wantFault(t, err, code, noChoice)
		_, err = e.UpdateUserPoolClient(t.Context(), &cip.UpdateUserPoolClientInput{UserPoolId: &lite.pool, ClientId: &lite.client, ExplicitAuthFlows: []types.ExplicitAuthFlowsType{"ALLOW_USER_AUTH"}})
		wantFault(t, err, code, noChoice)
		_, err = lite.beginChoice(t, "ann")
		wantFault(t, err, "InvalidParameterException", "USER_AUTH is not enabled for the client.")
		f := newPasskeyPool(t, e)
		a := f.withPasskey(t, "ann")
		options, session := f.askedForPasskey(t, "ann")
		for _, factor := range []types.AuthFactorType{"EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"} {
			policies := &types.UserPoolPolicyType{SignInPolicy: &types.SignInPolicyType{AllowedFirstAuthFactors: []types.AuthFactorType{"PASSWORD", factor}}}
			_, err := e.CreateUserPool(t.Context(), &cip.CreateUserPoolInput{PoolName: aws.String("x"), UserPoolTier: "LITE", Policies: policies})
			wantFault(t, err, code, text)
			_, err = e.UpdateUserPool(t.Context(), &cip.UpdateUserPoolInput{UserPoolId: &f.pool, UserPoolTier: "LITE", Policies: policies})
			wantFault(t, err, code, text)
		}
		// A pool that goes down to LITE and its client, which still allows the choice.
		did(e.UpdateUserPool(t.Context(), &cip.UpdateUserPoolInput{UserPoolId: &f.pool, UserPoolTier: "LITE", Policies: &types.UserPoolPolicyType{
			SignInPolicy: &types.SignInPolicyType{AllowedFirstAuthFactors: []types.AuthFactorType{"PASSWORD"}},
		}}))(t)
		_, err = f.usePasskey(t, session, "ann", did(a.Get(options))(t))
		wantFault(t, err, "NotAuthorizedException", badSession)
		_, err = f.beginChoice(t, "ann")
		wantFault(t, err, code, "USER_AUTH is not available for the LITE pricing tier configured.")
		_, err = e.AdminInitiateAuth(t.Context(), &cip.AdminInitiateAuthInput{UserPoolId: &f.pool, ClientId: &f.client, AuthFlow: "USER_AUTH", AuthParameters: map[string]string{"USERNAME": "ann"}})
		wantFault(t, err, code, "USER_AUTH is not available for the LITE pricing tier configured.")
		f.signIn(t, "ann")
	})
}
