package app_test

import (
	"net/http"
	"net/netip"
	"testing"

	"poolhouse.dev/internal/app"
)

// TestSourceIP has what no test over a loopback connection can show: every form
// of address that a connection or a proxy may have.
func TestSourceIP(t *testing.T) {
	proxies := []string{"10.0.0.0/8", "192.0.2.7/32", "2001:db8:ffff::/48"}
	tests := map[string]struct {
		trusted   []string
		remote    string
		forwarded []string
		want      string
	}{
		"no proxies: the connection":         {nil, "203.0.113.9:1234", []string{"198.51.100.1"}, "203.0.113.9"},
		"a stranger's header does not count": {proxies, "203.0.113.9:1234", []string{"198.51.100.1"}, "203.0.113.9"},
		"a proxy's header counts":            {proxies, "10.1.2.3:1234", []string{"198.51.100.1"}, "198.51.100.1"},
		"a proxy without a header":           {proxies, "10.1.2.3:1234", nil, "10.1.2.3"},
		"a proxy with an empty header":       {proxies, "10.1.2.3:1234", []string{""}, "10.1.2.3"},
		"what the client claims is left out": {proxies, "10.1.2.3:1234", []string{"127.0.0.1, 1.1.1.1, 198.51.100.1"}, "198.51.100.1"},
		"a chain of proxies":                 {proxies, "10.1.2.3:1234", []string{"1.1.1.1,198.51.100.1 , 192.0.2.7,\t10.9.9.9"}, "198.51.100.1"},
		"proxies all the way":                {proxies, "10.1.2.3:1234", []string{"10.0.0.1, 10.0.0.2"}, "10.0.0.1"},
		"nonsense behind a proxy's address":  {proxies, "10.1.2.3:1234", []string{"_hidden, 10.0.0.2"}, "10.0.0.2"},
		"an address with a port":             {proxies, "10.1.2.3:1234", []string{"198.51.100.1:99"}, "10.1.2.3"},
		"IPv6":                               {proxies, "[2001:db8:ffff::1]:1234", []string{"2001:db8::9"}, "2001:db8::9"},
		"IPv6 of a stranger":                 {proxies, "[2001:db8::1]:1234", []string{"198.51.100.1"}, "2001:db8::1"},
		"IPv4 written as IPv6":               {proxies, "[::ffff:10.1.2.3]:1234", []string{"198.51.100.1"}, "198.51.100.1"},
		"a zone is no part of a prefix":      {[]string{"fe80::/10"}, "[fe80::1%eth0]:1234", []string{"198.51.100.1"}, "fe80::1%eth0"},
		"no port":                            {proxies, "10.1.2.3", []string{"198.51.100.1"}, "198.51.100.1"},
		"no address at all":                  {proxies, "@", []string{"198.51.100.1"}, "@"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var trusted []netip.Prefix
			for _, text := range test.trusted {
				trusted = append(trusted, netip.MustParsePrefix(text))
			}
			r := &http.Request{RemoteAddr: test.remote, Header: http.Header{}}
			if test.forwarded != nil {
				r.Header["X-Forwarded-For"] = test.forwarded
			}
			if got := app.SourceIP(trusted)(r); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
