package signin

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// NewPasswordRequired is the challenge for a user with a temporary password.
const NewPasswordRequired = "NEW_PASSWORD_REQUIRED"

// Challenge is what a client must answer next.
type Challenge struct {
	Name       string
	Parameters map[string]string
	// Session goes with the answer; it is good for one advance. "" for a challenge
	// whose parameters are its session.
	Session string
}

// attributePrefix marks attributes among challenge parameters and responses.
const attributePrefix = "userAttributes."

const sessionKind = "session"

// sessionState is what a Session string holds, sealed.
type sessionState struct {
	ID        string        `json:"i"`
	PoolID    pool.ID       `json:"p"`
	ClientID  pool.ClientID `json:"c"`
	Sub       user.Sub      `json:"s"`
	Challenge string        `json:"n"`
	// PasswordSetAt is that of the password that was right; the session ends
	// with it. In microseconds since 1970.
	PasswordSetAt int64 `json:"w"`
	ExpiresAt     int64 `json:"e"`
}

// askNewPassword demands a new password and the required attributes that the
// user lacks.
func (m *Machine) askNewPassword(p *pool.Pool, c *pool.Client, u *user.User) (*Challenge, error) {
	required := []string{}
	for _, name := range user.MissingRequired(p, u) {
		required = append(required, attributePrefix+name)
	}
	shown := map[string]string{}
	for _, a := range u.Attributes {
		shown[a.Name] = a.Value
	}
	session, err := m.Vault.SealToken(sessionKind, sessionState{
		ID: vault.NewUUID(), PoolID: p.ID, ClientID: c.ID, Sub: u.Sub, Challenge: NewPasswordRequired,
		PasswordSetAt: u.PasswordSetAt.UnixMicro(), ExpiresAt: m.Now().Add(c.SessionLife()).UnixMicro(),
	})
	if err != nil {
		return nil, err
	}
	return &Challenge{Name: NewPasswordRequired, Session: session, Parameters: map[string]string{
		"USER_ID_FOR_SRP":    u.Username,
		"requiredAttributes": jsonText(required),
		"userAttributes":     jsonText(shown),
	}}, nil
}

func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic("signin: strings that do not encode: " + err.Error())
	}
	return string(text)
}

// Texts of refused sessions, from the service.
const (
	badSession     = "Invalid session for the user."
	expiredSession = "Invalid session for the user, session is expired."
	usedSession    = "Invalid session for the user, session can only be used once."
)

// openSession opens a Session string for the challenge that is answered. It
// must be of this pool, client and challenge, and not have run out.
func (m *Machine) openSession(p *pool.Pool, c *pool.Client, challenge, text string) (sessionState, error) {
	var s sessionState
	if err := m.Vault.OpenToken(sessionKind, text, &s); err != nil {
		return s, fault.NotAuthorized(badSession)
	}
	if s.PoolID != p.ID || s.ClientID != c.ID || s.Challenge != challenge {
		return s, fault.NotAuthorized(badSession)
	}
	if m.Now().UnixMicro() >= s.ExpiresAt {
		return s, fault.NotAuthorized(expiredSession)
	}
	return s, nil
}

// NewPassword answers NEW_PASSWORD_REQUIRED: with the session of the right
// temporary password the user gets the new one, is confirmed and signed in.
// responses are the challenge responses as sent, and metadata the ClientMetadata
// beside them.
func (m *Machine) NewPassword(ctx context.Context, p *pool.Pool, c *pool.Client, session string, responses, metadata map[string]string) (*Outcome, error) {
	if err := pool.RefuseSignIn(p); err != nil {
		return nil, err
	}
	state, err := m.openSession(p, c, NewPasswordRequired, session)
	if err != nil {
		return nil, err
	}
	password, ok := responses["NEW_PASSWORD"]
	if !ok {
		return nil, fault.InvalidParameter("Missing required parameter NEW_PASSWORD")
	}
	named, err := m.Directory.User(ctx, p, responses["USERNAME"])
	if err != nil {
		return nil, err
	}
	if named == nil || named.Sub != state.Sub {
		return nil, fault.NotAuthorized(badSession)
	}
	if err := pool.RefuseNewPassword(p); err != nil {
		return nil, err
	}
	if reason := p.Settings.PasswordPolicy.Check(password); reason != "" {
		return nil, fault.InvalidPassword("Password does not conform to policy: " + reason)
	}
	verifier, err := m.Vault.NewVerifier(ctx, directory.VerifierPlace(named), string(p.ID), named.Username, password)
	if err != nil {
		return nil, err
	}
	var out *Outcome
	err = m.Lanes.Do(ctx, string(state.Sub), func(ctx context.Context) (err error) {
		out, err = m.setNewPassword(ctx, p, c, state, verifier, givenAttributes(responses))
		return err
	})
	if err != nil {
		return nil, err
	}
	return m.told(ctx, p, c, out, metadata)
}

// setNewPassword is NewPassword in the user's lane.
func (m *Machine) setNewPassword(ctx context.Context, p *pool.Pool, c *pool.Client, state sessionState, verifier []byte, changes user.Attributes) (*Outcome, error) {
	u := &user.User{PoolID: p.ID, Sub: state.Sub}
	spent := &user.SpentChallenge{PoolID: p.ID, Sub: state.Sub, ID: state.ID}
	if err := m.Store.Read(ctx, u, spent); err != nil {
		return nil, err
	}
	switch {
	case spent.Stored():
		return nil, fault.NotAuthorized(usedSession)
	case !u.Stored() || u.Status != user.ForceChangePassword || u.PasswordSetAt.UnixMicro() != state.PasswordSetAt:
		return nil, fault.NotAuthorized(badSession)
	case u.Disabled:
		return nil, fault.NotAuthorized(userDisabled)
	}
	d, err := user.DecideCompletion(p, c, u, changes, verifier, m.Now())
	if err != nil {
		return nil, err
	}
	s := m.newSession(p, c, d.User)
	spent.ExpiresAt = time.UnixMicro(state.ExpiresAt)
	set := store.NewChangeSet()
	set.Update(d.User)
	set.Insert(spent, s)
	for _, alias := range d.Released {
		set.Drop(alias)
	}
	for _, alias := range d.Taken {
		set.Insert(alias)
	}
	if err := m.Store.Commit(ctx, set); err != nil {
		return nil, newPasswordFault(p, d.User, err)
	}
	return m.mint(ctx, p, c, d.User, s, true)
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
