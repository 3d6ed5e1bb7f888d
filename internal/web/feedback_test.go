package web_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/web"
	"poolhouse.dev/internal/webacl"
)

// What a notice's link leads to asks first, and only its button says something.
func TestFeedbackPage(t *testing.T) {
	var said []string
	var answer error
	mux := http.NewServeMux()
	web.New(web.Config{
		Feedback: func(_ context.Context, id pool.ID, value, token string) error {
			said = append(said, string(id)+" "+value+" "+token)
			return answer
		},
		Guard:    func(context.Context, *http.Request, string, pool.ID, []byte) (v webacl.Verdict) { return v },
		Allow:    func(context.Context, string, pool.ID) error { return nil },
		Known:    func(_ context.Context, id pool.ID) (pool.ID, error) { return id, nil },
		SourceIP: func(*http.Request) string { return "192.0.2.1" }, Timeout: time.Minute, Logger: slog.New(slog.DiscardHandler),
	}).Mount(mux)
	visit := func(method, query string) (int, string) {
		r := httptest.NewRequest(method, "/authEventFeedback/?"+query, nil)
		if method == http.MethodPost {
			r = httptest.NewRequest(method, "/authEventFeedback/", strings.NewReader(query))
		}
		rec := httptest.NewRecorder()
		mux.ServeHTTP(rec, r)
		return rec.Code, rec.Body.String()
	}
	link := func(value string) string {
		return url.Values{"user_pool_id": {"p_1"}, "feedback_value": {value}, "feedback_token": {"t"}}.Encode()
	}
	for _, c := range []struct {
		name, method, query string
		answer              error
		status              int
		shows, says         string
	}{
		{"asks", "GET", link("Valid"), nil, 200, "<button>It was me</button>", ""},
		{"asks the other way", "GET", link("Invalid"), nil, 200, "<button>It was not me</button>", ""},
		{"without a token", "GET", "user_pool_id=p_1&feedback_value=Valid", nil, 400, "not complete", ""},
		{"pressed", "POST", link("Valid"), nil, 200, "Thank you", "p_1 Valid t"},
		{"pressed the other way", "POST", link("Invalid"), nil, 200, "change your password", "p_1 Invalid t"},
		{"too late", "POST", link("Valid"), fault.NotAuthorized("x"), 400, "cannot be used", "p_1 Valid t"},
		{"pressed without a token", "POST", "user_pool_id=p_1&feedback_value=Valid", nil, 400, "not complete", ""},
	} {
		said, answer = nil, c.answer
		status, body := visit(c.method, c.query)
		if status != c.status || !strings.Contains(body, c.shows) || strings.Join(said, ",") != c.says {
			t.Errorf("%s: %d, says %q, shows %s", c.name, status, said, body)
		}
	}
}
