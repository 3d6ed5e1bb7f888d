package threat

import (
	"net/netip"
	"slices"
	"time"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

// Level is how great a risk is.
type Level int

// The levels of risk, from the least to the greatest.
const (
	None Level = iota
	Low
	Medium
	High
)

// String returns the level as the API spells it, "" for none.
func (l Level) String() string { return [...]string{"", "Low", "Medium", "High"}[l] }

// Decision is what was made of an attempt, as the API spells it.
type Decision string

// The decisions that exist.
const (
	NoRisk          Decision = "NoRisk"
	AccountTakeover Decision = "AccountTakeover"
	Block           Decision = "Block"
)

// Reason is a rule that found something. It may be logged and counted.
type Reason string

// Attempt is an attempt to sign in.
type Attempt struct {
	At time.Time
	// IP is invalid where it is not known.
	IP netip.Addr
	// Device tells devices apart; see [DeviceOf].
	Device string
	// Place is empty where it is not known.
	Place Place
	// Failures is how many attempts have failed before it. Those among the events of
	// the last hour count anyway.
	Failures int
	// Compromised says that the password is known to thieves.
	Compromised bool
}

// Assessment is what an attempt was found to be, and what the pool does about it.
type Assessment struct {
	Level    Level
	Decision Decision
	// Reasons are in the order of the rules.
	Reasons                []Reason
	CompromisedCredentials bool
	Response               Response
}

// Risk is the assessment as an event has it.
func (a Assessment) Risk() user.AuthRisk {
	return user.AuthRisk{Decision: string(a.Decision), Level: a.Level.String(), Compromised: a.CompromisedCredentials}
}

// Assess judges an attempt by the user's last events, the newest first and at most
// [Past] of them, and by the pool's configuration, nil for none.
//
// An address in a blocked network is refused whatever else is so, also one that is in
// a skipped network too. One in a skipped network is no risk. Neither list touches
// passwords that are known to thieves.
//
// Source: the developer guide on threat protection, for the exceptions.
func Assess(past []*user.AuthEvent, a Attempt, c *pool.RiskSettings) Assessment {
	if c == nil {
		c = &pool.RiskSettings{}
	}
	past = past[:min(len(past), Past)]
	out := Assessment{Decision: NoRisk, CompromisedCredentials: a.Compromised && LooksUp(c, pool.RiskSignIn)}
	switch x := c.Exceptions; {
	case x != nil && within(a.IP, x.Blocked):
		out.Level, out.Decision, out.Reasons = High, Block, []Reason{BlockedNetwork}
	case x != nil && within(a.IP, x.Skipped):
	default:
		out.Level, out.Reasons = judge(past, a)
		if out.Level > None {
			out.Decision = AccountTakeover
		}
	}
	out.Response = respond(c, out, past, a.At)
	if out.Response.Action == pool.RiskBlock {
		out.Decision = Block
	}
	return out
}

// judge adds up what the rules find. The first sign-in of a user is no risk: there is
// nothing to compare it with. A history so full of other events that it shows no
// sign-in is not a first one.
func judge(past []*user.AuthEvent, a Attempt) (Level, []Reason) {
	known := slices.DeleteFunc(slices.Clone(past), func(e *user.AuthEvent) bool { return !trusted(e, a.At) })
	if len(known) == 0 && len(past) < Past {
		return None, nil
	}
	sum := 0
	var reasons []Reason
	for _, r := range rules {
		if weight, reason := r(history{past, known}, a); weight > 0 {
			sum += weight
			reasons = append(reasons, reason)
		}
	}
	switch {
	case sum >= sumHigh:
		return High, reasons
	case sum >= sumMedium:
		return Medium, reasons
	case sum >= sumLow:
		return Low, reasons
	}
	return None, reasons
}

// trusted reports whether an event shows how the user signs in: a sign-in that passed
// and that nobody disowned, or any that somebody says was the user's own. One that
// was risky and passed without a second factor has to settle first, or a thief would
// be at home after a single visit.
func trusted(e *user.AuthEvent, now time.Time) bool {
	switch {
	case e.Type != user.EventSignIn:
		return false
	case e.Feedback != nil:
		return e.Feedback.Value == user.FeedbackValid
	case e.Response != user.EventPass:
		return false
	case e.Risk.Level != Medium.String() && e.Risk.Level != High.String():
		return true
	}
	return slices.Contains(e.Challenges, user.AuthChallenge{Name: user.EventMFA, Response: user.EventSuccess}) ||
		now.Sub(e.CreatedAt) >= settling
}
