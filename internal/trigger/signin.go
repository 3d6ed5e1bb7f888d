package trigger

import (
	"context"

	"poolhouse.dev/internal/user"
)

type preAuthenticationRequest struct {
	UserAttributes map[string]string `json:"userAttributes"`
	ValidationData map[string]string `json:"validationData"`
	UserNotFound   *bool             `json:"userNotFound,omitempty"`
}

// PreAuthentication asks the pool's trigger whether somebody may try to sign in by a
// name; its error refuses. u is nil for a name that nobody has, which functions are
// told of by clients that hide who exists, and the ClientMetadata of the occasion is
// what they get as validationData.
//
// Source: "Pre authentication Lambda trigger" in the developer guide.
func (c *Caller) PreAuthentication(ctx context.Context, o Occasion, name string, u *user.User, hides bool) error {
	arn := o.Pool.Settings.Triggers.PreAuthentication
	if arn == "" {
		return nil
	}
	request := preAuthenticationRequest{UserAttributes: map[string]string{}, ValidationData: o.ClientMetadata}
	if u != nil {
		request.UserAttributes, name = attributesOf(u), u.Username
	}
	if hides {
		unknown := u == nil
		request.UserNotFound = &unknown
	}
	return c.call(ctx, "PreAuthentication", arn, o.event(ctx, "PreAuthentication_Authentication", name, request, struct{}{}), &struct{}{})
}

type postAuthenticationRequest struct {
	UserAttributes map[string]string `json:"userAttributes"`
	NewDeviceUsed  *bool             `json:"newDeviceUsed,omitempty"`
	ClientMetadata map[string]string `json:"clientMetadata,omitempty"`
}

// PostAuthentication tells the pool's trigger that a user has signed in, and whether
// from a device that is new; its error keeps the tokens back.
//
// Source: "Post authentication Lambda trigger" in the developer guide.
func (c *Caller) PostAuthentication(ctx context.Context, o Occasion, u *user.User, newDevice bool) error {
	arn := o.Pool.Settings.Triggers.PostAuthentication
	if arn == "" {
		return nil
	}
	request := postAuthenticationRequest{UserAttributes: attributesOf(u), ClientMetadata: o.ClientMetadata}
	if o.Pool.Settings.Devices != nil {
		request.NewDeviceUsed = &newDevice
	}
	return c.call(ctx, "PostAuthentication", arn, o.event(ctx, "PostAuthentication_Authentication", u.Username, request, struct{}{}), &struct{}{})
}
