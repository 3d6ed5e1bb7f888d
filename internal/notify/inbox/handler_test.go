package inbox_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/notify/inbox"
)

var paths = []string{inbox.PagePath, inbox.JSONPath, "/_poolhouse/inbox/body/0"}

func TestWhoMayRead(t *testing.T) {
	tests := map[string]struct {
		header []string
		ok     bool
	}{
		"a program":                        {nil, true},
		"the address bar":                  {[]string{"Sec-Fetch-Site", "none"}, true},
		"the page itself":                  {[]string{"Sec-Fetch-Site", "same-origin"}, true},
		"loopback address":                 {[]string{"Host", "127.0.0.1:9229"}, true},
		"loopback address of version 6":    {[]string{"Host", "[::1]:9229"}, true},
		"loopback address, no port":        {[]string{"Host", "[::1]"}, true},
		"name below localhost":             {[]string{"Host", "pools.LOCALHOST:9229"}, true},
		"link in an app of the same site":  {[]string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, true},
		"fetch by an app of the same site": {[]string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "cors", "Sec-Fetch-Dest", "empty"}, false},
		"frame in an app of the same site": {[]string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"}, false},
		"fetch by another site":            {[]string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"}, false},
		"link from another site":           {[]string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}, false},
		"a value from the future":          {[]string{"Sec-Fetch-Site", "elsewhere"}, false},
		"rebound name":                     {[]string{"Host", "evil.example:9229"}, false},
		"rebound name, same origin":        {[]string{"Host", "evil.example", "Sec-Fetch-Site", "same-origin"}, false},
		"name that begins with localhost":  {[]string{"Host", "localhost.evil.example"}, false},
		"name that ends with localhost":    {[]string{"Host", "evillocalhost"}, false},
		"another machine":                  {[]string{"Host", "192.0.2.7:9229"}, false},
		"no host":                          {[]string{"Host", ""}, false},
	}
	b := newInbox(t, inbox.Config{}, email("a@example.com", "482913"))
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, path := range paths {
				w := get(b, path, test.header...)
				if ok := w.Code == http.StatusOK; ok != test.ok {
					t.Errorf("%s: status %d", path, w.Code)
				}
				if shown := strings.Contains(w.Body.String(), "482913"); shown != test.ok {
					t.Errorf("%s: code shown = %v", path, shown)
				}
			}
		})
	}
}

func TestAllowedHosts(t *testing.T) {
	b := newInbox(t, inbox.Config{AllowedHosts: func(host string) bool { return host == "pools.internal" }})
	for host, want := range map[string]int{
		"pools.internal": 200, "POOLS.internal:443": 200, "localhost": 403, "other.internal": 403,
	} {
		if w := get(b, inbox.PagePath, "Host", host); w.Code != want {
			t.Errorf("%s: status %d, want %d", host, w.Code, want)
		}
	}
}

func TestHeaders(t *testing.T) {
	b := newInbox(t, inbox.Config{}, email("a@example.com", "482913"))
	for _, path := range append(paths, "/_poolhouse/inbox/nothing") {
		h := get(b, path, "Origin", "https://app.example").Header()
		for name := range h {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s sends %s", path, name)
			}
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
			"Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q", path, name, h.Get(name))
			}
		}
		if policy := h.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe-eval") {
			t.Errorf("%s: policy %q", path, policy)
		}
	}
}

func TestOnlyReading(t *testing.T) {
	b := newInbox(t, inbox.Config{})
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		r := httptest.NewRequest(method, "http://localhost"+inbox.PagePath, nil)
		w := httptest.NewRecorder()
		b.ServeHTTP(w, r)
		if w.Code != http.StatusMethodNotAllowed {
			t.Errorf("%s: status %d", method, w.Code)
		}
	}
}

// TestPagePolicy recomputes the hashes of the inline style and script from the
// page as a browser would see them.
func TestPagePolicy(t *testing.T) {
	w := get(newInbox(t, inbox.Config{}, email("a@example.com", "1")), inbox.PagePath)
	policy := w.Header().Get("Content-Security-Policy")
	for _, element := range []string{"style", "script"} {
		found := regexp.MustCompile(`(?s)<`+element+`>(.*?)</`+element+`>`).FindAllStringSubmatch(w.Body.String(), -1)
		if len(found) != 1 {
			t.Fatalf("%d inline %s elements", len(found), element)
		}
		sum := sha256.Sum256([]byte(found[0][1]))
		if want := element + "-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, want) {
			t.Errorf("the policy %q lacks %q", policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") || !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("policy %q", policy)
	}
	if strings.Contains(w.Body.String(), " style=") || strings.Contains(w.Body.String(), " onclick=") {
		t.Error("the page has inline attributes that its policy forbids")
	}
}

func TestHostileMessage(t *testing.T) {
	const attack = `"><script>alert(1)</script><img src=x onerror=alert(1)>`
	m := email("a@example.com", attack)
	m.Subject, m.Body, m.Attribute, m.PoolID, m.Kind = attack, attack, attack, attack, notify.Kind(attack)
	s := text("+15555550100", "1")
	s.Body = attack
	b := newInbox(t, inbox.Config{}, m, s)

	page := get(b, inbox.PagePath+"?to=").Body.String()
	filtered := get(b, inbox.PagePath+"?to=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").Body.String()
	for name, html := range map[string]string{"page": page, "filter": filtered} {
		if strings.Contains(html, "<script>alert") || strings.Contains(html, "<img") {
			t.Errorf("the %s shows markup of a message or query", name)
		}
	}
	if !strings.Contains(page, `<iframe sandbox=""`) {
		t.Error("mails are not framed in a sandbox")
	}

	w := get(b, "/_poolhouse/inbox/body/0", "Sec-Fetch-Site", "same-origin", "Sec-Fetch-Dest", "iframe")
	policy := w.Header().Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "sandbox; default-src 'none';") || strings.Contains(policy, "allow-") {
		t.Errorf("a mail's policy is %q", policy)
	}
	if !strings.HasSuffix(w.Body.String(), attack) {
		t.Error("a mail is not shown as it is")
	}
	// Browsers turn a sandboxed document with an opener policy into an error.
	if w.Header().Get("Cross-Origin-Opener-Policy") != "" {
		t.Error("a mail asks for an opener policy")
	}
	for path, why := range map[string]string{"/1": "an SMS has no HTML", "/2": "there is none", "/-1": "numbers begin at 0", "/x": "not a number"} {
		if w := get(b, "/_poolhouse/inbox/body"+path); w.Code != http.StatusNotFound {
			t.Errorf("%s: status %d, though %s", path, w.Code, why)
		}
	}
}

func TestPageFilter(t *testing.T) {
	b := newInbox(t, inbox.Config{}, email("a@example.com", "111111"), text("+15555550100", "222222"))
	page := get(b, inbox.PagePath+"?to=%2B15555550100").Body.String()
	if !strings.Contains(page, "222222") || strings.Contains(page, "111111") || !strings.Contains(page, "1 message.") {
		t.Error("the page does not show exactly what was sent to the number")
	}
	if page := get(b, inbox.PagePath+"?to=b@example.com").Body.String(); !strings.Contains(page, "Nothing has been sent to b@example.com yet.") {
		t.Error("an empty result is not explained")
	}
}
