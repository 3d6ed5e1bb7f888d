package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"poolhouse.dev/internal/outbound"
)

// hostForm allows the underscore, which no DNS host name has but the service
// names of container networks do.
var hostForm = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$`)

func isHost(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil || len(host) <= 253 && hostForm.MatchString(host)
}

// addressAdvice returns what is wrong with a host:port to listen on, or "".
func addressAdvice(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Sprintf("%q is not an address; write host:port such as 127.0.0.1:7665", addr)
	}
	if host != "" && !isHost(host) {
		return fmt.Sprintf("%q is not a host; write an address or a name", host)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || strconv.FormatUint(n, 10) != port {
		return fmt.Sprintf("port %q is not a number from 0 to 65535; write host:port such as 127.0.0.1:7665", port)
	}
	return ""
}

func (c Config) checkListen(p *problems) {
	if advice := addressAdvice(c.Listen); advice != "" {
		p.add("--listen", "%s", advice)
	} else if c.Mode == ModeDev && c.BeyondLoopback() && !c.Inbox.UnsafeListen {
		p.add("--listen", "%s can be reached from other machines, and dev shows every message and code; use 127.0.0.1, or add --inbox-unsafe-listen if that is meant", c.Listen)
	}
	if c.AdminListen == "" {
		return
	}
	switch advice := addressAdvice(c.AdminListen); {
	case advice != "":
		p.add("--admin-listen", "%s", advice)
	case beyondLoopback(c.AdminListen):
		// Metrics and profiles ask for no credentials.
		p.add("--admin-listen", "%s can be reached from other machines, and metrics and profiles ask for no password; use 127.0.0.1", c.AdminListen)
	case c.AdminListen == c.Listen && !strings.HasSuffix(c.Listen, ":0"):
		p.add("--admin-listen", "is the address of --listen; choose another port")
	}
}

func (c Config) checkPublicURL(p *problems) {
	if c.PublicURL == "" {
		return // port 0: known once the server is bound
	}
	u, err := url.Parse(c.PublicURL)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || !isHost(u.Hostname()) || !isPort(u.Port()):
		p.add("--public-url", "not an http or https URL; write one such as https://login.example.com")
	case u.User != nil:
		p.add("--public-url", "has a user name in it; write scheme, host and port only")
	case u.Path != "" || u.RawQuery != "" || u.ForceQuery || strings.Contains(c.PublicURL, "#"):
		p.add("--public-url", "has a path, query or fragment; write scheme, host and port only, such as https://login.example.com")
	}
}

// checkOutbound judges the form of the entries; whether they contradict another
// setting is told where that one is used.
func (c Config) checkOutbound(p *problems) {
	if _, err := outbound.New(outbound.Config{Allow: c.AllowOutbound}); err != nil {
		p.add(outbound.Setting, "%v", err)
	}
}

func isPort(port string) bool {
	if port == "" {
		return true
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0
}

func (c Config) checkTLS(p *problems) {
	switch {
	case c.TLSCert != "" && c.TLSKey == "":
		p.add("--tls-key", "is not set, but --tls-cert is; set both or neither")
	case c.TLSKey != "" && c.TLSCert == "":
		p.add("--tls-cert", "is not set, but --tls-key is; set both or neither")
	case c.TLSCert != "":
		checkReadable(p, "--tls-cert", c.TLSCert)
		checkReadable(p, "--tls-key", c.TLSKey)
	}
}

// databaseAdvice returns what is wrong with a database URL, or "". It repeats
// no part of the URL but its scheme, since a mistyped one may show its password
// anywhere.
func databaseAdvice(text string) string {
	const form = "write postgres://user:password@host:5432/name"
	scheme, _, found := strings.Cut(text, "://")
	switch {
	case !found:
		return "not a URL; " + form
	case scheme == "postgresql":
		return "begin it with postgres:// instead of postgresql://"
	case scheme != "postgres":
		return fmt.Sprintf("scheme %q is no database that is supported; %s, or leave it empty for the embedded one", scheme, form)
	}
	u, ok := parseDatabaseURL(text)
	if !ok {
		return "not a URL; " + form + " and percent-encode special characters of the password"
	}
	if u.Host == "" && u.Query().Get("host") == "" {
		return "names no host; " + form
	}
	return ""
}
