package conformance

import (
	"encoding/json"
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/conformance/functions"
)

// atSignIn has the pool's function called around each sign-in, and not before.
func atSignIn(in *cip.CreateUserPoolInput) {
	arn := in.LambdaConfig.PreSignUp
	in.LambdaConfig = &types.LambdaConfigType{PreAuthentication: arn, PostAuthentication: arn}
}

// signInTelling signs a user in with ClientMetadata, as an administrator or not.
func (f *fixture) signInTelling(t *testing.T, admin bool, name, password string, metadata map[string]string) (*types.AuthenticationResultType, error) {
	t.Helper()
	parameters := map[string]string{"USERNAME": name, "PASSWORD": password}
	if admin {
		out, err := f.AdminInitiateAuth(t.Context(), &cip.AdminInitiateAuthInput{
			UserPoolId: &f.pool, ClientId: &f.client, AuthFlow: "ADMIN_USER_PASSWORD_AUTH", AuthParameters: parameters, ClientMetadata: metadata,
		})
		if err != nil {
			return nil, err
		}
		return out.AuthenticationResult, nil
	}
	out, err := f.InitiateAuth(t.Context(), &cip.InitiateAuthInput{ClientId: &f.client, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters: parameters, ClientMetadata: metadata})
	if err != nil {
		return nil, err
	}
	return out.AuthenticationResult, nil
}

// answerWith answers a demand for a new password with ClientMetadata.
func (f *fixture) answerWith(t *testing.T, admin bool, session *string, name string, metadata map[string]string) error {
	t.Helper()
	responses := map[string]string{"USERNAME": name, "NEW_PASSWORD": password}
	if admin {
		_, err := f.AdminRespondToAuthChallenge(t.Context(), &cip.AdminRespondToAuthChallengeInput{
			UserPoolId: &f.pool, ClientId: &f.client, ChallengeName: "NEW_PASSWORD_REQUIRED", Session: session, ChallengeResponses: responses, ClientMetadata: metadata,
		})
		return err
	}
	_, err := f.RespondToAuthChallenge(t.Context(), &cip.RespondToAuthChallengeInput{
		ClientId: &f.client, ChallengeName: "NEW_PASSWORD_REQUIRED", Session: session, ChallengeResponses: responses, ClientMetadata: metadata,
	})
	return err
}

// The functions around a sign-in get the service's events, member by member; those of
// a refresh get none.
func TestEventsOfSignIns(t *testing.T) {
	withFunctions(t, atSignIn, func(t *testing.T, f *fixture, r *functions.Runtime) {
		f.user(t, "ann", "name=Ann")
		tokens := did(f.signInTelling(t, false, "ann", password, wish("a", "1")))(t)
		f.refresh(t, *tokens.RefreshToken)
		_, err := f.signInTelling(t, true, "ann", "Wrong-Passw0rd", nil)
		wantFault(t, err, "NotAuthorizedException", wrongLogin)
		noError(t, f.answerWith(t, false, f.invited(t, "bob").Session, "bob", wish("b", "2")))
		_, err = f.trySignIn(t, "nobody", password)
		wantFault(t, err, "UserNotFoundException", "User does not exist.")
		f.client = f.newClient(t, func(in *cip.CreateUserPoolClientInput) { in.PreventUserExistenceErrors = "ENABLED" })
		for _, name := range []string{"ann", "nobody"} {
			_, err = f.trySignIn(t, name, "Wrong-Passw0rd")
			wantFault(t, err, "NotAuthorizedException", wrongLogin)
		}
		type occasion struct {
			Source, User string
			Request      map[string]any
		}
		var got []occasion
		for _, event := range r.Events(f.pool) {
			var e struct {
				TriggerSource, UserName string
				Request                 map[string]any
				Response                map[string]any
			}
			noError(t, json.Unmarshal(event, &e))
			if len(e.Response) != 0 {
				t.Errorf("response %v", e.Response)
			}
			if attributes := e.Request["userAttributes"].(map[string]any); len(attributes) > 0 {
				delete(attributes, "sub")
			}
			got = append(got, occasion{e.TriggerSource, e.UserName, e.Request})
		}
		const before, after = "PreAuthentication_Authentication", "PostAuthentication_Authentication"
		known := func(status string, pairs ...string) map[string]any {
			m := map[string]any{"cognito:user_status": status}
			for i := 0; i+1 < len(pairs); i += 2 {
				m[pairs[i]] = pairs[i+1]
			}
			return m
		}
		ann := known("CONFIRMED", "name", "Ann")
		want := []occasion{
			{before, "ann", map[string]any{"userAttributes": ann, "validationData": map[string]any{"a": "1"}}},
			{after, "ann", map[string]any{"userAttributes": ann}},
			{before, "ann", map[string]any{"userAttributes": ann, "validationData": nil}},
			{before, "bob", map[string]any{"userAttributes": known("FORCE_CHANGE_PASSWORD"), "validationData": nil}},
			{after, "bob", map[string]any{"userAttributes": known("CONFIRMED"), "clientMetadata": map[string]any{"b": "2"}}},
			{before, "ann", map[string]any{"userAttributes": ann, "validationData": nil, "userNotFound": false}},
			{before, "nobody", map[string]any{"userAttributes": map[string]any{}, "validationData": nil, "userNotFound": true}},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}

// A function that refuses a sign-in, or answers something else, keeps the tokens back;
// one that is asked first keeps the password from being judged.
func TestFunctionsRefuseSignIns(t *testing.T) {
	const failed, garbled = "UserLambdaValidationException", "InvalidLambdaResponseException"
	for _, operation := range []string{"InitiateAuth", "AdminInitiateAuth", "RespondToAuthChallenge", "AdminRespondToAuthChallenge"} {
		refuses(t, operation, failed, garbled)
	}
	withFunctions(t, atSignIn, func(t *testing.T, f *fixture, r *functions.Runtime) {
		f.user(t, "ann")
		for _, admin := range []bool{false, true} {
			for range 8 { // more than wrong passwords would be judged
				_, err := f.signInTelling(t, admin, "ann", "Wrong-Passw0rd", wish("mode", "throw"))
				wantFault(t, err, failed, "PreAuthentication failed with error Apikey non valida!.")
			}
			_, err := f.signInTelling(t, admin, "ann", password, wish("mode", "nothing"))
			wantFault(t, err, garbled, "Invalid JSON")
			did(f.signInTelling(t, admin, "ann", password, nil))(t)
			for mode, want := range map[string][2]string{
				"throw": {failed, "PostAuthentication failed with error Apikey non valida!."}, "bare": {garbled, "Unrecognizable lambda output"},
			} {
				name := unique("new")
				session := f.invited(t, name).Session
				wantFault(t, f.answerWith(t, admin, session, name, wish("mode", mode)), want[0], want[1])
				did(f.signInTelling(t, admin, name, password, nil))(t) // the password was set before
			}
		}
	})
}
