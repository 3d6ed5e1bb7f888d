package oauth_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/oauth"
	"poolhouse.dev/internal/pool"
)

// documents knows one pool, and one whose documents cannot be made.
type documents struct{ asked []pool.ID }

func (d *documents) make(kind string, id pool.ID) ([]byte, error) {
	d.asked = append(d.asked, id)
	switch id {
	case "eu-test-1_abcdefghi":
		return []byte(`{"` + kind + `":[]}`), nil
	case "eu-test-1_brokenone":
		return nil, errors.New("the disk is on fire")
	}
	return nil, fault.ResourceNotFoundf("User pool %s does not exist.", id)
}

func (d *documents) JWKS(_ context.Context, id pool.ID) ([]byte, error) { return d.make("keys", id) }

func (d *documents) Discovery(_ context.Context, id pool.ID) ([]byte, error) {
	return d.make("issuer", id)
}

func TestDocuments(t *testing.T) {
	const (
		unknown = `{"message":"There is no such user pool."}`
		broken  = `{"message":"Internal server error."}`
		jwks    = "/.well-known/jwks.json"
		config  = "/.well-known/openid-configuration"
	)
	tests := map[string]struct {
		method, path string
		status       int
		body         string
		unasked      bool // the documents are not asked
	}{
		"keys":                 {"GET", "/eu-test-1_abcdefghi" + jwks, 200, `{"keys":[]}`, false},
		"discovery":            {"GET", "/eu-test-1_abcdefghi" + config, 200, `{"issuer":[]}`, false},
		"only the head":        {"HEAD", "/eu-test-1_abcdefghi" + jwks, 200, "", false},
		"no such pool":         {"GET", "/eu-test-1_nosuchone" + jwks, 404, unknown, false},
		"cannot be made":       {"GET", "/eu-test-1_brokenone" + config, 500, broken, false},
		"no id of a pool":      {"GET", "/favicon" + jwks, 404, unknown, true},
		"NUL":                  {"GET", "/eu-test-1_a%00" + jwks, 404, unknown, true},
		"no UTF-8":             {"GET", "/eu-test-1_%ff" + jwks, 404, unknown, true},
		"a slash in the id":    {"GET", "/eu-test-1_a%2fb" + jwks, 404, unknown, true},
		"much too long":        {"GET", "/eu-test-1_" + strings.Repeat("a", 5000) + jwks, 404, unknown, true},
		"keys are not changed": {"POST", "/eu-test-1_abcdefghi" + jwks, 405, "Method Not Allowed\n", true},
		"another document":     {"GET", "/eu-test-1_abcdefghi/.well-known/else", 404, "404 page not found\n", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			d := &documents{}
			mux := http.NewServeMux()
			oauth.Mount(mux, d, slog.New(slog.NewTextHandler(&log, nil)))
			server := httptest.NewServer(mux)
			defer server.Close()
			req, err := http.NewRequestWithContext(t.Context(), test.method, server.URL+test.path, nil)
			if err != nil {
				t.Fatal(err)
			}
			res, err := server.Client().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			var body bytes.Buffer
			if _, err := body.ReadFrom(res.Body); err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != test.status || body.String() != test.body {
				t.Errorf("got %d %q, want %d %q", res.StatusCode, body.String(), test.status, test.body)
			}
			if asked := len(d.asked) > 0; asked == test.unasked {
				t.Errorf("the documents were asked for %q", d.asked)
			}
			if logged := log.Len() > 0; logged != (test.status == 500) {
				t.Errorf("the log says %q", log.String())
			}
			if strings.HasPrefix(test.body, "{") {
				checkHeader(t, res)
			}
		})
	}
}

func checkHeader(t *testing.T, res *http.Response) {
	t.Helper()
	caching := ""
	if res.StatusCode == 200 {
		caching = "public, max-age=60"
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json", "Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff", "Cache-Control": caching,
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}
