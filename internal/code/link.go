package code

import (
	"net/url"

	"poolhouse.dev/internal/pool"
)

// ConfirmPath is where links lead that confirm a sign-up, with the query that the
// service's links have.
const ConfirmPath = "/confirmUser/"

// The members of that query.
const (
	LinkClient   = "client_id"
	LinkUsername = "user_name"
	LinkCode     = "confirmation_code"
)

// Links makes links into this server; its text is the address that people reach
// the server at, without a slash at its end.
type Links string

// confirmation returns the link that confirms a sign-up through a client.
//
// Source: "Customizing email verification messages" in the developer guide.
func (l Links) confirmation(client pool.ClientID, username, text string) string {
	return string(l) + ConfirmPath + "?" + LinkClient + "=" + url.QueryEscape(string(client)) +
		"&" + LinkUsername + "=" + url.QueryEscape(username) + "&" + LinkCode + "=" + url.QueryEscape(text)
}
