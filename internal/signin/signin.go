package signin

import (
	"slices"
	"time"

	"poolhouse.dev/internal/code"
	"poolhouse.dev/internal/decoy"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/guard"
	"poolhouse.dev/internal/outbox"
	"poolhouse.dev/internal/passwords"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/token"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// Deps is what signing in works with.
type Deps struct {
	Store     store.Store
	Directory *directory.Directory
	Vault     *vault.Vault
	Issuer    *token.Issuer
	Lanes     *store.Lanes
	Triggers  *trigger.Caller
	Codes     *code.Codes
	Outbox    *outbox.Outbox
	Decoy     *decoy.Decoy
	// Guard watches sign-ins; nil watches none.
	Guard     *guard.Guard
	Passwords *passwords.Judge
	// AllowUser limits how often one user signs in.
	AllowUser func(sub string, write bool) error
	Now       func() time.Time
}

// Machine signs users in. It is safe for concurrent use.
type Machine struct{ Deps }

// New returns a Machine.
func New(d Deps) *Machine { return &Machine{Deps: d} }

// Request is one step of a sign-in as a client asks for it.
type Request struct {
	Pool   *pool.Pool
	Client *pool.Client
	// Metadata is the ClientMetadata beside it. That of the call which begins a
	// sign-in reaches the functions that judge whether it may begin; that of every
	// later one those that come after.
	Metadata map[string]string
	// DeviceKey names the device that the client says it is; "" for none.
	DeviceKey string
	// Visit is where the request comes from.
	Visit guard.Visit
}

// way is a sign-in that has begun.
type way struct {
	Request
	progress
}

// begun returns the way of a sign-in whose first call has been judged: its metadata
// goes no further.
func begun(r Request) way {
	w := way{Request: r, progress: progress{Claimed: r.DeviceKey}}
	w.Metadata = nil
	if guard.ModeOf(r.Pool, r.Visit.Custom) != guard.Off {
		w.Event = vault.NewUUID()
	}
	return w
}

// occasion is what functions are told of the call.
func (w *way) occasion() trigger.Occasion {
	return trigger.Occasion{Pool: w.Pool, ClientID: w.Client.ID, ClientMetadata: w.Metadata}
}

// progress is what a sign-in has come to; it goes along in its sessions.
type progress struct {
	// NewPassword says that the user set one on the way.
	NewPassword bool `json:"w,omitempty"`
	// Claimed names the device that the client says it is, and Device says that it has
	// proved to be.
	Claimed string `json:"d,omitempty"`
	Device  bool   `json:"v,omitempty"`
	// Event names the sign-in in the history of events; "" where none is kept.
	Event string `json:"e,omitempty"`
	// Custom names the custom sign-in, user.Challenge.ID, that the step belongs to, and
	// Passed are the challenges that it is still to be told of.
	Custom string   `json:"c,omitempty"`
	Passed []string `json:"b,omitempty"`
	// StepUp says that a temporary password was right in a sign-in so strange that any
	// second factor that works is asked for.
	StepUp bool `json:"r,omitempty"`
}

// passed notes a challenge that was answered rightly, for a custom sign-in.
func (p *progress) passed(challenge string) {
	if p.Custom != "" {
		p.Passed = append(slices.Clone(p.Passed), challenge)
	}
}

// Challenge is what a client must answer next.
type Challenge struct {
	Name       string
	Parameters map[string]string
	// Session goes with the answer; it is good for one advance. "" for a challenge
	// whose parameters are its session.
	Session string
	// Available are the challenges to choose from, where the client may choose.
	Available []string
}

// Outcome is where a step ended: with tokens or with a challenge.
type Outcome struct {
	Tokens    *token.Tokens
	Challenge *Challenge
	// NewDevice, if not nil, is the device that the client may confirm as its own.
	NewDevice *NewDevice
}

// NewDevice names a device.
type NewDevice struct{ Key, GroupKey string }

// next is what a decision in the user's lane leaves to be done outside of it, where
// functions and mail servers may take their time: a challenge to hand out, a code to
// send, or tokens to make.
type next struct {
	way       way
	user      *user.User
	challenge *Challenge
	// code is the challenge whose code is to be sent to target; first says that it is
	// all that is asked for, and setUp that target becomes the user's second factor.
	code, target string
	first, setUp bool
	session      *user.Session
	device       *NewDevice
	// verdict is what the visit was found to be, where that was judged at this step, and
	// answered the challenge of it, as the history of events has it.
	verdict  guard.Verdict
	answered string
	// custom says that the functions of a custom sign-in are next.
	custom bool
}

// Texts of refused sign-ins, from the service.
const (
	wrongPassword    = "Incorrect username or password."
	expiredTemporary = "Temporary password has expired and must be reset by an administrator."
	userDisabled     = "User is disabled."
	userUnknown      = "User does not exist."
)
