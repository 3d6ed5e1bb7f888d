package trigger

import (
	"bytes"
	"encoding/json"

	"poolhouse.dev/internal/fault"
)

// Texts of answers that are none.
const (
	notJSON      = "Invalid JSON"
	unrecognized = "Unrecognizable lambda output"
	otherUser    = "Invalid user name. User name in Lambda mismatches the actual username."
)

// judge makes sure that a function returned the event that it was sent, with its
// response filled in, and reads that into response. What the function did to the
// request is its own affair, and so are members of the response that the trigger
// does not know. The fault is InvalidLambdaResponseException.
func judge(sent *event, payload []byte, response any) error {
	if trimmed := bytes.TrimSpace(payload); !json.Valid(trimmed) || bytes.Equal(trimmed, []byte("null")) {
		return fault.InvalidLambdaResponse(notJSON)
	}
	var got struct {
		Version       *string         `json:"version"`
		Region        *string         `json:"region"`
		UserPoolID    *string         `json:"userPoolId"`
		UserName      *string         `json:"userName"`
		CallerContext map[string]any  `json:"callerContext"`
		TriggerSource *string         `json:"triggerSource"`
		Request       map[string]any  `json:"request"`
		Response      json.RawMessage `json:"response"`
	}
	d := json.NewDecoder(bytes.NewReader(payload))
	d.DisallowUnknownFields()
	if d.Decode(&got) != nil {
		return fault.InvalidLambdaResponse(unrecognized)
	}
	for _, x := range []struct {
		got  *string
		want string
	}{
		{got.Version, sent.Version}, {got.Region, sent.Region}, {got.UserPoolID, sent.UserPoolID}, {got.TriggerSource, sent.TriggerSource},
	} {
		if x.got == nil || *x.got != x.want {
			return fault.InvalidLambdaResponse(unrecognized)
		}
	}
	if got.UserName == nil || got.CallerContext == nil || got.Request == nil || !bytes.HasPrefix(got.Response, []byte("{")) {
		return fault.InvalidLambdaResponse(unrecognized)
	}
	if *got.UserName != sent.UserName {
		return fault.InvalidLambdaResponse(otherUser)
	}
	if json.Unmarshal(got.Response, response) != nil {
		return fault.InvalidLambdaResponse(unrecognized)
	}
	return nil
}
