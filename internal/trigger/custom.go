package trigger

import (
	"context"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/user"
)

// Round is one challenge of a custom sign-in, as functions are told of it.
type Round struct {
	Challenge string `json:"challengeName"`
	Passed    bool   `json:"challengeResult"`
	// Metadata is what the function that made a custom challenge wants to know of
	// it later; nil for none and for other challenges.
	Metadata *string `json:"challengeMetadata,omitempty"`
}

// CustomSignIn is a custom sign-in that is under way.
type CustomSignIn struct {
	// Name is the name of the user, or the one that was typed where nobody has it.
	Name string
	// User is nil for nobody.
	User *user.User
	// Hides says that functions are told whether the user exists, since the client
	// is not to tell.
	Hides  bool
	Rounds []Round
}

// Decision is what is next in a custom sign-in: tokens, the end, or a challenge.
type Decision struct {
	Challenge    string
	Tokens, Fail bool
}

// customRequest has what all three events tell.
type customRequest struct {
	UserAttributes map[string]string `json:"userAttributes"`
	ClientMetadata map[string]string `json:"clientMetadata,omitempty"`
	UserNotFound   *bool             `json:"userNotFound,omitempty"`
}

func (s *CustomSignIn) request(o Occasion) (customRequest, string) {
	r, name := customRequest{UserAttributes: map[string]string{}, ClientMetadata: o.ClientMetadata}, s.Name
	if s.User != nil {
		r.UserAttributes, name = attributesOf(s.User), s.User.Username
	}
	if s.Hides {
		unknown := s.User == nil
		r.UserNotFound = &unknown
	}
	return r, name
}

// rounds are those of the sign-in, [] for none.
func (s *CustomSignIn) rounds() []Round {
	if s.Rounds == nil {
		return []Round{}
	}
	return s.Rounds
}

// DefineAuthChallenge asks the pool's trigger what is next. A pool without it, and
// an answer that decides nothing, are faults.
//
// Source: "Define auth challenge Lambda trigger" in the developer guide.
func (c *Caller) DefineAuthChallenge(ctx context.Context, o Occasion, s *CustomSignIn) (Decision, error) {
	arn := o.Pool.Settings.Triggers.DefineAuthChallenge
	if arn == "" {
		return Decision{}, notConfigured("DefineAuthChallenge")
	}
	common, name := s.request(o)
	request := struct {
		customRequest
		Session []Round `json:"session"`
	}{common, s.rounds()}
	var d struct {
		Challenge *string `json:"challengeName"`
		Tokens    *bool   `json:"issueTokens"`
		Fail      *bool   `json:"failAuthentication"`
	}
	if err := c.call(ctx, "DefineAuthChallenge", arn, o.event(ctx, "DefineAuthChallenge_Authentication", name, request, struct{}{}), &d); err != nil {
		return Decision{}, err
	}
	decision := Decision{Tokens: d.Tokens != nil && *d.Tokens, Fail: d.Fail != nil && *d.Fail}
	if d.Challenge != nil {
		decision.Challenge = *d.Challenge
	}
	if !decision.Tokens && !decision.Fail && decision.Challenge == "" {
		return Decision{}, fault.InvalidLambdaResponse(unrecognized)
	}
	return decision, nil
}

// CustomChallenge is one that a function made.
type CustomChallenge struct {
	// Public is what the client is shown, Private what the function that judges the
	// answer is told.
	Public   map[string]string `json:"publicChallengeParameters"`
	Private  map[string]string `json:"privateChallengeParameters"`
	Metadata *string           `json:"challengeMetadata"`
}

// CreateAuthChallenge lets the pool's trigger make a custom challenge.
//
// Source: "Create auth challenge Lambda trigger" in the developer guide.
func (c *Caller) CreateAuthChallenge(ctx context.Context, o Occasion, s *CustomSignIn, challenge string) (CustomChallenge, error) {
	arn := o.Pool.Settings.Triggers.CreateAuthChallenge
	if arn == "" {
		return CustomChallenge{}, notConfigured("CreateAuthChallenge")
	}
	common, name := s.request(o)
	request := struct {
		customRequest
		Challenge string  `json:"challengeName"`
		Session   []Round `json:"session"`
	}{common, challenge, s.rounds()}
	var made CustomChallenge
	err := c.call(ctx, "CreateAuthChallenge", arn, o.event(ctx, "CreateAuthChallenge_Authentication", name, request, struct{}{}), &made)
	return made, err
}

// VerifyAuthChallenge asks the pool's trigger whether an answer to a custom
// challenge is right.
//
// Source: "Verify auth challenge response Lambda trigger" in the developer guide.
func (c *Caller) VerifyAuthChallenge(ctx context.Context, o Occasion, s *CustomSignIn, private map[string]string, answer string) (bool, error) {
	arn := o.Pool.Settings.Triggers.VerifyAuthChallenge
	if arn == "" {
		return false, notConfigured("VerifyAuthChallengeResponse")
	}
	common, name := s.request(o)
	request := struct {
		customRequest
		Private map[string]string `json:"privateChallengeParameters"`
		Answer  string            `json:"challengeAnswer"`
	}{common, private, answer}
	var response struct {
		Correct *bool `json:"answerCorrect"`
	}
	err := c.call(ctx, "VerifyAuthChallengeResponse", arn, o.event(ctx, "VerifyAuthChallengeResponse_Authentication", name, request, struct{}{}), &response)
	return err == nil && response.Correct != nil && *response.Correct, err
}

// notConfigured is the fault of a custom sign-in to a pool that lacks a function for it.
func notConfigured(name string) error {
	return fault.InvalidLambdaResponse(name + " is not configured for the user pool.")
}
