// Package httpfn calls functions by plain HTTP: a POST of the event to an
// address, as the AWS Lambda runtime interface emulator takes it. It owns the
// request and the reading of the answer; which function is where is package
// trigger's.
//
// Start with [Function].
package httpfn

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"poolhouse.dev/internal/trigger"
)

// Function is a [trigger.Function] at one address.
type Function struct {
	url    string
	client *http.Client
}

// New returns the function at url. The client decides which addresses may be
// connected to, and lets through answers of [trigger.MaxAnswer] bytes and more.
func New(url string, client *http.Client) *Function {
	c := *client
	// A redirect would carry the event to an address nobody configured.
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Function{url: url, client: &c}
}

// Invoke posts the event. An answer of 200 is the function's; it is that of a
// function that failed when the header X-Amz-Function-Error says so, or when it
// is an error document instead of an event.
func (f *Function) Invoke(ctx context.Context, _ string, event []byte) (trigger.Result, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.url, bytes.NewReader(event))
	if err != nil {
		return trigger.Result{}, &trigger.InvokeError{Code: "InvalidRequestContentException"}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "poolhouse")
	resp, err := f.client.Do(req)
	if err != nil {
		return trigger.Result{}, unreached(ctx)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return trigger.Result{}, refused(resp.StatusCode)
	}
	payload, err := io.ReadAll(io.LimitReader(resp.Body, trigger.MaxAnswer+1))
	if err != nil {
		return trigger.Result{}, unreached(ctx)
	}
	if len(payload) > trigger.MaxAnswer {
		return trigger.Result{}, &trigger.InvokeError{Code: "ResponseSizeTooLargeException"}
	}
	return trigger.Result{Payload: payload, Failed: resp.Header.Get("X-Amz-Function-Error") != "" || isErrorDocument(payload)}, nil
}

// unreached is the error of a call without an answer: that of a context that
// ended, or a connection that failed.
func unreached(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return &trigger.InvokeError{Code: "ServiceException", Temporary: true}
}

// refused names a status as the AWS Lambda API would.
func refused(status int) error {
	switch {
	case status == http.StatusForbidden || status == http.StatusUnauthorized:
		return &trigger.InvokeError{Code: "AccessDeniedException"}
	case status == http.StatusNotFound:
		return &trigger.InvokeError{Code: "ResourceNotFoundException"}
	case status == http.StatusTooManyRequests:
		return &trigger.InvokeError{Code: "TooManyRequestsException", Temporary: true}
	}
	return &trigger.InvokeError{Code: "ServiceException"}
}

// isErrorDocument reports whether payload describes a function's error; an event
// has no member of that name.
func isErrorDocument(payload []byte) bool {
	var document struct {
		Message *string `json:"errorMessage"`
		Source  *string `json:"triggerSource"`
	}
	err := json.Unmarshal(payload, &document)
	var mistyped *json.UnmarshalTypeError
	return (err == nil || errors.As(err, &mistyped)) && document.Message != nil && document.Source == nil
}
