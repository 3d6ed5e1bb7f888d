// Package ses sends e-mail through Amazon SES, version 2 of its API, from the
// identity that the pool names or the server's own. It owns that request.
//
// Start with [Driver].
package ses

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/notify/awsapi"
)

// sendTime bounds one message, and is not more than the outbox gives.
const sendTime = 12 * time.Second

// Config says how mail leaves that no pool's identity is for.
type Config struct {
	// Access is the way to the API; required.
	Access *awsapi.Access
	// From is the sender for pools that name neither a sender nor an identity;
	// "" for none.
	From string
	// Region is where those pools' mail is sent; "" is the pool's own.
	Region string
}

// Driver is a [notify.Driver] for e-mail. It is safe for concurrent use.
type Driver struct{ cfg Config }

// New returns a driver. It does not connect.
func New(cfg Config) (*Driver, error) {
	if cfg.Access == nil {
		return nil, errors.New("ses: no access")
	}
	if cfg.From != "" {
		if _, err := notify.ParseSender(cfg.From); err != nil {
			return nil, fmt.Errorf("ses: sender: %w", err)
		}
	}
	return &Driver{cfg: cfg}, nil
}

// Send hands m to SES. It is refused with CauseEmailPolicy where the server may
// not send as the identity, and with CauseMessage for every other refusal: an
// unverified identity or recipient, a suspended account, an unknown
// configuration set.
func (d *Driver) Send(ctx context.Context, m notify.Message) error {
	if m.Medium != notify.Email {
		return &notify.Refused{Reason: "ses delivers e-mail only"}
	}
	if err := m.Check(); err != nil {
		return err
	}
	from := cmp.Or(m.From, senderOf(m.Via.IdentityARN), d.cfg.From)
	if from == "" {
		return &notify.Refused{Reason: "the pool names no sender and the server has none"}
	}
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	region := m.Via.Region
	if m.Via.IdentityARN == "" {
		region = cmp.Or(d.cfg.Region, region)
	}
	config, err := d.cfg.Access.Config(region)
	if err != nil {
		return err
	}
	_, err = api.NewFromConfig(config).SendEmail(ctx, compose(m, from))
	return awsapi.Judge("ses", err, notify.CauseEmailPolicy)
}

func compose(m notify.Message, from string) *api.SendEmailInput {
	in := &api.SendEmailInput{
		FromEmailAddress: &from,
		Destination:      &types.Destination{ToAddresses: []string{m.To}},
		Content: &types.EmailContent{Simple: &types.Message{
			Subject: text(m.Subject),
			Body:    &types.Body{Html: text(m.Body), Text: text(notify.PlainText(m.Body))},
		}},
	}
	if m.Via.IdentityARN != "" {
		in.FromEmailAddressIdentityArn = &m.Via.IdentityARN
	}
	if m.ReplyTo != "" {
		in.ReplyToAddresses = []string{m.ReplyTo}
	}
	if m.Via.ConfigurationSet != "" {
		in.ConfigurationSetName = &m.Via.ConfigurationSet
	}
	return in
}

func text(s string) *types.Content { return &types.Content{Data: &s, Charset: aws.String("UTF-8")} }

// senderOf returns the address that an identity sends as: itself, or no-reply at
// the domain that it is.
func senderOf(identity string) string {
	_, name, ok := strings.Cut(identity, ":identity/")
	if !ok || strings.Contains(name, "@") {
		return name
	}
	return "no-reply@" + name
}
