package conformance

import (
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"poolhouse.dev/internal/wire"
)

// invalid begins an InvalidParameterException in tables of refusals.
const invalid = "InvalidParameterException: "

// call sends a request with exactly this body, signed where the operation asks
// for it. It returns the members of the answer, or the refusal as "exception:
// message".
func (e *env) call(t *testing.T, operation, body string) (answer map[string]any, refusal string) {
	t.Helper()
	op, ok := wire.Find(operation)
	if !ok {
		t.Fatalf("there is no operation %q", operation)
	}
	var header []string
	if op.Auth == wire.AuthSigV4 {
		header = e.signed(t, operation, body)
	}
	status, _, raw := e.raw(t, operation, body, header...)
	if len(raw) == 0 && status == http.StatusOK {
		return nil, ""
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		t.Fatalf("%s answered %d %q", operation, status, raw)
	}
	if status == http.StatusOK {
		return answer, ""
	}
	if status != http.StatusBadRequest {
		t.Errorf("%s: status %d for %s", operation, status, raw)
	}
	code, _ := answer["__type"].(string)
	message, _ := answer["message"].(string)
	return nil, code + ": " + message
}

// wantCall fails the test unless the request is refused with exactly this
// "exception: message", or, with "", succeeds; it returns the answer.
func (e *env) wantCall(t *testing.T, operation, body, want string) map[string]any {
	t.Helper()
	answer, refusal := e.call(t, operation, body)
	if refusal != want {
		t.Errorf("%s %s\n got %q\nwant %q", operation, body, refusal, want)
	}
	return answer
}

// quote is a text as JSON.
func quote(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// parse reads JSON that a test expects.
func parse(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// encode is a value as JSON.
func encode(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// get fetches a document and returns the status, the headers and the body.
func (e *env) get(t *testing.T, path string, header ...string) (int, http.Header, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, e.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := web.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, body
}

// did takes the results of a call that must succeed and returns, for a test,
// the first.
func did[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
