package notify

import (
	"context"
	"errors"
)

// Driver delivers messages.
//
// Send returns nil once the next system has accepted m. It returns a *[Refused]
// when m will never be accepted, and any other error when the outcome is
// unknown or a later attempt may succeed; then the same m may be sent again.
// Send returns soon after ctx ends and is safe for concurrent use. Its errors
// hold no address, no text and no secret of m, so they may be logged.
type Driver interface {
	Send(ctx context.Context, m Message) error
}

// Refused says that a message was turned down for good. Another attempt would
// end the same way.
type Refused struct {
	// Reason says why, without the recipient and without any of the text.
	Reason string
}

// Error returns the reason.
func (r *Refused) Error() string { return "message refused: " + r.Reason }

// IsRefused reports whether err says that the message was turned down for good.
func IsRefused(err error) bool {
	var r *Refused
	return errors.As(err, &r)
}

// Router is a [Driver] that leaves each message to the driver of its medium, or
// to Sender when it is for a function of its pool. A medium without a driver
// refuses its messages.
type Router struct {
	Email  Driver
	SMS    Driver
	Sender Driver
}

// Send hands m to the driver of its medium.
func (r Router) Send(ctx context.Context, m Message) error {
	if err := m.Check(); err != nil {
		return err
	}
	driver, reason := r.Email, "no driver for e-mail is configured"
	switch {
	case m.Sender != nil:
		driver, reason = r.Sender, "functions of pools cannot be called"
	case m.Medium == SMS:
		driver, reason = r.SMS, "no driver for SMS is configured"
	}
	if driver == nil {
		return &Refused{Reason: reason}
	}
	return driver.Send(ctx, m)
}
