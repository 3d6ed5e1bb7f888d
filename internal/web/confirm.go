package web

import (
	"context"
	"net/http"
	"net/url"

	"poolhouse.dev/internal/code"
	"poolhouse.dev/internal/pool"
)

const confirmPath = code.ConfirmPath

var staleLink = page{
	Title: "This link cannot be used", Said: "alert",
	Text: "It may have been used already, or be older than a day, or a newer message may have come after it. If you have confirmed your account, sign in; if not, ask for a new message where you signed up.",
}

// askToConfirm shows the button that confirms a sign-up. It looks nothing up: the
// page is the same for every link that is complete.
func (p *Pages) askToConfirm(w http.ResponseWriter, r *http.Request) {
	fields := linkFields(r.URL.Query())
	if fields == nil {
		show(w, http.StatusBadRequest, incomplete)
		return
	}
	show(w, http.StatusOK, page{
		Title: "Confirm your address", Text: "One more step and your account is ready.",
		Button: "Confirm", Action: confirmPath, Fields: fields,
	})
}

// confirm confirms a sign-up.
func (p *Pages) confirm(w http.ResponseWriter, r *http.Request) {
	sent := form(w, r)
	if sent == nil {
		return
	}
	if linkFields(sent) == nil {
		show(w, http.StatusBadRequest, incomplete)
		return
	}
	client := pool.ClientID(sent.Get(code.LinkClient))
	err := p.call(r, "ConfirmSignUp", client, func(ctx context.Context) error {
		return p.Confirm(ctx, client, sent.Get(code.LinkUsername), sent.Get(code.LinkCode))
	})
	if err != nil {
		p.fail(w, err, staleLink)
		return
	}
	show(w, http.StatusOK, page{
		Title: "Your address is confirmed", Said: "status",
		Text: "You can close this page and sign in.",
	})
}

// linkFields returns the members of a link, nil if one is missing or there twice.
func linkFields(v url.Values) (list []field) {
	for _, name := range []string{code.LinkClient, code.LinkUsername, code.LinkCode} {
		if len(v[name]) != 1 || v[name][0] == "" {
			return nil
		}
		list = append(list, field{name, v[name][0]})
	}
	return list
}
