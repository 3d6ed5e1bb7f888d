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

// claimed returns what an access token says, of which nothing is proven, and whether
// it has the form of one that a user of this server may hold.
func (a *Authorizer) claimed(accessToken string) (*signature, bool) {
	d, ok := decode(accessToken)
	if !ok {
		return &signature{}, false
	}
	id, ok := a.poolOf(d.claims)
	if !ok {
		return &signature{}, false
	}
	return &signature{pool: id, kid: d.kid, claims: d.claims}, true
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

// poolOf returns the pool that an access token of a user names, and whether the
// claims are those of such a token. Tokens of machines name no user.
func (a *Authorizer) poolOf(c *Claims) (pool.ID, bool) {
	id, ours := strings.CutPrefix(c.Issuer, a.issuers)
	ok := ours && isPoolID(id) && c.TokenUse == useAccess &&
		c.Subject != "" && c.Username != "" && c.EventID != "" && c.ClientID != ""
	return pool.ID(id), ok
}

func invalid() error { return fault.NotAuthorized("Invalid Access Token") }
