package main

import (
	"fmt"
	"strings"
)

// round is one challenge of a custom sign-in.
type round struct {
	Challenge string `json:"challengeName"`
	Passed    bool   `json:"challengeResult"`
}

// customRequest is what the events of custom sign-ins have beside the others.
type customRequest struct {
	UserAttributes map[string]string `json:"userAttributes"`
	UserNotFound   bool              `json:"userNotFound"`
	Session        []round           `json:"session"`
	Private        map[string]string `json:"privateChallengeParameters"`
	Answer         string            `json:"challengeAnswer"`
}

// wants reports whether a word is in the user's profile.
func (r *customRequest) wants(word string) bool {
	return strings.Contains(r.UserAttributes["profile"], word)
}

// define decides what is next. A wrong answer is forgiven twice, or never where the
// profile says "strict".
func (r *customRequest) define(response map[string]any) {
	wrong, last := 0, round{}
	for _, x := range r.Session {
		if last = x; x.Challenge == "CUSTOM_CHALLENGE" && !x.Passed {
			wrong++
		}
	}
	switch {
	case r.wants("silent"):
	case r.wants("fancy"):
		response["challengeName"] = "FANCY"
	case r.wants("proof"):
		response["challengeName"] = "PASSWORD_VERIFIER"
	case r.wants("refuse"):
		response["failAuthentication"] = true
		response["issueTokens"] = true // which says less than the other
	case last.Challenge == "CUSTOM_CHALLENGE" && last.Passed:
		response["issueTokens"] = true
	case wrong > 2 || wrong > 0 && r.wants("strict"):
		response["issueTokens"], response["failAuthentication"] = false, true
	case last.Challenge == "SRP_A" && !r.wants("early"):
		response["challengeName"] = "PASSWORD_VERIFIER"
	default:
		response["challengeName"] = "CUSTOM_CHALLENGE"
	}
}

// create asks a question, whose answer it keeps from the client.
func (r *customRequest) create(response map[string]any) {
	private := map[string]string{"answer": "42", "padding": ""}
	if r.wants("big") {
		private["padding"] = strings.Repeat("p", 50<<10)
	}
	response["publicChallengeParameters"] = map[string]string{"question": "6 x 7"}
	if r.wants("list") {
		response["publicChallengeParameters"] = []string{"6 x 7"}
	}
	response["privateChallengeParameters"] = private
	response["challengeMetadata"] = fmt.Sprintf("ROUND_%d", len(r.Session))
}

// judge reports whether the answer is right; all of what create kept has to be there.
// For nobody no answer is, but "trust me", which is for everybody.
func (r *customRequest) judge() bool {
	size := 0
	if r.wants("big") {
		size = 50 << 10
	}
	if len(r.Private["padding"]) != size {
		return false
	}
	return r.Answer == r.Private["answer"] && !r.UserNotFound || r.Answer == "trust me"
}
