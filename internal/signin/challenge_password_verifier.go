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

// Texts of refused handshakes that are not the service's own, which are unknown.
const (
	badPublicValue = "SRP_A is not an acceptable public value."
	noDevice       = "Device does not exist."
)

// handshakeState is what a secret block holds, sealed. The block is the session of
// this challenge: the service takes the answer without another one.
type handshakeState struct {
	ID       string        `json:"i"`
	PoolID   pool.ID       `json:"p"`
	ClientID pool.ClientID `json:"c"`
	Sub      user.Sub      `json:"u"`
	// Username is USER_ID_FOR_SRP, which the client's proof is made for.
	Username  string          `json:"n"`
	Handshake vault.Handshake `json:"h"`
	ExpiresAt int64           `json:"e"` // in microseconds since 1970
	// Pad makes a block the same length for a made-up sub as for a user's.
	Pad string `json:"x"`
}

// longestSub is more than the characters of any sub.
const longestSub = 96

// BeginSRP answers a client's public value with the challenge to prove the password.
// Where the client hides who exists, a name that nobody has gets a challenge, too,
// with a salt and a user id that are the same for the name every time.
func (m *Machine) BeginSRP(ctx context.Context, p *pool.Pool, c *pool.Client, username, publicValue string, metadata map[string]string) (*Outcome, error) {
	if err := pool.RefuseSignIn(p); err != nil {
		return nil, err
	}
	client, err := srp.ParsePublic(publicValue)
	if err != nil {
		return nil, fault.InvalidParameter(badPublicValue)
	}
	found, err := m.Directory.User(ctx, p, username)
	if err != nil {
		return nil, err
	}
	u := found
	if u == nil {
		if u, err = m.nobody(ctx, p, c, username); err != nil {
			return nil, err
		}
	} else if u.Disabled && !c.HidesUsers() {
		return nil, fault.NotAuthorized(userDisabled)
	}
	if err := m.AllowUser(string(u.Sub), false); err != nil {
		return nil, err
	}
	if err := m.mayTry(ctx, p, c, username, found, metadata); err != nil {
		return nil, err
	}
	h, salt, err := m.Vault.BeginSRP(ctx, directory.VerifierPlace(u), u.Verifier, client, string(p.ID), string(u.Sub))
	if err != nil {
		return nil, err
	}
	block, err := m.Vault.SealBlock(handshakeState{
		ID: vault.NewUUID(), PoolID: p.ID, ClientID: c.ID, Sub: u.Sub, Username: u.Username, Handshake: h,
		ExpiresAt: m.Now().Add(c.SessionLife()).UnixMicro(), Pad: strings.Repeat(" ", longestSub-len(u.Sub)),
	})
	if err != nil {
		return nil, err
	}
	return &Outcome{Challenge: &Challenge{Name: PasswordVerifier, Parameters: map[string]string{
		"SALT": hex.EncodeToString(salt), "SRP_B": hex.EncodeToString(h.Server), "SECRET_BLOCK": base64.StdEncoding.EncodeToString(block),
		"USERNAME": u.Username, "USER_ID_FOR_SRP": u.Username,
	}}}, nil
}

// nobody stands in for the user of a name that nobody has, at the cost of the
// look-up of one. The id shown is the name itself where a user's would be.
func (m *Machine) nobody(ctx context.Context, p *pool.Pool, c *pool.Client, username string) (*user.User, error) {
	if !c.HidesUsers() {
		return nil, fault.UserNotFound(userUnknown)
	}
	u := &user.User{PoolID: p.ID, Sub: m.Directory.Nobody(p, username), Username: username}
	if p.UsesUsernameAttributes() || pool.LooksLikeEmail(username) || pool.LooksLikePhone(username) {
		u.Username = vault.UUIDOf([16]byte(m.Vault.Pseudonym("simulated-user-id", string(u.Sub))))
	}
	return u, m.Store.Read(ctx, &user.User{PoolID: p.ID, Sub: u.Sub})
}

