package code

import (
	"context"
	"errors"

	"poolhouse.dev/internal/caller"
	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/user"
)

// Custom gets the texts of one request's messages from the pool's CustomMessage
// trigger. The trigger takes its time, and must not take a user's lane meanwhile:
// what issues the messages runs within Run, which calls the trigger for the texts
// that turn out to be missing and then runs it again. It is used by one request.
type Custom struct {
	triggers *trigger.Caller
	links    Links
	kind     notify.Kind
	clientID pool.ClientID
	metadata map[string]string
	// userAgent tells of the caller's software, from Run on.
	userAgent string

	texts map[string]notify.Texts // by attribute
	need  *need
}

// need is a text that was missing.
type need struct {
	pool      *pool.Pool
	user      *user.User
	attribute string
}

// errNeed ends a run that lacks a text.
var errNeed = errors.New("the text of a message is still to be asked for")

// Custom returns the texts of messages of a kind. clientID is "" for a call
// without a client. metadata is the request's ClientMetadata.
func (c *Codes) Custom(kind notify.Kind, clientID pool.ClientID, metadata map[string]string) *Custom {
	return &Custom{triggers: c.triggers, links: c.links, kind: kind, clientID: clientID, metadata: metadata}
}

// By notes the client of the call, for one that is told by a token. A nil Custom
// notes nothing.
func (c *Custom) By(id pool.ClientID) {
	if c != nil {
		c.clientID = id
	}
}

// Kind returns the kind of the messages.
func (c *Custom) Kind() notify.Kind { return c.kind }

// Run calls do, which decides and commits, until it has every text that it asks
// for. Nothing is committed by a run that lacks one. The error is that of do, or
// the trigger's fault as a *[TriggerError]. A nil Custom calls do once.
func (c *Custom) Run(ctx context.Context, do func() error) error {
	if c == nil {
		return do()
	}
	c.userAgent = caller.From(ctx).UserAgent
	for {
		c.need = nil
		if err := do(); c.need == nil {
			return err
		}
		texts, err := c.triggers.CustomMessage(ctx, c.occasion(c.need.pool), c.kind, c.need.user)
		if err != nil {
			return &TriggerError{err}
		}
		if c.texts == nil {
			c.texts = map[string]notify.Texts{}
		}
		c.texts[c.need.attribute] = texts
	}
}

// TriggerError wraps the fault of a trigger that gave no text.
type TriggerError struct{ fault error }

// Error returns the fault's text.
func (e *TriggerError) Error() string { return e.fault.Error() }

// Unwrap returns the fault.
func (e *TriggerError) Unwrap() error { return e.fault }

func (c *Custom) occasion(p *pool.Pool) trigger.Occasion {
	return trigger.Occasion{Pool: p, ClientID: c.clientID, ClientMetadata: c.metadata}
}

// sender returns the pool's own function that is to send a message of the call,
// nil for none.
func (c *Custom) sender(p *pool.Pool, u *user.User, m notify.Medium, r user.CodeRequest) *notify.Sender {
	return trigger.SenderOf(c.occasion(p), c.userAgent, u, m, r.Attribute, r.Target)
}

// Texts returns the texts for the message to an attribute of u, as the message
// finds the user; a message that a function of the pool sends needs none. The error, when they are still to be asked for, is for Run.
func (c *Custom) Texts(p *pool.Pool, u *user.User, attribute string) (notify.Texts, error) {
	if p.Settings.Triggers.CustomMessage == "" || trigger.HasSender(p, MediumOf(attribute)) {
		return notify.Texts{}, nil
	}
	texts, ok := c.texts[attribute]
	if !ok {
		c.need = &need{p, u, attribute}
		return texts, errNeed
	}
	return texts, nil
}
