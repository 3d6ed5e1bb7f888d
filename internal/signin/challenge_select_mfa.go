package signin

import (
	"context"
	"slices"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

// SelectMFAType is the challenge to choose among second factors.
const SelectMFAType = user.SelectMFA

// notAChoice is not the service's own text, which is unknown.
const notAChoice = "%s is not one of the choices of the challenge."

// selectMFA answers SELECT_MFA_TYPE with the name of a second factor, which is
// demanded next.
func (m *Machine) selectMFA(ctx context.Context, r Request, session string, responses map[string]string) (*Outcome, error) {
	s, _, err := m.resume(ctx, r, SelectMFAType, session, responses["USERNAME"])
	if err != nil {
		return nil, err
	}
	choice := responses["ANSWER"]
	if choice == "EMAIL_MFA" { // so the service's model names it, and clients by its challenge
		choice = user.FactorEmail
	}
	if !slices.Contains(s.Choices, choice) {
		return nil, fault.InvalidParameterf(notAChoice, responses["ANSWER"])
	}
	return m.inLane(ctx, s.Sub, func(ctx context.Context) (*next, error) {
		u, err := m.spendStep(ctx, s, s.judge, func(u *user.User) error { return stillDemands(r.Pool, u, choice) })
		if err != nil {
			return nil, err
		}
		return m.askFactor(ctx, s.way(r), u, user.SecondFactor{Challenge: choice})
	})
}

// stillDemands refuses a challenge that u would not be led to any more, by itself or as
// a choice: whoever knows the password and began a sign-in in good time must not get by
// a second factor that was set up since.
func stillDemands(p *pool.Pool, u *user.User, challenge string) error {
	factor, err := user.DecideSecondFactor(p, u)
	if err == nil && factor.Challenge == "" {
		factor = user.DecideStepUp(p, u) // a sign-in that looked strange was asked for more
	}
	if err != nil || factor.Challenge != challenge && !(factor.Challenge == SelectMFAType && slices.Contains(factor.Choices, challenge)) {
		return fault.NotAuthorized(badSession)
	}
	return nil
}
