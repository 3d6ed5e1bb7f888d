package passkeys

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/paging"
	"poolhouse.dev/internal/passkey"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/subject"
	"poolhouse.dev/internal/token"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
	"poolhouse.dev/internal/wire"
)

// Texts of refusals, which are not the service's own; those are unknown.
const (
	notEnabled    = "The user pool does not allow WEB_AUTHN as a first factor."
	tooMany       = "The user has as many passkeys as a user can have, which are 20."
	noChallenge   = "No registration of a passkey is under way: call StartWebAuthnRegistration first."
	otherClient   = "The registration was started by another app client."
	badOrigin     = "The passkey was made for an origin that is not allowed."
	badParty      = "The passkey was made for another relying party."
	badCredential = "The passkey is of a kind that is not supported."
	unverified    = "The passkey was not verified."
	noPasskey     = "Passkey not found."
)

// registration is how long a registration may take, and where it is kept.
const (
	registrationLife = 5 * time.Minute
	registrationID   = "passkey-registration"
)

// largestPage is the most passkeys of a page.
const largestPage = 20

// Deps is what the operations work with.
type Deps struct {
	Store     store.Store
	Directory *directory.Directory
	Subjects  *subject.Subjects
	Lists     paging.Lists
	Vault     *vault.Vault
	Now       func() time.Time
}

// API has one method for each operation. It is safe for concurrent use.
type API struct{ Deps }

// New returns the operations.
func New(d Deps) *API { return &API{Deps: d} }

// pending is a registration that is under way, sealed in its row.
type pending struct {
	ClientID  pool.ClientID     `json:"clientId"`
	Challenge passkey.Challenge `json:"challenge"`
}

// underWay is the row of a user's registration; there is one at a time.
type underWay struct{ row *user.Challenge }

func (w *underWay) fresh(sub user.Sub, id pool.ID) []row.Row {
	w.row = &user.Challenge{PoolID: id, Sub: sub, ID: registrationID}
	return []row.Row{w.row}
}

// StartWebAuthnRegistration returns what a browser makes a passkey by. A registration
// that was under way before is void.
func (a *API) StartWebAuthnRegistration(ctx context.Context, in *wire.StartWebAuthnRegistrationRequest) (*wire.StartWebAuthnRegistrationResponse, error) {
	var w underWay
	var options []byte
	err := a.Subjects.Self(ctx, *in.AccessToken, nil, w.fresh, func(ctx context.Context, g *token.Grant) error {
		known, err := a.known(ctx, g.Pool, g.User)
		if err != nil {
			return err
		}
		rp, err := passkey.Of(g.Pool)
		if err != nil {
			return err
		}
		p := pending{ClientID: g.Client.ID}
		if options, p.Challenge, err = passkey.BeginRegistration(rp, passkey.PersonOf(g.User), known); err != nil {
			return err
		}
		plain, err := json.Marshal(p)
		if err != nil {
			return err
		}
		if w.row.State, err = a.Vault.Seal(directory.PlaceOf(w.row, "state"), plain); err != nil {
			return err
		}
		w.row.ExpiresAt = a.Now().Add(registrationLife)
		set := store.NewChangeSet()
		set.Put(w.row)
		return a.Store.Commit(ctx, set)
	})
	if err != nil {
		return nil, ended(err)
	}
	return &wire.StartWebAuthnRegistrationResponse{CredentialCreationOptions: options}, nil
}

// known returns the user's passkeys, and refuses where none more can be registered.
func (a *API) known(ctx context.Context, p *pool.Pool, u *user.User) ([]passkey.Credential, error) {
	if !p.AllowsFirst(user.FirstPasskey) {
		return nil, fault.WebAuthnNotEnabled(notEnabled)
	}
	rows, err := a.Directory.Passkeys(ctx, u)
	if err != nil {
		return nil, err
	}
	if len(rows) >= user.MaxPasskeys {
		return nil, fault.LimitExceeded(tooMany)
	}
	known := make([]passkey.Credential, len(rows))
	for i, r := range rows {
		if known[i], err = passkey.CredentialOf(r); err != nil {
			return nil, err
		}
	}
	return known, nil
}

// CompleteWebAuthnRegistration registers the passkey that a browser made.
func (a *API) CompleteWebAuthnRegistration(ctx context.Context, in *wire.CompleteWebAuthnRegistrationRequest) (*wire.CompleteWebAuthnRegistrationResponse, error) {
	var w underWay
	err := a.Subjects.Self(ctx, *in.AccessToken, nil, w.fresh, func(ctx context.Context, g *token.Grant) error {
		if _, err := a.known(ctx, g.Pool, g.User); err != nil {
			return err
		}
		p, err := a.open(w.row)
		if err != nil {
			return err
		}
		if p.ClientID != g.Client.ID {
			return fault.WebAuthnClientMismatch(otherClient)
		}
		rp, err := passkey.Of(g.Pool)
		if err != nil { // which the operation does not model
			return fault.WebAuthnRelyingPartyMismatch(badParty)
		}
		made, err := passkey.FinishRegistration(rp, passkey.PersonOf(g.User), p.Challenge, in.Credential)
		if err != nil {
			return refusal(err)
		}
		key := &user.Passkey{PoolID: g.User.PoolID, Sub: g.User.Sub, Name: passkey.FriendlyName(made.AAGUID, made.Attachment), CreatedAt: a.Now()}
		if err := made.Keep(key); err != nil {
			return err
		}
		set := store.NewChangeSet()
		set.Insert(key)
		set.Delete(w.row)
		set.Expect(g.User)
		err = a.Store.Commit(ctx, set)
		if taken, ok := store.Duplicate(err); ok && taken.Table == user.TablePasskeys {
			// Another node may have registered it, as the last one that there is room for.
			if _, err := a.known(ctx, g.Pool, g.User); err != nil {
				return err
			}
			return fault.InvalidParameter("The passkey is registered already.")
		}
		return err
	})
	if err != nil {
		return nil, ended(err)
	}
	return &wire.CompleteWebAuthnRegistrationResponse{}, nil
}

