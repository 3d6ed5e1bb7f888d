package guard

import (
	"context"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

// knownPassword is the service's text as far as it is known.
const knownPassword = "Password is one that has been compromised."

// Admit refuses a visit that is to make a user, or give one another password, which is
// said by event, one of pool.RiskEvents: from a network that is barred from sign-up, or
// with a password that thieves know, where the pool refuses those. The faults are
// NotAuthorizedException and InvalidPasswordException.
func (g *Guard) Admit(ctx context.Context, p *pool.Pool, id pool.ClientID, event string, visit Visit, password string) error {
	if g == nil || ModeOf(p, false) == Off {
		return nil
	}
	if event == pool.RiskSignUp {
		barred, err := g.Bars(ctx, p, id, visit)
		if err != nil {
			return err
		}
		if barred {
			return Refused()
		}
	}
	looksUp, refuses, err := g.Password(ctx, p, id, event)
	if err != nil {
		return err
	}
	if looksUp && refuses && g.Knows(password) {
		return fault.InvalidPassword(knownPassword)
	}
	return nil
}

// Note writes into the history of a user what happened beside sign-ins, behind the
// request.
func (g *Guard) Note(ctx context.Context, p *pool.Pool, id pool.ClientID, u *user.User, visit Visit, what user.AuthEventType) {
	if g == nil || ModeOf(p, false) == Off {
		return
	}
	g.RecordBehind(ctx, p, u, g.Witness(p, visit), Event{Type: what, Response: user.EventPass, ClientID: id})
}

// Knows reports whether thieves know a password.
func (g *Guard) Knows(password string) bool { return g != nil && g.Known != nil && g.Known(password) }