// VerifyPassword answers PASSWORD_VERIFIER. responses are the challenge responses as
// sent, and metadata the ClientMetadata beside them.
func (m *Machine) VerifyPassword(ctx context.Context, p *pool.Pool, c *pool.Client, responses, metadata map[string]string) (*Outcome, error) {
	if err := pool.RefuseSignIn(p); err != nil {
		return nil, err
	}
	var state handshakeState
	block, err := decodeBlock(responses["PASSWORD_CLAIM_SECRET_BLOCK"])
	if err != nil || m.Vault.OpenBlock(block, &state) != nil || state.PoolID != p.ID || state.ClientID != c.ID {
		return nil, fault.NotAuthorized(wrongPassword)
	}
	if m.Now().UnixMicro() >= state.ExpiresAt {
		return nil, fault.NotAuthorized(expiredSession)
	}
	if responses["DEVICE_KEY"] != "" {
		// The client forgets the device and answers once more.
		return nil, fault.ResourceNotFoundf(noDevice)
	}
	if err := m.isNamed(ctx, p, state, responses["USERNAME"]); err != nil {
		return nil, err
	}
	claim := vault.Claim{Block: block, Timestamp: responses["TIMESTAMP"]}
	// What does not decode is no signature, and judged like any that is wrong.
	claim.Signature, _ = base64.StdEncoding.DecodeString(responses["PASSWORD_CLAIM_SIGNATURE"])
	var out *Outcome
	err = m.Lanes.Do(ctx, string(state.Sub), func(ctx context.Context) (err error) {
		out, err = m.judgeClaim(ctx, p, c, state, claim)
		return err
	})
	if err != nil {
		return nil, err
	}
	return m.told(ctx, p, c, out, metadata)
}

// decodeBlock takes the alphabet of the challenge and the one for URLs, which some
// clients make of it.
func decodeBlock(text string) ([]byte, error) {
	if block, err := base64.StdEncoding.DecodeString(text); err == nil {
		return block, nil
	}
	return base64.RawURLEncoding.DecodeString(text)
}

// isNamed refuses an answer for another user than the challenge's. Clients give the
// id that they were shown; another name of the user is taken, too.
func (m *Machine) isNamed(ctx context.Context, p *pool.Pool, state handshakeState, username string) error {
	if username == state.Username {
		return nil
	}
	u, err := m.Directory.User(ctx, p, username)
	if err != nil {
		return err
	}
	if u == nil || u.Sub != state.Sub {
		return fault.NotAuthorized(wrongPassword)
	}
	return nil
}

// judgeClaim is VerifyPassword in the user's lane.
func (m *Machine) judgeClaim(ctx context.Context, p *pool.Pool, c *pool.Client, state handshakeState, claim vault.Claim) (*Outcome, error) {
	u := &user.User{PoolID: p.ID, Sub: state.Sub}
	attempts := &user.Attempts{PoolID: p.ID, Sub: state.Sub, Kind: user.AttemptPassword}
	once := &user.SpentChallenge{PoolID: p.ID, Sub: state.Sub, ID: state.ID}
	if err := m.Store.Read(ctx, u, attempts, once); err != nil {
		return nil, err
	}
	if once.Stored() {
		return nil, fault.NotAuthorized(wrongPassword)
	}
	if err := m.countFailure(ctx, attempts); err != nil {
		return nil, err
	}
	right, err := m.Vault.FinishSRP(ctx, directory.VerifierPlace(u), u.Verifier, string(p.ID), state.Username, state.Handshake, claim)
	if err != nil {
		return nil, err
	}
	if !right || u.Disabled {
		return nil, fault.NotAuthorized(wrongPassword)
	}
	once.ExpiresAt = time.UnixMicro(state.ExpiresAt)
	out, err := m.afterPassword(ctx, p, c, u, attempts, once)
	if key, taken := store.Duplicate(err); taken && key.Table == user.TableSpent {
		return nil, fault.NotAuthorized(wrongPassword)
	}
	return out, err
}
