// Command greeter is a Lambda function for a user pool's triggers. What it does
// is chosen by the ClientMetadata of the call, and for custom sign-ins by words of the
// user's attribute profile: see custom.go.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"
)

// event is a trigger's event; what the function does not look at stays as it came.
type event map[string]json.RawMessage

type request struct {
	CodeParameter     string            `json:"codeParameter"`
	LinkParameter     string            `json:"linkParameter"`
	UsernameParameter *string           `json:"usernameParameter"`
	ValidationData    map[string]string `json:"validationData"`
	ClientMetadata    map[string]string `json:"clientMetadata"`
	customRequest
}

func main() { lambda.Start(handle) }

func handle(_ context.Context, e event) (any, error) {
	var source string
	var r request
	if err := errors.Join(json.Unmarshal(e["triggerSource"], &source), json.Unmarshal(e["request"], &r)); err != nil {
		return nil, err
	}
	wish := r.ClientMetadata
	if strings.HasPrefix(source, "PreAuthentication") { // which calls them otherwise
		wish = r.ValidationData
	}
	if only := wish["only"]; only != "" && !strings.HasPrefix(source, only) {
		wish = nil
	}
	switch wish["mode"] {
	case "throw":
		//lint:ignore ST1005 functions do say such things
		return nil, errors.New("Apikey non valida!")
	case "nothing":
		return nil, nil
	case "text":
		return "done", nil
	case "bare":
		return map[string]any{"response": map[string]any{}}, nil
	case "rename":
		e["userName"] = json.RawMessage(`"somebody"`)
		return e, nil
	case "big":
		return strings.Repeat("x", 7<<20), nil
	}
	response := map[string]any{}
	kind, _, _ := strings.Cut(source, "_")
	if r.wants("boom " + kind) {
		return nil, errors.New("boom")
	}
	switch kind {
	case "PreSignUp":
		if r.ValidationData["invitation"] == "forged" {
			return nil, errors.New("no such invitation")
		}
		response["autoConfirmUser"] = wish["confirm"] == "yes"
		response["autoVerifyEmail"] = wish["verify"] == "yes"
		response["autoVerifyPhone"] = false
	case "DefineAuthChallenge":
		r.define(response)
	case "CreateAuthChallenge":
		r.create(response)
	case "VerifyAuthChallengeResponse":
		response["answerCorrect"] = r.judge()
	case "CustomMessage":
		if wish["greeting"] == "" {
			return e, nil
		}
		text := wish["greeting"] + ", your code is " + r.CodeParameter
		if r.UsernameParameter != nil {
			text += ", " + *r.UsernameParameter
		}
		if wish["link"] == "yes" {
			text = wish["greeting"] + ", " + r.LinkParameter
		}
		response["emailSubject"] = wish["greeting"]
		response["emailMessage"], response["smsMessage"] = text, text
	}
	var err error
	e["response"], err = json.Marshal(response)
	return e, err
}
