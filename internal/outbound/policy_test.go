package outbound_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"poolhouse.dev/internal/outbound"
)

// world resolves names from a table and records what is dialled instead of
// connecting.
type world struct {
	names  map[string][]string
	dialed []string
	looked int
}

var errReached = errors.New("reached")

func (w *world) policy(t *testing.T, dev bool, allow ...string) *outbound.Policy {
	t.Helper()
	p, err := outbound.New(outbound.Config{
		Allow: allow, Dev: dev,
		Resolve: func(_ context.Context, host string) (addrs []netip.Addr, err error) {
			w.looked++
			for _, text := range w.names[host] {
				addrs = append(addrs, netip.MustParseAddr(text))
			}
			return addrs, nil
		},
		Dial: func(_ context.Context, _, address string) (net.Conn, error) {
			w.dialed = append(w.dialed, address)
			return nil, errReached
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDialContext(t *testing.T) {
	const (
		reached = "reached"
		denied  = "denied"
	)
	for name, test := range map[string]struct {
		dev    bool
		allow  string
		naming string
		addrs  string // of the name host.test, or the host itself when it is no list of names
		want   string
	}{
		"public by default":                 {addrs: "192.0.2.1", want: reached},
		"public IPv6 by default":            {addrs: "2001:db8::1", want: reached},
		"private by default":                {addrs: "10.1.2.3", want: denied},
		"carrier's by default":              {addrs: "100.64.0.1", want: denied},
		"local IPv6 by default":             {addrs: "fd12::1", want: denied},
		"loopback by default":               {addrs: "127.0.0.1", want: denied},
		"another loopback by default":       {addrs: "127.9.9.9", want: denied},
		"IPv6 loopback by default":          {addrs: "::1", want: denied},
		"mapped loopback":                   {addrs: "::ffff:127.0.0.1", want: denied},
		"mapped private":                    {addrs: "::ffff:10.0.0.1", want: denied},
		"mapped metadata":                   {addrs: "::ffff:169.254.169.254", want: denied},
		"translated private":                {addrs: "64:ff9b::a00:1", want: denied},
		"translated public":                 {addrs: "64:ff9b::c000:201", want: reached},
		"6to4 of a private one":             {addrs: "2002:a00:1::1", want: denied},
		"compatible loopback":               {addrs: "::7f00:1", want: denied},
		"metadata by default":               {addrs: "169.254.169.254", want: denied},
		"metadata of IPv6":                  {addrs: "fd00:ec2::254", allow: "private", want: denied},
		"unspecified":                       {addrs: "0.0.0.0", want: denied, dev: true},
		"unspecified IPv6":                  {addrs: "::", want: denied, dev: true},
		"multicast":                         {addrs: "224.0.0.1", want: denied},
		"loopback in dev":                   {dev: true, addrs: "127.0.0.1", want: reached},
		"mapped loopback in dev":            {dev: true, addrs: "::ffff:127.0.0.1", want: reached},
		"private in dev":                    {dev: true, addrs: "10.1.2.3", want: denied},
		"a list in dev leaves out loopback": {dev: true, allow: "public", addrs: "127.0.0.1", want: denied},
		"a network":                         {allow: "10.0.0.0/8", addrs: "10.1.2.3", want: reached},
		"beside the network":                {allow: "10.0.0.0/8", addrs: "11.1.2.3", want: denied},
		"a network, mapped":                 {allow: "10.0.0.0/8", addrs: "::ffff:10.1.2.3", want: reached},
		"an address":                        {allow: "10.1.2.3", addrs: "10.1.2.3", want: reached},
		"private":                           {allow: "private", addrs: "192.168.1.1", want: reached},
		"private is not public":             {allow: "private", addrs: "192.0.2.1", want: denied},
		"any":                               {allow: "any", addrs: "127.0.0.1", want: reached},
		"any has no metadata":               {allow: "any", addrs: "169.254.169.254", want: denied},
		"a network of all has no metadata":  {allow: "0.0.0.0/0", addrs: "169.254.169.254", want: denied},
		"metadata, listed":                  {allow: "169.254.169.254", addrs: "169.254.169.254", want: reached},
		"metadata, its network":             {allow: "169.254.0.0/16", addrs: "169.254.169.254", want: reached},
		"a name":                            {allow: "host.test", addrs: "10.1.2.3", want: reached},
		"a name in capitals, with a dot":    {allow: "HOST.test.", addrs: "10.1.2.3", want: reached},
		"names below":                       {allow: "*.test", addrs: "10.1.2.3", want: reached},
		"another name":                      {allow: "other.test", addrs: "192.0.2.1", want: denied},
		"a name does not lead to metadata":  {allow: "host.test", addrs: "169.254.169.254", want: denied},
		"named by a setting":                {naming: "host.test", addrs: "10.1.2.3", want: reached},
		"named, and leads to metadata":      {naming: "host.test", addrs: "169.254.169.254", want: denied},
		"another is named":                  {naming: "other.test", addrs: "10.1.2.3", want: denied},
		"naming does not widen a list":      {allow: "192.0.2.0/24", naming: "host.test", addrs: "10.1.2.3", want: denied},
		"one of two addresses":              {addrs: "10.0.0.1 192.0.2.1", want: reached},
		"none of two addresses":             {addrs: "10.0.0.1 127.0.0.1", want: denied},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{names: map[string][]string{"host.test": strings.Fields(test.addrs)}}
			p := w.policy(t, test.dev, strings.Fields(test.allow)...)
			if test.naming != "" {
				var err error
				if p, err = p.Naming("--smtp-host", test.naming); err != nil {
					t.Fatal(err)
				}
			}
			_, err := p.DialContext(t.Context(), "tcp", "host.test:25")
			got := denied
			if errors.Is(err, errReached) {
				got = reached
			} else if refused := (*outbound.Denied)(nil); !errors.As(err, &refused) || len(w.dialed) > 0 {
				t.Fatalf("dialed %v: %v", w.dialed, err)
			}
			if got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

// What was judged is what is dialled: the name is looked up once, and the
// connection is made to an address.
func TestDialContextConnectsToWhatItJudged(t *testing.T) {
	w := &world{names: map[string][]string{"host.test": {"10.0.0.1", "::ffff:192.0.2.1", "2001:db8::1"}}}
	_, err := w.policy(t, false).DialContext(t.Context(), "tcp", "host.test:443")
	if got := strings.Join(w.dialed, " "); !errors.Is(err, errReached) || got != "192.0.2.1:443 [2001:db8::1]:443" || w.looked != 1 {
		t.Errorf("dialed %s after %d look-ups: %v", got, w.looked, err)
	}
}

func TestDialContextOfAddresses(t *testing.T) {
	for address, want := range map[string]bool{
		"192.0.2.1:25": true, "[2001:db8::1]:25": true, "10.0.0.1:25": false, "[::1]:25": false, "[fe80::1%eth0]:25": false, "[::ffff:7f00:1]:25": false,
	} {
		w := &world{}
		_, err := w.policy(t, false).DialContext(t.Context(), "tcp", address)
		if got := errors.Is(err, errReached); got != want || w.looked != 0 {
			t.Errorf("%s: %v (%d look-ups)", address, err, w.looked)
		}
	}
	w := &world{}
	if _, err := w.policy(t, false).DialContext(t.Context(), "tcp", "gone.test:25"); err == nil || len(w.dialed) > 0 {
		t.Errorf("a name without addresses: %v", err)
	}
	// An address that a setting names is literally listed.
	p, err := w.policy(t, false).Naming("--lambda", "169.254.100.1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.DialContext(t.Context(), "tcp", "169.254.100.1:80"); !errors.Is(err, errReached) {
		t.Error(err)
	}
}

func TestNamingRefusesContradictions(t *testing.T) {
	for _, test := range []struct {
		allow, host string
		refused     bool
	}{
		{"public", "10.0.0.1", true},
		{"public", "192.0.2.1", false},
		{"public", "127.0.0.1", true},
		{"public", "localhost", true},
		{"public", "mail.test", false}, // told by a look-up only
		{"loopback", "localhost", false},
		{"localhost", "localhost", false},
		{"idp.test", "mail.test", true},
		{"idp.test mail.test", "mail.test", false},
		{"*.test", "mail.test", false},
		{"idp.test 10.0.0.0/8", "mail.test", false},
	} {
		w := &world{}
		_, err := w.policy(t, true, strings.Fields(test.allow)...).Naming("--smtp-host", test.host)
		if (err != nil) != test.refused {
			t.Errorf("%s and %s: %v", test.allow, test.host, err)
		}
		if err != nil && (!strings.Contains(err.Error(), "--smtp-host") || !strings.Contains(err.Error(), outbound.Setting)) {
			t.Errorf("the error names not both settings: %v", err)
		}
	}
}

func TestNewRefusesEntries(t *testing.T) {
	for _, entry := range []string{"", "10.0.0.0/33", "10.0.0.300", "http://a.test", "a.test:443", "a b", "*", "*.", "a..b", "-a"} {
		if _, err := outbound.New(outbound.Config{Allow: []string{entry}}); err == nil {
			t.Errorf("%q is taken", entry)
		}
	}
}

// A redirect is not followed unless asked for, and never to where the policy
// does not lead.
func TestClientRedirects(t *testing.T) {
	reached := false
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer inside.Close()
	insideURL := strings.Replace(inside.URL, "127.0.0.1", "127.0.0.2", 1)
	outside := httptest.NewServer(http.RedirectHandler(insideURL, http.StatusTemporaryRedirect))
	defer outside.Close()
	for _, redirects := range []int{0, 3} {
		p, err := outbound.New(outbound.Config{Allow: []string{"127.0.0.1"}})
		if err != nil {
			t.Fatal(err)
		}
		resp, err := p.Client(outbound.Limits{Redirects: redirects}).Get(outside.URL)
		var refused *outbound.Denied
		switch {
		case redirects == 0 && (err != nil || resp.StatusCode != http.StatusTemporaryRedirect):
			t.Errorf("not followed: %v", err)
		case redirects > 0 && !errors.As(err, &refused):
			t.Errorf("followed: %v", err)
		}
		if err == nil {
			resp.Body.Close()
		}
	}
	if reached {
		t.Error("the redirect led inside")
	}
}

func TestClientBoundsAnswers(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("x", len(r.URL.Path)))
	}))
	defer srv.Close()
	p, err := outbound.New(outbound.Config{Dev: true})
	if err != nil {
		t.Fatal(err)
	}
	client := p.Client(outbound.Limits{MaxBody: 10})
	for length, want := range map[int]error{9: nil, 10: nil, 11: outbound.ErrTooLong, 1000: outbound.ErrTooLong} {
		resp, err := client.Get(srv.URL + "/" + strings.Repeat("a", length-1))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if !errors.Is(err, want) || len(body) != min(length, 10) {
			t.Errorf("%d: %d bytes, %v", length, len(body), err)
		}
	}
}
