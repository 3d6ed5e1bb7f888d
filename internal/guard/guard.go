package guard

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/outbox"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/threat"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// Deps is what a Guard works with.
type Deps struct {
	Store  store.Store
	Vault  *vault.Vault
	Outbox *outbox.Outbox
	// Places is nil where nothing is known of where addresses are.
	Places threat.Places
	// Known reports whether thieves know a password; nil knows of none.
	Known func(password string) bool
	// PublicURL is what links in notices begin with.
	PublicURL string
	Logger    *slog.Logger
	Now       func() time.Time
}

// Guard guards sign-ins. A nil Guard does nothing. It is safe for concurrent use.
type Guard struct {
	Deps
	// behind are the writings that no request waits for.
	behind sync.WaitGroup
}

// New returns a Guard.
func New(d Deps) *Guard { return &Guard{Deps: d} }

// Mode is how far the threat protection of a pool goes.
type Mode int

// Modes, from doing nothing to doing everything.
const (
	Off Mode = iota
	Audit
	Enforced
)

// ModeOf returns the mode of a pool, for sign-ins by CUSTOM_AUTH or for all others:
// the pool's setting for the first is one of its own.
//
// Source: UserPoolAddOnsType in the API reference.
func ModeOf(p *pool.Pool, custom bool) Mode {
	a := p.Settings.AddOns
	if a == nil || a.SecurityMode == "OFF" {
		return Off
	}
	text := a.SecurityMode
	if custom {
		text = a.CustomAuth
	}
	return map[string]Mode{"AUDIT": Audit, "ENFORCED": Enforced}[text]
}

// Settings returns what is configured for a client of a pool: its own configuration,
// or else the pool's, or else the defaults, which do nothing. The pool's says nothing
// about a client with one of its own.
//
// Source: the API reference of SetRiskConfiguration.
func (g *Guard) Settings(ctx context.Context, p *pool.Pool, id pool.ClientID) (*pool.RiskSettings, error) {
	all := &pool.RiskConfiguration{PoolID: p.ID}
	own := &pool.RiskConfiguration{PoolID: p.ID, ClientID: id}
	if err := g.Store.Read(ctx, all, own); err != nil {
		return nil, fmt.Errorf("reading the risk configuration: %w", err)
	}
	for _, c := range []*pool.RiskConfiguration{own, all} {
		if c.Stored() {
			return &c.Settings, nil
		}
	}
	return &pool.RiskSettings{}, nil
}

// Verdict is what a visit was found to be. The zero Verdict is that of a pool without
// threat protection: there is nothing to do, to record or to tell.
type Verdict struct {
	threat.Assessment
	Mode Mode

	judged  bool
	at      time.Time
	visit   Visit
	place   threat.Place
	notices *pool.RiskNotices
}

// Blocks reports whether the attempt is to be refused.
func (v Verdict) Blocks() bool { return v.Response.Action == pool.RiskBlock }

// Refused is the fault NotAuthorizedException for an attempt that is blocked. The
// service's text is not certain.
func Refused() error { return fault.NotAuthorized("Unable to login because of security reasons.") }

// Judge judges an attempt of a user to sign in. The error says that the store could
// not be read. In AUDIT the Response is to do nothing, and the assessment says what
// ENFORCED would make of it.
func (g *Guard) Judge(ctx context.Context, p *pool.Pool, id pool.ClientID, u *user.User, visit Visit) (Verdict, error) {
	v := g.Witness(p, visit)
	if v.Mode == Off {
		return v, nil
	}
	settings, err := g.Settings(ctx, p, id)
	if err != nil {
		return Verdict{}, err
	}
	q := EventsOf(u)
	q.Limit = threat.Past
	page, err := g.Store.List(ctx, q)
	if err != nil {
		return Verdict{}, fmt.Errorf("reading the history of sign-ins: %w", err)
	}
	past := make([]*user.AuthEvent, 0, len(page.Rows))
	for _, r := range page.Rows {
		if e, ok := r.(*user.AuthEvent); ok {
			past = append(past, e)
		}
	}
	v.Assessment = threat.Assess(past, threat.Attempt{
		At: v.at, IP: visit.IP, Device: visit.Device.Fingerprint, Place: v.place, Failures: visit.Failures, Compromised: visit.Compromised,
	}, settings)
	v.judged = true
	if v.Mode == Audit {
		v.Response = threat.Response{Action: pool.RiskNoAction}
	}
	if settings.Takeover != nil {
		v.notices = settings.Takeover.Notify
	}
	return v, nil
}

// Witness returns the verdict of a visit that is recorded and not judged, such as that
// of somebody who signs up. It reads nothing.
func (g *Guard) Witness(p *pool.Pool, visit Visit) Verdict {
	if g == nil || ModeOf(p, visit.Custom) == Off {
		return Verdict{}
	}
	v := Verdict{Mode: ModeOf(p, visit.Custom), at: g.Now(), visit: visit}
	v.Decision, v.Response = threat.NoRisk, threat.Response{Action: pool.RiskNoAction}
	if g.Places != nil {
		v.place = g.Places.Find(visit.IP)
	}
	return v
}

// Bars reports whether a visit comes from a network that may neither sign up nor sign
// in. It judges nothing else; for a sign-in Judge does it all.
func (g *Guard) Bars(ctx context.Context, p *pool.Pool, id pool.ClientID, visit Visit) (bool, error) {
	if g == nil || ModeOf(p, visit.Custom) != Enforced {
		return false, nil
	}
	settings, err := g.Settings(ctx, p, id)
	if err != nil {
		return false, err
	}
	return threat.Blocked(settings, visit.IP), nil
}

// Password says what is done about passwords at an event, which is one of
// pool.RiskEvents: whether they are looked up among those that thieves know, and
// whether one that is found there is refused.
func (g *Guard) Password(ctx context.Context, p *pool.Pool, id pool.ClientID, event string) (looksUp, refuses bool, err error) {
	if g == nil || ModeOf(p, false) == Off {
		return false, false, nil
	}
	settings, err := g.Settings(ctx, p, id)
	if err != nil {
		return false, false, err
	}
	return threat.LooksUp(settings, event), ModeOf(p, false) == Enforced && threat.Refuses(settings, event), nil
}

// EventsOf asks for the events of a user, the newest first.
func EventsOf(u *user.User) store.Query {
	return store.Query{
		Table:  user.TableAuthEvents,
		Equal:  []store.Term{{Column: "pool_id", Value: string(u.PoolID)}, {Column: "sub", Value: string(u.Sub)}},
		Prefix: &store.Term{Column: user.ColumnNewest},
	}
}
