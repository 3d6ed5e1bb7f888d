package conformance

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// asBrowser sends a request as a page of another origin would and returns the
// answer, its body closed.
func (e *env) asBrowser(t *testing.T, method, path string, header ...string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, e.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", "https://evil.example")
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := web.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return resp
}

// shares returns the headers of an answer that open it to other origins.
func shares(h http.Header) string {
	var list []string
	for name := range h {
		if strings.HasPrefix(name, "Access-Control-") {
			list = append(list, name)
		}
	}
	return strings.Join(list, " ")
}

// Pages of other origins may read the answers of operations and the public
// documents of pools, and nothing else that this server answers.
func TestOtherOriginsReadOperationsAndDocumentsOnly(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		for _, open := range []string{"POST /", "OPTIONS /", "GET /" + f.pool + "/.well-known/jwks.json", "GET /" + f.pool + "/.well-known/openid-configuration"} {
			method, path, _ := strings.Cut(open, " ")
			h := e.asBrowser(t, method, path, "Access-Control-Request-Method", "POST").Header
			if h.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("%s is not open to other origins", open)
			}
			if h.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s takes the credentials of other origins", open)
			}
		}
		for _, path := range []string{
			"/_poolhouse/inbox", "/_poolhouse/inbox.json", "/_poolhouse/inbox/body/0", "/_poolhouse/inbox/nothing",
			"/_poolhouse/health", "/_poolhouse/ready", "/_poolhouse/metrics", "/_poolhouse/", "/_poolhouse", "/debug/pprof/", "/nothing",
			"/_poolhouse/attribute-changes", "/confirmUser/", "/confirmUser", "/undoEmailChange/", "/undoEmailChange",
		} {
			for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"} {
				if got := shares(e.asBrowser(t, method, path, "Access-Control-Request-Method", "GET").Header); got != "" {
					t.Errorf("%s %s sends %s", method, path, got)
				}
			}
		}
		for _, method := range []string{"GET", "HEAD", "PUT", "DELETE"} {
			if got := shares(e.asBrowser(t, method, "/").Header); got != "" {
				t.Errorf("%s / sends %s", method, got)
			}
		}
	})
}

// The inbox answers under this machine's own names, and to no page of another
// origin: neither by a name that was bound to this address nor by a request that
// a page makes.
func TestNoPageReadsTheInbox(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		if e.srv == nil {
			t.Skip("the server under test has no inbox that this test could read")
		}
		_, port, _ := strings.Cut(strings.TrimPrefix(e.url, "http://"), ":")
		for _, path := range []string{"/_poolhouse/inbox", "/_poolhouse/inbox.json", "/_poolhouse/inbox/body/0"} {
			for _, header := range [][]string{
				{"Host", "evil.example:" + port},
				{"Host", "evil.example"},
				{"Host", "localhost.evil.example:" + port},
				{"Host", "192.0.2.1:" + port},
				{"Sec-Fetch-Site", "cross-site"},
				{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"},
				{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "cors"},
				{"Host", "evil.example:" + port, "Sec-Fetch-Site", "same-origin"},
			} {
				if resp := e.asBrowser(t, http.MethodGet, path, header...); resp.StatusCode != http.StatusForbidden {
					t.Errorf("%s with %s: %s", path, fmt.Sprint(header), resp.Status)
				}
			}
		}
		for _, host := range []string{"localhost:" + port, "127.0.0.1:" + port, "[::1]:" + port} {
			if resp := e.asBrowser(t, http.MethodGet, "/_poolhouse/inbox.json", "Host", host); resp.StatusCode != http.StatusOK {
				t.Errorf("with host %s: %s", host, resp.Status)
			}
		}
	})
}
