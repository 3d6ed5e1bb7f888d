package pool

import "encoding/json"

// Settings is everything about a pool that its administrator chooses. It is
// stored as one JSON document; a nil pointer or empty value is a member that
// was never set, where the service distinguishes that.
type Settings struct {
	PasswordPolicy     PasswordPolicy `json:"passwordPolicy"`
	FirstFactors       []string       `json:"firstFactors"`
	DeletionProtection bool           `json:"deletionProtection,omitempty"`
	Triggers           Triggers       `json:"triggers"`
	// AutoVerified, Aliases, UsernameAttributes and VerifyBeforeUpdate hold
	// attribute names: email, phone_number and, among Aliases, preferred_username.
	AutoVerified       []string `json:"autoVerified,omitempty"`
	Aliases            []string `json:"aliases,omitempty"`
	UsernameAttributes []string `json:"usernameAttributes,omitempty"`
	// VerifyBeforeUpdate is nil when it was never given; Describe then omits it.
	VerifyBeforeUpdate []string  `json:"verifyBeforeUpdate"`
	CaseSensitive      *bool     `json:"caseSensitive,omitempty"`
	Templates          Templates `json:"templates"`
	// MFA is OFF, OPTIONAL or ON.
	MFA string `json:"mfa"`
	// SoftwareTokens says that an app's one-time codes are a second factor.
	SoftwareTokens *bool             `json:"softwareTokens,omitempty"`
	EmailMFA       *EmailMFASettings `json:"emailMfa,omitempty"`
	Passkeys       *PasskeySettings  `json:"passkeys,omitempty"`
	Devices        *DeviceSettings   `json:"devices,omitempty"`
	Email          EmailSettings     `json:"email"`
	SMS            *SMSSettings      `json:"sms,omitempty"`
	Tags           map[string]string `json:"tags,omitempty"`
	Invite         InviteSettings    `json:"invite"`
	Schema         Schema            `json:"schema"`
	AddOns         *AddOns           `json:"addOns,omitempty"`
	Recovery       []RecoveryOption  `json:"recovery,omitempty"`
	Tier           string            `json:"tier"`
	KeyConfig      *KeyConfig        `json:"keyConfig,omitempty"`
	Issuer         string            `json:"issuer,omitempty"`
	DCR            *DCRSettings      `json:"dcr,omitempty"`
	ACR            map[string]string `json:"acr,omitempty"`
	// ReplicaRole is RoleSecondary for a pool whose users are another Region's to
	// change, and "" for every other. No operation sets it yet.
	ReplicaRole string `json:"replicaRole,omitempty"`
}

// RoleSecondary is the role of a pool that is a replica of another's.
const RoleSecondary = "SECONDARY"

// MFA settings of a pool.
const (
	MFAOff      = "OFF"
	MFAOptional = "OPTIONAL"
	MFAOn       = "ON"
)

// Tiers of a pool, from the least to the most.
const (
	TierLite       = "LITE"
	TierEssentials = "ESSENTIALS"
	TierPlus       = "PLUS"
)

// Triggers are the functions that the pool calls, by ARN; "" is none.
type Triggers struct {
	PreSignUp             string         `json:"preSignUp,omitempty"`
	CustomMessage         string         `json:"customMessage,omitempty"`
	PostConfirmation      string         `json:"postConfirmation,omitempty"`
	PreAuthentication     string         `json:"preAuthentication,omitempty"`
	PostAuthentication    string         `json:"postAuthentication,omitempty"`
	DefineAuthChallenge   string         `json:"defineAuthChallenge,omitempty"`
	CreateAuthChallenge   string         `json:"createAuthChallenge,omitempty"`
	VerifyAuthChallenge   string         `json:"verifyAuthChallenge,omitempty"`
	PreTokenGeneration    string         `json:"preTokenGeneration,omitempty"`
	PreTokenGenerationSet *VersionedHook `json:"preTokenGenerationConfig,omitempty"`
	UserMigration         string         `json:"userMigration,omitempty"`
	CustomSMSSender       *VersionedHook `json:"customSMSSender,omitempty"`
	CustomEmailSender     *VersionedHook `json:"customEmailSender,omitempty"`
	InboundFederation     *VersionedHook `json:"inboundFederation,omitempty"`
	KMSKeyID              string         `json:"kmsKeyId,omitempty"`
}

// VersionedHook is a trigger with the version of the event it takes.
type VersionedHook struct {
	ARN     string `json:"arn"`
	Version string `json:"version"`
}

