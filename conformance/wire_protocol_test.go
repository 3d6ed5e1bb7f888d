package conformance

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
)

// Targets, methods, paths and content types that are not the protocol's.
func TestProtocolErrors(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		const (
			unknown = `{"__type":"UnknownOperationException"}`
			garbled = `{"__type":"SerializationException"}`
			prefix  = "AWSCognitoIdentityProviderService."
			jsonOne = "application/x-amz-json-1.1"
		)
		for _, c := range []struct {
			name, method, path, target, contentType string
			status                                  int
			want                                    string
		}{
			{"unknown operation", "POST", "/", prefix + "DoNothing", jsonOne, 400, unknown},
			{"letters of another case", "POST", "/", prefix + "initiateAuth", jsonOne, 400, unknown},
			{"another service", "POST", "/", "AWSCognitoIdentityService.GetId", jsonOne, 400, unknown},
			{"no target", "POST", "/", "", jsonOne, 404, unknown},
			{"another method", "PUT", "/", prefix + "InitiateAuth", jsonOne, 404, unknown},
			{"another path", "POST", "/x", prefix + "InitiateAuth", jsonOne, 404, unknown},
			{"nothing of the protocol", "POST", "/", prefix + "DoNothing", "text/plain", 404, unknown},
			{"plain JSON", "POST", "/", prefix + "InitiateAuth", "application/json", 400, garbled},
			{"a form", "POST", "/", prefix + "InitiateAuth", "application/x-www-form-urlencoded", 400, garbled},
			{"no content type", "POST", "/", prefix + "InitiateAuth", "", 400, garbled},
			{"not built", "POST", "/", prefix + "CreateIdentityProvider", jsonOne, 400, `{"__type":"UnknownOperationException","message":"Operation CreateIdentityProvider is not built in this version of poolhouse."}`},
		} {
			req, err := http.NewRequestWithContext(t.Context(), c.method, e.url+c.path, strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			if c.target != "" {
				req.Header.Set("X-Amz-Target", c.target)
			}
			if c.contentType != "" {
				req.Header.Set("Content-Type", c.contentType)
			}
			if status, body := e.send(t, req); status != c.status || body != c.want {
				t.Errorf("%s: %d %s, want %d %s", c.name, status, body, c.status, c.want)
			}
		}
		for _, contentType := range []string{"application/x-amz-json-1.0", "application/x-amz-json-1.1; charset=utf-8", "Application/X-Amz-Json-1.1"} {
			_, _, body := e.raw(t, "InitiateAuth", `{"AuthFlow":"USER_PASSWORD_AUTH","ClientId":"unknown"}`, "Content-Type", contentType)
			if !bytes.Contains(body, []byte("ResourceNotFoundException")) {
				t.Errorf("%s: %s", contentType, body)
			}
		}
		status, _, body := e.raw(t, "InitiateAuth", `{"ClientId":"`+strings.Repeat("x", 3<<20)+`"}`)
		if status != http.StatusRequestEntityTooLarge || len(body) != 0 {
			t.Errorf("three megabytes: %d %q", status, body)
		}
	})
}

// send sends a request and returns the status and the body of the answer.
func (e *env) send(t *testing.T, req *http.Request) (int, string) {
	t.Helper()
	resp, err := web.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, body.String()
}
