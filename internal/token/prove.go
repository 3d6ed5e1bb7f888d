package token

import (
	"context"
	"strings"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
)

// Prove judges all of an access token that its user's rows have no part in: its
// form, its pool and client, its signature and its expiry, in this order.
// Nothing of the answer rests on an earlier call but the signature itself.
//
// The grant has no User and no Session yet, so that it is good for taking the user's
// lane or counting a request and grants nothing: Recheck reads and judges them, as
// often as an operation has to decide.
func (a *Authorizer) Prove(ctx context.Context, accessToken string) (*Grant, error) {
	sum := digest(accessToken)
	known, warm := a.memory.recall(sum)
	if !warm {
		var ok bool
		if known, ok = a.claimed(accessToken); !ok {
			return nil, invalid()
		}
	}
	id := known.pool
	p, err := a.config.Directory.Pool(ctx, id)
	if err != nil {
		return nil, err
	}
	client, clientErr := a.config.Directory.ClientOf(ctx, id, pool.ClientID(known.claims.ClientID))
	gone := fault.As(clientErr) != nil
	if clientErr != nil && !gone {
		return nil, clientErr
	}
	key, err := a.config.Keys.public(ctx, id, known.kid, pool.KeyForAccess)
	switch {
	case err != nil:
		return nil, err
	case key != nil && (warm || signedBy(accessToken, key)):
	case gone:
		// A client that never was: only a token that we signed may say that it
		// was deleted.
		return nil, invalid()
	default:
		return nil, fault.NotAuthorized("Could not verify signature for Access Token")
	}
	if gone {
		return nil, clientErr
	}
	if !warm {
		a.memory.keep(sum, known)
	}
	if a.config.Now().Unix() >= known.claims.ExpiresAt {
		return nil, fault.NotAuthorized("Access Token has expired")
	}
	return &Grant{Pool: p, Client: client, Claims: known.claims}, nil
}

// ClaimedPool returns the pool that an access token says it is of, "" where it
// says none of this server's. Nothing of it is proven: it is for counting and
// sorting requests before Prove judges them.
func (a *Authorizer) ClaimedPool(accessToken string) pool.ID {
	known, warm := a.memory.recall(digest(accessToken))
	if !warm {
		known, _ = a.claimed(accessToken)
	}
	return known.pool
}

// claimed returns what a token says, of which nothing is proven, and whether it is an
// access token that a user of this server may hold. Where it says that it is of one of
// its pools, the first result has that pool even if it is not.
func (a *Authorizer) claimed(text string) (*signature, bool) {
	d, ok := decode(text)
	if !ok {
		return &signature{}, false
	}
	id, ok := a.poolOf(d.claims)
	return &signature{pool: id, kid: d.kid, claims: d.claims}, ok
}

// Lengths of the two parts of a pool id, by the model's pattern of one:
// [\w-]{1,44}_[0-9A-Za-z]{1,54}.
const (
	maxPoolRegion = 44
	maxPoolName   = 54
)

// isPoolID reports whether id has the form of a pool id. It is asked of tokens that
// anybody may have made up, which is why it is no regular expression.
func isPoolID(id string) bool {
	// The name holds no underscore, so that the last one divides the parts.
	at := strings.LastIndexByte(id, '_')
	if at < 1 || at > maxPoolRegion || len(id)-at-1 < 1 || len(id)-at-1 > maxPoolName {
		return false
	}
	for i := range len(id) {
		c := id[i]
		switch {
		case '0' <= c && c <= '9', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		case i <= at && (c == '_' || c == '-'):
		default:
			return false
		}
	}
	return true
}

// poolOf returns the pool that a token names, "" for none of this server's, and whether
// the claims are those of an access token of a user. Tokens of machines name no user.
func (a *Authorizer) poolOf(c *Claims) (pool.ID, bool) {
	id, ours := strings.CutPrefix(c.Issuer, a.issuers)
	if !ours || !isPoolID(id) {
		return "", false
	}
	ok := c.TokenUse == useAccess &&
		c.Subject != "" && c.Username != "" && c.EventID != "" && c.ClientID != ""
	return pool.ID(id), ok
}

func invalid() error { return fault.NotAuthorized("Invalid Access Token") }
