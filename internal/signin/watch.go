package signin

import (
	"context"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/guard"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
)

// watched is proceed for a first factor that the pool's threat protection judges: it may
// refuse what is right, or demand a second factor of somebody who is not asked for one
// otherwise.
func (m *Machine) watched(ctx context.Context, w way, u *user.User, t tries, set *store.ChangeSet) (*next, error) {
	visit := w.Visit
	visit.Failures = t.before.Count
	v, err := m.Guard.Judge(ctx, w.Pool, w.Client.ID, u, visit)
	if err != nil {
		return nil, err
	}
	factor, refusal := user.DecideSecondFactor(w.Pool, u)
	switch {
	case v.Blocks():
		refusal = guard.Refused()
	case v.Response.ResetPassword:
		refusal = fault.PasswordResetRequired()
	case refusal == nil && factor.Challenge == "" && stepsUp(v):
		factor = user.DecideStepUp(w.Pool, u)
		if factor.Challenge == "" && v.Response.Action == pool.RiskMFARequired {
			refusal = guard.Refused()
		}
	}
	n, err := m.demand(ctx, w, u, t, set, factor, refusal)
	if refusal != nil {
		m.tell(ctx, w, u, v, user.EventFail, user.EventPassword)
		return nil, err
	}
	if n != nil {
		n.verdict, n.answered = v, user.EventPassword
	}
	return n, err
}

// stepsUp reports whether a risk is answered with a second factor.
func stepsUp(v guard.Verdict) bool {
	return v.Response.Action == pool.RiskMFAIfConfigured || v.Response.Action == pool.RiskMFARequired
}

// afterTemporary goes on from a right temporary password to the challenge to set another,
// unless threat protection refuses. A second factor that it demands comes after the new
// password; who has none that it would take gets no further here, so that the password
// stays as it is. That thieves know a temporary password is no matter: it ends here.
func (m *Machine) afterTemporary(ctx context.Context, w way, u *user.User, t tries) (*next, error) {
	n := &next{user: u}
	if w.Event != "" {
		visit := w.Visit
		visit.Failures = t.before.Count
		v, err := m.Guard.Judge(ctx, w.Pool, w.Client.ID, u, visit)
		if err != nil {
			return nil, err
		}
		factor, refusal := user.DecideSecondFactor(w.Pool, u)
		lacks := refusal == nil && factor.Challenge == "" && user.DecideStepUp(w.Pool, u).Challenge == ""
		if v.Blocks() || v.Response.Action == pool.RiskMFARequired && lacks {
			m.tell(ctx, w, u, v, user.EventFail, user.EventPassword)
			return nil, guard.Refused()
		}
		w.StepUp = stepsUp(v)
		n.verdict, n.answered = v, user.EventPassword
	}
	n.way = w
	var err error
	n.challenge, err = m.askNewPassword(w, u)
	return n, err
}

// tell writes the history of events, and tells the user of a risk.
func (m *Machine) tell(ctx context.Context, w way, u *user.User, v guard.Verdict, response user.AuthResponse, challenge string) {
	if w.Event == "" {
		return
	}
	if v.Mode == guard.Off {
		v = m.Guard.Witness(w.Pool, w.Visit)
	}
	e := guard.Event{ID: w.Event, Type: user.EventSignIn, Response: response, ClientID: w.Client.ID}
	if challenge != "" {
		answer := user.EventSuccess
		if response == user.EventFail && !v.Blocks() && !v.Response.ResetPassword {
			answer = user.EventFailure
		}
		e.Challenges = []user.AuthChallenge{{Name: challenge, Response: answer}}
	}
	m.Guard.Notify(ctx, w.Pool, w.Client.ID, u, v, m.Guard.Record(ctx, w.Pool, u, v, e))
}

// failed notes a wrong answer of u, behind the request: its time must not tell a user
// from nobody.
func (m *Machine) failed(ctx context.Context, w way, u *user.User, challenge string) {
	if w.Event == "" {
		return
	}
	v := m.Guard.Witness(w.Pool, w.Visit)
	m.Guard.RecordBehind(ctx, w.Pool, u, v, guard.Event{
		ID: w.Event, Type: user.EventSignIn, Response: user.EventFail, ClientID: w.Client.ID,
		Challenges: []user.AuthChallenge{{Name: challenge, Response: user.EventFailure}},
	})
}
