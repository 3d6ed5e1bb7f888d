package smtp

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/wneessen/go-mail"

	"poolhouse.dev/internal/notify"
)

// compose returns m as a mail: HTML, with a plain alternative for readers that
// show no HTML. Two letters from one message have the same Message-ID and Date,
// so that a mailbox can tell a repeated delivery from a second message.
func (d *Driver) compose(m notify.Message) (*mail.Msg, error) {
	sender := m.From
	if sender == "" {
		sender = d.cfg.From
	}
	from, err := notify.ParseSender(sender)
	if err != nil {
		return nil, &notify.Refused{Reason: "the sender: " + err.Error()}
	}
	letter := mail.NewMsg(mail.WithNoDefaultUserAgent())
	letter.FromMailAddress(from)
	if err := letter.To(m.To); err != nil {
		return nil, &notify.Refused{Reason: "the recipient cannot be written into a header"}
	}
	if m.ReplyTo != "" {
		replyTo, err := notify.ParseSender(m.ReplyTo)
		if err != nil {
			return nil, &notify.Refused{Reason: "the reply-to: " + err.Error()}
		}
		letter.ReplyToMailAddress(replyTo)
	}
	letter.Subject(m.Subject)
	letter.SetMessageIDWithValue(messageID(m.ID, from.Address))
	when := m.Time
	if when.IsZero() {
		when = d.now()
	}
	letter.SetDateWithValue(when)
	// Keeps holiday notices and mailing robots from answering (RFC 3834).
	letter.SetGenHeader("Auto-Submitted", "auto-generated")
	letter.SetBodyString(mail.TypeTextPlain, notify.PlainText(m.Body))
	letter.AddAlternativeString(mail.TypeTextHTML, m.Body)
	return letter, nil
}

// messageID returns the Message-ID, without its brackets, of the message id
// from the given address. An id with anything but letters, digits and - . _ is
// written as its digest.
func messageID(id, from string) string {
	strange := func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-._", r))
	}
	if id == "" || len(id) > 128 || strings.ContainsFunc(id, strange) || strings.Contains("."+id+".", "..") {
		sum := sha256.Sum256([]byte(id))
		id = hex.EncodeToString(sum[:])
	}
	return id + from[strings.LastIndexByte(from, '@'):]
}
