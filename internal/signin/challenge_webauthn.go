package signin

import (
	"context"
	"encoding/json"
	"slices"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/passkey"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
)

// WebAuthn is the challenge to use a passkey.
const WebAuthn = user.FirstPasskey

// badPasskey is not the service's own text, which is unknown.
const badPasskey = "The passkey was not verified."

// askPasskey demands one of the passkeys of u.
func (m *Machine) askPasskey(ctx context.Context, w way, u *user.User) (*Outcome, error) {
	rp, err := passkey.Of(w.Pool)
	if err != nil {
		return nil, err
	}
	known, err := m.credentials(ctx, u)
	if err != nil {
		return nil, err
	}
	options, challenge, err := passkey.BeginSignIn(rp, passkey.PersonOf(u), known)
	if err != nil {
		return nil, err
	}
	s := m.newStep(w, u, WebAuthn)
	if s.Passkey, err = json.Marshal(challenge); err != nil {
		return nil, err
	}
	c, err := m.ask(s, map[string]string{"CREDENTIAL_REQUEST_OPTIONS": string(options)})
	if err != nil {
		return nil, err
	}
	return &Outcome{Challenge: c}, nil
}

// credentials are the passkeys of u as they are judged.
func (m *Machine) credentials(ctx context.Context, u *user.User) ([]passkey.Credential, error) {
	rows, err := m.Directory.Passkeys(ctx, u)
	if err != nil {
		return nil, err
	}
	list := make([]passkey.Credential, len(rows))
	for i, row := range rows {
		if list[i], err = passkey.CredentialOf(row); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// hasPasskey reports whether u can begin with a passkey: one of the relying party that
// the pool has now.
func (m *Machine) hasPasskey(ctx context.Context, p *pool.Pool, u *user.User) (bool, error) {
	if !p.AllowsFirst(WebAuthn) {
		return false, nil
	}
	list, err := m.credentials(ctx, u)
	if err != nil {
		return false, err
	}
	rp, err := passkey.Of(p)
	return err == nil && slices.ContainsFunc(list, func(c passkey.Credential) bool { return c.RPID == rp.ID }), nil
}

// usePasskey answers WEB_AUTHN.
func (m *Machine) usePasskey(ctx context.Context, r Request, session string, responses map[string]string) (*Outcome, error) {
	s, named, err := m.resume(ctx, r, WebAuthn, session, responses["USERNAME"])
	if err != nil {
		return nil, err
	}
	if named == nil {
		return nil, fault.NotAuthorized(badSession)
	}
	rp, err := passkey.Of(r.Pool)
	if err != nil {
		return nil, fault.NotAuthorized(badPasskey)
	}
	known, err := m.credentials(ctx, named)
	if err != nil {
		return nil, err
	}
	var challenge passkey.Challenge
	if err := json.Unmarshal(s.Passkey, &challenge); err != nil {
		return nil, fault.NotAuthorized(badSession)
	}
	if rp.UserVerification == passkey.Required { // whatever was asked for before
		challenge.UserVerification = passkey.Required
	}
	used, err := passkey.FinishSignIn(rp, passkey.PersonOf(named), challenge, known, []byte(responses["CREDENTIAL"]))
	if err != nil {
		return nil, m.unproved(ctx, s)
	}
	return m.inLane(ctx, s.Sub, func(ctx context.Context) (*next, error) {
		return m.passkeyProved(ctx, r, s, used)
	})
}

// unproved is the fault for a passkey that was not verified: what holds of the step comes
// first, since an answer that was given before is also wrong by its counter.
func (m *Machine) unproved(ctx context.Context, s step) error {
	u, spent := s.rows()
	if err := m.Store.Read(ctx, u, spent); err != nil {
		return err
	}
	if err := s.judge(u, spent); err != nil {
		return err
	}
	return fault.NotAuthorized(badPasskey)
}

// passkeyProved is usePasskey in the user's lane: the passkey has to be the user's
// still, and its counter is kept.
func (m *Machine) passkeyProved(ctx context.Context, r Request, s step, used passkey.Credential) (*next, error) {
	u, spent := s.rows()
	row := &user.Passkey{PoolID: s.PoolID, Sub: s.Sub, ID: passkey.Text(used.ID)}
	if err := m.Store.Read(ctx, u, spent, row); err != nil {
		return nil, err
	}
	if err := s.judge(u, spent); err != nil {
		return nil, err
	}
	if !row.Stored() || row.SignCount > int64(used.SignCount) {
		return nil, fault.NotAuthorized(badPasskey)
	}
	if !slices.Contains(user.FirstFactors(r.Pool, u, true), WebAuthn) {
		return nil, fault.NotAuthorized(badSession)
	}
	if u.Status == user.Unconfirmed { // a passkey proves no address
		return nil, fault.UserNotConfirmed()
	}
	if err := used.Keep(row); err != nil {
		return nil, err
	}
	set := store.NewChangeSet()
	set.Update(row)
	return m.advance(ctx, s.way(r), u, tries{}, set, spent)
}
