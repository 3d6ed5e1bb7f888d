package users

import (
	"context"
	"slices"

	"poolhouse.dev/internal/code"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/outbox"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
	"poolhouse.dev/internal/wire"
)

// policyRefusal begins the refusal of a temporary password.
const policyRefusal = "Password did not conform with password policy: "

// AdminCreateUser makes a user with a temporary password, or, with RESEND, gives
// one who has not signed in yet a new temporary password. The invitation goes
// out by the media asked for, SMS when none is named, unless suppressed. The
// user exists before the message leaves, and stays when it cannot be delivered.
func (a *API) AdminCreateUser(ctx context.Context, in *wire.AdminCreateUserRequest) (*wire.AdminCreateUserResponse, error) {
	p, err := a.Directory.Pool(ctx, pool.ID(*in.UserPoolId))
	if err != nil {
		return nil, err
	}
	password, err := temporaryPassword(p, in.TemporaryPassword)
	if err != nil {
		return nil, err
	}
	var u *user.User
	var messages []*outbox.Pending
	if in.MessageAction != nil && *in.MessageAction == "RESEND" {
		u, messages, err = a.reinvite(ctx, p, in, password)
	} else {
		u, messages, err = a.create(ctx, p, in, password)
	}
	if err != nil {
		return nil, err
	}
	if err := a.deliver(ctx, messages); err != nil {
		return nil, err
	}
	t := userType(u, nil)
	return &wire.AdminCreateUserResponse{User: &t}, nil
}

// temporaryPassword checks the password given or makes one that fits the policy.
func temporaryPassword(p *pool.Pool, given *string) (string, error) {
	if err := pool.RefuseNewPassword(p); err != nil {
		return "", err
	}
	if given == nil {
		return vault.NewPassword(int(p.Settings.PasswordPolicy.MinLength)), nil
	}
	if reason := p.Settings.PasswordPolicy.Check(*given); reason != "" {
		return "", fault.InvalidPassword(policyRefusal + reason)
	}
	return *given, nil
}

func (a *API) create(ctx context.Context, p *pool.Pool, in *wire.AdminCreateUserRequest, password string) (*user.User, []*outbox.Pending, error) {
	if err := pool.RefusePreSignUp(p); err != nil {
		return nil, nil, err
	}
	draft, err := user.DecideAdminCreate(p, user.Sub(vault.NewSub()), *in.Username, attributes(in.UserAttributes), a.Now())
	if err != nil {
		return nil, nil, err
	}
	u := draft.User
	if u.Verifier, err = a.Vault.NewVerifier(ctx, directory.VerifierPlace(u), string(p.ID), u.Username, password); err != nil {
		return nil, nil, err
	}
	var messages []*outbox.Pending
	err = store.Retry(ctx, func(ctx context.Context) error {
		set := store.NewChangeSet()
		set.Insert(u)
		if err := a.takeNames(ctx, p, set, draft, wire.Deref(in.ForceAliasCreation)); err != nil {
			return err
		}
		var err error
		if messages, err = a.invite(set, p, u, in, password); err != nil {
			return err
		}
		return a.Store.Commit(ctx, set)
	})
	if key, ok := store.Duplicate(err); ok && key.Table == user.TableAliases {
		err = createdTwice(p, u, key)
	}
	return u, messages, err
}

// createdTwice says which name of a new user is taken.
func createdTwice(p *pool.Pool, u *user.User, key row.Key) error {
	attr := user.AttributeOfAlias(p, u, user.AliasKind(key.Parts[1]), key.Parts[2])
	switch {
	case attr == "":
		return fault.UsernameExists("User account already exists")
	case p.IsUsernameAttribute(attr):
		return fault.UsernameExists(user.TakenText(attr))
	}
	return fault.AliasExists(user.TakenText(attr))
}

// takeNames adds the new user's names to the set. With force, a verified e-mail
// address or phone number moves here from the user who has it, whose own is
// unverified from then on.
func (a *API) takeNames(ctx context.Context, p *pool.Pool, set *store.ChangeSet, draft *user.Draft, force bool) error {
	for _, alias := range draft.Claims {
		if !force || p.UsesUsernameAttributes() || alias.Kind == user.AliasName {
			set.Insert(alias)
			continue
		}
		if err := a.Directory.MoveAlias(ctx, set, p, alias); err != nil {
			return err
		}
	}
	return nil
}

// invite adds the invitations that the request asks for to the set. A medium
// that was named must have somewhere to go; the default one is dropped where
// the user has no phone number. An invitation whose template has no place for the
// password is not sent, as in Cognito: the template wants mending and a RESEND.
func (a *API) invite(set *store.ChangeSet, p *pool.Pool, u *user.User, in *wire.AdminCreateUserRequest, password string) ([]*outbox.Pending, error) {
	if in.MessageAction != nil && *in.MessageAction == "SUPPRESS" {
		return nil, nil
	}
	media := in.DesiredDeliveryMediums
	if len(media) == 0 {
		media = []wire.DeliveryMediumType{"SMS"}
	}
	var messages []*outbox.Pending
	for _, attr := range []string{pool.AttrEmail, pool.AttrPhone} {
		medium := code.MediumOf(attr)
		if !slices.Contains(media, wire.DeliveryMediumType(medium)) {
			continue
		}
		if !u.Attributes.Has(attr) {
			if len(in.DesiredDeliveryMediums) > 0 {
				return nil, fault.InvalidParameterf("The user has no %s for the desired delivery medium %s.", attr, medium)
			}
			continue
		}
		if err := code.Refuse(p, medium); err != nil {
			return nil, err
		}
		if !code.InvitesWithPassword(p, medium) {
			continue
		}
		request := user.CodeRequest{Attribute: attr, Target: u.Attributes.Get(attr)}
		out := &user.Outgoing{PoolID: p.ID, Sub: u.Sub, Purpose: user.InvitationPurpose(u.PasswordSetAt), ExpiresAt: a.Now().Add(p.Settings.PasswordPolicy.TemporaryLife())}
		m, err := a.Outbox.Enqueue(set, out, code.Compose(p, u, notify.Invitation, request, password))
		if err != nil {
			return nil, err
		}
		messages = append(messages, m)
	}
	return messages, nil
}

// reinvite gives a user who never signed in a new temporary password, whose
// time starts now, and sends the invitation again.
func (a *API) reinvite(ctx context.Context, p *pool.Pool, in *wire.AdminCreateUserRequest, password string) (*user.User, []*outbox.Pending, error) {
	named, err := a.Directory.ExistingUser(ctx, p, *in.Username)
	if err != nil {
		return nil, nil, err
	}
	verifier, err := a.Vault.NewVerifier(ctx, directory.VerifierPlace(named), string(p.ID), named.Username, password)
	if err != nil {
		return nil, nil, err
	}
	var invited *user.User
	var messages []*outbox.Pending
	err = a.asAdmin(ctx, p.ID, *in.Username, nil, func(ctx context.Context, p *pool.Pool, u *user.User) (err error) {
		if u.Status != user.ForceChangePassword {
			return fault.UnsupportedUserState("Resend not possible. " + *in.Username + " status is not FORCE_CHANGE_PASSWORD")
		}
		invited = user.DecidePassword(p, u, verifier, false, a.Now()).User
		set := store.NewChangeSet()
		set.Update(invited)
		set.Drop(&user.Attempts{PoolID: p.ID, Sub: u.Sub, Kind: user.AttemptPassword})
		if messages, err = a.invite(set, p, invited, in, password); err != nil {
			return err
		}
		return a.Store.Commit(ctx, set)
	})
	return invited, messages, err
}
