package web

import (
	"context"
	"net/http"
	"net/url"

	"poolhouse.dev/internal/code"
	"poolhouse.dev/internal/pool"
)

var staleLink = page{
	Title: "This link cannot be used", Said: "alert",
	Text: "It may have been used already, or be older than a day, or a newer message may have come after it. If you have confirmed your account, sign in; if not, ask for a new message where you signed up.",
}

// poolOfLink returns the pool that a link is for.
func (p *Pages) poolOfLink(ctx context.Context, values url.Values) (pool.ID, error) {
	return p.PoolOf(ctx, pool.ClientID(values.Get(code.LinkClient)))
}

// askToConfirm shows the button that confirms a sign-up. It is the same for every
// link that is complete.
func (p *Pages) askToConfirm(v visit) {
	fields := linkFields(v.values, code.LinkClient, code.LinkUsername, code.LinkCode)
	if fields == nil {
		show(v.w, http.StatusBadRequest, incomplete)
		return
	}
	show(v.w, http.StatusOK, page{
		Title: "Confirm your address", Text: "One more step and your account is ready.",
		Button: "Confirm", Action: code.ConfirmPath, Fields: fields,
	})
}

// confirm confirms a sign-up.
func (p *Pages) confirm(v visit) {
	if linkFields(v.values, code.LinkClient, code.LinkUsername, code.LinkCode) == nil {
		show(v.w, http.StatusBadRequest, incomplete)
		return
	}
	err := p.Confirm(v.ctx, pool.ClientID(v.values.Get(code.LinkClient)), v.values.Get(code.LinkUsername), v.values.Get(code.LinkCode))
	p.audit(v, "ConfirmSignUp", err)
	if err != nil {
		p.fail(v.w, err, staleLink)
		return
	}
	show(v.w, http.StatusOK, page{
		Title: "Your address is confirmed", Said: "status",
		Text: "You can close this page and sign in.",
	})
}

// linkFields returns the members of a link, nil if one is missing or there twice.
func linkFields(v url.Values, names ...string) (list []field) {
	for _, name := range names {
		if len(v[name]) != 1 || v[name][0] == "" {
			return nil
		}
		list = append(list, field{name, v[name][0]})
	}
	return list
}
