package signup

import (
	"context"
	"encoding/hex"

	"poolhouse.dev/internal/code"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

// What is here answers for names that nobody has, where a client hides who
// exists: with the reads, the counting and the commits that a user costs.

// pretendToSend answers as if a new code had been sent to name, and counts it
// against the hourly cap. found says that the name is a user's, who is not to
// get one.
func (a *API) pretendToSend(ctx context.Context, p *pool.Pool, name string, found bool) (*wire.CodeDeliveryDetailsType, error) {
	contact := a.madeUpContact(p, name)
	if err := refuseMessage(p, contact); err != nil {
		return nil, err
	}
	sub := a.Directory.Nobody(p, name)
	if !found {
		if err := a.readNobody(ctx, p, sub); err != nil {
			return nil, err
		}
	}
	if err := a.countForNobody(ctx, p, sub, user.AttemptResend); err != nil {
		return nil, err
	}
	// A message that was handed over leaves the outbox, which is a commit too.
	set := store.NewChangeSet()
	set.Drop(&user.Outgoing{PoolID: p.ID, Sub: sub, ID: set.ID})
	if err := a.Store.Commit(ctx, set); err != nil {
		return nil, err
	}
	return details(code.DeliveryOf(contact)), nil
}

// confirmNobody refuses a code for a name that nobody has as it refuses one
// for a user without a code.
func (a *API) confirmNobody(ctx context.Context, p *pool.Pool, name string) error {
	sub := a.Directory.Nobody(p, name)
	if err := a.readNobody(ctx, p, sub); err != nil {
		return err
	}
	if err := a.countForNobody(ctx, p, sub, user.AttemptConfirm); err != nil {
		return err
	}
	return fault.ExpiredCode(user.ExpiredCodeText)
}

// readNobody is the read by which the look-up of a name that somebody has is
// longer.
func (a *API) readNobody(ctx context.Context, p *pool.Pool, sub user.Sub) error {
	return a.Store.Read(ctx, &user.User{PoolID: p.ID, Sub: sub})
}

// countForNobody counts one attempt for a made-up user.
func (a *API) countForNobody(ctx context.Context, p *pool.Pool, sub user.Sub, kind user.AttemptKind) error {
	return a.Lanes.Do(ctx, string(sub), func(ctx context.Context) error {
		attempts := &user.Attempts{PoolID: p.ID, Sub: sub, Kind: kind}
		err := a.Store.Read(ctx, &user.User{PoolID: p.ID, Sub: sub}, &user.Code{PoolID: p.ID, Sub: sub, Purpose: user.PurposeSignUp}, attempts)
		if err != nil {
			return err
		}
		if err := attempts.Take(a.Now()); err != nil {
			return err
		}
		set := store.NewChangeSet()
		set.Put(attempts)
		return a.Store.Commit(ctx, set)
	})
}

// madeUpContact makes up where the codes of a user of this name would go: the
// same every time and for every spelling. A name that is an address or number
// itself is where its user's codes would go most likely.
func (a *API) madeUpContact(p *pool.Pool, name string) user.CodeRequest {
	key, _ := user.AliasKey(name, p.CaseSensitive())
	isEmail := pool.LooksLikeEmail(name)
	if p.IsAutoVerified(pool.AttrPhone) && (!isEmail || !p.IsAutoVerified(pool.AttrEmail)) {
		if pool.LooksLikePhone(name) {
			return user.CodeRequest{Attribute: pool.AttrPhone, Target: name}
		}
		return user.CodeRequest{Attribute: pool.AttrPhone, Target: "+" + a.madeUp(p, key, 11, '0', 10)}
	}
	if isEmail {
		return user.CodeRequest{Attribute: pool.AttrEmail, Target: key}
	}
	letters := a.madeUp(p, key, 2, 'a', 26)
	return user.CodeRequest{Attribute: pool.AttrEmail, Target: letters[:1] + "@" + letters[1:] + ".invalid"}
}

// madeUp returns n of the kinds many characters from first on.
func (a *API) madeUp(p *pool.Pool, key string, n int, first, kinds byte) string {
	secret := hex.EncodeToString(a.Vault.Pseudonym("simulated-delivery", string(p.ID), key))
	text := make([]byte, n)
	for i := range text {
		text[i] = first + secret[i]%kinds
	}
	return string(text)
}
