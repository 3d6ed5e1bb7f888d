package trigger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"poolhouse.dev/internal/fault"
)

// Limits of one call, from the service's documentation.
const (
	// attemptTime bounds one attempt.
	attemptTime = 5 * time.Second
	// maxAttempts is how often a function is called that did not answer in time
	// or could not be reached for a reason that may pass.
	maxAttempts = 3
	// MaxAnswer is the most bytes of an answer that are read: what AWS Lambda
	// itself allows.
	MaxAnswer = 6 << 20
	// maxErrorText bounds, in bytes, what of a function's error is told.
	maxErrorText = 4 << 10
)

// Function reaches functions. It is safe for concurrent use.
type Function interface {
	// Invoke calls the function with an event and waits for its answer. The
	// error is an *[InvokeError] when the function was not run to its end, or
	// wraps the context's when that ended first.
	Invoke(ctx context.Context, arn string, event []byte) (Result, error)
}

// Result is how a function ended.
type Result struct {
	// Payload is what the function returned, or a document that describes its
	// error; at most MaxAnswer bytes.
	Payload []byte
	// Failed says that the function ended with an error.
	Failed bool
}

// InvokeError says that a function could not be called.
type InvokeError struct {
	// Code is the exception of the AWS Lambda API, such as
	// AccessDeniedException, or a short text of that kind. It holds no secret.
	Code string
	// Temporary says that another attempt may succeed.
	Temporary bool
}

// Error returns the code.
func (e *InvokeError) Error() string { return "invoking a function: " + e.Code }

// Config is what a Caller works with. Observe may be nil.
type Config struct {
	Function Function
	Logger   *slog.Logger
	// Observe is told how every call of a trigger ended: ok, failed (by the
	// function), unanswered or garbled.
	Observe func(trigger, outcome string)
}

// Caller calls triggers. It is safe for concurrent use.
type Caller struct{ config Config }

// New returns a Caller.
func New(c Config) *Caller {
	if c.Observe == nil {
		c.Observe = func(string, string) {}
	}
	return &Caller{c}
}

// call calls the function of one trigger with an event and reads its response
// into response. The faults are UnexpectedLambdaException,
// UserLambdaValidationException and InvalidLambdaResponseException.
func (c *Caller) call(ctx context.Context, trigger, arn string, e *event, response any) error {
	sent, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encoding an event: %w", err)
	}
	result, err := c.invoke(ctx, arn, sent)
	outcome := "ok"
	switch {
	case err != nil:
		outcome = "unanswered"
		c.config.Logger.Warn("a function could not be called", "trigger", trigger, "source", e.TriggerSource, "pool", e.UserPoolID, "error", err)
		err = fault.UnexpectedLambda(trigger + " invocation failed due to error " + reason(err) + ".")
	case result.Failed:
		outcome = "failed"
		err = fault.UserLambdaValidation(trigger + " failed with error " + errorText(result.Payload) + ".")
	default:
		if err = judge(e, result.Payload, response); err != nil {
			outcome = "garbled"
		}
	}
	c.config.Observe(trigger, outcome)
	return err
}

// invoke tries until the function has answered, or a reason that will not pass.
func (c *Caller) invoke(ctx context.Context, arn string, sent []byte) (result Result, err error) {
	for range maxAttempts {
		attempt, cancel := context.WithTimeout(ctx, attemptTime)
		result, err = c.config.Function.Invoke(attempt, arn, sent)
		cancel()
		if err == nil || ctx.Err() != nil {
			break
		}
		var refused *InvokeError
		if errors.As(err, &refused) && !refused.Temporary {
			break
		}
	}
	return result, err
}

// reason is how the service names why a function was not run.
func reason(err error) string {
	var refused *InvokeError
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return "Socket timeout while invoking Lambda function"
	case errors.As(err, &refused):
		return refused.Code
	}
	return "ServiceException"
}

// errorText returns the message of a function's error.
func errorText(payload []byte) string {
	var document struct {
		Message *string `json:"errorMessage"`
		Type    string  `json:"errorType"`
	}
	text := "null"
	if json.Unmarshal(payload, &document) == nil {
		if text = document.Type; document.Message != nil {
			text = *document.Message
		}
	}
	if len(text) > maxErrorText {
		text = text[:maxErrorText]
	}
	return text
}
