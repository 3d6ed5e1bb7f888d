package signin

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/passwords"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
)

// NewPasswordRequired is the challenge for a user with a temporary password.
const NewPasswordRequired = "NEW_PASSWORD_REQUIRED"

// attributePrefix marks attributes among challenge parameters and responses.
const attributePrefix = "userAttributes."

// askNewPassword demands a new password and the required attributes that the
// user lacks.
func (m *Machine) askNewPassword(w way, u *user.User) (*Challenge, error) {
	required := []string{}
	for _, name := range user.MissingRequired(w.Pool, u) {
		required = append(required, attributePrefix+name)
	}
	shown := map[string]string{}
	for _, a := range u.Attributes {
		shown[a.Name] = a.Value
	}
	return m.ask(m.newStep(w, u, NewPasswordRequired), map[string]string{
		"USER_ID_FOR_SRP":    u.Username,
		"requiredAttributes": jsonText(required),
		"userAttributes":     jsonText(shown),
	})
}

func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic("signin: strings that do not encode: " + err.Error())
	}
	return string(text)
}

// newPassword answers NEW_PASSWORD_REQUIRED: with the session of the right temporary
// password the user gets the new one and is confirmed.
func (m *Machine) newPassword(ctx context.Context, r Request, session string, responses map[string]string) (*Outcome, error) {
	s, err := m.open(r, NewPasswordRequired, session)
	if err != nil {
		return nil, err
	}
	password, ok := responses["NEW_PASSWORD"]
	if !ok {
		return nil, fault.InvalidParameter("Missing required parameter NEW_PASSWORD")
	}
	named, err := m.isNamed(ctx, r, s, responses["USERNAME"])
	if err != nil {
		return nil, err
	}
	if err := m.Passwords.Check(r.Pool, passwords.AtChange, password); err != nil {
		return nil, err
	}
	if named == nil {
		return nil, fault.NotAuthorized(badSession)
	}
	if err := m.AllowUser(string(named.Sub), true); err != nil {
		return nil, err
	}
	chosen, err := m.Passwords.Choose(ctx, r.Pool, named, password)
	if err != nil {
		return nil, err
	}
	return m.inLane(ctx, s.Sub, func(ctx context.Context) (*next, error) {
		return m.setNewPassword(ctx, r, s, chosen, givenAttributes(responses))
	})
}

// setNewPassword is newPassword in the user's lane.
func (m *Machine) setNewPassword(ctx context.Context, r Request, s step, chosen *passwords.Choice, changes user.Attributes) (*next, error) {
	u, spent := s.rows()
	if err := m.Store.Read(ctx, u, spent); err != nil {
		return nil, err
	}
	if err := s.judge(u, spent); err != nil {
		return nil, err
	}
	if u.Status != user.ForceChangePassword {
		return nil, fault.NotAuthorized(badSession)
	}
	d, err := user.DecideCompletion(r.Pool, r.Client, u, changes, chosen.Verifier, m.Now())
	if err != nil {
		return nil, err
	}
	w := s.way(r)
	w.NewPassword = true
	set := store.NewChangeSet()
	set.Update(d.User)
	set.Insert(spent)
	if err := chosen.Keep(ctx, set, u); err != nil {
		return nil, err
	}
	directory.AddClaims(set, d)
	factor, refusal := user.DecideSecondFactor(w.Pool, d.User)
	if refusal == nil && factor.Challenge == "" && w.StepUp {
		factor = user.DecideStepUp(w.Pool, d.User)
	}
	n, err := m.demand(ctx, w, d.User, tries{}, set, factor, refusal)
	if err != nil {
		return nil, newPasswordFault(r.Pool, d.User, err)
	}
	return n, nil
}

// newPasswordFault names the fault for a key that somebody else was faster to
// take: the session's own, or a name.
func newPasswordFault(p *pool.Pool, u *user.User, err error) error {
	var taken *store.DuplicateError
	if !errors.As(err, &taken) {
		return err
	}
	if taken.Key.Table == user.TableSpent {
		return fault.NotAuthorized(usedSession)
	}
	attr := user.AttributeOfAlias(p, u, user.AliasKind(taken.Key.Parts[1]), taken.Key.Parts[2])
	return fault.AliasExists(user.TakenText(attr))
}

// givenAttributes are the attributes among challenge responses.
func givenAttributes(responses map[string]string) user.Attributes {
	var attrs user.Attributes
	for key, value := range responses {
		if name, ok := strings.CutPrefix(key, attributePrefix); ok {
			attrs = append(attrs, user.Attribute{Name: name, Value: value})
		}
	}
	return attrs.Sorted()
}
