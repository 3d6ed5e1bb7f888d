package conformance

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"poolhouse.dev/conformance/functions"
)

const (
	unrecognized = "Unrecognizable lambda output"
	usedSession  = "Invalid session for the user, session can only be used once."
)

// What functions decide against a sign-in, and what they say that cannot be used.
func TestCustomSignInsThatFail(t *testing.T) {
	for _, operation := range []string{"InitiateAuth", "RespondToAuthChallenge"} {
		refuses(t, operation, "NotAuthorizedException", "InvalidLambdaResponseException", "UserLambdaValidationException")
	}
	withCustom(t, nil, func(t *testing.T, f *fixture, r *functions.Runtime) {
		const refused, garbled, failed = "NotAuthorizedException", "InvalidLambdaResponseException", "UserLambdaValidationException"
		f.user(t, "ann")
		// The third wrong answer is not forgiven, or the first one already.
		s := did(f.byQuestions(t, "ann"))(t)
		for range 2 {
			s = wantStage(t, did(f.says(t, s, "ann", "41"))(t), nil, "CUSTOM_CHALLENGE")
		}
		_, err := f.says(t, s, "ann", "41")
		wantFault(t, err, refused, wrongLogin)
		_, err = f.says(t, s, "ann", "42")
		wantFault(t, err, refused, usedSession)
		f.user(t, "strict", "profile=strict")
		_, err = f.says(t, did(f.byQuestions(t, "strict"))(t), "strict", "41")
		wantFault(t, err, refused, wrongLogin)
		for profile, want := range map[string][2]string{
			"refuse": {refused, wrongLogin},
			"silent": {garbled, unrecognized},
			"fancy":  {garbled, unrecognized},
			"proof":  {garbled, unrecognized}, // nobody sent the beginning of one
			"list":   {garbled, unrecognized},
		} {
			f.user(t, profile, "profile="+profile)
			_, err := f.byQuestions(t, profile)
			wantFaultNamed(t, profile, err, want[0], want[1])
		}
		for _, source := range []string{"DefineAuthChallenge", "CreateAuthChallenge"} {
			f.user(t, source, "profile=boom "+source)
			_, err := f.byQuestions(t, source)
			wantFaultNamed(t, source, err, failed, source+" failed with error boom.")
		}
		// Whichever of the functions fails, the session is spent and the next sign-in
		// is as good as any.
		for _, source := range []string{"VerifyAuthChallengeResponse", "DefineAuthChallenge", "CreateAuthChallenge"} {
			for mode, want := range map[string][2]string{
				"throw": {failed, source + " failed with error Apikey non valida!."}, "nothing": {garbled, "Invalid JSON"}, "bare": {garbled, unrecognized},
				"rename": {garbled, "Invalid user name. User name in Lambda mismatches the actual username."},
			} {
				s := did(f.byQuestions(t, "ann"))(t)
				_, err := f.answerTo(t, s, wish("only", source, "mode", mode), wish("USERNAME", "ann", "ANSWER", "41"))
				wantFaultNamed(t, source+" "+mode, err, want[0], want[1])
				_, err = f.says(t, s, "ann", "42")
				wantFaultNamed(t, source+" "+mode+", again", err, refused, usedSession)
			}
		}
		wantStage(t, did(f.says(t, did(f.byQuestions(t, "ann"))(t), "ann", "42"))(t), nil, "")
	})
}

// A pool that lacks one of the functions.
func TestCustomSignInWithoutFunctions(t *testing.T) {
	withFunctions(t, nil, func(t *testing.T, f *fixture, _ *functions.Runtime) {
		f.client = f.everyFlow(t)
		f.user(t, "ann")
		arn := *did(f.DescribeUserPool(t.Context(), &cip.DescribeUserPoolInput{UserPoolId: &f.pool}))(t).UserPool.LambdaConfig.PreSignUp
		set := func(c *types.LambdaConfigType) {
			t.Helper()
			did(f.UpdateUserPool(t.Context(), &cip.UpdateUserPoolInput{UserPoolId: &f.pool, LambdaConfig: c}))(t)
		}
		lacks := func(err error, name string) {
			t.Helper()
			wantFault(t, err, "InvalidLambdaResponseException", name+" is not configured for the user pool.")
		}
		_, err := f.byQuestions(t, "ann")
		lacks(err, "DefineAuthChallenge")
		set(&types.LambdaConfigType{DefineAuthChallenge: &arn})
		_, err = f.byQuestions(t, "ann")
		lacks(err, "CreateAuthChallenge")
		set(&types.LambdaConfigType{DefineAuthChallenge: &arn, CreateAuthChallenge: &arn})
		_, err = f.says(t, did(f.byQuestions(t, "ann"))(t), "ann", "42")
		lacks(err, "VerifyAuthChallengeResponse")
	})
}

