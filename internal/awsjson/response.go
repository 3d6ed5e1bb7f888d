package awsjson

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/wire"
)

const (
	contentTypeJSON = "application/x-amz-json-1.1"
	// maxHeaderMessage bounds the message in the header, for the sake of
	// clients and proxies that bound headers; the body has all of it.
	maxHeaderMessage = 1024
)

// errUnreadable is what a body or content type gets that is not the protocol.
var errUnreadable = fault.New("SerializationException", "")

// errUnknown is the answer for a name that no operation has, and errTooLarge that for
// a body beyond Config.MaxBody.
var (
	errUnknown  = fault.New("UnknownOperationException", "")
	errTooLarge = &httpError{status: http.StatusRequestEntityTooLarge}
)

// httpError is an answer whose status is not that of its fault. Without a
// fault it has no body.
type httpError struct {
	status int
	fault  *fault.Error
}

// Answer is a fault that is answered with a status of its own, and with a body of
// its own unless Body is "".
type Answer struct {
	Fault             *fault.Error
	Status            int
	ContentType, Body string
}

// Error returns the exception.
func (a *Answer) Error() string { return a.Fault.Error() }

// Error returns the status and the exception, if there is one.
func (e *httpError) Error() string {
	if e.fault == nil {
		return "HTTP status " + strconv.Itoa(e.status)
	}
	return e.fault.Error()
}

// succeed writes the output of op, or an empty body when it has none.
func (x *exchange) succeed(op *wire.Operation, out any, b *buffers) {
	if op.HasOutput {
		var err error
		if b.out, err = Encode(b.out, out); err != nil {
			x.fail(fmt.Errorf("encoding the response: %w", err))
			return
		}
	}
	x.write(http.StatusOK, b.out)
}

// fail writes err: a fault as it is, violated constraints as an
// InvalidParameterException, anything else as the service's own fault.
func (x *exchange) fail(err error) {
	own := (*Answer)(nil)
	switch {
	case !errors.As(err, &own):
	case own.Body != "":
		x.code = own.Fault.Code
		x.send(own.Status, own.ContentType, []byte(own.Body))
		return
	default:
		err = &httpError{own.Status, own.Fault}
	}
	answer := x.answerOf(err)
	if answer.status >= http.StatusInternalServerError {
		x.Logger.LogAttrs(x.r.Context(), slog.LevelError, "request failed",
			slog.String("request_id", x.id), slog.String("operation", x.operationName()), slog.Any("error", err))
	}
	f := answer.fault
	if f == nil {
		x.write(answer.status, nil)
		return
	}
	x.code = f.Code
	h := x.w.Header()
	h["x-amzn-ErrorType"] = []string{f.Code + ":"}
	if message := headerValue(f.Message); message != "" {
		h["x-amzn-ErrorMessage"] = []string{message}
	}
	x.write(answer.status, errorBody(f))
}

// answerOf decides how err is answered.
func (x *exchange) answerOf(err error) *httpError {
	var answer *httpError
	if errors.As(err, &answer) {
		return answer
	}
	var constraints *wire.ConstraintError
	if errors.As(err, &constraints) {
		return &httpError{http.StatusBadRequest, fault.InvalidParameter(constraints.Message)}
	}
	f := fault.As(err)
	if f == nil {
		f = fault.Internal()
	}
	// A few operations know the same fault by another name.
	if f.Code == fault.CodeInternalError && x.operation != nil &&
		slices.Contains(x.operation.Errors, fault.CodeInternalServer) &&
		!slices.Contains(x.operation.Errors, fault.CodeInternalError) {
		f = fault.New(fault.CodeInternalServer, f.Message)
	}
	return &httpError{f.Status(), f}
}

// errorBody returns the body of a fault. Members without a value are left out.
func errorBody(f *fault.Error) []byte {
	body := struct {
		Type    string `json:"__type"`
		Message string `json:"message,omitzero"`
		Reason  string `json:"reasonCode,omitzero"`
	}{f.Code, f.Message, f.Reason}
	text, err := json.Marshal(body, encoding)
	if err != nil {
		return []byte(`{"__type":"` + fault.CodeInternalError + `"}`)
	}
	return text
}

// headerValue returns message as one line that a header can hold.
func headerValue(message string) string {
	if len(message) > maxHeaderMessage {
		cut := maxHeaderMessage
		for cut > 0 && !utf8.RuneStart(message[cut]) {
			cut--
		}
		message = message[:cut]
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, message))
}

// write sends the answer. Only a refusal without words has no content type.
func (x *exchange) write(status int, body []byte) {
	kind := ""
	if len(body) > 0 || status == http.StatusOK {
		kind = contentTypeJSON
	}
	x.send(status, kind, body)
}

func (x *exchange) send(status int, contentType string, body []byte) {
	x.status = status
	h := x.w.Header()
	if contentType != "" {
		h["Content-Type"] = []string{contentType}
	}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	x.w.WriteHeader(status)
	_, _ = x.w.Write(body) // the client may be gone; there is nobody to tell
}

// recovered logs a panic and returns the error that answers it. Of the value
// only its type is told, unless the runtime made it: a handler's own value
// could hold a part of the request.
func (x *exchange) recovered(value any) error {
	if value == http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
		panic(value)
	}
	told := fmt.Sprintf("%T", value)
	var cause runtime.Error
	if err, ok := value.(error); ok && errors.As(err, &cause) {
		told = cause.Error()
	}
	x.Logger.LogAttrs(context.WithoutCancel(x.r.Context()), slog.LevelError, "operation panicked",
		slog.String("request_id", x.id), slog.String("operation", x.operationName()),
		slog.String("panic", told), slog.String("stack", string(debug.Stack())))
	return errPanicked
}

// errPanicked stands for a panic that is already logged.
var errPanicked = errors.New("a panic ended the operation")
