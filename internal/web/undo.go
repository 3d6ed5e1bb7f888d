package web

import (
	"context"
	"net/http"
	"net/url"

	"poolhouse.dev/internal/code"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

var staleUndo = page{
	Title: "This link cannot be used", Said: "alert",
	Text: "It may have been used already, or its time may be over. If you cannot get into your account, tell the people who run the application.",
}

// poolOfUndo returns the pool that a link is for.
func (p *Pages) poolOfUndo(ctx context.Context, values url.Values) (pool.ID, error) {
	return p.Known(ctx, pool.ID(values.Get(code.LinkPool)))
}

// askToUndo shows the button that undoes a change of the e-mail address. It is the
// same for every link that is complete.
func (p *Pages) askToUndo(v visit) {
	fields := linkFields(v.values, code.LinkPool, code.LinkSub, code.LinkToken)
	if fields == nil {
		show(v.w, http.StatusBadRequest, incomplete)
		return
	}
	show(v.w, http.StatusOK, page{
		Title:  "Undo the change of your address?",
		Text:   "The account gets this e-mail address back, and everybody who uses it is signed out.",
		Button: "Undo the change", Action: code.UndoPath, Fields: fields,
	})
}

// undo undoes a change of the e-mail address.
func (p *Pages) undo(v visit) {
	if linkFields(v.values, code.LinkPool, code.LinkSub, code.LinkToken) == nil {
		show(v.w, http.StatusBadRequest, incomplete)
		return
	}
	err := p.UndoEmail(v.ctx, v.pool, user.Sub(v.values.Get(code.LinkSub)), v.values.Get(code.LinkToken))
	p.audit(v, code.UndoOperation, err)
	if err != nil {
		p.fail(v.w, err, staleUndo)
		return
	}
	show(v.w, http.StatusOK, page{
		Title: "The change is undone", Said: "status",
		Text: "The account has this e-mail address again, and everybody was signed out. If somebody else made the change, choose a new password now: in the application, where you sign in, say that you forgot it.",
	})
}
