package signin

import (
	"context"
	"slices"

	"poolhouse.dev/internal/code"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/outbox"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
)

// Challenges to repeat a code that was sent. SMSMFA and EmailOTP are second factors,
// SMSOTP and EmailOTP first ones.
const (
	SMSMFA   = user.FactorSMS
	EmailOTP = user.FactorEmail
	SMSOTP   = user.FirstSMS
)

// firstDigits is how many digits a code has that signs in by itself.
const firstDigits = 8

// wrongCode is the service's text for a code that does not match.
const wrongCode = "Invalid code or auth state for the user."

// codeAttribute is the attribute that the code of a challenge goes to.
func codeAttribute(challenge string) string {
	if challenge == EmailOTP {
		return pool.AttrEmail
	}
	return pool.AttrPhone
}

// codeResponse is the response that has the code of a challenge.
func codeResponse(challenge string) string { return challenge + "_CODE" }

// sendCode sends the code of a challenge and asks for it.
func (m *Machine) sendCode(ctx context.Context, n *next) (*Outcome, error) {
	s := m.newStep(n.way, n.user, n.code)
	s.Target, s.SetUp, s.First = n.target, n.setUp, n.first
	request := user.CodeRequest{Attribute: codeAttribute(n.code), Target: n.target}
	order := code.Order{
		Pool: n.way.Pool, User: n.user, Current: codeRow(s), Request: request, Life: n.way.Client.SessionLife(),
		Custom:    m.Codes.Custom(notify.Authentication, n.way.Client.ID, n.way.Metadata),
		ForNobody: !n.user.Stored() || n.user.Disabled,
	}
	if n.first {
		order.Digits = firstDigits
	}
	var message *outbox.Pending
	err := order.Custom.Run(ctx, func() (err error) {
		set := store.NewChangeSet()
		if message, err = m.Codes.Issue(set, order); err != nil {
			return err
		}
		return m.Store.Commit(ctx, set)
	})
	switch {
	case err != nil:
	case n.first:
		err = m.Outbox.DeliverFor(ctx, n.way.Client, message)
	default:
		err = m.Outbox.Deliver(ctx, message)
	}
	if err != nil {
		return nil, code.RefusedFor(err)
	}
	d := code.DeliveryOf(request)
	c, err := m.ask(s, map[string]string{
		"CODE_DELIVERY_DELIVERY_MEDIUM": string(d.Medium), "CODE_DELIVERY_DESTINATION": d.Destination, "USER_ID_FOR_SRP": n.user.Username,
	})
	if err != nil {
		return nil, err
	}
	if n.first {
		c.Available = []string{n.code}
	}
	return &Outcome{Challenge: c}, nil
}

// codeRow returns the key of the code of a step.
func codeRow(s step) *user.Code {
	return &user.Code{PoolID: s.PoolID, Sub: s.Sub, Purpose: user.SignInPurpose(s.ID)}
}

// repeatCode answers a challenge whose code was sent.
func (m *Machine) repeatCode(ctx context.Context, r Request, challenge, session string, responses map[string]string) (*Outcome, error) {
	s, _, err := m.resume(ctx, r, challenge, session, responses["USERNAME"])
	if err != nil {
		return nil, err
	}
	return m.inLane(ctx, s.Sub, func(ctx context.Context) (*next, error) {
		return m.judgeCode(ctx, r, s, responses[codeResponse(challenge)])
	})
}

// judgeCode is repeatCode in the user's lane. A wrong code leaves the step, and counts.
func (m *Machine) judgeCode(ctx context.Context, r Request, s step, text string) (*next, error) {
	u, spent := s.rows()
	row := codeRow(s)
	attempts := &user.Attempts{PoolID: s.PoolID, Sub: s.Sub, Kind: user.AttemptPassword}
	if err := m.Store.Read(ctx, u, spent, row, attempts); err != nil {
		return nil, err
	}
	judge := judgement(s.judge)
	if s.First {
		judge = s.judgeFirst(r.Client)
	}
	if err := judge(u, spent); err != nil {
		return nil, err
	}
	if s.SetUp {
		if err := stillDemands(r.Pool, u, MFASetup); err != nil {
			return nil, err
		}
	}
	t, err := m.count(ctx, attempts)
	if err != nil {
		return nil, err
	}
	if !m.Codes.Matches(row, text) || u.Disabled {
		m.failed(ctx, s.way(r), u, user.EventMFA)
		return nil, fault.CodeMismatch(wrongCode)
	}
	if s.First && !slices.Contains(user.FirstFactors(r.Pool, u, false), s.Challenge) {
		return nil, fault.NotAuthorized(badSession)
	}
	n, err := m.codeProved(ctx, r, s, u, row, t, true)
	if key, taken := store.Duplicate(err); taken && key.Table == user.TableAliases {
		// The address names somebody else. The sign-in is right all the same; only the
		// address does not become one of this user's names.
		n, err = m.codeProved(ctx, r, s, u, row, t, false)
	}
	if n != nil {
		n.answered = user.EventMFA
	}
	return n, spentFault(err)
}

// codeProved advances a step whose code was right: whoever has the code has the
// address that it was sent to.
func (m *Machine) codeProved(ctx context.Context, r Request, s step, u *user.User, row *user.Code, t tries, verify bool) (*next, error) {
	set := store.NewChangeSet()
	_, spent := s.rows()
	set.Insert(spent)
	set.Drop(row)
	w := s.way(r)
	w.passed(s.Challenge)
	d := user.DecideSignInByCode(r.Pool, u, user.CodeProof{
		Attribute: codeAttribute(s.Challenge), Target: s.Target, First: s.First, SetUp: s.SetUp, Verify: verify,
	}, m.Now())
	if d == nil {
		set.Expect(u)
		return m.complete(ctx, w, u, t, set)
	}
	set.Update(d.User)
	directory.AddClaims(set, d)
	return m.complete(ctx, w, d.User, t, set)
}
