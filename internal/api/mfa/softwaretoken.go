package mfa

import (
	"context"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/token"
	"poolhouse.dev/internal/totp"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

// Texts of refusals. The first is documented, the second known from clients, and the
// others are not the service's own.
const (
	tokensOff   = "Software Token MFA has not been enabled by the userPool"
	codeWrong   = "Code mismatch"
	eitherOr    = "Either AccessToken or Session has to be given, and not both."
	noneWaiting = "No software token waits to be verified: call AssociateSoftwareToken first."
)

// AssociateSoftwareToken gives a new secret for the app that makes one-time codes. It
// counts from its proof on, by VerifySoftwareToken; until then the one before does.
func (a *API) AssociateSoftwareToken(ctx context.Context, in *wire.AssociateSoftwareTokenRequest) (*wire.AssociateSoftwareTokenResponse, error) {
	if (in.AccessToken == nil) == (in.Session == nil) {
		return nil, fault.InvalidParameter(eitherOr)
	}
	if in.Session != nil {
		e, err := a.SignIn.OpenEnrolment(ctx, *in.Session)
		if err != nil {
			return nil, err
		}
		secret, session, err := a.SignIn.Associate(ctx, e)
		if err != nil {
			return nil, err
		}
		return &wire.AssociateSoftwareTokenResponse{SecretCode: &secret, Session: &session}, nil
	}
	secret := totp.NewSecret()
	var r rows
	err := a.Subjects.Self(ctx, *in.AccessToken, nil, r.fresh, func(ctx context.Context, g *token.Grant) (err error) {
		if !offersTokens(g.Pool) {
			return fault.SoftwareTokenMFANotFound(tokensOff)
		}
		if r.token.Pending, err = a.Vault.Seal(directory.PlaceOf(r.token, "pending"), secret); err != nil {
			return err
		}
		set := store.NewChangeSet()
		set.Put(r.token)
		return a.Store.Commit(ctx, set)
	})
	if err != nil {
		return nil, ended(err)
	}
	return &wire.AssociateSoftwareTokenResponse{SecretCode: wire.Ptr(totp.Text(secret))}, nil
}

// ended tells of a sign-in that has ended what an operation can that does not model why:
// that the user is gone, or has to set another password.
func ended(err error) error {
	if f := fault.As(err); f != nil && (f.Is(fault.UserNotFound("")) || f.Is(fault.PasswordResetRequired())) {
		return token.Revoked()
	}
	return err
}

// offersTokens reports whether a pool takes software tokens. One with its second
// factors off lets users set theirs up before it turns them on.
func offersTokens(p *pool.Pool) bool { return p.CouldOfferFactor(user.FactorTOTP) }

// VerifySoftwareToken takes a code of the app whose secret was given last. A right one
// makes it the user's token; whether it is asked for is for the user's preference, or,
// with the session of a sign-in that demands a second factor, for that sign-in.
//
// The attempt is committed before the code is looked at.
func (a *API) VerifySoftwareToken(ctx context.Context, in *wire.VerifySoftwareTokenRequest) (*wire.VerifySoftwareTokenResponse, error) {
	if (in.AccessToken == nil) == (in.Session == nil) {
		return nil, fault.InvalidParameter(eitherOr)
	}
	out := &wire.VerifySoftwareTokenResponse{Status: wire.Ptr(wire.VerifySoftwareTokenResponseType("SUCCESS"))}
	name := wire.Deref(in.FriendlyDeviceName)
	if in.Session != nil {
		e, err := a.SignIn.OpenEnrolment(ctx, *in.Session)
		if err != nil {
			return nil, err
		}
		session, err := a.SignIn.Prove(ctx, e, *in.UserCode, name)
		if err != nil {
			return nil, err
		}
		out.Session = &session
		return out, nil
	}
	var r rows
	err := a.Subjects.Self(ctx, *in.AccessToken, nil, r.fresh, func(ctx context.Context, g *token.Grant) error {
		return a.prove(ctx, g, &r, *in.UserCode, name)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// prove is VerifySoftwareToken in the user's lane.
func (a *API) prove(ctx context.Context, g *token.Grant, r *rows, text, name string) error {
	switch {
	case !offersTokens(g.Pool):
		return fault.SoftwareTokenMFANotFound(tokensOff)
	case r.token.Pending == nil:
		return fault.InvalidParameter(noneWaiting)
	}
	secret, err := a.Vault.Open(directory.PlaceOf(r.token, "pending"), r.token.Pending)
	if err != nil {
		return err
	}
	before := *r.attempts
	if err := r.attempts.TakePassword(a.Now()); err != nil {
		return err
	}
	counted := store.NewChangeSet()
	counted.Put(r.attempts)
	if err := a.Store.Commit(ctx, counted); err != nil {
		return err
	}
	step, ok := totp.Match(secret, text, a.Now())
	if !ok {
		return fault.EnableSoftwareTokenMFA(codeWrong)
	}
	if r.token.Secret, err = a.Vault.Seal(directory.PlaceOf(r.token, "secret"), secret); err != nil {
		return err
	}
	r.token.Pending, r.token.Name, r.token.LastStep = nil, name, step
	f := g.User.Factors
	f.HasToken = true
	return a.commit(ctx, g.User, f, func(set *store.ChangeSet) {
		set.Update(r.token)
		r.attempts.Restore(set, before)
	})
}
