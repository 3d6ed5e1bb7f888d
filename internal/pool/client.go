package pool

import (
	"slices"
	"time"

	"poolhouse.dev/internal/row"
)

// ClientID is an app client's id.
type ClientID string

// Client is an app client of a pool.
type Client struct {
	row.Stamp
	ID         ClientID
	PoolID     ID
	Name       string
	CreatedAt  time.Time
	ModifiedAt time.Time
	// SealedSecret is the client secret, sealed for column "secret" of the
	// client's row; nil for a public client.
	SealedSecret []byte
	Settings     ClientSettings
}

// RowKey implements row.Row.
func (c *Client) RowKey() row.Key {
	return row.Key{Table: TableClients, Parts: [3]string{string(c.ID)}}
}

// Clone returns a copy of the client that shares nothing with it.
func (c *Client) Clone() *Client {
	d := *c
	d.SealedSecret = slices.Clone(c.SealedSecret)
	d.Settings = clone(c.Settings)
	return &d
}

// IsConfidential reports whether the client has a secret, so that its calls
// must carry a secret hash.
func (c *Client) IsConfidential() bool { return c.SealedSecret != nil }

// ClientSettings is everything about an app client that its administrator
// chooses. A nil pointer or slice is a member that was never set.
type ClientSettings struct {
	// RefreshValidity is in units of RefreshUnit; 0 is stored as 30 (days).
	RefreshValidity int32  `json:"refreshValidity"`
	AccessValidity  int32  `json:"accessValidity,omitempty"`
	IDValidity      int32  `json:"idValidity,omitempty"`
	Units           *Units `json:"units,omitempty"`
	// ReadAttributes and WriteAttributes are nil for the default sets.
	ReadAttributes  []string `json:"readAttributes"`
	WriteAttributes []string `json:"writeAttributes"`
	// SchemaSize is the number of the pool's attributes when the client was last
	// saved. A client without lists of its own reads and writes those.
	SchemaSize int `json:"schemaSize"`
	// AuthFlows is nil for the default flows.
	AuthFlows          []string   `json:"authFlows"`
	IdentityProviders  []string   `json:"identityProviders"`
	CallbackURLs       []string   `json:"callbackUrls"`
	LogoutURLs         []string   `json:"logoutUrls"`
	DefaultRedirectURI *string    `json:"defaultRedirectUri,omitempty"`
	OAuthFlows         []string   `json:"oauthFlows"`
	OAuthScopes        []string   `json:"oauthScopes"`
	OAuthEnabled       bool       `json:"oauthEnabled,omitempty"`
	Analytics          *Analytics `json:"analytics,omitempty"`
	// HideUsers is ENABLED, LEGACY or "" (never set, which acts as LEGACY).
	HideUsers          string           `json:"hideUsers,omitempty"`
	TokenRevocation    bool             `json:"tokenRevocation"`
	PropagateContext   bool             `json:"propagateContext,omitempty"`
	AuthSessionMinutes int32            `json:"authSessionMinutes"`
	Rotation           *RefreshRotation `json:"rotation,omitempty"`
}

// Units are the time units of the token validities: seconds, minutes, hours or days.
type Units struct {
	Access  string `json:"access"`
	ID      string `json:"id"`
	Refresh string `json:"refresh"`
}

// Analytics are the Pinpoint settings of a client; they are kept and not used.
type Analytics struct {
	ApplicationID  string `json:"applicationId,omitempty"`
	ApplicationARN string `json:"applicationArn,omitempty"`
	RoleARN        string `json:"roleArn,omitempty"`
	ExternalID     string `json:"externalId,omitempty"`
	ShareUserData  bool   `json:"shareUserData,omitempty"`
}

// Rotates reports whether every refresh gives a new refresh token.
func (c *Client) Rotates() bool { return c.Settings.Rotation != nil && c.Settings.Rotation.Enabled }

// RotationGrace is how long a refresh token that was exchanged is still taken.
func (c *Client) RotationGrace() time.Duration {
	if c.Settings.Rotation == nil || c.Settings.Rotation.GraceSeconds == nil {
		return 0
	}
	return time.Duration(*c.Settings.Rotation.GraceSeconds) * time.Second
}

// RefreshRotation says whether every refresh gives a new refresh token.
type RefreshRotation struct {
	Enabled      bool   `json:"enabled"`
	GraceSeconds *int32 `json:"graceSeconds,omitempty"`
}

// HidesUsers reports whether answers must not tell whether a user exists.
func (c *Client) HidesUsers() bool { return c.Settings.HideUsers == "ENABLED" }

// AccessLife returns how long the client's access tokens are valid.
func (c *Client) AccessLife() time.Duration {
	return life(c.Settings.AccessValidity, c.Settings.unit(func(u *Units) string { return u.Access }, "hours"), time.Hour)
}

// IDLife returns how long the client's ID tokens are valid.
func (c *Client) IDLife() time.Duration {
	return life(c.Settings.IDValidity, c.Settings.unit(func(u *Units) string { return u.ID }, "hours"), time.Hour)
}

// DefaultRefreshLife is how long a sign-in can be refreshed unless a client says otherwise.
const DefaultRefreshLife = 30 * 24 * time.Hour

// RefreshLife returns how long a sign-in can be refreshed, counted from the sign-in.
func (c *Client) RefreshLife() time.Duration {
	return life(c.Settings.RefreshValidity, c.Settings.unit(func(u *Units) string { return u.Refresh }, "days"), DefaultRefreshLife)
}

// SessionLife returns how long a sign-in challenge may stay unanswered.
func (c *Client) SessionLife() time.Duration {
	return time.Duration(c.Settings.AuthSessionMinutes) * time.Minute
}

func (s *ClientSettings) unit(pick func(*Units) string, otherwise string) string {
	if s.Units == nil || pick(s.Units) == "" {
		return otherwise
	}
	return pick(s.Units)
}

func life(n int32, unit string, otherwise time.Duration) time.Duration {
	if n == 0 {
		return otherwise
	}
	return time.Duration(n) * UnitDuration(unit)
}

// UnitDuration returns the length of a validity unit; an unknown unit is an hour.
func UnitDuration(unit string) time.Duration {
	switch unit {
	case "seconds":
		return time.Second
	case "minutes":
		return time.Minute
	case "days":
		return 24 * time.Hour
	}
	return time.Hour
}