// Sessions that were answered, ran out, or are of another user, client, pool or
// challenge, and those of a user who is signed out or gone.
func TestCustomSessionsAreBound(t *testing.T) {
	skipElsewhere(t)
	withClock(t, func(t *testing.T, e *env, c *clock) {
		makePool := func() *fixture {
			f := newFixture(t, e, func(in *cip.CreateUserPoolInput) {
				in.LambdaConfig = &types.LambdaConfigType{PreSignUp: aws.String(greetGo)}
				atCustom(in)
			})
			f.client = f.everyFlow(t)
			f.user(t, "ann")
			f.user(t, "bob")
			return f
		}
		f, elsewhere := makePool(), makePool()
		const refused, badSession = "NotAuthorizedException", "Invalid session for the user."
		s := did(f.byQuestions(t, "ann"))(t)
		try := func(name string, f *fixture, s *stage, user, message string) {
			t.Helper()
			_, err := f.says(t, s, user, "42")
			wantFaultNamed(t, name, err, refused, message)
		}
		other := *f
		other.client = f.everyFlow(t)
		try("another user", f, s, "bob", badSession)
		try("nobody", f, s, "nobody", badSession)
		try("another client", &other, s, "ann", badSession)
		try("another pool", elsewhere, s, "ann", badSession)
		try("garbage", f, &stage{challenge: s.challenge, session: aws.String("AYABeKq0Zm9yZ2VkLWJ5LW5vYm9keQ")}, "ann", badSession)
		_, err := f.answerTo(t, &stage{challenge: "SMS_MFA", session: s.session}, nil, wish("USERNAME", "ann", "SMS_MFA_CODE", "123456"))
		wantFault(t, err, refused, badSession)
		_, err = f.answerTo(t, s, nil, wish("USERNAME", "ann"))
		wantFault(t, err, "InvalidParameterException", "Missing required parameter ANSWER")
		_, err = f.answerTo(t, &stage{challenge: s.challenge}, nil, wish("USERNAME", "ann", "ANSWER", "42"))
		wantFault(t, err, "InvalidParameterException", "Missing required parameter Session")
		wantTally(t, race(8, func(int) error {
			_, err := f.says(t, s, "ann", "42")
			return err
		}), map[string]int{"": 1, refused + ": " + usedSession: 7})

		late := did(f.byQuestions(t, "ann"))(t)
		c.advance(3 * time.Minute)
		try("late", f, late, "ann", "Invalid session for the user, session is expired.")

		out := did(f.byQuestions(t, "ann"))(t)
		noError(t, userCalls["AdminUserGlobalSignOut"](t.Context(), e.Client, &f.pool, aws.String("ann")))
		try("signed out", f, out, "ann", badSession)
		off := did(f.byQuestions(t, "ann"))(t)
		noError(t, userCalls["AdminDisableUser"](t.Context(), e.Client, &f.pool, aws.String("ann")))
		try("disabled", f, off, "ann", "User is disabled.")
		_, err = f.byQuestions(t, "ann")
		wantFault(t, err, refused, "User is disabled.")
		gone := did(f.byQuestions(t, "bob"))(t)
		noError(t, userCalls["AdminDeleteUser"](t.Context(), e.Client, &f.pool, aws.String("bob")))
		try("gone", f, gone, "bob", badSession)
		f.user(t, "bob")
		try("another of the name", f, gone, "bob", badSession)
	})
}
