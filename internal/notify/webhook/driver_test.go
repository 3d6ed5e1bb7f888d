package webhook_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/notify/webhook"
	"poolhouse.dev/internal/outbound"
)

func text() notify.Message {
	return notify.Message{
		ID: "s-1", Medium: notify.SMS, To: "+15555550100", Body: "Your code is 482913", Code: "482913",
		Attribute: "phone_number", PoolID: "us-east-1_Test", Kind: notify.SignUp,
	}
}

func newDriver(t *testing.T, cfg webhook.Config) *webhook.Driver {
	t.Helper()
	cfg.Client = client(t)
	d, err := webhook.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSendPosts(t *testing.T) {
	got := map[string]string{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got["request"] = r.Method + " " + r.URL.String()
		got["type"] = r.Header.Get("Content-Type")
		got["authorization"] = r.Header.Get("Authorization")
		got["body"] = string(body)
	}))
	defer server.Close()
	if err := newDriver(t, webhook.Config{URL: server.URL + "/sms?a=b", Secret: "s3cret"}).Send(t.Context(), text()); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"request":       "POST /sms?a=b",
		"type":          "application/json",
		"authorization": "Bearer s3cret",
		"body":          `{"id":"s-1","medium":"SMS","to":"+15555550100","subject":"","body":"Your code is 482913","kind":"SignUp","poolId":"us-east-1_Test"}`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSendJudgesStatus(t *testing.T) {
	type outcome string
	const accepted, refused, temporary outcome = "accepted", "refused", "temporary"
	for status, want := range map[int]outcome{
		200: accepted, 202: accepted, 204: accepted,
		400: refused, 401: refused, 403: refused, 404: refused, 422: refused,
		301: temporary, 304: temporary, 408: temporary, 425: temporary, 429: temporary, 500: temporary, 503: temporary,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		err := newDriver(t, webhook.Config{URL: server.URL + "/hidden-path"}).Send(t.Context(), text())
		server.Close()
		got := temporary
		if err == nil {
			got = accepted
		} else if notify.IsRefused(err) {
			got = refused
		}
		if got != want {
			t.Errorf("%d: %s (%v), want %s", status, got, err, want)
		}
	}
}

func TestSendFollowsNoRedirect(t *testing.T) {
	followed := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed = true }))
	defer other.Close()
	server := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer server.Close()
	if err := newDriver(t, webhook.Config{URL: server.URL}).Send(t.Context(), text()); err == nil || notify.IsRefused(err) {
		t.Errorf("Send() = %v", err)
	}
	if followed {
		t.Error("the code went to the redirect's target")
	}
}

func TestSendIsBounded(t *testing.T) {
	tests := map[string]http.HandlerFunc{
		"no answer": func(_ http.ResponseWriter, r *http.Request) {
			// The server sees the client leave only once it has read the body.
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		},
		"too many headers": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Long", strings.Repeat("a", 1<<20))
		},
	}
	for name, handler := range tests {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(handler)
			defer server.Close()
			err := newDriver(t, webhook.Config{URL: server.URL + "/hidden-path", Timeout: 100 * time.Millisecond}).Send(t.Context(), text())
			if err == nil || notify.IsRefused(err) || strings.Contains(err.Error(), "hidden-path") {
				t.Fatalf("Send() = %v", err)
			}
			if name == "no answer" && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Send() = %v", err)
			}
		})
	}
	t.Run("endless body", func(t *testing.T) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 4096)); err != nil {
					return
				}
			}
		}))
		defer server.Close()
		if err := newDriver(t, webhook.Config{URL: server.URL, Timeout: time.Minute}).Send(t.Context(), text()); err != nil {
			t.Error(err)
		}
	})
}

func TestSendRefusesBadMessages(t *testing.T) {
	called := false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true }))
	defer server.Close()
	m := text()
	m.To = "+1555555\r\n0100"
	if err := newDriver(t, webhook.Config{URL: server.URL}).Send(t.Context(), m); !notify.IsRefused(err) || called {
		t.Errorf("Send() = %v, called = %v", err, called)
	}
}

func TestNewChecksItsConfig(t *testing.T) {
	for name, cfg := range map[string]webhook.Config{
		"no URL":                {},
		"relative":              {URL: "/sms"},
		"no host":               {URL: "https:///sms"},
		"file":                  {URL: "file:///etc/passwd"},
		"line end in secret":    {URL: "https://sms.example", Secret: "a\r\nX: y"},
		"time limit below zero": {URL: "https://sms.example", Timeout: -1},
	} {
		cfg.Client = client(t)
		if _, err := webhook.New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// client is one that reaches this machine.
func client(t *testing.T) *http.Client {
	t.Helper()
	p, err := outbound.New(outbound.Config{Dev: true})
	if err != nil {
		t.Fatal(err)
	}
	return p.Client(outbound.Limits{})
}
