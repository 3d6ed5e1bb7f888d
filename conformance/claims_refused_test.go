package conformance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// Answers of functions that make claims, and that are none.
var (
	unusableFirst = []string{
		`{"claimsOverrideDetails":{"claimsToAddOrOverride":{"a":1}}}`,
		`{"claimsOverrideDetails":{"claimsToAddOrOverride":{"a":["x"]}}}`,
		`{"claimsOverrideDetails":{"claimsToAddOrOverride":["a"]}}`,
		`{"claimsOverrideDetails":{"claimsToSuppress":"a"}}`,
		`{"claimsOverrideDetails":{"groupOverrideDetails":["a"]}}`,
		`{"claimsOverrideDetails":{"groupOverrideDetails":{"groupsToOverride":"a"}}}`,
		`{"claimsOverrideDetails":"a"}`,
		`[]`, `null`, `"a"`,
	}
	unusableLater = []string{
		`{"claimsAndScopeOverrideDetails":{"idTokenGeneration":[]}}`,
		`{"claimsAndScopeOverrideDetails":{"idTokenGeneration":{"claimsToAddOrOverride":"a"}}}`,
		`{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{"claimsToSuppress":{}}}}`,
		`{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{"scopesToAdd":["a b"]}}}`,
		`{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{"scopesToAdd":[""]}}}`,
		`{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{"scopesToAdd":[1]}}}`,
		`{"claimsAndScopeOverrideDetails":{"groupOverrideDetails":{"preferredRole":1}}}`,
		`{"claimsAndScopeOverrideDetails":{"idTokenGeneration":{"claimsToAddOrOverride":{"a":{"b":1,"b":2}}}}}`,
		`{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{"claimsToAddOrOverride":{"a":"` + "\xff" + `"}}}}`,
	}
)

// A function that fails or answers something else keeps the tokens back, at a sign-in
// and at a refresh in each way; the refresh token is as good as before.
func TestClaimsThatAreRefused(t *testing.T) {
	const failed, garbled, absent = "UserLambdaValidationException", "InvalidLambdaResponseException", "UnexpectedLambdaException"
	for _, operation := range []string{"InitiateAuth", "AdminInitiateAuth", "RespondToAuthChallenge", "AdminRespondToAuthChallenge", "GetTokensFromRefreshToken"} {
		refuses(t, operation, failed, garbled, absent)
	}
	for version, unusable := range map[types.PreTokenGenerationLambdaVersionType][]string{"V1_0": unusableFirst, "V2_0": unusableLater} {
		t.Run(string(version), func(t *testing.T) {
			withScript(t, makingClaims(version), func(t *testing.T, f *fixture, s *script) {
				f.user(t, "ann")
				tokens := f.signIn(t, "ann")
				all := func(what, code, message string) {
					t.Helper()
					for _, admin := range []bool{false, true} {
						_, err := f.signInTelling(t, admin, "ann", password, nil)
						wantFaultNamed(t, what+", sign-in", err, code, message)
						_, err = f.initiate(t, admin, "REFRESH_TOKEN_AUTH", map[string]string{"REFRESH_TOKEN": *tokens.RefreshToken})
						wantFaultNamed(t, what+", REFRESH_TOKEN_AUTH", err, code, message)
						name := unique("new")
						wantFaultNamed(t, what+", new password", f.answerWith(t, admin, f.invited(t, name).Session, name, nil), code, message)
					}
					_, err := f.exchange(t, f.client, tokens.RefreshToken, nil)
					wantFaultNamed(t, what+", GetTokensFromRefreshToken", err, code, message)
				}
				for _, answer := range unusable {
					s.answers(answer)
					all(answer, garbled, "Unrecognizable lambda output")
				}
				s.throws("no tokens today")
				all("throws", failed, "PreTokenGeneration failed with error no tokens today.")
				const nowhere = "arn:aws:lambda:us-east-1:000000000000:function:nowhere"
				hook := &types.LambdaConfigType{PreTokenGeneration: aws.String(nowhere)}
				did(f.UpdateUserPool(t.Context(), &cip.UpdateUserPoolInput{UserPoolId: &f.pool, LambdaConfig: hook}))(t)
				all("nowhere", absent, "PreTokenGeneration invocation failed due to error ResourceNotFoundException: no --lambda setting says where "+nowhere+" is.")
				did(f.UpdateUserPool(t.Context(), &cip.UpdateUserPoolInput{UserPoolId: &f.pool}))(t)
				f.signIn(t, "ann")
				f.refresh(t, *tokens.RefreshToken)
			})
		})
	}
}

// With rotation a function that fails does not use the refresh token up, and a token
// that was used is refused, and its sign-in ended, without a function being asked.
func TestFailingClaimsAndRotation(t *testing.T) {
	withScript(t, makingClaims("V2_0"), func(t *testing.T, f *fixture, s *script) {
		f.user(t, "ann")
		f.client = f.byRotation(t, 0)
		first := f.signIn(t, "ann").RefreshToken
		for range 3 {
			s.throws("no")
			_, err := f.exchange(t, f.client, first, nil)
			wantFault(t, err, "UserLambdaValidationException", "PreTokenGeneration failed with error no.")
			s.answers(`{"claimsAndScopeOverrideDetails":3}`)
			_, err = f.exchange(t, f.client, first, nil)
			wantFault(t, err, "InvalidLambdaResponseException", "Unrecognizable lambda output")
		}
		s.answers(`{"claimsAndScopeOverrideDetails":{"idTokenGeneration":{"claimsToAddOrOverride":{"round":2}}}}`)
		got := did(f.exchange(t, f.client, first, nil))(t)
		if parseJWT(t, *got.IdToken).claims["round"] != 2.0 || got.RefreshToken == nil {
			t.Errorf("exchanged for %+v", got)
		}
		s.heard()
		s.throws("no")
		_, err := f.exchange(t, f.client, first, nil)
		wantFault(t, err, "RefreshTokenReuseException", reusedRefresh)
		_, err = f.exchange(t, f.client, got.RefreshToken, nil)
		wantFault(t, err, "NotAuthorizedException", revokedRefresh)
		if events := s.heard(); len(events) > 0 {
			t.Errorf("the function was asked for tokens that nobody gets: %v", events)
		}
	})
}
