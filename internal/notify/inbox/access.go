package inbox

import (
	"net"
	"net/http"
	"strings"
)

// mayRead reports whether r is somebody looking at this server on purpose and
// not a web page that reaches for it from inside their browser.
//
// The Host check stops a foreign name that was pointed at this machine (DNS
// rebinding): to the browser such a page is of the same origin, and no other
// header tells it apart. Sec-Fetch-Site stops pages of other origins; a page of
// the same site, such as the app under development on another port, may link
// here but not fetch or embed. Programs send no such header and may read.
func (b *Inbox) mayRead(r *http.Request) bool {
	if !b.allowed(hostName(r.Host)) {
		return false
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return true
	case "same-site":
		return r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
	}
	return false
}

// hostName returns the name in a Host header, in lower case, without port and
// brackets.
func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

func isLoopbackName(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}
