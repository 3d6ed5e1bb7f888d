package fault

import (
	"errors"
	"fmt"
)

// Error is an answer the service model knows: an exception name and a message
// for the client. Nothing else that an operation returns reaches the client.
// It is immutable after construction and safe to share.
type Error struct {
	// Code is the exception's short name, for example "NotAuthorizedException".
	Code string
	// Message is shown to the client as it is. It never holds a secret.
	Message string
	// Reason is the optional member reasonCode of InvalidParameterException.
	Reason string
}

// New returns a fault with the exception name code and the given message.
func New(code, message string) *Error { return &Error{Code: code, Message: message} }

// Newf is New with a formatted message.
func Newf(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Error returns the exception name and the message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Is reports whether target is a fault with the same exception name, so that
// errors.Is(err, fault.NotAuthorized("")) asks for the kind and not the text.
func (e *Error) Is(target error) bool {
	other, ok := target.(*Error)
	return ok && other.Code == e.Code
}

// Status returns the HTTP status of the fault: 500 for the service's own
// faults and 400 for every other one, as the API reference has it.
func (e *Error) Status() int {
	if e.Code == CodeInternalError || e.Code == CodeInternalServer {
		return 500
	}
	return 400
}

// As returns the fault in err's chain, or nil when there is none.
func As(err error) *Error {
	e, _ := errors.AsType[*Error](err)
	return e
}

// Outcome is how records of calls name the way that one ended: "ok", or the code of
// its fault.
func Outcome(err error) string {
	if err == nil {
		return "ok"
	}
	if f := As(err); f != nil {
		return f.Code
	}
	return CodeInternalError
}
