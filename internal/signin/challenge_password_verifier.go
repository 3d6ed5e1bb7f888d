package signin

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/srp"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// PasswordVerifier is the challenge to prove a password without sending it.
const PasswordVerifier = "PASSWORD_VERIFIER"

// badPublicValue is not the service's own text, which is unknown; the service has no
// users as in importedPassword.
const (
	badPublicValue   = "SRP_A is not an acceptable public value."
	importedPassword = "The password of the user was imported and cannot be proved by SRP before the user has signed in with USER_PASSWORD_AUTH once."
)

// handshakeState is what a secret block holds, sealed. The block is the session of
// this challenge where a sign-in begins with it: the service takes the answer without
// another one.
type handshakeState struct {
	ID       string        `json:"i"`
	PoolID   pool.ID       `json:"p"`
	ClientID pool.ClientID `json:"c"`
	Sub      user.Sub      `json:"u"`
	// Username is USER_ID_FOR_SRP, which the client's proof is made for.
	Username  string          `json:"n"`
	Handshake vault.Handshake `json:"h"`
	ExpiresAt int64           `json:"e"` // in microseconds since 1970
	// Session says that a session of the same id has to come with the answer.
	Session  bool     `json:"s,omitempty"`
	Progress progress `json:"g"`
	// Pad makes a block the same length for a made-up sub as for a user's.
	Pad string `json:"x"`
}

// longestSub is more than the characters of any sub.
const longestSub = 96

// BeginSRP answers a client's public value with the challenge to prove the password.
// Where the client hides who exists, a name that nobody has gets a challenge, too,
// with a salt and a user id that are the same for the name every time.
func (m *Machine) BeginSRP(ctx context.Context, r Request, username, publicValue string) (*Outcome, error) {
	client, err := srp.ParsePublic(publicValue)
	if err != nil {
		return nil, fault.InvalidParameter(badPublicValue)
	}
	_, u, err := m.candidate(ctx, r, username)
	if err != nil {
		return nil, err
	}
	c, err := m.askPassword(ctx, begun(r), u, client, "")
	if err != nil {
		return nil, err
	}
	return &Outcome{Challenge: c}, nil
}

// candidate returns who is to prove something: the user of a name, found, or, where
// the client hides who exists, somebody who stands in for one, and nil. The pool's
// trigger has been asked.
func (m *Machine) candidate(ctx context.Context, r Request, username string) (found, u *user.User, err error) {
	if found, err = m.Directory.User(ctx, r.Pool, username); err != nil {
		return nil, nil, err
	}
	u = found
	if u == nil {
		if u, err = m.nobody(ctx, r, username); err != nil {
			return nil, nil, err
		}
	} else if u.Disabled && !r.Client.HidesUsers() {
		return nil, nil, fault.NotAuthorized(userDisabled)
	}
	if err := m.AllowUser(string(u.Sub), false); err != nil {
		return nil, nil, err
	}
	return found, u, m.mayTry(ctx, r, username, found)
}

// nobody stands in for the user of a name that nobody has, at the cost of the
// look-up of one. The id shown is the name itself where a user's would be.
func (m *Machine) nobody(ctx context.Context, r Request, username string) (*user.User, error) {
	if !r.Client.HidesUsers() {
		return nil, fault.UserNotFound(userUnknown)
	}
	u := &user.User{PoolID: r.Pool.ID, Sub: m.Directory.Nobody(r.Pool, username)}
	u.Username = m.shownName(r.Pool, u.Sub, username)
	return u, m.Store.Read(ctx, &user.User{PoolID: r.Pool.ID, Sub: u.Sub})
}

// shownName returns the user name that is shown for a name that nobody has.
func (m *Machine) shownName(p *pool.Pool, sub user.Sub, username string) string {
	if p.UsesUsernameAttributes() || pool.LooksLikeEmail(username) || pool.LooksLikePhone(username) {
		return m.simulatedID(sub)
	}
	return username
}

// provable refuses to ask for a proof by SRP of a password that is known by the hash of
// another system only, and says what to do. Where the client hides who exists the user
// is asked like nobody.
func (m *Machine) provable(w way, u *user.User) error {
	if u.Verifier == nil || w.Client.HidesUsers() {
		return nil
	}
	foreign, err := m.Vault.IsForeign(directory.VerifierPlace(u), u.Verifier)
	if err == nil && foreign {
		err = fault.InvalidParameter(importedPassword)
	}
	return err
}

// askPassword returns the challenge to prove the password of u, who may be nobody,
// to a client's public value. id, if not "", is that of the session that comes with it.
func (m *Machine) askPassword(ctx context.Context, w way, u *user.User, client []byte, id string) (*Challenge, error) {
	if err := m.provable(w, u); err != nil {
		return nil, err
	}
	h, salt, err := m.Vault.BeginSRP(ctx, directory.VerifierPlace(u), u.Verifier, client, string(w.Pool.ID), string(u.Sub))
	if err != nil {
		return nil, err
	}
	state := handshakeState{
		ID: id, PoolID: w.Pool.ID, ClientID: w.Client.ID, Sub: u.Sub, Username: u.Username, Handshake: h, Progress: w.progress,
		ExpiresAt: m.Now().Add(w.Client.SessionLife()).UnixMicro(), Pad: strings.Repeat(" ", longestSub-len(u.Sub)), Session: id != "",
	}
	if id == "" {
		state.ID = vault.NewUUID()
	}
	block, err := m.Vault.SealBlock(state)
	if err != nil {
		return nil, err
	}
	return &Challenge{Name: PasswordVerifier, Parameters: map[string]string{
		"SALT": hex.EncodeToString(salt), "SRP_B": hex.EncodeToString(h.Server), "SECRET_BLOCK": base64.StdEncoding.EncodeToString(block),
		"USERNAME": u.Username, "USER_ID_FOR_SRP": u.Username,
	}}, nil
}

