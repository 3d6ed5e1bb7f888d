package stories

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// riddleARN names the function of custom sign-ins in the stories. It asks a riddle,
// after the password where the client proves that, and takes two wrong answers.
const riddleARN = "arn:aws:lambda:us-east-1:000000000000:function:riddle"

// round is a challenge that a sign-in has had.
type round struct {
	Name   string `json:"challengeName"`
	Passed bool   `json:"challengeResult"`
}

// riddle starts the function and returns the setting that says where it is.
func riddle(t *testing.T) string {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var event map[string]json.RawMessage
		var source string
		var request struct {
			Session []round           `json:"session"`
			Private map[string]string `json:"privateChallengeParameters"`
			Answer  string            `json:"challengeAnswer"`
		}
		body, err := io.ReadAll(r.Body)
		if err != nil || json.Unmarshal(body, &event) != nil || json.Unmarshal(event["triggerSource"], &source) != nil || json.Unmarshal(event["request"], &request) != nil {
			http.Error(w, "no event", http.StatusBadRequest)
			return
		}
		var response any
		switch source {
		case "DefineAuthChallenge_Authentication":
			response = afterRounds(request.Session)
		case "CreateAuthChallenge_Authentication":
			response = map[string]any{
				"publicChallengeParameters":  map[string]string{"riddle": "six times seven"},
				"privateChallengeParameters": map[string]string{"answer": "42"},
				"challengeMetadata":          "riddle",
			}
		case "VerifyAuthChallengeResponse_Authentication":
			response = map[string]bool{"answerCorrect": request.Answer == request.Private["answer"]}
		}
		if event["response"], err = json.Marshal(response); err == nil {
			err = json.NewEncoder(w).Encode(event)
		}
		if err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(srv.Close)
	return riddleARN + "=" + srv.URL
}

// afterRounds decides what comes next.
func afterRounds(rounds []round) map[string]any {
	wrong := 0
	for _, r := range rounds {
		if r.Name == "CUSTOM_CHALLENGE" && !r.Passed {
			wrong++
		}
	}
	last := round{}
	if len(rounds) > 0 {
		last = rounds[len(rounds)-1]
	}
	switch {
	case wrong > 2:
		return map[string]any{"failAuthentication": true}
	case last.Name == "SRP_A":
		return map[string]any{"challengeName": "PASSWORD_VERIFIER"}
	case last.Name == "CUSTOM_CHALLENGE" && last.Passed:
		return map[string]any{"issueTokens": true}
	}
	return map[string]any{"challengeName": "CUSTOM_CHALLENGE"}
}
