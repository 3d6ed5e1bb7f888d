// Package code makes one-time codes and judges answers to them. A code is six
// digits from a strong source, kept as a keyed hash that is bound to the pool,
// the user, the purpose and the exact value that the code was sent to; it can
// prove nothing else.
//
// What a right code changes is decided in package user; messages leave through
// package outbox.
package code

import (
	"cmp"
	"fmt"
	"time"

	"poolhouse.dev/internal/arn"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/outbox"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// Codes issues and judges codes. It is safe for concurrent use.
type Codes struct {
	vault    *vault.Vault
	outbox   *outbox.Outbox
	triggers *trigger.Caller
	links    Links
	now      func() time.Time
}

// New returns a Codes.
func New(v *vault.Vault, o *outbox.Outbox, t *trigger.Caller, links Links, now func() time.Time) *Codes {
	return &Codes{vault: v, outbox: o, triggers: t, links: links, now: now}
}

// Order asks for one code.
type Order struct {
	Pool *pool.Pool
	User *user.User
	// Current is the row of the code's purpose as it was read, stored or not;
	// the new code takes its place.
	Current *user.Code
	Request user.CodeRequest
	Life    time.Duration
	// Digits is the length of the code; 0 is the usual one.
	Digits int
	// Custom says what kind of message it is, and has the texts of the pool's
	// CustomMessage trigger.
	Custom *Custom
	// ForNobody makes a code that is told to nobody and that nothing matches, and a
	// message that is handed to nobody: at the cost of others, but for the trigger.
	ForNobody bool
}

// noSMS is the refusal of a text message from a pool that cannot send any.
const noSMS = "Invalid phone number provided/Unable to send the message. User pool does not have SMS configuration to send messages."

// Refuse refuses to write a message that the pool could not send. The fault is
// CodeDeliveryFailureException.
func Refuse(p *pool.Pool, m notify.Medium) error {
	if m == notify.SMS && p.Settings.SMS == nil && !trigger.HasSender(p, m) {
		return fault.CodeDeliveryFailure(noSMS)
	}
	return nil
}

// Issue adds a new code and its message to the set. When the set is committed
// the caller delivers the message that comes back. The faults are those of
// Refuse.
func (c *Codes) Issue(set *store.ChangeSet, o Order) (*outbox.Pending, error) {
	if err := Refuse(o.Pool, MediumOf(o.Request.Attribute)); err != nil {
		return nil, err
	}
	text := vault.NewCode(cmp.Or(o.Digits, user.CodeDigits))
	proof, texts := text, notify.Texts{}
	if o.ForNobody {
		proof = vault.NewUUID() // nobody learns or guesses it
	} else {
		var err error
		if texts, err = o.Custom.Texts(o.Pool, o.User, o.Request.Attribute); err != nil {
			return nil, err
		}
	}
	row := *o.Current
	row.PoolID, row.Sub = o.Pool.ID, o.User.Sub
	row.ID = vault.NewUUID()
	row.Attribute, row.Target, row.Pending = o.Request.Attribute, o.Request.Target, o.Request.Pending
	row.Hash = c.vault.HashCode(place(&row), proof)
	row.ExpiresAt = c.now().Add(o.Life)
	set.Put(&row)
	out := &user.Outgoing{PoolID: row.PoolID, Sub: row.Sub, Purpose: row.Purpose, CodeID: row.ID, ExpiresAt: row.ExpiresAt}
	message := Compose(o.Pool, o.User, o.Custom, o.Request, texts, text)
	if o.ForNobody {
		message.To, message.ToNobody = "", true
	}
	return c.outbox.Enqueue(set, out, message)
}

// Judge returns nil when text is the outstanding code in row. The faults are
// ExpiredCodeException when none is outstanding and CodeMismatchException. The
// caller has counted the attempt, durably, before.
func (c *Codes) Judge(row *user.Code, text string) error {
	if !row.Usable(c.now()) {
		return fault.ExpiredCode(user.ExpiredCodeText)
	}
	if !c.Matches(row, text) {
		return fault.CodeMismatch(user.CodeMismatchText)
	}
	return nil
}

// Matches reports whether text is the outstanding code in row. The caller has counted
// the attempt, durably, before.
func (c *Codes) Matches(row *user.Code, text string) bool {
	return row.Usable(c.now()) && c.vault.MatchCode(place(row), text, row.Hash)
}

// place binds a code's hash to all that the code proves.
func place(c *user.Code) vault.Place {
	return vault.Place{Table: string(user.TableCodes), Key: c.RowKey().String() + "/" + c.ID, Column: c.Attribute + "=" + c.Target}
}

// MediumOf returns the way to an attribute's value.
func MediumOf(attr string) notify.Medium {
	if attr == pool.AttrPhone {
		return notify.SMS
	}
	return notify.Email
}

// Compose writes the message that carries a code or a temporary password, with
// the texts of a trigger where it gave any.
func Compose(p *pool.Pool, u *user.User, custom *Custom, r user.CodeRequest, texts notify.Texts, text string) notify.Message {
	kind, medium := custom.Kind(), MediumOf(r.Attribute)
	values, own := notify.Values{Code: text, Username: u.Username}, templates(p, kind)
	if p.ConfirmsByLink() && kind.MayLink() && medium == notify.Email {
		values.Link = custom.links.confirmation(custom.clientID, u.Username, text)
		own.EmailSubject, own.EmailBody = p.Settings.Templates.EmailSubjectByLink, p.Settings.Templates.EmailMessageByLink
	}
	subject, body := notify.Render(kind, medium, own.With(kind, texts), values)
	return notify.Message{
		Medium: medium, To: r.Target, Subject: subject, Body: body,
		From: p.Settings.Email.From, ReplyTo: p.Settings.Email.ReplyTo, Via: via(p, medium),
		Code: text, Attribute: r.Attribute, PoolID: string(p.ID), Kind: kind,
		Sender: custom.sender(p, u, medium, r),
	}
}

// via returns what the pool says about the provider of its messages.
func via(p *pool.Pool, medium notify.Medium) notify.Via {
	email, sms := &p.Settings.Email, p.Settings.SMS
	if medium == notify.Email {
		return notify.Via{
			Region:      cmp.Or(arn.Region(email.SourceARN), p.Region),
			OwnIdentity: email.Account == pool.SenderDeveloper, IdentityARN: email.SourceARN, ConfigurationSet: email.ConfigurationSet,
		}
	}
	if sms == nil {
		return notify.Via{}
	}
	return notify.Via{Region: cmp.Or(sms.SNSRegion, p.Region), RoleARN: sms.SNSCallerARN, ExternalID: sms.ExternalID}
}

// InvitesWithPassword reports whether the invitation by the medium, in the pool's
// words or those of a trigger, has a place for the temporary password. One that has none is not delivered.
// A sender of the pool's own gets the password whatever the words are.
func InvitesWithPassword(p *pool.Pool, medium notify.Medium, texts notify.Texts) bool {
	return trigger.HasSender(p, medium) || templates(p, notify.Invitation).With(notify.Invitation, texts).ShowsCode(notify.Invitation, medium)
}

// templates are the pool's texts for a kind of message.
func templates(p *pool.Pool, kind notify.Kind) notify.Templates {
	s := &p.Settings
	t := notify.Templates{
		EmailSubject: s.Templates.EmailSubject, EmailBody: s.Templates.EmailMessage, SMSBody: s.Templates.SMSMessage,
		InviteEmailSubject: s.Invite.EmailSubject, InviteEmailBody: s.Invite.EmailMessage, InviteSMSBody: s.Invite.SMSMessage,
	}
	if kind == notify.Authentication {
		t.EmailSubject, t.EmailBody, t.SMSBody = "", "", s.Templates.SMSAuthentication
		if mfa := s.EmailMFA; mfa != nil {
			t.EmailSubject, t.EmailBody = mfa.Subject, mfa.Message
		}
	}
	return t
}

// Delivery is what an answer tells about a code that was sent.
type Delivery struct {
	Attribute   string
	Medium      notify.Medium
	Destination string
}

// DeliveryOf describes the delivery of a code, its destination masked.
func DeliveryOf(r user.CodeRequest) Delivery {
	m := MediumOf(r.Attribute)
	return Delivery{Attribute: r.Attribute, Medium: m, Destination: notify.Mask(m, r.Target)}
}

// UninvitedFor turns the failure to deliver an invitation into a fault that
// AdminCreateUser answers, which models what a text message's role lacks and not
// what an e-mail identity does.
func UninvitedFor(err error) error {
	if f := fault.As(err); f != nil && f.Is(fault.InvalidEmailRolePolicy()) {
		return fault.CodeDeliveryFailure(f.Message)
	}
	return err
}

// RefusedFor turns the failure to deliver into a fault that operations answer
// which do not model CodeDeliveryFailureException.
func RefusedFor(err error) error {
	if f := fault.As(err); f != nil && f.Is(fault.CodeDeliveryFailure("")) {
		return fault.InvalidParameter(f.Message)
	}
	return fmt.Errorf("delivering a code: %w", err)
}
