package signin

import (
	"context"
	"strconv"
	"strings"
	"time"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

const sessionKind = "session"

// step is what a Session string holds, sealed: one challenge of one user's sign-in.
type step struct {
	ID        string        `json:"i"`
	PoolID    pool.ID       `json:"p"`
	ClientID  pool.ClientID `json:"c"`
	Sub       user.Sub      `json:"s"`
	Challenge string        `json:"n"`
	// PasswordSetAt, in microseconds since 1970, and Epoch are the user's: the step
	// ends with the password that was right, and with all of the user's sign-ins.
	PasswordSetAt int64    `json:"w"`
	Epoch         int64    `json:"o"`
	ExpiresAt     int64    `json:"e"`
	Progress      progress `json:"g"`
	// Pretended says that nobody has the name, which the client hides.
	Pretended bool `json:"x,omitempty"`
	// Choices are those of a challenge that lets the client choose.
	Choices []string `json:"h,omitempty"`
	// Target is where the code of the step was sent, and First says that the code is
	// all that is asked for.
	Target string `json:"t,omitempty"`
	First  bool   `json:"f,omitempty"`
	// Secret is that of a software token which waits for its proof, and SetUp says
	// that a second factor was set up.
	Secret []byte `json:"k,omitempty"`
	SetUp  bool   `json:"u,omitempty"`
	// Passkey is the challenge of a passkey.
	Passkey []byte `json:"y,omitempty"`
	// Pad makes a step of nobody as long as that of a user.
	Pad string `json:"z"`
}

// newStep returns the step of a challenge to u, as of now.
func (m *Machine) newStep(w way, u *user.User, challenge string) step {
	s := step{
		ID: vault.NewUUID(), PoolID: w.Pool.ID, ClientID: w.Client.ID, Sub: u.Sub, Challenge: challenge,
		PasswordSetAt: u.PasswordSetAt.UnixMicro(), Epoch: u.SignOutEpoch,
		ExpiresAt: m.Now().Add(w.Client.SessionLife()).UnixMicro(), Progress: w.progress,
		Pretended: !u.Stored(),
	}
	short := longestSub - len(s.Sub) + longestTime - len(strconv.FormatInt(s.PasswordSetAt, 10))
	if !s.Pretended {
		short += len(`"x":true,`)
	}
	s.Pad = strings.Repeat(" ", short)
	return s
}

// longestTime is the digits of any PasswordSetAt, with its sign.
const longestTime = 20

func (m *Machine) seal(s step) (string, error) { return m.Vault.SealToken(sessionKind, s) }

// ask returns the challenge of a step.
func (m *Machine) ask(s step, parameters map[string]string) (*Challenge, error) {
	session, err := m.seal(s)
	if err != nil {
		return nil, err
	}
	return &Challenge{Name: s.Challenge, Parameters: parameters, Session: session}, nil
}

// Texts of refused sessions, from the service.
const (
	missingSession = "Missing required parameter Session"

	badSession     = "Invalid session for the user."
	expiredSession = "Invalid session for the user, session is expired."
	usedSession    = "Invalid session for the user, session can only be used once."
)

// open opens a Session string for the challenge that is answered. It must be of this
// pool, client and challenge, and not have run out.
func (m *Machine) open(r Request, challenge, text string) (step, error) {
	s, err := m.openAny(text)
	if err != nil {
		return s, err
	}
	if s.PoolID != r.Pool.ID || s.ClientID != r.Client.ID || s.Challenge != challenge {
		return s, fault.NotAuthorized(badSession)
	}
	return s, m.fresh(s)
}

func (m *Machine) openAny(text string) (step, error) {
	var s step
	if err := m.Vault.OpenToken(sessionKind, text, &s); err != nil {
		return s, fault.NotAuthorized(badSession)
	}
	return s, nil
}

// fresh refuses a step that has run out.
func (m *Machine) fresh(s step) error {
	if m.Now().UnixMicro() >= s.ExpiresAt {
		return fault.NotAuthorized(expiredSession)
	}
	return nil
}

// resume is open for the user whom the answer names, who is returned as found: nil
// for a name that nobody has, whose sign-in is pretended.
func (m *Machine) resume(ctx context.Context, r Request, challenge, session, username string) (step, *user.User, error) {
	s, err := m.open(r, challenge, session)
	if err != nil {
		return s, nil, err
	}
	named, err := m.isNamed(ctx, r, s, username)
	return s, named, err
}

// isNamed refuses an answer that names another user than the step's.
func (m *Machine) isNamed(ctx context.Context, r Request, s step, username string) (*user.User, error) {
	named, err := m.Directory.User(ctx, r.Pool, username)
	if err != nil {
		return nil, err
	}
	sub := m.Directory.Nobody(r.Pool, username)
	if named != nil {
		sub = named.Sub
	} else if err := m.Decoy.Read(ctx, r.Pool, sub); err != nil { // the look-up of a user is longer
		return nil, err
	}
	// Clients answer with the name that they were shown.
	if sub != s.Sub && !(s.Pretended && username == m.simulatedID(s.Sub)) {
		return nil, fault.NotAuthorized(badSession)
	}
	return named, nil
}

// way returns the way of an answer: what came before, and what the answer adds.
func (s *step) way(r Request) way {
	w := way{Request: r, progress: s.Progress}
	w.Visit.Custom = w.Visit.Custom || w.Custom != ""
	if r.DeviceKey != "" && !w.Device {
		w.Claimed = r.DeviceKey
	}
	return w
}

// judge refuses to advance a step that was advanced before, or whose user has
// changed the password, was signed out everywhere, disabled or deleted since.
func (s *step) judge(u *user.User, spent *user.SpentChallenge) error {
	switch {
	case spent.Stored():
		return fault.NotAuthorized(usedSession)
	case !u.Stored() && !s.Pretended || u.PasswordSetAt.UnixMicro() != s.PasswordSetAt:
		return fault.NotAuthorized(badSession)
	case u.Disabled:
		return fault.NotAuthorized(userDisabled)
	case u.SignOutEpoch != s.Epoch:
		return fault.NotAuthorized(badSession)
	}
	return nil
}

// judgeFirst is judge for a step at which nothing has been proved yet. A client that
// hides who exists is not told that the user is disabled: the answer is refused like
// any wrong one.
func (s *step) judgeFirst(c *pool.Client) judgement {
	return func(u *user.User, spent *user.SpentChallenge) error {
		if u.Disabled && c.HidesUsers() {
			u = u.Clone()
			u.Disabled = false
		}
		return s.judge(u, spent)
	}
}

// judgement refuses to advance a step: judge, or what judgeFirst returns.
type judgement func(*user.User, *user.SpentChallenge) error

// spendStep advances a step whose answer needs no proof, unless judge or one of the
// checks refuses, and returns its user.
func (m *Machine) spendStep(ctx context.Context, s step, judge judgement, checks ...func(*user.User) error) (*user.User, error) {
	u, spent := s.rows()
	if err := m.Store.Read(ctx, u, spent); err != nil {
		return nil, err
	}
	if err := judge(u, spent); err != nil {
		return nil, err
	}
	for _, check := range checks {
		if err := check(u); err != nil {
			return nil, err
		}
	}
	set := store.NewChangeSet()
	set.Insert(spent)
	return u, spentFault(m.Store.Commit(ctx, set))
}

// rows are those that judge an answer.
func (s *step) rows() (*user.User, *user.SpentChallenge) {
	return &user.User{PoolID: s.PoolID, Sub: s.Sub},
		&user.SpentChallenge{PoolID: s.PoolID, Sub: s.Sub, ID: s.ID, ExpiresAt: time.UnixMicro(s.ExpiresAt)}
}

// spend adds to the set that a challenge was answered, if there was one.
func spend(set *store.ChangeSet, once *user.SpentChallenge) {
	if once != nil {
		set.Insert(once)
	}
}

// spentFault names the fault for an answer that another one was faster than.
func spentFault(err error) error {
	if key, taken := store.Duplicate(err); taken && key.Table == user.TableSpent {
		return fault.NotAuthorized(usedSession)
	}
	return err
}