// askPasswordIn is askPassword within a sign-in whose challenges have sessions.
func (m *Machine) askPasswordIn(ctx context.Context, w way, u *user.User, client []byte) (*Challenge, error) {
	s := m.newStep(w, u, PasswordVerifier)
	c, err := m.askPassword(ctx, w, u, client, s.ID)
	if err != nil {
		return nil, err
	}
	c.Session, err = m.seal(s)
	return c, err
}

// verifyPassword answers PASSWORD_VERIFIER. session is nil where none came.
func (m *Machine) verifyPassword(ctx context.Context, r Request, session *string, responses map[string]string) (*Outcome, error) {
	var state handshakeState
	block, err := decodeBlock(responses["PASSWORD_CLAIM_SECRET_BLOCK"])
	if err != nil || m.Vault.OpenBlock(block, &state) != nil || state.PoolID != r.Pool.ID || state.ClientID != r.Client.ID {
		return nil, fault.NotAuthorized(wrongPassword)
	}
	if m.Now().UnixMicro() >= state.ExpiresAt {
		return nil, fault.NotAuthorized(expiredSession)
	}
	if err := m.checkSession(r, state, session); err != nil {
		return nil, err
	}
	if r.DeviceKey != "" {
		if err := m.knowsDevice(ctx, r, state.Sub); err != nil {
			return nil, err
		}
	}
	if err := m.isProver(ctx, r, state, responses["USERNAME"]); err != nil {
		return nil, err
	}
	claim := vault.Claim{Block: block, Timestamp: responses["TIMESTAMP"]}
	// What does not decode is no signature, and judged like any that is wrong.
	claim.Signature, _ = base64.StdEncoding.DecodeString(responses["PASSWORD_CLAIM_SIGNATURE"])
	return m.inLane(ctx, state.Sub, func(ctx context.Context) (*next, error) {
		return m.judgeClaim(ctx, r, state, claim)
	})
}

// checkSession refuses a handshake that lacks the session it was given with.
func (m *Machine) checkSession(r Request, state handshakeState, session *string) error {
	if !state.Session {
		return nil
	}
	if session == nil {
		return fault.InvalidParameter(missingSession)
	}
	s, err := m.open(r, PasswordVerifier, *session)
	if err != nil {
		return err
	}
	if s.ID != state.ID || s.Sub != state.Sub {
		return fault.NotAuthorized(badSession)
	}
	return nil
}

// decodeBlock takes the alphabet of the challenge and the one for URLs, which some
// clients make of it.
func decodeBlock(text string) ([]byte, error) {
	if block, err := base64.StdEncoding.DecodeString(text); err == nil {
		return block, nil
	}
	return base64.RawURLEncoding.DecodeString(text)
}

// isProver refuses an answer for another user than the challenge's. Clients give the
// id that they were shown; another name of the user is taken, too.
func (m *Machine) isProver(ctx context.Context, r Request, state handshakeState, username string) error {
	if username == state.Username {
		return nil
	}
	u, err := m.Directory.User(ctx, r.Pool, username)
	if err != nil {
		return err
	}
	if u == nil || u.Sub != state.Sub {
		return fault.NotAuthorized(wrongPassword)
	}
	return nil
}

// judgeClaim is verifyPassword in the user's lane.
func (m *Machine) judgeClaim(ctx context.Context, r Request, state handshakeState, claim vault.Claim) (*next, error) {
	u := &user.User{PoolID: r.Pool.ID, Sub: state.Sub}
	attempts := &user.Attempts{PoolID: r.Pool.ID, Sub: state.Sub, Kind: user.AttemptPassword}
	once := &user.SpentChallenge{PoolID: r.Pool.ID, Sub: state.Sub, ID: state.ID}
	if err := m.Store.Read(ctx, u, attempts, once); err != nil {
		return nil, err
	}
	if once.Stored() {
		return nil, fault.NotAuthorized(wrongPassword)
	}
	t, err := m.count(ctx, attempts)
	if err != nil {
		return nil, err
	}
	right, err := m.Vault.FinishSRP(ctx, directory.VerifierPlace(u), u.Verifier, r.Pool.ID.Name(), state.Username, state.Handshake, claim)
	if err != nil {
		return nil, err
	}
	w := (&step{Progress: state.Progress}).way(r)
	if !right || u.Disabled {
		m.failed(ctx, w, u, user.EventPassword)
		return nil, fault.NotAuthorized(wrongPassword)
	}
	once.ExpiresAt = time.UnixMicro(state.ExpiresAt)
	w.passed(PasswordVerifier)
	n, err := m.afterPassword(ctx, w, u, nil, t, once)
	if key, taken := store.Duplicate(err); taken && key.Table == user.TableSpent {
		return nil, fault.NotAuthorized(wrongPassword)
	}
	return n, err
}
