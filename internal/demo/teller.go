package demo

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// targetPrefix is what the header that names an operation begins with.
const targetPrefix = "AWSCognitoIdentityProviderService."

// teller writes the story. After an error of the writer it is silent.
type teller struct {
	w     io.Writer
	steps int
	err   error
}

func (t *teller) say(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.w, format+"\n", args...)
	}
}

// step begins a step.
func (t *teller) step(title string) {
	t.steps++
	t.say("\n%d. %s", t.steps, title)
}

// checked tells what a step found to be so.
func (t *teller) checked(format string, args ...any) { t.say("   ✓ "+format, args...) }

// observer tells of each request and its answer as they pass.
type observer struct {
	base   http.RoundTripper
	teller *teller
}

// RoundTrip implements http.RoundTripper.
func (o *observer) RoundTrip(req *http.Request) (*http.Response, error) {
	sent, err := o.tellRequest(req)
	if err != nil {
		return nil, err
	}
	resp, err := o.base.RoundTrip(sent)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("reading an answer: %w", err)
	}
	o.teller.say("   ← %d %s", resp.StatusCode, show(body))
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// tellRequest tells of req and returns it as it can be sent.
func (o *observer) tellRequest(req *http.Request) (*http.Request, error) {
	operation, isCall := strings.CutPrefix(req.Header.Get("X-Amz-Target"), targetPrefix)
	if !isCall {
		o.teller.say("   → %s %s", req.Method, req.URL.RequestURI())
		return req, nil
	}
	defer req.Body.Close()
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, fmt.Errorf("reading the request of %s: %w", operation, err)
	}
	o.teller.say("   → %s %s", operation, show(body))
	sent := req.Clone(req.Context())
	sent.Body = io.NopCloser(bytes.NewReader(body))
	return sent, nil
}
