// Package token makes and judges the tokens of a sign-in: ID and access tokens,
// which are signed and which anybody can verify, and refresh tokens, which only
// this server can read.
//
// It owns the stock of fresh signing keys, the keys of a pool as the store has
// them, minting, the documents that let others verify (JWKS and discovery), and
// the authorisation of every call that carries an access token.
//
// It does not own who may sign in, when a refresh is granted, nor the rows of
// sign-ins: it reads them and never writes.
//
// What is remembered between calls is that an exact token text was signed by a
// certain key of a certain pool, nothing more. Whether that key is still
// published, pool and client still stand, the token has run out, and user and
// sign-in are still good, is judged at every call. Sign-out is a matter of rows
// and never of clocks.
//
// Start with [Authorizer] in authorize.go, then [Issuer] in mint.go.
package token
