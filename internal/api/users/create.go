package users

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"poolhouse.dev/internal/code"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/outbox"
	"poolhouse.dev/internal/passwords"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
	"poolhouse.dev/internal/wire"
)

// AdminCreateUser makes a user with a temporary password, or, with RESEND, gives
// one who has not signed in yet a new temporary password. The invitation goes
// out by the media asked for, SMS when none is named, unless suppressed. The
// user exists before the message leaves, and stays when it cannot be delivered.
func (a *API) AdminCreateUser(ctx context.Context, in *wire.AdminCreateUserRequest) (*wire.AdminCreateUserResponse, error) {
	p, err := a.Directory.Pool(ctx, pool.ID(*in.UserPoolId))
	if err != nil {
		return nil, err
	}
	password, err := a.temporaryPassword(p, in.TemporaryPassword)
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
		return nil, code.UninvitedFor(err)
	}
	t := userType(u, nil)
	return &wire.AdminCreateUserResponse{User: &t}, nil
}

// temporaryPassword checks the password given or makes one that fits the policy.
func (a *API) temporaryPassword(p *pool.Pool, given *string) (string, error) {
	if given == nil {
		return vault.NewPassword(int(p.Settings.PasswordPolicy.MinLength)), nil
	}
	return *given, a.Passwords.Check(p, passwords.AtInvitation, *given)
}

func (a *API) create(ctx context.Context, p *pool.Pool, in *wire.AdminCreateUserRequest, password string) (*user.User, []*outbox.Pending, error) {
	draft, err := user.DecideAdminCreate(p, user.Sub(vault.NewSub()), *in.Username, attributes(in.UserAttributes), a.Now())
	if err != nil {
		return nil, nil, err
	}
	u := draft.User
	occasion := trigger.Occasion{Pool: p, ClientMetadata: in.ClientMetadata}
	_, err = a.Triggers.PreSignUp(ctx, occasion, trigger.NewUser{
		Name: u.Username, Attributes: draft.Given(), Validation: attributes(in.ValidationData), ByAdmin: true,
	})
	if err != nil {
		return nil, nil, err
	}
	if u.Verifier, err = a.Vault.NewVerifier(ctx, directory.VerifierPlace(u), string(p.ID), u.Username, password); err != nil {
		return nil, nil, err
	}
	custom := a.Codes.Custom(notify.Invitation, "", in.ClientMetadata)
	var messages []*outbox.Pending
	err = custom.Run(ctx, func() (err error) {
		messages, err = a.insert(ctx, p, draft, in, func(set *store.ChangeSet) ([]*outbox.Pending, error) {
			return a.invite(set, p, u, in, custom, password)
		})
		return err
	})
	// As in Cognito the user is made although no words were found for the
	// invitation, which can be sent again.
	if wordless := (*code.TriggerError)(nil); errors.As(err, &wordless) {
		_, taken := a.insert(ctx, p, draft, in, func(*store.ChangeSet) ([]*outbox.Pending, error) { return nil, nil })
		err = cmp.Or(taken, err)
	}
	return u, messages, err
}

// insert stores a new user together with the invitations that invite adds.
func (a *API) insert(ctx context.Context, p *pool.Pool, draft *user.Draft, in *wire.AdminCreateUserRequest, invite func(*store.ChangeSet) ([]*outbox.Pending, error)) (messages []*outbox.Pending, err error) {
	err = store.Retry(ctx, func(ctx context.Context) (err error) {
		set := store.NewChangeSet()
		set.Insert(draft.User)
		if err := a.takeNames(ctx, p, set, draft, wire.Deref(in.ForceAliasCreation)); err != nil {
			return err
		}
		if messages, err = invite(set); err != nil {
			return err
		}
		return a.Store.Commit(ctx, set)
	})
	if key, ok := store.Duplicate(err); ok && key.Table == user.TableAliases {
		err = createdTwice(p, draft.User, key)
	}
	return messages, err
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
func (a *API) invite(set *store.ChangeSet, p *pool.Pool, u *user.User, in *wire.AdminCreateUserRequest, custom *code.Custom, password string) ([]*outbox.Pending, error) {
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
		texts, err := custom.Texts(p, u, attr)
		if err != nil {
			return nil, err
		}
		if !code.InvitesWithPassword(p, medium, texts) {
			continue
		}
		request := user.CodeRequest{Attribute: attr, Target: u.Attributes.Get(attr)}
		out := &user.Outgoing{PoolID: p.ID, Sub: u.Sub, Purpose: user.InvitationPurpose(u.PasswordSetAt), ExpiresAt: a.Now().Add(p.Settings.PasswordPolicy.TemporaryLife())}
		m, err := a.Outbox.Enqueue(set, out, code.Compose(p, u, custom, request, texts, password))
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
	// The operation models no refusal of a password for what came before it.
	chosen, err := a.Passwords.Assign(ctx, p, named, password)
	if err != nil {
		return nil, nil, err
	}
	var invited *user.User
	var messages []*outbox.Pending
	custom := a.Codes.Custom(notify.Invitation, "", in.ClientMetadata)
	err = a.Subjects.Named(ctx, p.ID, *in.Username, custom, nil, func(ctx context.Context, p *pool.Pool, u *user.User) (err error) {
		if u.Sub != named.Sub {
			return fault.UserNotFound("User does not exist.")
		}
		if u.Status != user.ForceChangePassword {
			return fault.UnsupportedUserState("Resend not possible. " + *in.Username + " status is not FORCE_CHANGE_PASSWORD")
		}
		invited = user.DecidePassword(p, u, chosen.Verifier, false, a.Now()).User
		set := store.NewChangeSet()
		set.Update(invited)
		if err := chosen.Keep(ctx, set, u); err != nil {
			return err
		}
		set.Drop(&user.Attempts{PoolID: p.ID, Sub: u.Sub, Kind: user.AttemptPassword})
		if messages, err = a.invite(set, p, invited, in, custom, password); err != nil {
			return err
		}
		return a.Store.Commit(ctx, set)
	})
	return invited, messages, err
}
