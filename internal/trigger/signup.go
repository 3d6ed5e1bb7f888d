package trigger

import (
	"context"

	"poolhouse.dev/internal/user"
)

// NewUser is a user who is about to be made.
type NewUser struct {
	// Name is the user name that the user will have.
	Name string
	// Attributes are those that the request gives.
	Attributes user.Attributes
	// Validation is the request's ValidationData.
	Validation user.Attributes
	// ByAdmin says that an administrator makes the user.
	ByAdmin bool
}

type preSignUpRequest struct {
	UserAttributes map[string]string `json:"userAttributes"`
	ValidationData map[string]string `json:"validationData"`
	ClientMetadata map[string]string `json:"clientMetadata,omitempty"`
}

type preSignUpResponse struct {
	Confirm     bool `json:"autoConfirmUser"`
	VerifyEmail bool `json:"autoVerifyEmail"`
	VerifyPhone bool `json:"autoVerifyPhone"`
}

// PreSignUp asks the pool's trigger about a new user, before the user exists. A
// pool without the trigger decides nothing, and of a user whom an administrator
// makes the trigger can only refuse the making.
//
// Source: "Pre sign-up Lambda trigger" in the developer guide.
func (c *Caller) PreSignUp(ctx context.Context, o Occasion, n NewUser) (user.Admission, error) {
	arn := o.Pool.Settings.Triggers.PreSignUp
	if arn == "" {
		return user.Admission{}, nil
	}
	source := "PreSignUp_SignUp"
	if n.ByAdmin {
		source = "PreSignUp_AdminCreateUser"
	}
	request := preSignUpRequest{UserAttributes: plain(n.Attributes), ClientMetadata: o.ClientMetadata}
	if len(n.Validation) > 0 {
		request.ValidationData = plain(n.Validation)
	}
	var response preSignUpResponse
	err := c.call(ctx, "PreSignUp", arn, o.event(ctx, source, n.Name, request, preSignUpResponse{}), &response)
	if err != nil || n.ByAdmin {
		return user.Admission{}, err
	}
	return user.Admission(response), nil
}

// Occasions of PostConfirmation.
const (
	ConfirmSignUp         = "ConfirmSignUp"
	ConfirmForgotPassword = "ConfirmForgotPassword"
)

type postConfirmationRequest struct {
	UserAttributes map[string]string `json:"userAttributes"`
	ClientMetadata map[string]string `json:"clientMetadata,omitempty"`
}

// PostConfirmation tells the pool's trigger, on one of the occasions above, that
// a user is confirmed. That has happened, whatever the trigger answers; its
// failure is for the caller to know.
//
// Source: "Post confirmation Lambda trigger" in the developer guide.
func (c *Caller) PostConfirmation(ctx context.Context, o Occasion, occasion string, u *user.User) error {
	arn := o.Pool.Settings.Triggers.PostConfirmation
	if arn == "" {
		return nil
	}
	request := postConfirmationRequest{UserAttributes: attributesOf(u), ClientMetadata: o.ClientMetadata}
	return c.call(ctx, "PostConfirmation", arn, o.event(ctx, "PostConfirmation_"+occasion, u.Username, request, struct{}{}), &struct{}{})
}
