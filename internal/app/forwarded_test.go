package app_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"poolhouse.dev/internal/app"
	"poolhouse.dev/internal/config"
)

// syncBuffer is a log that is read while it is written.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// A client's own header does not name its address in the audit record:
// X-Forwarded-For counts from trusted proxies only.
func TestForwardedAddressCountsFromTrustedProxiesOnly(t *testing.T) {
	const here = "127.0.0.1"
	for name, tc := range map[string]struct {
		trusted []string
		header  []string
		want    string
	}{
		"no proxy is trusted":     {nil, []string{"X-Forwarded-For", "192.0.2.1"}, here},
		"this one is":             {[]string{"127.0.0.0/8"}, []string{"X-Forwarded-For", "192.0.2.1"}, "192.0.2.1"},
		"the client sent one too": {[]string{"127.0.0.0/8"}, []string{"X-Forwarded-For", "198.51.100.7", "X-Forwarded-For", "192.0.2.1"}, "192.0.2.1"},
		"other headers":           {[]string{"127.0.0.0/8"}, []string{"Forwarded", "for=192.0.2.1", "X-Real-Ip", "192.0.2.1"}, here},
	} {
		t.Run(name, func(t *testing.T) {
			var log syncBuffer
			c := settings(t, config.ModeServe, func(c *config.Config) {
				for _, text := range tc.trusted {
					c.TrustedProxies = append(c.TrustedProxies, netip.MustParsePrefix(text))
				}
			})
			s, err := app.Start(t.Context(), c, app.Options{Log: &log})
			if err != nil {
				t.Fatal(err)
			}
			defer mustClose(t, s)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.Addr(), strings.NewReader(`{"AccessToken":"a.b.c"}`))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService.GlobalSignOut")
			req.Header.Set("Content-Type", "application/x-amz-json-1.1")
			for i := 0; i+1 < len(tc.header); i += 2 {
				req.Header.Add(tc.header[i], tc.header[i+1])
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if got := auditedAddress(t, log.String()); got != tc.want {
				t.Errorf("the caller's address is %q, want %q", got, tc.want)
			}
		})
	}
}

// auditedAddress returns the address in the audit record of a log.
func auditedAddress(t *testing.T, log string) string {
	t.Helper()
	for line := range strings.Lines(log) {
		var record struct {
			Message  string `json:"msg"`
			SourceIP string `json:"source_ip"`
		}
		if json.Unmarshal([]byte(line), &record) == nil && record.Message == "audit" {
			return record.SourceIP
		}
	}
	t.Fatalf("no audit record in\n%s", log)
	return ""
}
