package app

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// sourceIP returns a function that tells where a request comes from: the
// connection's address, or, when that is a trusted proxy, the last address in
// X-Forwarded-For that is not one. No other header counts.
func sourceIP(trusted []netip.Prefix) func(*http.Request) string {
	isProxy := func(text string) bool {
		addr, err := netip.ParseAddr(text)
		return err == nil && slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(addr.Unmap()) })
	}
	return func(r *http.Request) string {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			host = r.RemoteAddr
		}
		if len(trusted) == 0 || !isProxy(host) {
			return host
		}
		return forwardedFor(r, host, isProxy)
	}
}

// forwardedFor returns where a request comes from that the proxy at host handed on.
func forwardedFor(r *http.Request, host string, isProxy func(string) bool) string {
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		hop = strings.TrimSpace(hop)
		if _, err := netip.ParseAddr(hop); err != nil {
			return host
		}
		if host = hop; !isProxy(hop) {
			break
		}
	}
	return host
}