// Templates are the pool's message texts; "" means the service's own text.
type Templates struct {
	// EmailOption is CONFIRM_WITH_CODE or CONFIRM_WITH_LINK.
	EmailOption        string `json:"emailOption"`
	EmailSubject       string `json:"emailSubject,omitempty"`
	EmailMessage       string `json:"emailMessage,omitempty"`
	EmailSubjectByLink string `json:"emailSubjectByLink,omitempty"`
	EmailMessageByLink string `json:"emailMessageByLink,omitempty"`
	SMSMessage         string `json:"smsMessage,omitempty"`
	SMSAuthentication  string `json:"smsAuthentication,omitempty"`
}

// EmailMFASettings are the words of the e-mail with a one-time code; "" is the
// service's own.
type EmailMFASettings struct {
	Message string `json:"message,omitempty"`
	Subject string `json:"subject,omitempty"`
}

// PasskeyTwoFactors is the setting by which a passkey that knows its user makes a
// second factor needless.
const PasskeyTwoFactors = "MULTI_FACTOR_WITH_USER_VERIFICATION"

// PasskeySettings are those of passkeys; "" is one that was never given.
type PasskeySettings struct {
	RelyingPartyID string `json:"relyingPartyId,omitempty"`
	// Verification is required or preferred.
	Verification string `json:"verification,omitempty"`
	Factors      string `json:"factors,omitempty"`
}

// DeviceSettings say whether devices are remembered.
type DeviceSettings struct {
	ChallengeRequiredOnNewDevice bool `json:"challengeRequiredOnNewDevice"`
	RememberOnlyOnUserPrompt     bool `json:"rememberOnlyOnUserPrompt"`
}

// EmailSettings say how the pool's e-mail leaves.
type EmailSettings struct {
	// Account is COGNITO_DEFAULT or DEVELOPER.
	Account          string `json:"account"`
	SourceARN        string `json:"sourceArn,omitempty"`
	From             string `json:"from,omitempty"`
	ReplyTo          string `json:"replyTo,omitempty"`
	ConfigurationSet string `json:"configurationSet,omitempty"`
}

// SMSSettings say how the pool's text messages leave.
type SMSSettings struct {
	SNSCallerARN string        `json:"snsCallerArn,omitempty"`
	ExternalID   string        `json:"externalId,omitempty"`
	SNSRegion    string        `json:"snsRegion,omitempty"`
	EUMS         *EUMSSettings `json:"eums,omitempty"`
}

// EUMSSettings are those of End User Messaging SMS.
type EUMSSettings struct {
	CallerARN            string `json:"callerArn"`
	ExternalID           string `json:"externalId,omitempty"`
	OriginationIdentity  string `json:"originationIdentity,omitempty"`
	ConfigurationSetName string `json:"configurationSetName,omitempty"`
	InEntityID           string `json:"inEntityId,omitempty"`
	InTemplateID         string `json:"inTemplateId,omitempty"`
	Region               string `json:"region,omitempty"`
}

// InviteSettings rule how users come into the pool.
type InviteSettings struct {
	AdminOnly    bool   `json:"adminOnly,omitempty"`
	EmailSubject string `json:"emailSubject,omitempty"`
	EmailMessage string `json:"emailMessage,omitempty"`
	SMSMessage   string `json:"smsMessage,omitempty"`
}

// AddOns is the threat protection of the pool.
type AddOns struct {
	SecurityMode string `json:"securityMode"`
	CustomAuth   string `json:"customAuth,omitempty"`
}

// RecoveryOption is one way to recover an account.
type RecoveryOption struct {
	Name     string `json:"name"`
	Priority int32  `json:"priority"`
}

// KeyConfig says which key encrypts the pool's data at rest.
type KeyConfig struct {
	Type string `json:"type,omitempty"`
	ARN  string `json:"arn,omitempty"`
}

// DCRSettings are those of dynamic client registration.
type DCRSettings struct {
	Enabled                 bool     `json:"enabled"`
	Open                    bool     `json:"open,omitempty"`
	AuthenticatedGrantTypes []string `json:"authenticatedGrantTypes"`
	OpenGrantTypes          []string `json:"openGrantTypes"`
	AllowedScopes           []string `json:"allowedScopes"`
}

// Clone returns a copy of the pool that shares nothing with it.
func (p *Pool) Clone() *Pool {
	c := *p
	c.Settings = clone(p.Settings)
	return &c
}

// clone copies a configuration document by way of its stored form.
func clone[T any](v T) T {
	var c T
	b, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err != nil {
		panic("pool: configuration does not survive its own encoding: " + err.Error())
	}
	return c
}
