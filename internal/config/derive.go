package config

import (
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
)

// derive fills in the defaults that depend on the mode or on other settings,
// and brings the public URL into its one form.
func (c *Config) derive() {
	if len(c.Regions) == 0 {
		c.Regions = []string{"us-east-1"}
		if c.Mode == ModeDev {
			c.Regions = []string{AnyRegion}
		}
	}
	if c.RateLimits == "" {
		c.RateLimits = "default"
		if c.Mode == ModeDev {
			c.RateLimits = "off"
		}
	}
	if c.KeyFile == "" && !c.MasterKey.IsSet() {
		c.KeyFile = filepath.Join(c.Data, "master.key")
	}
	if c.NextKeyFile == "" && c.KeyFile != "" && !c.NextMasterKey.IsSet() {
		c.NextKeyFile = c.KeyFile + ".next"
	}
	if c.Log.Format == "" {
		c.Log.Format = "json"
	}
	if c.SMTP.Host != "" && c.SMTP.Port == 0 {
		c.SMTP.Port = map[string]int{"starttls": 587, "tls": 465, "none": 25}[c.SMTP.Security]
	}
	if c.SMPP.Host != "" && c.SMPP.Port == 0 {
		c.SMPP.Port = map[string]int{"tls": 3550, "none": 2775}[c.SMPP.Security]
	}
	c.deriveDrivers()
	switch {
	case c.PublicURL != "":
		c.PublicURL = canonicalBase(c.PublicURL)
	case addressAdvice(c.Listen) == "" && !strings.HasSuffix(c.Listen, ":0"):
		c.PublicURL = c.PublicURLFor(c.Listen)
	}
}

// deriveDrivers chooses the ways of messages among those that are configured.
func (c *Config) deriveDrivers() {
	fallback := ""
	if c.Mode == ModeDev {
		fallback = DriverInbox
	}
	if c.Email.Driver == "" {
		switch c.Email.Driver = fallback; {
		case c.SMTP.Host != "":
			c.Email.Driver = DriverSMTP
		case c.Email.WebhookURL != "":
			c.Email.Driver = DriverWebhook
		}
	}
	if c.SMS.Driver == "" {
		switch c.SMS.Driver = fallback; {
		case c.SMPP.Host != "":
			c.SMS.Driver = DriverSMPP
		case c.SMS.WebhookURL != "":
			c.SMS.Driver = DriverWebhook
		}
	}
	c.Amazon.SES = c.Amazon.SES || c.Email.Driver == DriverSES
}

// PublicURLFor returns the issuer base of a server that is bound to addr
// (host:port): PublicURL if that is set, otherwise one made of addr, with
// localhost for an address that stands for all of the machine's. It returns ""
// if addr is not host:port.
func (c Config) PublicURLFor(addr string) string {
	if c.PublicURL != "" {
		return c.PublicURL
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return ""
	}
	if isWildcard(host) {
		host = "localhost"
	}
	scheme, usual := "http", "80"
	if c.TLSCert != "" {
		scheme, usual = "https", "443"
	}
	if port != usual {
		return scheme + "://" + net.JoinHostPort(host, port)
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return scheme + "://" + host
}

// canonicalBase lowers scheme and host and drops the slash at the end, so that
// one server has one issuer however its URL was typed. What is not a URL is
// returned unchanged for check to refuse.
func canonicalBase(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return text
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if u.Path == "/" {
		u.Path = ""
	}
	return u.String()
}

// BeyondLoopback reports whether machines other than this one can reach Listen.
func (c Config) BeyondLoopback() bool { return beyondLoopback(c.Listen) }

// beyondLoopback is true for every host that is not certain to be this machine,
// names other than localhost included.
func beyondLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return true
	}
	return !isLoopbackHost(host)
}

func isLoopbackHost(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

func isWildcard(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "" || err == nil && addr.Unmap().IsUnspecified()
}
