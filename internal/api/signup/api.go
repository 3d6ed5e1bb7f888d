package signup

import (
	"context"
	"time"

	"poolhouse.dev/internal/code"
	"poolhouse.dev/internal/decoy"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/guard"
	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/outbox"
	"poolhouse.dev/internal/passwords"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/signin"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
	"poolhouse.dev/internal/wire"
)

// Deps is what the operations work with.
type Deps struct {
	Store     store.Store
	Directory *directory.Directory
	Codes     *code.Codes
	Outbox    *outbox.Outbox
	Vault     *vault.Vault
	Lanes     *store.Lanes
	Decoy     *decoy.Decoy
	Triggers  *trigger.Caller
	SignIn    *signin.Machine
	Guard     *guard.Guard
	Passwords *passwords.Judge
	Now       func() time.Time
}

// API has one method for each operation. It is safe for concurrent use.
type API struct{ Deps }

// New returns the operations.
func New(d Deps) *API { return &API{Deps: d} }

// unknownUser is the text for a user name that does not exist, in the
// operations that people call before they are signed in.
const unknownUser = "Username/client id combination not found."

// SignUp registers an unconfirmed user and sends a confirmation code where the
// pool verifies one of the user's addresses.
func (a *API) SignUp(ctx context.Context, in *wire.SignUpRequest) (*wire.SignUpResponse, error) {
	p, client, err := a.Directory.PublicClient(ctx, pool.ClientID(*in.ClientId), in.SecretHash, *in.Username)
	if err != nil {
		return nil, err
	}
	draft, err := user.DecideSignUp(p, client, user.Sub(vault.NewSub()), *in.Username, attributes(in.UserAttributes), a.Now())
	if err != nil {
		return nil, err
	}
	if err := a.checkPassword(p, client, draft.User, in.Password); err != nil {
		return nil, err
	}
	visit := guard.VisitOf(ctx, client, in.UserContextData)
	if err := a.Guard.Admit(ctx, p, client.ID, pool.RiskSignUp, visit, wire.Deref(in.Password)); err != nil {
		return nil, err
	}
	occasion := trigger.Occasion{Pool: p, ClientID: client.ID, ClientMetadata: in.ClientMetadata}
	admission, err := a.Triggers.PreSignUp(ctx, occasion, trigger.NewUser{
		Name: draft.User.Username, Attributes: draft.Given(), Validation: attributes(in.ValidationData),
	})
	if err != nil {
		return nil, err
	}
	if err := draft.Admit(p, admission); err != nil {
		return nil, err
	}
	u := draft.User
	contact, sends := user.SignUpContact(p, u)
	sends = sends && u.Status == user.Unconfirmed
	if password := wire.Deref(in.Password); password != "" {
		if u.Verifier, err = a.Vault.NewVerifier(ctx, directory.VerifierPlace(u), string(p.ID), u.Username, password); err != nil {
			return nil, err
		}
	}
	if err := a.insert(ctx, p, draft); err != nil {
		return nil, err
	}
	a.Guard.Note(ctx, p, client.ID, u, visit, user.EventSignUp)
	out := &wire.SignUpResponse{UserConfirmed: wire.Ptr(u.Status == user.Confirmed), UserSub: wire.Ptr(string(u.Sub))}
	if u.Status == user.Confirmed {
		return out, a.Triggers.PostConfirmation(ctx, occasion, trigger.ConfirmSignUp, u)
	}
	if !sends {
		return out, nil
	}
	message, err := a.issueCode(ctx, p, u, contact, a.Codes.Custom(notify.SignUp, client.ID, in.ClientMetadata))
	if err != nil {
		return out, err
	}
	out.CodeDeliveryDetails = details(code.DeliveryOf(contact))
	return out, a.Outbox.Deliver(ctx, message)
}

// insert stores a new user. A verified address that names users is theirs from
// then on, also where another user had it; one that a trigger vouched for is the
// only kind that a sign-up brings along.
func (a *API) insert(ctx context.Context, p *pool.Pool, draft *user.Draft) error {
	err := store.Retry(ctx, func(ctx context.Context) error {
		set := store.NewChangeSet()
		set.Insert(draft.User)
		for _, alias := range draft.Claims {
			if alias.Kind == user.AliasName || p.UsesUsernameAttributes() {
				set.Insert(alias)
				continue
			}
			if err := a.Directory.MoveAlias(ctx, set, p, alias); err != nil {
				return err
			}
		}
		return a.Store.Commit(ctx, set)
	})
	if err != nil {
		return takenFault(p, draft.User, err)
	}
	return nil
}

// noPassword is not the service's own text, which is unknown.
const noPassword = "A password is required: the user cannot sign in with a code that the pool and the app client allow and the pool verifies."

// checkPassword checks a chosen password. A sign-up without one needs another first
// factor: a code to an address that the user gives and the pool verifies by itself, in a
// pool and for a client that let users begin with it.
//
// Source: "Signing up and confirming user accounts" in the developer guide.
func (a *API) checkPassword(p *pool.Pool, c *pool.Client, u *user.User, password *string) error {
	if wire.Deref(password) != "" {
		return a.Passwords.Check(p, passwords.AtSignUp, *password)
	}
	for attr, factor := range map[string]string{pool.AttrEmail: user.FirstEmail, pool.AttrPhone: user.FirstSMS} {
		if c.AllowsFlow(pool.FlowUserAuth) && p.AllowsFirst(factor) && u.Attributes.Has(attr) && p.IsAutoVerified(attr) {
			return nil
		}
	}
	return fault.InvalidParameter(noPassword)
}

// takenFault names the exception for a user name, or an address that stands in
// for it, that is taken.
func takenFault(p *pool.Pool, u *user.User, err error) error {
	key, ok := store.Duplicate(err)
	if !ok || key.Table != user.TableAliases {
		return err
	}
	attr := user.AttributeOfAlias(p, u, user.AliasKind(key.Parts[1]), key.Parts[2])
	if attr == "" {
		return fault.UsernameExists("User already exists")
	}
	return fault.UsernameExists(user.TakenText(attr))
}

// inLane reads the user and the rows that more names, in the user's lane, and
// calls change; a conflict brings it back to the start.
func (a *API) inLane(ctx context.Context, p *pool.Pool, sub user.Sub, change func(context.Context, *user.User) error, more ...func() row.Row) error {
	return a.Lanes.Do(ctx, string(sub), func(ctx context.Context) error {
		u := &user.User{PoolID: p.ID, Sub: sub}
		rows := []row.Row{u}
		for _, fresh := range more {
			rows = append(rows, fresh())
		}
		if err := a.Store.Read(ctx, rows...); err != nil {
			return err
		}
		if !u.Stored() {
			return fault.UserNotFound(unknownUser)
		}
		return change(ctx, u)
	})
}

func attributes(in []wire.AttributeType) user.Attributes {
	out := make(user.Attributes, len(in))
	for i, a := range in {
		out[i] = user.Attribute{Name: wire.Deref(a.Name), Value: wire.Deref(a.Value)}
	}
	return out
}
