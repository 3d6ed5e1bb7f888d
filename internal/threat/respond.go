package threat

import (
	"net/netip"
	"slices"
	"time"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

// Response is what a pool does about an attempt.
type Response struct {
	// Action is one of the Risk actions of package pool. RiskMFAIfConfigured asks users
	// for a second factor who have one and lets the others in; RiskMFARequired refuses
	// the others.
	Action string
	// Notify says that the user is told.
	Notify bool
	// ResetPassword says that the password is not taken, since thieves know it.
	ResetPassword bool
}

// respond looks up what the configuration says. What it says nothing about is let
// through. A user is told of a risk a few times an hour: whoever knows the password
// could fill their mailbox otherwise.
func respond(c *pool.RiskSettings, a Assessment, past []*user.AuthEvent, now time.Time) Response {
	r := Response{Action: pool.RiskNoAction, ResetPassword: a.CompromisedCredentials && Refuses(c, pool.RiskSignIn)}
	if a.Decision == Block {
		r.Action = pool.RiskBlock
		return r
	}
	if c.Takeover == nil {
		return r
	}
	action := map[Level]*pool.TakeoverAction{Low: c.Takeover.Low, Medium: c.Takeover.Medium, High: c.Takeover.High}[a.Level]
	if action == nil {
		return r
	}
	r.Action, r.Notify = action.Action, action.Notify
	told := 0
	for _, e := range past {
		if e.Risk.Level != "" && now.Sub(e.CreatedAt) < noticeWindow {
			told++
		}
	}
	r.Notify = r.Notify && told < maxNotices
	return r
}

// LooksUp reports whether passwords are looked up at an event, which is one of
// pool.RiskEvents. Without a configuration they are, and what is found is recorded
// and nothing more.
func LooksUp(c *pool.RiskSettings, event string) bool {
	s := c.Compromised
	return s == nil || len(s.Events) == 0 || slices.Contains(s.Events, event)
}

// Refuses reports whether a password that is known to thieves is refused at an event,
// which is one of pool.RiskEvents.
func Refuses(c *pool.RiskSettings, event string) bool {
	return c.Compromised != nil && LooksUp(c, event) && c.Compromised.Action == pool.RiskBlock
}

// Blocked reports whether an address is in a network that may neither sign up nor
// sign in.
func Blocked(c *pool.RiskSettings, ip netip.Addr) bool {
	return c.Exceptions != nil && within(ip, c.Exceptions.Blocked)
}

// within reports whether an address is in one of the networks. Networks were read
// once when they were stored; one that cannot be read holds nobody.
func within(ip netip.Addr, networks []string) bool {
	if !ip.IsValid() {
		return false
	}
	ip = ip.Unmap().WithZone("")
	return slices.ContainsFunc(networks, func(text string) bool {
		p, err := pool.ParseRange(text)
		return err == nil && p.Contains(ip)
	})
}
