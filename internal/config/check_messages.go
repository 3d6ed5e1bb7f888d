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

// checkDrivers refuses a way of messages that does not exist or lacks what it
// needs.
func (c Config) checkDrivers(p *problems) {
	email, sms := []string{DriverSMTP, DriverSES, DriverWebhook}, []string{DriverSNS, DriverSMPP, DriverWebhook}
	if c.Mode == ModeDev {
		email, sms = append(email, DriverInbox), append(sms, DriverInbox)
	}
	if c.Email.Driver != "" {
		oneOf(p, "--email-driver", c.Email.Driver, email...)
	}
	if c.SMS.Driver != "" {
		oneOf(p, "--sms-driver", c.SMS.Driver, sms...)
	}
	if c.Email.Driver == DriverSMTP && c.SMTP.Host == "" {
		p.add("--email-driver", "is smtp, but --smtp-host is not set; set it or choose another way")
	}
	checkWebhook(p, "email", envEmailSecret, c.Email.Driver, c.Email.WebhookURL, c.Email.WebhookSecret)
	checkWebhook(p, "sms", envWebhookSecret, c.SMS.Driver, c.SMS.WebhookURL, c.SMS.WebhookSecret)
	c.checkSMPP(p)
	c.checkAmazon(p)
}

// checkSMPP judges the message centre; package smpp knows the forms of its fields.
func (c Config) checkSMPP(p *problems) {
	s := c.SMPP
	oneOf(p, "--smpp-security", s.Security, "tls", "none")
	if s.Host == "" {
		if s.Port != 0 || s.SystemID != "" || s.SystemType != "" || s.Source != "" || s.Password.IsSet() {
			p.add("--smpp-host", "is not set, but other settings of --smpp are; set it or remove them")
		}
		if c.SMS.Driver == DriverSMPP {
			p.add("--sms-driver", "is smpp, but --smpp-host is not set; set it or choose another way")
		}
		return
	}
	if !isHost(s.Host) {
		p.add("--smpp-host", "%q is not a host; write a name or an address, and the port in --smpp-port", s.Host)
	}
	if s.Port < 0 || s.Port > 65535 {
		p.add("--smpp-port", "%d is not a port; choose 1 to 65535", s.Port)
	}
	if s.SystemID == "" {
		p.add("--smpp-system-id", "is not set, but --smpp-host is; name the account at the message centre")
	}
}

// checkWebhook judges the webhook of a medium, whose settings begin with prefix.
func checkWebhook(p *problems, prefix, secretName, driver, address string, secret Secret) {
	setting := "--" + prefix + "-webhook-url"
	if address == "" {
		if secret.IsSet() {
			p.add(secretName, "is set, but %s is not; set that too or remove this", setting)
		}
		if driver == DriverWebhook {
			p.add("--"+prefix+"-driver", "is webhook, but %s is not set; set it or choose another way", setting)
		}
		return
	}
	u, err := url.Parse(address)
	switch {
	case !isWebURL(u, err):
		p.add(setting, "not an http or https URL; write one such as https://%s.example.com/send", prefix)
	case u.User != nil:
		p.add(setting, "has a user name in it; posts carry %s instead", secretName)
	case u.Fragment != "":
		p.add(setting, "has a fragment; remove it")
	}
}

func isWebURL(u *url.URL, err error) bool {
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && isHost(u.Hostname()) && isPort(u.Port())
}

func (c Config) checkAmazon(p *problems) {
	a := c.Amazon
	if c.Email.Driver == DriverSES && a.SESFrom == "" {
		p.add("--ses-from", "is not set, but --email-driver is ses; name the sender's address")
	}
	if a.SESFrom != "" {
		if _, err := mail.ParseAddress(a.SESFrom); err != nil {
			p.add("--ses-from", "%q is not an address; write one such as no-reply@example.com", a.SESFrom)
		}
	}
	if a.SESRegion != "" && !regionForm.MatchString(a.SESRegion) {
		p.add("--ses-region", "%q is not a region; write one such as us-east-1", a.SESRegion)
	}
	if !a.SES && (a.SESFrom != "" || a.SESRegion != "") {
		p.add("--ses-from", "and --ses-region count with --ses or --email-driver ses; set one or remove them")
	}
	if a.Endpoint == "" {
		return
	}
	if u, err := url.Parse(a.Endpoint); !isWebURL(u, err) || u.User != nil {
		p.add("--aws-endpoint", "not an http or https URL without a user name; write one such as http://127.0.0.1:5000")
	}
}
