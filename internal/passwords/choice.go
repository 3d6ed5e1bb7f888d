package passwords

import (
	"bytes"
	"context"
	"fmt"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// Choice is a password that a user is about to get.
type Choice struct {
	// Verifier is the sealed verifier of the password.
	Verifier []byte

	judge    *Judge
	pool     *pool.Pool
	password string
	// fresh says that it must be none of the user's passwords so far.
	fresh bool
	// before is the sealed verifier that the user had, and history what was before
	// it, when the password was judged.
	before  []byte
	history *user.PasswordHistory
}

// Choose judges a password that u, as read, is to get by the history that the pool
// keeps, and makes its verifier. It takes a modular exponentiation for each password
// that it is compared with and one more, and belongs outside of the user's lane. The
// fault is PasswordHistoryPolicyViolationException.
func (j *Judge) Choose(ctx context.Context, p *pool.Pool, u *user.User, password string) (*Choice, error) {
	return j.choose(ctx, u, &Choice{judge: j, pool: p, password: password, fresh: true})
}

// Assign is Choose for a password that may be one of the user's so far.
func (j *Judge) Assign(ctx context.Context, p *pool.Pool, u *user.User, password string) (*Choice, error) {
	return j.choose(ctx, u, &Choice{judge: j, pool: p, password: password})
}

func (j *Judge) choose(ctx context.Context, u *user.User, c *Choice) (*Choice, error) {
	if err := c.compare(ctx, u); err != nil {
		return nil, err
	}
	var err error
	c.Verifier, err = j.config.Vault.NewVerifier(ctx, directory.VerifierPlace(u), string(u.PoolID), u.Username, c.password)
	return c, err
}

// Keep adds to the set, which gives the user the choice's verifier, what the pool
// keeps of the present one. u is the user before that, as read in the user's lane;
// when another password was set since the choice was judged it is judged again. The
// set has to update the user's row.
func (c *Choice) Keep(ctx context.Context, set *store.ChangeSet, u *user.User) error {
	if !bytes.Equal(u.Verifier, c.before) {
		if err := c.compare(ctx, u); err != nil {
			return err
		}
	}
	next, size := *c.history, historySize(c.pool)
	if size == 0 {
		set.Drop(&next)
		return nil
	}
	var err error
	next.Verifiers, err = c.judge.config.Vault.Remember(historyPlace(&next), next.Verifiers, directory.VerifierPlace(u), u.Verifier, size)
	switch {
	case err != nil:
		return fmt.Errorf("keeping the history of passwords: %w", err)
	case next.Verifiers == nil:
		set.Drop(&next)
	default:
		set.Put(&next)
	}
	return nil
}

// compare reads the user's history and refuses a password that is part of it, where it
// must not be. The history changes only with the verifier: as long as that is the
// same, what was read is the present one.
func (c *Choice) compare(ctx context.Context, u *user.User) error {
	c.before = u.Verifier
	c.history = &user.PasswordHistory{PoolID: u.PoolID, Sub: u.Sub}
	size := historySize(c.pool)
	if size == 0 {
		return nil
	}
	if err := c.judge.config.Store.Read(ctx, c.history); err != nil {
		return err
	}
	if !c.fresh {
		return nil
	}
	used := false
	var err error
	v := c.judge.config.Vault
	if u.Verifier != nil {
		used, err = v.CheckPassword(ctx, directory.VerifierPlace(u), u.Verifier, string(u.PoolID), u.Username, c.password)
	}
	if err == nil && !used {
		used, err = v.WasUsed(ctx, historyPlace(c.history), c.history.Verifiers, size, string(u.PoolID), u.Username, c.password)
	}
	if err == nil && used {
		err = fault.PasswordHistoryPolicyViolation()
	}
	return err
}

// historySize returns how many passwords before the present one the pool keeps.
func historySize(p *pool.Pool) int {
	if n := p.Settings.PasswordPolicy.HistorySize; n != nil {
		return int(*n)
	}
	return 0
}

func historyPlace(h *user.PasswordHistory) vault.Place { return directory.PlaceOf(h, "verifiers") }
