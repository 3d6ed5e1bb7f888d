package auth

import (
	"time"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/signin"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/token"
	"poolhouse.dev/internal/wire"
)

// Deps is what the operations work with.
type Deps struct {
	Store     store.Store
	Directory *directory.Directory
	SignIn    *signin.Machine
	Issuer    *token.Issuer
	Lanes     *store.Lanes
	Now       func() time.Time
}

// API has one method for each operation. It is safe for concurrent use.
type API struct{ Deps }

// New returns the operations.
func New(d Deps) *API { return &API{Deps: d} }

// result shows the tokens of an outcome; nil when it ended in a challenge.
func result(o *signin.Outcome) *wire.AuthenticationResultType {
	if o.Tokens == nil {
		return nil
	}
	r := &wire.AuthenticationResultType{
		AccessToken: wire.Ptr(o.Tokens.Access),
		IdToken:     wire.Ptr(o.Tokens.ID),
		ExpiresIn:   wire.Ptr(o.Tokens.ExpiresIn),
		TokenType:   wire.Ptr("Bearer"),
	}
	if o.Tokens.Refresh != "" {
		r.RefreshToken = wire.Ptr(o.Tokens.Refresh)
	}
	if o.NewDevice != nil {
		r.NewDeviceMetadata = &wire.NewDeviceMetadataType{DeviceKey: wire.Ptr(o.NewDevice.Key), DeviceGroupKey: wire.Ptr(o.NewDevice.GroupKey)}
	}
	return r
}

// asked is what an outcome asks for, as answers show it.
type asked struct {
	name       *wire.ChallengeNameType
	session    *string
	parameters map[string]string
	available  []wire.ChallengeNameType
}

// challenge shows what an outcome asks for. With tokens the parameters are
// there and empty.
func challenge(o *signin.Outcome) asked {
	if o.Challenge == nil {
		return asked{parameters: map[string]string{}}
	}
	a := asked{name: wire.Ptr(wire.ChallengeNameType(o.Challenge.Name)), parameters: o.Challenge.Parameters}
	if o.Challenge.Session != "" {
		a.session = wire.Ptr(o.Challenge.Session)
	}
	for _, name := range o.Challenge.Available {
		a.available = append(a.available, wire.ChallengeNameType(name))
	}
	return a
}
