package app

import (
	"fmt"
	"time"

	"poolhouse.dev/internal/config"
	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/notify/awsapi"
	"poolhouse.dev/internal/notify/inbox"
	"poolhouse.dev/internal/notify/ses"
	"poolhouse.dev/internal/notify/smpp"
	"poolhouse.dev/internal/notify/smtp"
	"poolhouse.dev/internal/notify/sns"
	"poolhouse.dev/internal/notify/webhook"
	"poolhouse.dev/internal/outbound"
)

// ways makes the drivers of messages; each is made where a setting chooses it.
type ways struct {
	config config.Config
	policy *outbound.Policy
	// inbox is nil outside of dev.
	inbox *inbox.Inbox
	now   func() time.Time
}

// newDriver returns the way that messages leave: the one that is chosen for each
// medium, and SES for pools that send from an identity of their own, where that
// is switched on. senders takes the messages of pools that have functions for them.
func newDriver(c config.Config, policy *outbound.Policy, box *inbox.Inbox, senders notify.Driver, now func() time.Time) (notify.Router, error) {
	w := ways{config: c, policy: policy, inbox: box, now: now}
	r := notify.Router{Sender: senders}
	var err error
	if r.Email, err = w.email(); err != nil {
		return r, err
	}
	if r.SMS, err = w.sms(); err != nil {
		return r, err
	}
	if c.Amazon.SES {
		if r.OwnEmail, err = w.ses(); err != nil {
			return r, err
		}
	}
	return r, nil
}

func (w ways) email() (notify.Driver, error) {
	e := w.config.Email
	switch e.Driver {
	case config.DriverSMTP:
		return w.smtp()
	case config.DriverSES:
		return w.ses()
	case config.DriverWebhook:
		return w.webhook("--email-webhook-url", e.WebhookURL, e.WebhookSecret)
	case config.DriverInbox:
		return w.inbox, nil
	}
	return nil, nil
}

func (w ways) sms() (notify.Driver, error) {
	s := w.config.SMS
	switch s.Driver {
	case config.DriverSNS:
		return w.sns()
	case config.DriverSMPP:
		return w.smpp()
	case config.DriverWebhook:
		return w.webhook("--sms-webhook-url", s.WebhookURL, s.WebhookSecret)
	case config.DriverInbox:
		return w.inbox, nil
	}
	return nil, nil
}

func (w ways) smtp() (notify.Driver, error) {
	s := w.config.SMTP
	named, err := w.policy.Naming("--smtp-host", s.Host)
	if err != nil {
		return nil, err
	}
	d, err := smtp.New(smtp.Config{
		Host: s.Host, Port: s.Port, Security: smtp.Security(s.Security),
		Username: s.Username, Password: s.Password.Reveal(), From: s.From, Dial: named.DialContext,
	}, w.now)
	if err != nil {
		return nil, fmt.Errorf("--smtp-host: %w", err)
	}
	return d, nil
}

func (w ways) smpp() (notify.Driver, error) {
	s := w.config.SMPP
	named, err := w.policy.Naming("--smpp-host", s.Host)
	if err != nil {
		return nil, err
	}
	d, err := smpp.New(smpp.Config{
		Host: s.Host, Port: s.Port, TLS: s.Security == "tls", SystemID: s.SystemID, Password: s.Password.Reveal(),
		SystemType: s.SystemType, Source: s.Source, Dial: named.DialContext,
	})
	if err != nil {
		return nil, fmt.Errorf("--smpp settings: %w", err)
	}
	return d, nil
}

func (w ways) webhook(setting, address string, secret config.Secret) (notify.Driver, error) {
	named, err := namingURL(w.policy, setting, address)
	if err != nil {
		return nil, err
	}
	d, err := webhook.New(webhook.Config{URL: address, Secret: secret.Reveal(), Client: named.Client(outbound.Limits{})})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", setting, err)
	}
	return d, nil
}

func (w ways) ses() (notify.Driver, error) {
	access, err := w.amazon("--ses")
	if err != nil {
		return nil, err
	}
	d, err := ses.New(ses.Config{Access: access, From: w.config.Amazon.SESFrom, Region: w.config.Amazon.SESRegion})
	if err != nil {
		return nil, fmt.Errorf("--ses-from: %w", err)
	}
	return d, nil
}

func (w ways) sns() (notify.Driver, error) {
	access, err := w.amazon("--sms-driver")
	if err != nil {
		return nil, err
	}
	return sns.New(access), nil
}

// amazon returns the way to Amazon's APIs, which the setting has switched on.
func (w ways) amazon(setting string) (*awsapi.Access, error) {
	endpoint := w.config.Amazon.Endpoint
	if endpoint != "" {
		setting = "--aws-endpoint"
	}
	named, err := namingAWS(w.policy, setting, endpoint)
	if err != nil {
		return nil, err
	}
	return awsapi.New(endpoint, named.Client(outbound.Limits{})), nil
}
