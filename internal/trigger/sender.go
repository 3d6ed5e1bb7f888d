package trigger

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"

	"poolhouse.dev/internal/envelope"
	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

// senderName is the LambdaConfig key of a medium's sender.
func senderName(m notify.Medium) string {
	if m == notify.SMS {
		return "CustomSMSSender"
	}
	return "CustomEmailSender"
}

// senderTypes are the types of the senders' requests.
var senderTypes = map[notify.Medium]string{notify.Email: "customEmailSenderRequestV1", notify.SMS: "customSMSSenderRequestV1"}

// HasSender reports whether the pool's own function takes the messages of a medium.
func HasSender(p *pool.Pool, m notify.Medium) bool { return hookOf(p, m) != nil }

func hookOf(p *pool.Pool, m notify.Medium) *pool.VersionedHook {
	if m == notify.SMS {
		return p.Settings.Triggers.CustomSMSSender
	}
	return p.Settings.Triggers.CustomEmailSender
}

// SenderOf returns what the pool's own function for a medium is to be told with a
// message to target, which is the user's attribute or to become it; nil when the
// pool has no such function. userAgent is the caller's.
func SenderOf(o Occasion, userAgent string, u *user.User, m notify.Medium, attribute, target string) *notify.Sender {
	hook := hookOf(o.Pool, m)
	if hook == nil {
		return nil
	}
	known := attributesOf(u)
	known[attribute] = target
	return &notify.Sender{
		Function: hook.ARN, Key: o.Pool.Settings.Triggers.KMSKeyID, Region: o.Pool.Region,
		UserName: u.Username, ClientID: o.client(), SDKVersion: SDKVersion(userAgent),
		Attributes: known, ClientMetadata: o.ClientMetadata,
	}
}

type senderRequest struct {
	Type           string            `json:"type"`
	Code           string            `json:"code,omitempty"`
	ClientMetadata map[string]string `json:"clientMetadata"`
	UserAttributes map[string]string `json:"userAttributes"`
}

// Senders is a [notify.Driver] for the messages of pools with senders of their
// own: it encrypts the code and calls the function that takes it.
//
// Source: "Custom sender Lambda triggers" in the developer guide.
type Senders struct {
	caller *Caller
	keys   envelope.Key
}

// NewSenders returns a Senders that encrypts codes with keys.
func NewSenders(c *Caller, keys envelope.Key) *Senders { return &Senders{c, keys} }

// Send implements [notify.Driver]. What the function returns does not matter. One
// that fails or cannot be reached may succeed at another attempt.
func (s *Senders) Send(ctx context.Context, m notify.Message) error {
	if m.Sender == nil {
		return &notify.Refused{Reason: "the message is for no sender of a pool"}
	}
	code := ""
	if m.Kind != notify.AccountTakeOver { // which has none
		// A temporary password may hold what a page would take for markup.
		sealed, err := envelope.Encrypt(ctx, s.keys, m.Sender.Key, map[string]string{"userpool-id": m.PoolID}, []byte(html.EscapeString(m.Code)))
		if err != nil {
			return fmt.Errorf("encrypting the code for a sender: %w", err)
		}
		code = base64.StdEncoding.EncodeToString(sealed)
	}
	name := senderName(m.Medium)
	e := &event{
		Version: "1", Region: m.Sender.Region, UserPoolID: m.PoolID, UserName: m.Sender.UserName,
		CallerContext: callerContext{m.Sender.SDKVersion, m.Sender.ClientID},
		TriggerSource: name + "_" + string(m.Kind),
		Request: senderRequest{
			Type: senderTypes[m.Medium], Code: code,
			ClientMetadata: m.Sender.ClientMetadata, UserAttributes: m.Sender.Attributes,
		},
		Response: struct{}{},
	}
	return s.caller.tell(ctx, name, m.Sender.Function, e)
}

// errSenderFailed leaves out what the function said, which may hold the code.
var errSenderFailed = errors.New("the function ended with an error")

// tell calls a function whose answer does not matter.
func (c *Caller) tell(ctx context.Context, trigger, arn string, e *event) error {
	sent, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encoding an event: %w", err)
	}
	result, err := c.invoke(ctx, arn, sent)
	switch {
	case err != nil:
		c.config.Observe(trigger, "unanswered")
		return err
	case result.Failed:
		c.config.Observe(trigger, "failed")
		return errSenderFailed
	}
	c.config.Observe(trigger, "ok")
	return nil
}
