package signin

import (
	"context"
	"encoding/json"
	"time"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/srp"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// CustomChallenge is a challenge that functions of the pool make and judge.
const CustomChallenge = "CUSTOM_CHALLENGE"

// customLife is how long the state of a custom sign-in is kept; each of its steps has
// a shorter life of its own.
const customLife = time.Hour

// customState is what a custom sign-in has come to, sealed in its row.
type customState struct {
	// Name is the user name as it was typed.
	Name   string          `json:"name"`
	Rounds []trigger.Round `json:"rounds"`
	// Private and Metadata are those of the challenge that is unanswered.
	Private  map[string]string `json:"private,omitempty"`
	Metadata *string           `json:"metadata,omitempty"`
}

// wrongDefinition is the service's text for an answer of a function that it cannot use.
const wrongDefinition = "Unrecognizable lambda output"

// BeginCustom begins a sign-in whose challenges the pool's functions decide. A public
// value, if not "", asks to prove the password first.
func (m *Machine) BeginCustom(ctx context.Context, r Request, username, publicValue string) (*Outcome, error) {
	var public []byte
	state := &customState{Name: username}
	if publicValue != "" {
		var err error
		if public, err = srp.ParsePublic(publicValue); err != nil {
			return nil, fault.InvalidParameter(badPublicValue)
		}
		state.Rounds = []trigger.Round{{Challenge: "SRP_A", Passed: true}}
	}
	_, u, err := m.candidate(ctx, r, username)
	if err != nil {
		return nil, err
	}
	w := begun(r)
	w.Custom = vault.NewUUID()
	return m.define(ctx, w, u, state, public)
}

// goOn takes a custom sign-in up again after a challenge of another kind.
func (m *Machine) goOn(ctx context.Context, n *next) (*Outcome, error) {
	state, _, err := m.customState(ctx, n.user, n.way.Custom)
	if err != nil {
		return nil, err
	}
	for _, challenge := range n.way.Passed {
		state.Rounds = append(state.Rounds, trigger.Round{Challenge: challenge, Passed: true})
	}
	n.way.Passed = nil
	return m.define(ctx, n.way, n.user, state, nil)
}

// define asks the pool's functions what is next, and does it. public is the client's
// public value, for a proof of the password that they may ask for first.
func (m *Machine) define(ctx context.Context, w way, u *user.User, state *customState, public []byte) (*Outcome, error) {
	told := &trigger.CustomSignIn{Name: state.Name, Hides: w.Client.HidesUsers(), Rounds: state.Rounds}
	if u.Stored() {
		told.User = u
	}
	d, err := m.Triggers.DefineAuthChallenge(ctx, w.occasion(), told)
	switch {
	case err != nil:
		return nil, err
	case d.Fail, d.Tokens && !u.Stored():
		return nil, fault.NotAuthorized(wrongPassword)
	case d.Tokens:
		return m.endCustom(ctx, w, u)
	case d.Challenge == PasswordVerifier && public != nil:
		if err := m.keepCustom(ctx, w, u, state); err != nil {
			return nil, err
		}
		c, err := m.askPasswordIn(ctx, w, u, public)
		if err != nil {
			return nil, err
		}
		return &Outcome{Challenge: c}, nil
	case d.Challenge != CustomChallenge:
		return nil, fault.InvalidLambdaResponse(wrongDefinition)
	}
	made, err := m.Triggers.CreateAuthChallenge(ctx, w.occasion(), told, d.Challenge)
	if err != nil {
		return nil, err
	}
	state.Private, state.Metadata = made.Private, made.Metadata
	if err := m.keepCustom(ctx, w, u, state); err != nil {
		return nil, err
	}
	parameters := map[string]string{"USERNAME": u.Username}
	for name, value := range made.Public {
		parameters[name] = value
	}
	c, err := m.ask(m.newStep(w, u, CustomChallenge), parameters)
	if err != nil {
		return nil, err
	}
	return &Outcome{Challenge: c}, nil
}

// endCustom ends a custom sign-in that was passed: in tokens, or in a last challenge
// to the device.
func (m *Machine) endCustom(ctx context.Context, w way, named *user.User) (*Outcome, error) {
	row := customRow(named, w.Custom)
	w.Custom = ""
	return m.inLane(ctx, named.Sub, func(ctx context.Context) (*next, error) {
		u := &user.User{PoolID: named.PoolID, Sub: named.Sub}
		if err := m.Store.Read(ctx, u, row); err != nil {
			return nil, err
		}
		switch {
		case !u.Stored() || u.SignOutEpoch != named.SignOutEpoch:
			return nil, fault.NotAuthorized(badSession)
		case u.Disabled && w.Client.HidesUsers():
			return nil, fault.NotAuthorized(wrongPassword)
		case u.Disabled:
			return nil, fault.NotAuthorized(userDisabled)
		case u.Status == user.Unconfirmed:
			return nil, fault.UserNotConfirmed()
		}
		if d, err := m.remembered(ctx, w, u); err != nil || d != nil {
			if err != nil {
				return nil, err
			}
			return m.askDevice(w, u, d)
		}
		set := store.NewChangeSet()
		set.Expect(u)
		if row.Stored() {
			set.Drop(row)
		}
		return m.complete(ctx, w, u, tries{}, set)
	})
}

// answerCustom answers CUSTOM_CHALLENGE. The function that judges the answer is told
// what the one that made the challenge left for it; what follows from a wrong one is
// for them to decide. Either way the session is spent.
func (m *Machine) answerCustom(ctx context.Context, r Request, session string, responses map[string]string) (*Outcome, error) {
	s, _, err := m.resume(ctx, r, CustomChallenge, session, responses["USERNAME"])
	if err != nil {
		return nil, err
	}
	u, err := m.spendStep(ctx, s, s.judgeFirst(r.Client))
	if err != nil {
		return nil, err
	}
	w := s.way(r)
	state, _, err := m.customState(ctx, u, w.Custom)
	if err != nil {
		return nil, err
	}
	if !u.Stored() {
		u.Username = m.shownName(r.Pool, u.Sub, state.Name)
	}
	told := &trigger.CustomSignIn{Name: state.Name, Hides: w.Client.HidesUsers()}
	if u.Stored() {
		told.User = u
	}
	correct, err := m.Triggers.VerifyAuthChallenge(ctx, w.occasion(), told, state.Private, responses["ANSWER"])
	if err != nil {
		return nil, err
	}
	state.Rounds = append(state.Rounds, trigger.Round{Challenge: CustomChallenge, Passed: correct, Metadata: state.Metadata})
	return m.define(ctx, w, u, state, nil)
}

func customRow(u *user.User, id string) *user.Challenge {
	return &user.Challenge{PoolID: u.PoolID, Sub: u.Sub, ID: id}
}

// customState reads what a custom sign-in has come to.
func (m *Machine) customState(ctx context.Context, u *user.User, id string) (*customState, *user.Challenge, error) {
	row := customRow(u, id)
	if err := m.Store.Read(ctx, row); err != nil {
		return nil, nil, err
	}
	if !row.Stored() {
		return nil, nil, fault.NotAuthorized(badSession)
	}
	plain, err := m.Vault.Open(directory.PlaceOf(row, "state"), row.State)
	if err != nil {
		return nil, nil, err
	}
	var state customState
	return &state, row, json.Unmarshal(plain, &state)
}

// keepCustom stores what a custom sign-in has come to.
func (m *Machine) keepCustom(ctx context.Context, w way, u *user.User, state *customState) error {
	row := customRow(u, w.Custom)
	if err := m.Store.Read(ctx, row); err != nil {
		return err
	}
	plain, err := json.Marshal(state)
	if err != nil {
		return err
	}
	if row.State, err = m.Vault.Seal(directory.PlaceOf(row, "state"), plain); err != nil {
		return err
	}
	row.ExpiresAt = m.Now().Add(customLife)
	set := store.NewChangeSet()
	set.Put(row)
	return m.Store.Commit(ctx, set)
}
