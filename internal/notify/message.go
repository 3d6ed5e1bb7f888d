package notify

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Medium is the way a message takes, in the API's spelling of DeliveryMedium.
type Medium string

// The media that exist.
const (
	Email Medium = "EMAIL"
	SMS   Medium = "SMS"
)

// Kind is the event that causes a message. Its text is the suffix that the
// trigger sources share: CustomMessage_<kind>, CustomEmailSender_<kind>.
type Kind string

// The events that cause a message.
const (
	SignUp          Kind = "SignUp"
	ResendCode      Kind = "ResendCode"
	UpdateAttribute Kind = "UpdateUserAttribute"
	VerifyAttribute Kind = "VerifyUserAttribute"
	ForgotPassword  Kind = "ForgotPassword"
	Invitation      Kind = "AdminCreateUser"
	Authentication  Kind = "Authentication"
	// AccountTakeOver tells of a risky sign-in; there is no code in it.
	AccountTakeOver Kind = "AccountTakeOverNotification"
	// EmailChanged is poolhouse's own, and no trigger is called for it.
	EmailChanged Kind = "EmailChanged"
)

// MayLink reports whether messages of the kind confirm by a link in pools that
// want it. The others have a code in every pool.
func (k Kind) MayLink() bool { return k == SignUp || k == ResendCode }

// Message is one finished message to one person. It holds a secret (the code,
// or a temporary password, also inside the body), so it is stored sealed only;
// formatting or logging one shows its id, medium and pool and nothing else.
type Message struct {
	// ID names the message for good. A message that is sent twice, because the
	// first outcome was unknown, has the same ID both times.
	ID     string `json:"id"`
	Medium Medium `json:"medium"`
	// To is a bare e-mail address or a phone number in E.164 form.
	To string `json:"to"`
	// Subject is "" for SMS.
	Subject string `json:"subject,omitempty"`
	// Body is HTML for e-mail and plain text for SMS.
	Body string `json:"body"`
	// From is the pool's sender, an address or `Name <address>`; "" leaves the
	// choice to the driver. E-mail only, as is ReplyTo.
	From    string `json:"from,omitempty"`
	ReplyTo string `json:"replyTo,omitempty"`
	// Via is what the pool says about its provider.
	Via Via `json:"via,omitzero"`
	// Code is the code or temporary password inside Body and Attribute the
	// attribute that it proves. They are for the inbox, where tests read them;
	// no other driver sends them beside the body.
	Code      string    `json:"code,omitempty"`
	Attribute string    `json:"attribute,omitempty"`
	PoolID    string    `json:"poolId"`
	Kind      Kind      `json:"kind"`
	Time      time.Time `json:"time"`
	// Sender is the pool's own function that takes the message in place of every
	// other driver; nil for none.
	Sender *Sender `json:"sender,omitempty"`
	// ToNobody says that the message only costs what one costs: it goes as far as any
	// other, and is handed to nobody. It has no To, so that a program which does not know
	// of this cannot send it either.
	ToNobody bool `json:"toNobody,omitempty"`
}

// Sender is a function that sends messages for a pool, and what it is told about
// the user and the call beside the code.
type Sender struct {
	// Function and Key are ARNs: of the function, and of the key that the code is
	// encrypted with.
	Function string `json:"function"`
	Key      string `json:"key"`
	Region   string `json:"region"`
	UserName string `json:"userName"`
	// ClientID and SDKVersion tell of the caller, as events spell it.
	ClientID   string            `json:"clientId"`
	SDKVersion string            `json:"sdkVersion"`
	Attributes map[string]string `json:"attributes"`
	// ClientMetadata is that of the request. It is not stored, so that a message
	// which is sent later goes without it.
	ClientMetadata map[string]string `json:"-"`
}

// Via is a pool's account with the provider that delivers for it. It goes with
// the message, so that a message which waits leaves as it would have left.
// Drivers of other providers ignore it.
type Via struct {
	// Region is where the provider is asked.
	Region string `json:"region,omitempty"`
	// OwnIdentity says that the pool sends e-mail as IdentityARN; without it an
	// IdentityARN only says whom the mail is from.
	OwnIdentity bool   `json:"ownIdentity,omitempty"`
	IdentityARN string `json:"identityArn,omitempty"`
	// ConfigurationSet is the provider's set of rules for the pool's e-mail.
	ConfigurationSet string `json:"configurationSet,omitempty"`
	// RoleARN is the role to assume for text messages, with ExternalID.
	RoleARN    string `json:"roleArn,omitempty"`
	ExternalID string `json:"externalId,omitempty"`
}

// String returns what may be seen of m: id, medium and pool.
func (m Message) String() string {
	return fmt.Sprintf("message %s (%s, pool %s)", m.ID, m.Medium, m.PoolID)
}

// Format writes String for every verb, so that not even %#v shows the rest.
func (m Message) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, m.String()) }

// LogValue returns the attributes that a log line may hold.
func (m Message) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("id", m.ID),
		slog.String("medium", string(m.Medium)),
		slog.String("pool", m.PoolID),
	)
}

// Check returns a *[Refused] when m could not be sent as exactly one message to
// exactly one recipient: an unknown medium, an address outside the forms that
// drivers accept, or a control character in anything that becomes a header.
// Every driver calls it, so that no path around it exists.
func (m Message) Check() error {
	switch m.Medium {
	case Email:
		return m.checkEmail()
	case SMS:
		if !isPhoneNumber(m.To) {
			return &Refused{Reason: "the recipient is not a phone number in E.164 form"}
		}
		return checkText(m.Subject, m.Body)
	}
	return &Refused{Reason: "the message has no known medium"}
}

func (m Message) checkEmail() error {
	if err := CheckEmailAddress(m.To); err != nil {
		return &Refused{Reason: "the recipient: " + err.Error()}
	}
	if m.From != "" {
		if _, err := ParseSender(m.From); err != nil {
			return &Refused{Reason: "the sender: " + err.Error()}
		}
	}
	if m.ReplyTo != "" {
		if _, err := ParseSender(m.ReplyTo); err != nil {
			return &Refused{Reason: "the reply-to: " + err.Error()}
		}
	}
	return checkText(m.Subject, m.Body)
}

func checkText(subject, body string) error {
	if !IsOneLine(subject) {
		return &Refused{Reason: "the subject holds a control character"}
	}
	if !utf8.ValidString(body) || strings.ContainsRune(body, 0) {
		return &Refused{Reason: "the body is not text"}
	}
	return nil
}

// IsOneLine reports whether s is valid text without control characters and
// without the two separators that some mail readers take for line ends.
func IsOneLine(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) || r == '\u2028' || r == '\u2029'
	})
}
