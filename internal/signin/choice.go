package signin

import (
	"context"
	"slices"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/srp"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
)

// First factors that a client may choose, beside [EmailOTP], [SMSOTP] and [WebAuthn].
const (
	SelectChallenge = "SELECT_CHALLENGE"
	PasswordPlain   = user.FirstPassword
	PasswordSRP     = user.FirstSRP
)

// Choice is a first factor that a client chooses, with what it proves it by, if it
// does so at once.
type Choice struct {
	// Name is "" for a client that wants to be shown what there is.
	Name string
	// Password and PublicValue belong to PASSWORD and PASSWORD_SRP; "" for none.
	Password, PublicValue string
}

// BeginChoice begins a sign-in whose first factor the client chooses. One that the user
// does not have leads to the challenge to choose among those there are.
func (m *Machine) BeginChoice(ctx context.Context, r Request, username string, c Choice) (*Outcome, error) {
	if c.Name == PasswordPlain && c.Password != "" && r.Pool.AllowsFirst(user.FirstPassword) {
		if err := m.migrateUnknown(ctx, r, username, c.Password); err != nil {
			return nil, err
		}
	}
	_, u, err := m.candidate(ctx, r, username)
	if err != nil {
		return nil, err
	}
	available, err := m.firstFactors(ctx, r, u)
	if err != nil {
		return nil, err
	}
	w := begun(r)
	if slices.Contains(available, c.Name) {
		return m.chosen(ctx, w, u, username, c, nil)
	}
	s := m.newStep(w, u, SelectChallenge)
	s.Choices = available
	challenge, err := m.ask(s, map[string]string{})
	if err != nil {
		return nil, err
	}
	challenge.Available = available
	return &Outcome{Challenge: challenge}, nil
}

// migrateUnknown makes a user of somebody whom only the directory behind the pool's
// trigger knows, before a password is judged.
func (m *Machine) migrateUnknown(ctx context.Context, r Request, username, password string) error {
	if r.Pool.Settings.Triggers.UserMigration == "" {
		return nil
	}
	u, err := m.Directory.User(ctx, r.Pool, username)
	if err != nil || u != nil {
		return err
	}
	_, err = m.migrate(ctx, r, username, password)
	return err
}

// firstFactors returns what u may begin with; a name that nobody has looks like a user
// with all that needs no device, and costs as much.
func (m *Machine) firstFactors(ctx context.Context, r Request, u *user.User) ([]string, error) {
	keys, err := m.hasPasskey(ctx, r.Pool, u)
	if err != nil {
		return nil, err
	}
	if !u.Stored() {
		return user.PretendedFirstFactors(r.Pool), nil
	}
	return user.FirstFactors(r.Pool, u, keys), nil
}

// selectFirst answers SELECT_CHALLENGE, or a session of it with the challenge itself.
func (m *Machine) selectFirst(ctx context.Context, r Request, session, username string, c Choice) (*Outcome, error) {
	s, named, err := m.resume(ctx, r, SelectChallenge, session, username)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(s.Choices, c.Name) {
		return nil, fault.InvalidParameterf(notAChoice, c.Name)
	}
	if named == nil {
		named = &user.User{PoolID: s.PoolID, Sub: s.Sub, Username: m.shownName(r.Pool, s.Sub, username)}
	}
	return m.chosen(ctx, s.way(r), named, username, c, &s)
}

// chosen goes on with a first factor. s is the step that chose it, nil at the
// beginning; a password spends it only when it is right.
func (m *Machine) chosen(ctx context.Context, w way, u *user.User, username string, c Choice, s *step) (*Outcome, error) {
	if c.Name == PasswordPlain {
		if c.Password == "" {
			return nil, fault.InvalidParameter("Missing required parameter PASSWORD")
		}
		return m.inLane(ctx, u.Sub, func(ctx context.Context) (*next, error) {
			if s == nil {
				return m.judge(ctx, w, u.Sub, c.Password, nil)
			}
			read, spent := s.rows()
			if err := m.Store.Read(ctx, read, spent); err != nil {
				return nil, err
			}
			if err := s.judgeFirst(w.Client)(read, spent); err != nil {
				return nil, err
			}
			n, err := m.judge(ctx, w, u.Sub, c.Password, spent)
			return n, spentFault(err)
		})
	}
	var public []byte
	if c.Name == PasswordSRP {
		var err error
		if c.PublicValue == "" {
			return nil, fault.InvalidParameter("Missing required parameter SRP_A")
		}
		if public, err = srp.ParsePublic(c.PublicValue); err != nil {
			return nil, fault.InvalidParameter(badPublicValue)
		}
		if err := m.provable(w, u); err != nil {
			return nil, err
		}
	}
	if s != nil {
		if _, err := m.spendStep(ctx, *s, s.judgeFirst(w.Client)); err != nil {
			return nil, err
		}
	}
	switch c.Name {
	case PasswordSRP:
		challenge, err := m.askPasswordIn(ctx, w, u, public)
		if err != nil {
			return nil, err
		}
		return &Outcome{Challenge: challenge}, nil
	case WebAuthn:
		return m.askPasskey(ctx, w, u)
	}
	return m.askFirstCode(ctx, w, u, username, c.Name)
}

// askFirstCode sends a code that signs in by itself. Only so many are sent in an hour,
// since nothing has been proved yet.
func (m *Machine) askFirstCode(ctx context.Context, w way, u *user.User, username, challenge string) (*Outcome, error) {
	err := m.Lanes.Do(ctx, string(u.Sub), func(ctx context.Context) error {
		attempts := &user.Attempts{PoolID: u.PoolID, Sub: u.Sub, Kind: user.AttemptSignInCode}
		if err := m.Store.Read(ctx, attempts); err != nil {
			return err
		}
		if err := attempts.Take(m.Now()); err != nil {
			return fault.TooManyRequests(user.LimitText)
		}
		set := store.NewChangeSet()
		set.Put(attempts)
		return m.Store.Commit(ctx, set)
	})
	if err != nil {
		return nil, err
	}
	target := u.Attributes.Get(codeAttribute(challenge))
	pretended := m.Decoy.Contact(w.Pool, username, []string{codeAttribute(challenge)}) // for everybody: it takes its time
	if !u.Stored() {
		target = pretended.Target
	}
	return m.sendCode(ctx, &next{way: w, user: u, code: challenge, target: target, first: true})
}
