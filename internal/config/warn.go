package config

import (
	"net"
	"net/url"
	"strings"
)

// Warnings returns what is allowed but worth a line in the log at the start, in
// plain sentences without secrets.
func (c Config) Warnings() []string {
	var w []string
	for _, name := range c.UnknownEnv {
		w = append(w, name+" is no setting and is ignored; --help lists the variables")
	}
	if c.BeyondLoopback() {
		w = append(w, c.exposureWarnings()...)
	}
	if c.DatabaseUnsafeDurability {
		w = append(w, "--database-unsafe-durability: a crash of the database may lose confirmed changes")
	}
	if c.Email.Driver == "" {
		w = append(w, "--smtp-host is not set, nor another --email-driver: sending an e-mail answers CodeDeliveryFailureException")
	}
	if c.SMPP.Host != "" && c.SMPP.Security == "none" && !isLoopbackHost(c.SMPP.Host) {
		w = append(w, "--smpp-security none: text messages, their codes and the account's password cross the network unprotected")
	}
	if c.SMTP.Host != "" && c.SMTP.Security == "none" && !isLoopbackHost(c.SMTP.Host) {
		w = append(w, "--smtp-security none: messages and their codes cross the network unprotected")
	}
	w = append(w, webhookWarnings("--sms-webhook-url", envWebhookSecret, c.SMS.WebhookURL, c.SMS.WebhookSecret)...)
	w = append(w, webhookWarnings("--email-webhook-url", envEmailSecret, c.Email.WebhookURL, c.Email.WebhookSecret)...)
	return w
}

// exposureWarnings are those of a server that other machines can reach.
func (c Config) exposureWarnings() []string {
	var w []string
	if c.TLSCert == "" {
		w = append(w, "--listen can be reached from other machines without TLS: set --tls-cert and --tls-key, or put a proxy with TLS in front")
	}
	if c.Mode == ModeDev {
		w = append(w, "--inbox-unsafe-listen: everybody who can reach --listen can read every message and code")
	}
	if c.Mode == ModeServe && c.RateLimits == "off" {
		w = append(w, "--rate-limits off: nothing slows down floods of requests")
	}
	if host, _, err := net.SplitHostPort(c.Listen); err == nil && isWildcard(host) && strings.Contains(c.PublicURL, "://localhost") {
		w = append(w, "--public-url names localhost as the issuer of tokens, which other machines cannot reach; set it to the address that clients use")
	}
	return w
}

func webhookWarnings(setting, secretName, address string, secret Secret) []string {
	var w []string
	if address == "" {
		return nil
	}
	if u, err := url.Parse(address); err == nil && u.Scheme == "http" && !isLoopbackHost(u.Hostname()) {
		w = append(w, setting+" is not https: messages and their codes cross the network unprotected")
	}
	if !secret.IsSet() {
		w = append(w, secretName+" is not set: the receiver of "+setting+" cannot tell our posts from forged ones")
	}
	return w
}
