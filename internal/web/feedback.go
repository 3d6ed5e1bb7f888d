package web

import (
	"context"
	"net/http"
	"net/url"

	"poolhouse.dev/internal/guard"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

var staleFeedback = page{
	Title: "This link cannot be used", Said: "alert",
	Text: "Its time may be over. If somebody else uses your account, change your password and tell the people who run the application.",
}

// poolOfFeedback returns the pool that a link is for.
func (p *Pages) poolOfFeedback(ctx context.Context, values url.Values) (pool.ID, error) {
	return p.Known(ctx, pool.ID(values.Get(guard.LinkPool)))
}

// askForFeedback shows the button that says whose sign-in it was. It is the same for
// every link that is complete.
func (p *Pages) askForFeedback(v visit) {
	fields := linkFields(v.values, guard.LinkPool, guard.LinkValue, guard.LinkToken)
	if fields == nil {
		show(v.w, http.StatusBadRequest, incomplete)
		return
	}
	ask := page{Title: "Was it you?", Text: "Say that the sign-in was your own.", Button: "It was me", Action: guard.FeedbackPath, Fields: fields}
	if v.values.Get(guard.LinkValue) == user.FeedbackInvalid {
		ask.Text, ask.Button = "Say that the sign-in was not your own.", "It was not me"
	}
	show(v.w, http.StatusOK, ask)
}

// giveFeedback notes whose sign-in it was.
func (p *Pages) giveFeedback(v visit) {
	if linkFields(v.values, guard.LinkPool, guard.LinkValue, guard.LinkToken) == nil {
		show(v.w, http.StatusBadRequest, incomplete)
		return
	}
	value := v.values.Get(guard.LinkValue)
	err := p.Feedback(v.ctx, v.pool, value, v.values.Get(guard.LinkToken))
	p.audit(v, "UpdateAuthEventFeedback", err)
	if err != nil {
		p.fail(v.w, err, staleFeedback)
		return
	}
	done := page{Title: "Thank you", Said: "status", Text: "The next sign-in from there will be known as yours."}
	if value == user.FeedbackInvalid {
		done.Text = "Now change your password, and the password of your mailbox if it is the same."
	}
	show(v.w, http.StatusOK, done)
}
