package pool

import (
	"time"

	"poolhouse.dev/internal/row"
)

// TableRisks is the table of [RiskConfiguration].
const TableRisks row.Table = "risk_configurations"

// RiskConfiguration says what a pool, or one of its clients, does about risky
// sign-ins and passwords that are known to thieves.
//
// Source: SetRiskConfiguration in the API reference.
type RiskConfiguration struct {
	row.Stamp
	PoolID ID
	// ClientID is "" for the configuration of the whole pool, which counts for all
	// clients without one of their own.
	ClientID   ClientID
	Settings   RiskSettings
	ModifiedAt time.Time
}

// RowKey implements row.Row.
func (c *RiskConfiguration) RowKey() row.Key {
	return row.Key{Table: TableRisks, Parts: [3]string{string(c.PoolID), string(c.ClientID)}}
}

// Clone returns a copy of the configuration that shares nothing with it.
func (c *RiskConfiguration) Clone() *RiskConfiguration {
	d := *c
	d.Settings = clone(c.Settings)
	return &d
}

// RiskSettings is all that an administrator chooses about risk. It is stored as one
// JSON document; a nil section was never set, and stands for doing nothing.
type RiskSettings struct {
	Compromised *CompromisedSettings `json:"compromised,omitempty"`
	Takeover    *TakeoverSettings    `json:"takeover,omitempty"`
	Exceptions  *RiskExceptions      `json:"exceptions,omitempty"`
}

// Events at which a password can be found to be known to thieves.
const (
	RiskSignIn         = "SIGN_IN"
	RiskPasswordChange = "PASSWORD_CHANGE"
	RiskSignUp         = "SIGN_UP"
)

// RiskEvents are all of them; an empty filter stands for them.
var RiskEvents = []string{RiskSignIn, RiskPasswordChange, RiskSignUp}

// What is done about a risk.
const (
	RiskBlock           = "BLOCK"
	RiskMFAIfConfigured = "MFA_IF_CONFIGURED"
	RiskMFARequired     = "MFA_REQUIRED"
	RiskNoAction        = "NO_ACTION"
)

// CompromisedSettings are about passwords that are known to thieves.
type CompromisedSettings struct {
	// Events are those of RiskEvents at which passwords are looked up; none stands
	// for all.
	Events []string `json:"events,omitempty"`
	// Action is RiskBlock or RiskNoAction.
	Action string `json:"action"`
}

// TakeoverSettings are about sign-ins that may not be the user's own. A nil action
// does nothing at its level.
type TakeoverSettings struct {
	Notify *RiskNotices    `json:"notify,omitempty"`
	Low    *TakeoverAction `json:"low,omitempty"`
	Medium *TakeoverAction `json:"medium,omitempty"`
	High   *TakeoverAction `json:"high,omitempty"`
}

// TakeoverAction is what is done at one level of risk.
type TakeoverAction struct {
	Notify bool   `json:"notify"`
	Action string `json:"action"`
}

// RiskNotices are the e-mails that tell a user of a risky sign-in.
type RiskNotices struct {
	From      string      `json:"from,omitempty"`
	ReplyTo   string      `json:"replyTo,omitempty"`
	SourceARN string      `json:"sourceArn"`
	Block     *RiskNotice `json:"block,omitempty"`
	NoAction  *RiskNotice `json:"noAction,omitempty"`
	MFA       *RiskNotice `json:"mfa,omitempty"`
}

// RiskNotice is the template of one of them; an empty body is poolhouse's own.
type RiskNotice struct {
	Subject string `json:"subject"`
	HTML    string `json:"html,omitempty"`
	Text    string `json:"text,omitempty"`
}

// RiskExceptions are networks whose sign-ins are not judged, in CIDR notation. A nil
// list was never given, an empty one was.
type RiskExceptions struct {
	Blocked []string `json:"blocked"`
	Skipped []string `json:"skipped"`
}
