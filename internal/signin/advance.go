package signin

import (
	"context"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/token"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// tries are the counted attempts of a user at guessable answers.
type tries struct {
	row *user.Attempts
	// before is what the row said before the present answer was counted.
	before user.Attempts
}

// count makes the coming judgement of an answer count as a failure, durably.
func (m *Machine) count(ctx context.Context, attempts *user.Attempts) (tries, error) {
	t := tries{row: attempts, before: *attempts}
	if err := attempts.TakePassword(m.Now()); err != nil {
		return t, err
	}
	set := store.NewChangeSet()
	set.Put(attempts)
	return t, m.Store.Commit(ctx, set)
}

// forget adds to the set that all failures are forgotten.
func (t tries) forget(set *store.ChangeSet) {
	if t.row != nil {
		set.Drop(t.row)
	}
}

// undo adds to the set that the present answer was no failure; those before it stay,
// since who has the password only must not guess codes without end.
func (t tries) undo(set *store.ChangeSet) {
	if t.row != nil {
		t.row.Restore(set, t.before)
	}
}

// proceed goes on from a right first factor, in the user's lane: to a second one, or
// to a session. It commits set, to which its caller has added what was shown.
func (m *Machine) proceed(ctx context.Context, w way, u *user.User, t tries, set *store.ChangeSet) (*next, error) {
	factor, refusal := user.DecideSecondFactor(w.Pool, u)
	return m.demand(ctx, w, u, t, set, factor, refusal)
}

// demand goes on to a second factor, to a session where none is demanded, or to a
// refusal. It commits set.
func (m *Machine) demand(ctx context.Context, w way, u *user.User, t tries, set *store.ChangeSet, factor user.SecondFactor, refusal error) (*next, error) {
	if refusal == nil && factor.Challenge == "" {
		return m.complete(ctx, w, u, t, set)
	}
	t.undo(set)
	if err := m.Store.Commit(ctx, set); err != nil {
		return nil, err
	}
	if refusal != nil {
		return nil, refusal
	}
	if factor.Challenge != user.SetUpMFA { // a device replaces a factor, not the setting up of one
		device, err := m.remembered(ctx, w, u)
		if err != nil {
			return nil, err
		}
		if device != nil {
			return m.askDevice(w, u, device)
		}
	}
	return m.askFactor(ctx, w, u, factor)
}

// askFactor demands a second factor of u.
func (m *Machine) askFactor(ctx context.Context, w way, u *user.User, factor user.SecondFactor) (*next, error) {
	n := &next{way: w, user: u}
	s := m.newStep(w, u, factor.Challenge)
	parameters := map[string]string{"USER_ID_FOR_SRP": u.Username}
	switch factor.Challenge {
	case user.FactorSMS, user.FactorEmail:
		n.code, n.target = factor.Challenge, u.Attributes.Get(user.AttributeOfFactor(factor.Challenge))
		return n, nil
	case user.FactorTOTP:
		device := &user.SoftwareToken{PoolID: u.PoolID, Sub: u.Sub}
		if err := m.Store.Read(ctx, device); err != nil {
			return nil, err
		}
		if device.Name != "" {
			parameters["FRIENDLY_DEVICE_NAME"] = device.Name
		}
	case user.SelectMFA:
		s.Choices = factor.Choices
		parameters["MFAS_CAN_CHOOSE"] = jsonText(factor.Choices)
	case user.SetUpMFA:
		s.Choices = factor.Choices
		parameters["MFAS_CAN_SETUP"] = jsonText(factor.Choices)
	}
	var err error
	n.challenge, err = m.ask(s, parameters)
	return n, err
}

// complete ends a sign-in: the session is stored and failures are forgotten, in set.
// A sign-out or a disabling that comes in between makes this a conflict. What belongs
// to a custom sign-in ends there.
func (m *Machine) complete(ctx context.Context, w way, u *user.User, t tries, set *store.ChangeSet) (*next, error) {
	if w.Custom != "" {
		t.forget(set)
		return &next{way: w, user: u, custom: true}, m.Store.Commit(ctx, set)
	}
	s := token.NewSession(w.Pool, w.Client, u, m.Now())
	if w.Event != "" {
		s.ID = w.Event
	}
	device, err := m.bind(ctx, w, u, s, set)
	if err != nil {
		return nil, err
	}
	set.Insert(s)
	t.forget(set)
	if err := m.Store.Commit(ctx, set); err != nil {
		return nil, err
	}
	return &next{way: w, user: u, session: s, device: device}, nil
}

// advance is complete for the answer to a step, which is spent with it; the user's row
// stays as it was read.
func (m *Machine) advance(ctx context.Context, w way, u *user.User, t tries, set *store.ChangeSet, spent *user.SpentChallenge) (*next, error) {
	set.Insert(spent)
	set.Expect(u)
	n, err := m.complete(ctx, w, u, t, set)
	return n, spentFault(err)
}

// finish does what a decision left to be done.
func (m *Machine) finish(ctx context.Context, n *next) (*Outcome, error) {
	response := user.EventInProgress
	if n.session != nil {
		response = user.EventPass
	}
	m.tell(ctx, n.way, n.user, n.verdict, response, n.answered)
	switch {
	case n.challenge != nil:
		return &Outcome{Challenge: n.challenge}, nil
	case n.code != "":
		return m.sendCode(ctx, n)
	case n.custom:
		return m.goOn(ctx, n)
	}
	return m.grant(ctx, n)
}

// inLane decides in the user's lane and finishes outside of it.
func (m *Machine) inLane(ctx context.Context, sub user.Sub, decide func(context.Context) (*next, error)) (*Outcome, error) {
	var n *next
	err := m.Lanes.Do(ctx, string(sub), func(ctx context.Context) (err error) {
		n, err = decide(ctx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return m.finish(ctx, n)
}

// afterPassword goes on from a right password, in the user's lane: by the status of
// the account to an error, a challenge or further. renewed, if not nil, is the verifier
// that the user gets for the password, whatever comes next; once, if not nil, is the
// challenge that the password answered, which is spent with it.
func (m *Machine) afterPassword(ctx context.Context, w way, u *user.User, renewed []byte, t tries, once *user.SpentChallenge) (*next, error) {
	set := store.NewChangeSet()
	spend(set, once)
	if renewed != nil {
		u = u.Clone()
		u.Verifier = renewed
		set.Update(u)
	}
	if u.Status == user.Confirmed {
		if renewed == nil {
			set.Expect(u)
		}
		if w.Event != "" {
			return m.watched(ctx, w, u, t, set)
		}
		return m.proceed(ctx, w, u, t, set)
	}
	t.forget(set)
	if err := m.Store.Commit(ctx, set); err != nil {
		return nil, err
	}
	switch u.Status {
	case user.Unconfirmed:
		return nil, fault.UserNotConfirmed()
	case user.ForceChangePassword:
		if !m.Now().Before(u.PasswordSetAt.Add(w.Pool.Settings.PasswordPolicy.TemporaryLife())) {
			return nil, fault.NotAuthorized(expiredTemporary)
		}
		return m.afterTemporary(ctx, w, u, t)
	case user.ResetRequired:
		if !w.Client.HidesUsers() {
			return nil, fault.PasswordResetRequired()
		}
	}
	return nil, fault.NotAuthorized(wrongPassword)
}

// simulatedID returns the user id that is shown for a name that nobody has, always
// the same for the name.
func (m *Machine) simulatedID(sub user.Sub) string {
	return vault.UUIDOf([16]byte(m.Vault.Pseudonym("simulated-user-id", string(sub))))
}
