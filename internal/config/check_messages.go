package config

import (
	"net/mail"
	"net/url"
)

func (c Config) checkSMTP(p *problems) {
	s := c.SMTP
	oneOf(p, "--smtp-security", s.Security, "starttls", "tls", "none")
	if s.Host == "" {
		c.checkNoSMTP(p)
		return
	}
	if !isHost(s.Host) {
		p.add("--smtp-host", "%q is not a host; write a name or an address, and the port in --smtp-port", s.Host)
	}
	// An unknown Security has no usual port; its own problem says enough.
	if s.Port < 0 || s.Port > 65535 {
		p.add("--smtp-port", "%d is not a port; choose 1 to 65535", s.Port)
	}
	if s.From == "" {
		p.add("--smtp-from", "is not set, but --smtp-host is; name the sender's address")
	} else if _, err := mail.ParseAddress(s.From); err != nil {
		p.add("--smtp-from", "%q is not an address; write one such as no-reply@example.com", s.From)
	}
	switch {
	case s.Username != "" && !s.Password.IsSet() && s.PasswordFile == "":
		p.add("--smtp-username", "needs a password; set %s or --smtp-password-file", envSMTPPassword)
	case s.Username == "" && s.Password.IsSet():
		p.add("--smtp-username", "is not set, but a password is; set both or neither")
	case s.Username != "" && s.Security == "none" && !isLoopbackHost(s.Host):
		p.add("--smtp-security", "none would send the password over the network for all to read; use starttls or tls")
	}
}

// checkNoSMTP refuses parts of a mail server without its host: the mail that
// they were meant for would never leave.
func (c Config) checkNoSMTP(p *problems) {
	const advice = "is set, but --smtp-host is not; set that too or remove this"
	if c.SMTP.Port != 0 {
		p.add("--smtp-port", advice)
	}
	if c.SMTP.Username != "" {
		p.add("--smtp-username", advice)
	}
	if c.SMTP.From != "" {
		p.add("--smtp-from", advice)
	}
	if c.SMTP.Password.IsSet() {
		p.add(envSMTPPassword, advice)
	}
}

func (c Config) checkSMS(p *problems) {
	if c.SMS.WebhookURL == "" {
		if c.SMS.WebhookSecret.IsSet() {
			p.add(envWebhookSecret, "is set, but --sms-webhook-url is not; set that too or remove this")
		}
		return
	}
	u, err := url.Parse(c.SMS.WebhookURL)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || !isHost(u.Hostname()) || !isPort(u.Port()):
		p.add("--sms-webhook-url", "not an http or https URL; write one such as https://sms.example.com/send")
	case u.User != nil:
		p.add("--sms-webhook-url", "has a user name in it; posts are signed with %s instead", envWebhookSecret)
	case u.Fragment != "":
		p.add("--sms-webhook-url", "has a fragment; remove it")
	}
}
