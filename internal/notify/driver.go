package notify

import (
	"context"
	"errors"
	"io"
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

// Immediate is a [Driver] some of whose messages take no time, since they do not leave
// the process: a request may wait for them without telling anything by that.
type Immediate interface {
	Driver
	Immediate(m Message) bool
}

// Cause is what has to change before a refused message could leave.
type Cause int

const (
	// CauseMessage is the message or its recipient, or that nothing is
	// configured which could deliver it.
	CauseMessage Cause = iota
	// CauseSMSTrust is the pool's role for text messages, which the server may
	// not assume.
	CauseSMSTrust
	// CauseSMSPolicy is that role too, which may not send text messages.
	CauseSMSPolicy
	// CauseEmailPolicy is the pool's e-mail identity, which the server may not
	// use.
	CauseEmailPolicy
)

// Refused says that a message was turned down for good. Another attempt would
// end the same way.
type Refused struct {
	// Reason says why, without the recipient and without any of the text.
	Reason string
	Cause  Cause
}

// Error returns the reason.
func (r *Refused) Error() string { return "message refused: " + r.Reason }

// IsRefused reports whether err says that the message was turned down for good.
func IsRefused(err error) bool {
	var r *Refused
	return errors.As(err, &r)
}

// CauseOf returns the cause of a refusal, CauseMessage for every other error.
func CauseOf(err error) Cause {
	if r := (*Refused)(nil); errors.As(err, &r) {
		return r.Cause
	}
	return CauseMessage
}

// Router is a [Driver] that leaves each message to the driver of its medium, or
// to Sender when it is for a function of its pool. A medium without a driver
// refuses its messages.
type Router struct {
	Email  Driver
	SMS    Driver
	Sender Driver
	// OwnEmail, if not nil, takes the e-mail of pools that send from an identity
	// of their own.
	OwnEmail Driver
}

// Close ends what the drivers keep open. Nothing may be sent after it.
func (r Router) Close() error {
	var errs []error
	for _, d := range []Driver{r.Email, r.OwnEmail, r.SMS} {
		if c, ok := d.(io.Closer); ok {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}

// Send hands m to the driver of its medium; one to nobody it hands to none, where there
// would be one.
func (r Router) Send(ctx context.Context, m Message) error {
	driver, reason := r.of(m)
	switch {
	case driver == nil:
		return &Refused{Reason: reason}
	case m.ToNobody:
		return nil
	}
	if err := m.Check(); err != nil {
		return err
	}
	return driver.Send(ctx, m)
}

// Immediate reports whether m is kept, or refused, within the process.
func (r Router) Immediate(m Message) bool {
	driver, _ := r.of(m)
	if driver == nil {
		return true
	}
	i, ok := driver.(Immediate)
	return ok && i.Immediate(m)
}

// of returns the driver that m is for, and what is wrong where there is none.
func (r Router) of(m Message) (driver Driver, reason string) {
	switch {
	case m.Sender != nil:
		return r.Sender, "functions of pools cannot be called"
	case m.Medium == Email && m.Via.OwnIdentity && r.OwnEmail != nil:
		return r.OwnEmail, ""
	case m.Medium == SMS:
		return r.SMS, "no driver for SMS is configured"
	}
	return r.Email, "no driver for e-mail is configured"
}