// open reads a registration that is under way.
func (a *API) open(r *user.Challenge) (pending, error) {
	var p pending
	if !r.Stored() || !a.Now().Before(r.ExpiresAt) {
		return p, fault.WebAuthnChallengeNotFound(noChallenge)
	}
	plain, err := a.Vault.Open(directory.PlaceOf(r, "state"), r.State)
	if err != nil {
		return p, err
	}
	return p, json.Unmarshal(plain, &p)
}

// refusal names the fault for a passkey that was not taken.
func refusal(err error) error {
	switch {
	case errors.Is(err, passkey.ErrChallengeMismatch):
		return fault.WebAuthnChallengeNotFound(noChallenge)
	case errors.Is(err, passkey.ErrOriginNotAllowed):
		return fault.WebAuthnOriginNotAllowed(badOrigin)
	case errors.Is(err, passkey.ErrRelyingPartyMismatch):
		return fault.WebAuthnRelyingPartyMismatch(badParty)
	case errors.Is(err, passkey.ErrNotSupported):
		return fault.WebAuthnCredentialNotSupported(badCredential)
	}
	return fault.InvalidParameter(unverified)
}

// ended words the end of the user, the client or the pool of an access token for the
// operations that model no other fault of a token than that it is good no more.
func ended(err error) error {
	f := fault.As(err)
	if f != nil && (f.Is(fault.UserNotFound("")) || f.Is(fault.ResourceNotFoundf(""))) {
		return token.Revoked()
	}
	return err
}

// ListWebAuthnCredentials returns a page of the passkeys of the user whose access token
// is given.
func (a *API) ListWebAuthnCredentials(ctx context.Context, in *wire.ListWebAuthnCredentialsRequest) (*wire.ListWebAuthnCredentialsResponse, error) {
	g, err := a.Subjects.Seen(ctx, *in.AccessToken)
	if err != nil {
		return nil, ended(err)
	}
	q := store.Query{Table: user.TablePasskeys, Equal: []store.Term{{Column: "pool_id", Value: string(g.Pool.ID)}, {Column: "sub", Value: string(g.User.Sub)}}}
	rows, next, err := a.Lists.List(ctx, paging.Page{
		Operation: "ListWebAuthnCredentials", Of: g.User.RowKey().String(), Query: q, Size: in.MaxResults, Largest: largestPage, Token: in.NextToken,
	})
	if err != nil {
		return nil, err
	}
	out := &wire.ListWebAuthnCredentialsResponse{Credentials: make([]wire.WebAuthnCredentialDescription, 0, len(rows)), NextToken: next}
	for _, r := range rows {
		key := r.(*user.Passkey)
		c, err := passkey.CredentialOf(key)
		if err != nil {
			return nil, err
		}
		d := wire.WebAuthnCredentialDescription{
			CredentialId: &key.ID, FriendlyCredentialName: &key.Name, RelyingPartyId: &c.RPID,
			AuthenticatorTransports: append([]string{}, c.Transports...), CreatedAt: wire.TimestampOf(key.CreatedAt),
		}
		if c.Attachment != "" {
			d.AuthenticatorAttachment = &c.Attachment
		}
		out.Credentials = append(out.Credentials, d)
	}
	return out, nil
}

// DeleteWebAuthnCredential removes a passkey of the user whose access token is given.
func (a *API) DeleteWebAuthnCredential(ctx context.Context, in *wire.DeleteWebAuthnCredentialRequest) (*wire.DeleteWebAuthnCredentialResponse, error) {
	var key *user.Passkey
	fresh := func(sub user.Sub, id pool.ID) []row.Row {
		key = &user.Passkey{PoolID: id, Sub: sub, ID: *in.CredentialId}
		return []row.Row{key}
	}
	err := a.Subjects.Self(ctx, *in.AccessToken, nil, fresh, func(ctx context.Context, _ *token.Grant) error {
		if !key.Stored() {
			return fault.ResourceNotFoundf(noPasskey)
		}
		set := store.NewChangeSet()
		set.Delete(key)
		return a.Store.Commit(ctx, set)
	})
	if f := fault.As(err); f != nil && f.Is(fault.UserNotFound("")) {
		return nil, token.Revoked()
	}
	if err != nil {
		return nil, err
	}
	return &wire.DeleteWebAuthnCredentialResponse{}, nil
}
