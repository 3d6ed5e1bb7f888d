package code

import (
	"fmt"
	"html"
	"net/url"
	"time"

	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/outbox"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// UndoPath is where links lead that undo a change of the e-mail address, with the
// pool's id, the user's sub and a token in its query.
const (
	UndoPath = "/undoEmailChange/"

	LinkPool  = "user_pool_id"
	LinkSub   = "sub"
	LinkToken = "token"

	// UndoOperation is what such a link stands for, in the history of changes.
	UndoOperation = "UndoEmailChange"
)

// undoDigits make the token of an undo link, which is not to be guessed: 132 bits.
const undoDigits = 40

// UndoOrder asks for a message that tells an address of a user that it is that
// user's no more.
type UndoOrder struct {
	Pool *pool.Pool
	// User is the user before the change, whose address is told.
	User *user.User
	// Current is the user's row of PurposeUndo as it was read, stored or not.
	Current    *user.Code
	NewAddress string
	// Right says that the message has a link that undoes the change, good for Life.
	Right bool
	Life  time.Duration
}

// IssueUndo adds the message, and the right to undo the change, to the set. When
// the set is committed the caller delivers the message.
func (c *Codes) IssueUndo(set *store.ChangeSet, o UndoOrder) (*outbox.Pending, error) {
	target := o.User.Attributes.Get(pool.AttrEmail)
	out := &user.Outgoing{PoolID: o.Pool.ID, Sub: o.User.Sub, Purpose: user.PurposeNotice, ExpiresAt: c.now().Add(o.Life)}
	link := ""
	if o.Right {
		token := vault.NewCode(undoDigits)
		row := *o.Current
		row.PoolID, row.Sub, row.Purpose = o.Pool.ID, o.User.Sub, user.PurposeUndo
		row.ID, row.Attribute, row.Target, row.Pending = vault.NewUUID(), pool.AttrEmail, target, false
		row.Hash = c.vault.HashCode(place(&row), token)
		row.ExpiresAt = c.now().Add(o.Life)
		set.Put(&row)
		out.Purpose, out.CodeID = user.PurposeUndo, row.ID
		link = string(c.links) + UndoPath + "?" + LinkPool + "=" + url.QueryEscape(string(o.Pool.ID)) +
			"&" + LinkSub + "=" + url.QueryEscape(string(o.User.Sub)) + "&" + LinkToken + "=" + token
	}
	email := &o.Pool.Settings.Email
	return c.outbox.Enqueue(set, out, notify.Message{
		Medium: notify.Email, To: target, Subject: "Your e-mail address was changed", Body: undoText(o, link, out.ExpiresAt),
		From: email.From, ReplyTo: email.ReplyTo, Via: via(o.Pool, notify.Email),
		Attribute: pool.AttrEmail, PoolID: string(o.Pool.ID), Kind: notify.EmailChanged,
	})
}

// undoText is the message. The new address is shown as answers show it: this mailbox
// may be somebody else's by now.
func undoText(o UndoOrder, link string, until time.Time) string {
	text := fmt.Sprintf("<p>This address is no longer the e-mail address of the account %s.", html.EscapeString(o.User.Username))
	if o.NewAddress != "" {
		text += " The new one is " + html.EscapeString(notify.Mask(notify.Email, o.NewAddress)) + "."
	}
	text += "</p><p>If you made this change there is nothing to do.</p>"
	if link != "" {
		text += fmt.Sprintf(`<p>If you did not, <a href="%s">undo the change</a> before %s. Everybody who uses the account is signed out then.</p>`,
			html.EscapeString(link), until.UTC().Format("2 January 2006 15:04 UTC"))
	}
	return text
}
