package signin

import (
	"cmp"
	"context"
	"slices"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/totp"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// MFASetup is the challenge to set up a second factor.
const MFASetup = user.SetUpMFA

// Texts of refused software tokens. The first is not the service's own.
const (
	noSetUp     = "A second factor has to be set up first: AssociateSoftwareToken and VerifySoftwareToken, or EMAIL."
	tokensOff   = "Software Token MFA has not been enabled by the userPool"
	setUpFailed = "Code mismatch"
	noAddress   = "Invalid email address format."
)

// setUpMFA answers MFA_SETUP: with the session of a software token that has been
// proved it ends the sign-in, and with an e-mail address the code that is sent
// there is asked for.
func (m *Machine) setUpMFA(ctx context.Context, r Request, session string, responses map[string]string) (*Outcome, error) {
	s, _, err := m.resume(ctx, r, MFASetup, session, responses["USERNAME"])
	if err != nil {
		return nil, err
	}
	address := cmp.Or(responses["EMAIL"], responses["email"])
	switch {
	case s.SetUp:
	case address == "" || !slices.Contains(s.Choices, user.FactorEmail):
		return nil, fault.InvalidParameter(noSetUp)
	case !pool.LooksLikeEmail(address):
		return nil, fault.InvalidParameter(noAddress)
	}
	return m.inLane(ctx, s.Sub, func(ctx context.Context) (*next, error) {
		if !s.SetUp {
			u, err := m.spendStep(ctx, s, s.judge, func(u *user.User) error { return stillDemands(r.Pool, u, MFASetup) })
			if err != nil {
				return nil, err
			}
			return &next{way: s.way(r), user: u, code: EmailOTP, target: address, setUp: true}, nil
		}
		u, spent := s.rows()
		if err := m.Store.Read(ctx, u, spent); err != nil {
			return nil, err
		}
		if err := s.judge(u, spent); err != nil {
			return nil, err
		}
		return m.advance(ctx, s.way(r), u, tries{}, store.NewChangeSet(), spent)
	})
}

// Enrolment is the setting up of a software token within a sign-in.
type Enrolment struct {
	step step
	Pool *pool.Pool
}

// OpenEnrolment opens the session of an MFA_SETUP challenge. What it is used for gives
// a session that lasts as long as a new one.
func (m *Machine) OpenEnrolment(ctx context.Context, session string) (*Enrolment, error) {
	s, err := m.openAny(session)
	if err != nil {
		return nil, err
	}
	if s.Challenge != MFASetup || s.SetUp {
		return nil, fault.NotAuthorized(badSession)
	}
	if err := m.fresh(s); err != nil {
		return nil, err
	}
	p, c, err := m.Directory.Client(ctx, s.ClientID)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(s.Choices, user.FactorTOTP) {
		return nil, fault.SoftwareTokenMFANotFound(tokensOff)
	}
	s.ExpiresAt = m.Now().Add(c.SessionLife()).UnixMicro()
	return &Enrolment{step: s, Pool: p}, nil
}

// Associate gives a new secret for the user's token, and the session that proves it.
func (m *Machine) Associate(ctx context.Context, e *Enrolment) (secret, session string, err error) {
	u, spent := e.step.rows()
	if err := m.Store.Read(ctx, u, spent); err != nil {
		return "", "", err
	}
	if err := e.step.judge(u, spent); err != nil {
		return "", "", err
	}
	if err := stillDemands(e.Pool, u, MFASetup); err != nil {
		return "", "", err
	}
	s := e.step
	s.Secret = totp.NewSecret()
	session, err = m.seal(s)
	return totp.Text(s.Secret), session, err
}

// Prove takes a code of the new token. A right one makes it the user's second factor,
// and the session that comes back ends the challenge. A wrong one counts.
func (m *Machine) Prove(ctx context.Context, e *Enrolment, text, name string) (session string, err error) {
	if e.step.Secret == nil {
		return "", fault.NotAuthorized(badSession)
	}
	err = m.Lanes.Do(ctx, string(e.step.Sub), func(ctx context.Context) error {
		session, err = m.prove(ctx, e.Pool, e.step, text, name)
		return err
	})
	return session, err
}

func (m *Machine) prove(ctx context.Context, p *pool.Pool, s step, text, name string) (session string, err error) {
	u, spent := s.rows()
	device := &user.SoftwareToken{PoolID: s.PoolID, Sub: s.Sub}
	attempts := &user.Attempts{PoolID: s.PoolID, Sub: s.Sub, Kind: user.AttemptPassword}
	if err := m.Store.Read(ctx, u, spent, device, attempts); err != nil {
		return "", err
	}
	if err := s.judge(u, spent); err != nil {
		return "", err
	}
	if err := stillDemands(p, u, MFASetup); err != nil {
		return "", err
	}
	t, err := m.count(ctx, attempts)
	if err != nil {
		return "", err
	}
	at, ok := totp.Match(s.Secret, text, m.Now())
	if !ok {
		return "", fault.EnableSoftwareTokenMFA(setUpFailed)
	}
	if device.Secret, err = m.Vault.Seal(directory.PlaceOf(device, "secret"), s.Secret); err != nil {
		return "", err
	}
	device.Pending, device.Name, device.LastStep = nil, name, at
	after := u.Clone()
	after.Factors.HasToken = true
	after.Factors.Set(user.FactorTOTP, true)
	after.ModifiedAt = m.Now()
	set := store.NewChangeSet()
	set.Put(device)
	set.Update(after)
	set.Insert(spent)
	t.undo(set)
	if err := m.Store.Commit(ctx, set); err != nil {
		return "", spentFault(err)
	}
	s.ID, s.SetUp, s.Secret = vault.NewUUID(), true, nil
	return m.seal(s)
}
