package telemetry_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/internal/telemetry"
)

func scrape(t *testing.T, m *telemetry.Metrics) string {
	t.Helper()
	w := get(telemetry.AdminHandler(m), "http://127.0.0.1:9090/_poolhouse/metrics", nil)
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func get(h http.Handler, url string, header http.Header) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, url, nil)
	for name, values := range header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestMetrics(t *testing.T) {
	m := telemetry.NewMetrics(telemetry.MetricsOptions{Operations: []string{"SignUp"}, Version: "v1.2.3"})
	m.ObserveRequest("SignUp", "", 200, 3*time.Millisecond)
	m.ObserveRequest("SignUp", "UsernameExistsException", 400, time.Millisecond)
	m.ObserveRequest("SignUp", "", 413, time.Millisecond)
	m.ObserveRequest("Invented", "", 200, time.Millisecond)
	m.Commit("committed")
	m.Commit("conflict")
	m.Delivery("email", "accepted")
	m.Outbox(7)
	out := scrape(t, m)
	for _, want := range []string{
		`poolhouse_requests_total{code="ok",operation="SignUp"} 1`,
		`poolhouse_requests_total{code="UsernameExistsException",operation="SignUp"} 1`,
		`poolhouse_requests_total{code="http_413",operation="SignUp"} 1`,
		`poolhouse_requests_total{code="ok",operation="other"} 1`,
		`poolhouse_request_duration_seconds_count{operation="SignUp"} 3`,
		`poolhouse_request_duration_seconds_bucket{operation="SignUp",le="0.005"} 3`,
		`poolhouse_commits_total{outcome="committed"} 1`,
		`poolhouse_commits_total{outcome="conflict"} 1`,
		`poolhouse_deliveries_total{medium="email",outcome="accepted"} 1`,
		`poolhouse_outbox_messages 7`,
		`poolhouse_build_info{version="v1.2.3"} 1`,
		`go_goroutines `,
	} {
		if !strings.Contains(out, "\n"+want) {
			t.Errorf("missing %s", want)
		}
	}
	if strings.Contains(out, "Invented") {
		t.Error("a name that a client chose became a label")
	}
}

func TestLabelsAreBounded(t *testing.T) {
	m := telemetry.NewMetrics(telemetry.MetricsOptions{Operations: []string{"SignUp"}})
	for i := range 1000 {
		m.ObserveRequest("SignUp", fmt.Sprintf("E%d", i), 400, 0)
	}
	m.ObserveRequest("SignUp", "E0", 400, 0)
	out := scrape(t, m)
	if got := strings.Count(out, "\npoolhouse_requests_total{"); got != 101 {
		t.Errorf("%d series, want 100 and other", got)
	}
	if !strings.Contains(out, `poolhouse_requests_total{code="other",operation="SignUp"} 900`) || !strings.Contains(out, `{code="E0",operation="SignUp"} 2`) {
		t.Error("counts went astray")
	}
}

func TestTwoServersInOneProcess(t *testing.T) {
	a, b := telemetry.NewMetrics(telemetry.MetricsOptions{}), telemetry.NewMetrics(telemetry.MetricsOptions{})
	a.Commit("conflict")
	if out := scrape(t, b); strings.Contains(out, "poolhouse_commits_total{outcome=\"conflict\"}") {
		t.Error("two Metrics share a registry")
	}
}

func TestAdminHandler(t *testing.T) {
	h := telemetry.AdminHandler(telemetry.NewMetrics(telemetry.MetricsOptions{}))
	tests := map[string]struct {
		url    string
		header http.Header
		want   int
	}{
		"metrics":            {"http://127.0.0.1:9090/_poolhouse/metrics", nil, 200},
		"metrics on IPv6":    {"http://[::1]:9090/_poolhouse/metrics", nil, 200},
		"without port":       {"http://[::1]/_poolhouse/metrics", nil, 200},
		"localhost":          {"http://LocalHost:9090/_poolhouse/metrics", nil, 200},
		"profiles":           {"http://127.0.0.1:9090/debug/pprof/", nil, 200},
		"one profile":        {"http://127.0.0.1:9090/debug/pprof/goroutine?debug=1", nil, 200},
		"typed by hand":      {"http://127.0.0.1:9090/debug/pprof/", http.Header{"Sec-Fetch-Site": {"none"}}, 200},
		"rebound name":       {"http://evil.example.com:9090/_poolhouse/metrics", nil, 403},
		"localhost's child":  {"http://localhost.example.com/debug/pprof/", nil, 403},
		"from another site":  {"http://127.0.0.1:9090/_poolhouse/metrics", http.Header{"Sec-Fetch-Site": {"cross-site"}}, 403},
		"from a sibling":     {"http://127.0.0.1:9090/_poolhouse/metrics", http.Header{"Sec-Fetch-Site": {"same-site"}}, 403},
		"nothing else there": {"http://127.0.0.1:9090/", nil, 404},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := get(h, tt.url, tt.header)
			if w.Code != tt.want {
				t.Errorf("status %d, want %d", w.Code, tt.want)
			}
			for name := range w.Header() {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("answers with %s", name)
				}
			}
		})
	}
}
