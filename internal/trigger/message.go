package trigger

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/user"
)

// Placeholders as a message event names them.
const (
	codeParameter     = "{####}"
	linkParameter     = "{##Click Here##}"
	usernameParameter = "{username}"
)

type customMessageRequest struct {
	UserAttributes    map[string]string `json:"userAttributes"`
	CodeParameter     string            `json:"codeParameter"`
	LinkParameter     string            `json:"linkParameter"`
	UsernameParameter *string           `json:"usernameParameter"`
	ClientMetadata    map[string]string `json:"clientMetadata,omitempty"`
}

type customMessageResponse struct {
	SMSMessage   *string `json:"smsMessage"`
	EmailMessage *string `json:"emailMessage"`
	EmailSubject *string `json:"emailSubject"`
}

// CustomMessage asks the pool's trigger for the texts of a message of the kind.
// A text that it does not give, or that could not be sent, is "" and leaves the
// pool's own in place: a body without a place for the code (an invitation needs
// one for the user name too), one shorter than 6 characters or longer than the
// 140 of a text message or the 20,000 of an e-mail, and a subject that is not
// one line of 1 to 140 characters. Where the pool confirms by link, a body may
// have a place for the link instead of the one for the code.
//
// Source: "Custom message Lambda trigger" in the developer guide.
func (c *Caller) CustomMessage(ctx context.Context, o Occasion, kind notify.Kind, u *user.User) (notify.Texts, error) {
	arn := o.Pool.Settings.Triggers.CustomMessage
	if arn == "" {
		return notify.Texts{}, nil
	}
	request := customMessageRequest{
		UserAttributes: attributesOf(u), CodeParameter: codeParameter, LinkParameter: linkParameter, ClientMetadata: o.ClientMetadata,
	}
	places := []string{codeParameter}
	if kind == notify.Invitation {
		name := usernameParameter
		request.UsernameParameter = &name
		places = append(places, usernameParameter)
	}
	hasPlaces := func(text string) bool {
		return !slices.ContainsFunc(places, func(place string) bool { return !strings.Contains(text, place) })
	}
	fitsEmail := hasPlaces
	if o.Pool.ConfirmsByLink() && kind.MayLink() {
		fitsEmail = func(text string) bool { return hasPlaces(text) || notify.HasLink(text) }
	}
	var response customMessageResponse
	err := c.call(ctx, "CustomMessage", arn, o.event(ctx, "CustomMessage_"+string(kind), u.Username, request, customMessageResponse{}), &response)
	if err != nil {
		return notify.Texts{}, err
	}
	return notify.Texts{
		EmailSubject: usable(response.EmailSubject, 1, 140, notify.IsOneLine),
		EmailBody:    usable(response.EmailMessage, 6, 20_000, fitsEmail),
		SMSBody:      usable(response.SMSMessage, 6, 140, hasPlaces),
	}, nil
}

// usable returns the text if it is between shortest and longest characters long
// and fits, or else "".
func usable(text *string, shortest, longest int, fits func(string) bool) string {
	if text == nil {
		return ""
	}
	if n := utf8.RuneCountInString(*text); n < shortest || n > longest || !fits(*text) {
		return ""
	}
	return *text
}
