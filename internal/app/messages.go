package app

import (
	"fmt"
	"time"

	"poolhouse.dev/internal/config"
	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/notify/inbox"
	"poolhouse.dev/internal/notify/smtp"
	"poolhouse.dev/internal/notify/webhook"
)

// newDriver returns the way that messages leave: by the mail server and the
// webhook that are configured, and in dev, for what is not, into the inbox.
// senders takes the messages of pools that have functions for them.
func newDriver(c config.Config, box *inbox.Inbox, senders notify.Driver, now func() time.Time) (notify.Driver, error) {
	r := notify.Router{Sender: senders}
	if box != nil {
		r.Email, r.SMS = box, box
	}
	if c.SMTP.Host != "" {
		d, err := smtp.New(smtp.Config{
			Host: c.SMTP.Host, Port: c.SMTP.Port, Security: smtp.Security(c.SMTP.Security),
			Username: c.SMTP.Username, Password: c.SMTP.Password.Reveal(), From: c.SMTP.From,
		}, now)
		if err != nil {
			return nil, fmt.Errorf("--smtp-host: %w", err)
		}
		r.Email = d
	}
	if c.SMS.WebhookURL != "" {
		d, err := webhook.New(webhook.Config{URL: c.SMS.WebhookURL, Secret: c.SMS.WebhookSecret.Reveal()})
		if err != nil {
			return nil, fmt.Errorf("--sms-webhook-url: %w", err)
		}
		r.SMS = d
	}
	return r, nil
}
