package user

import (
	"fmt"
	"math"
	"slices"
	"time"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
)

// AuthEventYears is how long events are kept.
//
// Source: the developer guide of 2023 on the history of user events.
const AuthEventYears = 2

// AuthEvent is an entry of the history of what was tried with a user's account, and
// of the risk that was seen in it.
//
// Source: AuthEventType in the API reference.
type AuthEvent struct {
	row.Stamp
	PoolID pool.ID
	Sub    Sub
	// ID is the claim event_id of the tokens that the event led to, which is the id of
	// their [Session].
	ID       string
	Type     AuthEventType
	ClientID pool.ClientID
	Response AuthResponse
	Risk     AuthRisk
	// Challenges are in the order of their answers.
	Challenges []AuthChallenge
	Context    AuthContext
	// Feedback is nil until somebody says whose event it was.
	Feedback  *AuthFeedback
	CreatedAt time.Time
	ExpiresAt time.Time
}

// RowKey implements row.Row.
func (e *AuthEvent) RowKey() row.Key {
	return row.Key{Table: TableAuthEvents, Parts: [3]string{string(e.PoolID), string(e.Sub), e.ID}}
}

// Clone returns a copy of the event that shares nothing with it.
func (e *AuthEvent) Clone() *AuthEvent {
	c := *e
	c.Challenges = slices.Clone(e.Challenges)
	if e.Feedback != nil {
		f := *e.Feedback
		c.Feedback = &f
	}
	if e.Context.Position != nil {
		p := *e.Context.Position
		c.Context.Position = &p
	}
	return &c
}

// ColumnNewest is the column of [AuthEvent.Newest].
const ColumnNewest = "newest"

// Newest is a text that is the less, compared by byte, the later the event was: it
// brings a user's events into their order.
func (e *AuthEvent) Newest() string {
	return fmt.Sprintf("%019d", math.MaxInt64-e.CreatedAt.UnixMicro())
}

// AuthEventType says what was tried, as the API spells it.
type AuthEventType string

// The types of events.
const (
	EventSignIn         AuthEventType = "SignIn"
	EventSignUp         AuthEventType = "SignUp"
	EventForgotPassword AuthEventType = "ForgotPassword"
	EventPasswordChange AuthEventType = "PasswordChange"
	EventResendCode     AuthEventType = "ResendCode"
)

// AuthResponse says how it ended, as the API spells it.
type AuthResponse string

// How events end.
const (
	EventPass       AuthResponse = "Pass"
	EventFail       AuthResponse = "Fail"
	EventInProgress AuthResponse = "InProgress"
)

// AuthRisk is what was made of an event. Its texts are those of the API, "" for a
// level that is none.
type AuthRisk struct {
	Decision    string `json:"decision,omitempty"`
	Level       string `json:"level,omitempty"`
	Compromised bool   `json:"compromised,omitempty"`
}

// Challenges of events, and how they were answered, as the API spells them.
const (
	EventPassword = "Password"
	EventMFA      = "Mfa"

	EventSuccess = "Success"
	EventFailure = "Failure"
)

// AuthChallenge is a challenge that was answered.
type AuthChallenge struct {
	Name     string `json:"name"`
	Response string `json:"response"`
}

// AuthContext is where an event came from, as far as that is known.
type AuthContext struct {
	IP string `json:"ip,omitempty"`
	// Device tells devices apart; DeviceName is for people.
	Device     string    `json:"device,omitempty"`
	DeviceName string    `json:"deviceName,omitempty"`
	Timezone   string    `json:"timezone,omitempty"`
	City       string    `json:"city,omitempty"`
	Country    string    `json:"country,omitempty"`
	Position   *Position `json:"position,omitempty"`
}

// Position is a place on earth, in degrees.
type Position struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

// Words of feedback, as the API spells them.
const (
	FeedbackValid   = "Valid"
	FeedbackInvalid = "Invalid"
)

// AuthFeedback is what somebody said about an event.
type AuthFeedback struct {
	// Value is FeedbackValid for an event of the user's own.
	Value string `json:"value"`
	// Provider is who said it.
	Provider string    `json:"provider"`
	At       time.Time `json:"at"`
}
