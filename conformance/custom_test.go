package conformance

import (
	"encoding/json"
	"strings"
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/conformance/functions"
)

// atCustom has the pool's function decide custom sign-ins, and nothing else.
func atCustom(in *cip.CreateUserPoolInput) {
	arn := in.LambdaConfig.PreSignUp
	in.LambdaConfig = &types.LambdaConfigType{DefineAuthChallenge: arn, CreateAuthChallenge: arn, VerifyAuthChallengeResponse: arn}
}

// withCustom is withFunctions in a pool of custom sign-ins, with a client of all flows.
func withCustom(t *testing.T, change func(*cip.CreateUserPoolInput), test func(t *testing.T, f *fixture, r *functions.Runtime)) {
	t.Helper()
	withFunctions(t, func(in *cip.CreateUserPoolInput) {
		atCustom(in)
		if change != nil {
			change(in)
		}
	}, func(t *testing.T, f *fixture, r *functions.Runtime) {
		f.client = f.everyFlow(t)
		test(t, f, r)
	})
}

// byQuestions begins a custom sign-in; more are further parameters.
func (f *fixture) byQuestions(t *testing.T, name string, more ...string) (*stage, error) {
	t.Helper()
	return f.enterBy(t, "CUSTOM_AUTH", joined(wish("USERNAME", name), wish(more...)))
}

// says answers a custom challenge.
func (f *fixture) says(t *testing.T, s *stage, name, answer string) (*stage, error) {
	t.Helper()
	return f.answerTo(t, s, nil, wish("USERNAME", name, "ANSWER", answer))
}

// passwordOf is the prover of a user's password in the pool.
func (f *fixture) passwordOf(name string) *prover {
	return newProver(f.pool[strings.IndexByte(f.pool, '_')+1:], name, password)
}

// customEvent is what is compared of an event.
type customEvent struct {
	TriggerSource, UserName string
	Request                 map[string]any
}

func customEvents(t *testing.T, f *fixture, r *functions.Runtime) (list []customEvent) {
	t.Helper()
	for _, event := range r.Events(f.pool) {
		var e struct {
			customEvent
			Response map[string]any
		}
		noError(t, json.Unmarshal(event, &e))
		if len(e.Response) != 0 {
			t.Errorf("response %v", e.Response)
		}
		if attributes, ok := e.Request["userAttributes"].(map[string]any); ok {
			delete(attributes, "sub")
		}
		list = append(list, e.customEvent)
	}
	return list
}

const (
	define = "DefineAuthChallenge_Authentication"
	create = "CreateAuthChallenge_Authentication"
	judge  = "VerifyAuthChallengeResponse_Authentication"
)

// rounds are the session member of an event: names of challenges, those that were not
// passed with a minus, and for custom ones the metadata of their round.
func rounds(names ...string) []any {
	list := []any{}
	for i, name := range names {
		bare := strings.TrimPrefix(name, "-")
		round := map[string]any{"challengeName": bare, "challengeResult": bare == name}
		if bare == "CUSTOM_CHALLENGE" {
			round["challengeMetadata"] = "ROUND_" + string(rune('0'+i))
		}
		list = append(list, round)
	}
	return list
}

// A custom sign-in by questions: the challenges that a client sees, the events member by
// member, and a wrong answer that the functions forgive.
func TestCustomSignIn(t *testing.T) {
	covers(t, "InitiateAuth")
	covers(t, "RespondToAuthChallenge")
	covers(t, "AdminInitiateAuth")
	covers(t, "AdminRespondToAuthChallenge")
	withCustom(t, nil, func(t *testing.T, f *fixture, r *functions.Runtime) {
		f.user(t, "ann", "name=Ann")
		out := did(f.InitiateAuth(t.Context(), &cip.InitiateAuthInput{
			ClientId: &f.client, AuthFlow: "CUSTOM_AUTH", AuthParameters: wish("USERNAME", "ann"), ClientMetadata: wish("begin", "1"),
		}))(t)
		s := &stage{out.ChallengeName, out.Session, out.ChallengeParameters, out.AuthenticationResult}
		shown := func() {
			t.Helper()
			wantStage(t, s, nil, "CUSTOM_CHALLENGE")
			if diff := cmp.Diff(wish("USERNAME", "ann", "question", "6 x 7"), s.parameters); diff != "" || s.session == nil {
				t.Errorf("parameters (-want +got):\n%s", diff)
			}
		}
		shown()
		s = did(f.answerTo(t, s, wish("second", "2"), wish("USERNAME", "ann", "ANSWER", "41")))(t)
		shown()
		s = did(f.says(t, s, "ann", "42"))(t)
		wantStage(t, s, nil, "")
		f.own(t, s.tokens.AccessToken)
		f.refresh(t, *s.tokens.RefreshToken)

		request := func(pairs ...any) map[string]any {
			m := map[string]any{"userAttributes": map[string]any{"cognito:user_status": "CONFIRMED", "name": "Ann"}}
			for i := 0; i+1 < len(pairs); i += 2 {
				m[pairs[i].(string)] = pairs[i+1]
			}
			return m
		}
		kept := map[string]any{"answer": "42", "padding": ""}
		second := map[string]any{"second": "2"}
		once, twice := rounds("-CUSTOM_CHALLENGE"), rounds("-CUSTOM_CHALLENGE", "CUSTOM_CHALLENGE")
		want := []customEvent{
			{define, "ann", request("session", rounds())},
			{create, "ann", request("session", rounds(), "challengeName", "CUSTOM_CHALLENGE")},
			{judge, "ann", request("privateChallengeParameters", kept, "challengeAnswer", "41", "clientMetadata", second)},
			{define, "ann", request("session", once, "clientMetadata", second)},
			{create, "ann", request("session", once, "challengeName", "CUSTOM_CHALLENGE", "clientMetadata", second)},
			{judge, "ann", request("privateChallengeParameters", kept, "challengeAnswer", "42")},
			{define, "ann", request("session", twice)},
		}
		if diff := cmp.Diff(want, customEvents(t, f, r)); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		s = did(f.adminEntersBy(t, "CUSTOM_AUTH", wish("USERNAME", "ann")))(t)
		wantStage(t, s, nil, "CUSTOM_CHALLENGE")
		wantStage(t, did(f.adminAnswersTo(t, s, wish("USERNAME", "ann", "ANSWER", "42")))(t), nil, "")
	})
}
