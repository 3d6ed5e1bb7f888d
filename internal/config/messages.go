package config

// Ways that messages leave, as Email.Driver and SMS.Driver have them.
const (
	DriverSMTP    = "smtp"
	DriverSES     = "ses"
	DriverSNS     = "sns"
	DriverSMPP    = "smpp"
	DriverWebhook = "webhook"
	DriverInbox   = "inbox"
)

// Email says which way e-mail leaves.
type Email struct {
	// Driver is the way of pools without an identity of their own, DriverSMTP,
	// DriverSES, DriverWebhook or DriverInbox; "" means that none is sent.
	Driver string `placeholder:"WAY" help:"Which way e-mail leaves: smtp, ses, webhook or, in dev, inbox. Unless set: smtp with --smtp-host, webhook with --email-webhook-url, in dev the inbox."`
	// WebhookURL is where e-mail is posted to.
	WebhookURL        string `name:"webhook-url" placeholder:"URL" help:"Address that e-mail is posted to as JSON."`
	WebhookSecretFile string `placeholder:"PATH" help:"File of the secret that those posts carry as a bearer token; POOLHOUSE_EMAIL_WEBHOOK_SECRET can hold it instead."`
	// WebhookSecret goes with every post as a bearer token, if it is set.
	WebhookSecret Secret `kong:"-"`
}

// SMS says which way text messages leave.
type SMS struct {
	// Driver is DriverSNS, DriverSMPP, DriverWebhook or DriverInbox; "" means that
	// none is sent.
	Driver string `placeholder:"WAY" help:"Which way text messages leave: sns, smpp, webhook or, in dev, inbox. Unless set: smpp with --smpp-host, webhook with --sms-webhook-url, in dev the inbox."`
	// WebhookURL is where text messages are posted to.
	WebhookURL        string `name:"webhook-url" placeholder:"URL" help:"Address that text messages are posted to as JSON."`
	WebhookSecretFile string `placeholder:"PATH" help:"File of the secret that those posts carry as a bearer token; POOLHOUSE_SMS_WEBHOOK_SECRET can hold it instead."`
	// WebhookSecret goes with every post as a bearer token, if it is set.
	WebhookSecret Secret `kong:"-"`
}

// Amazon are Amazon's services. Credentials are found as by AWS's own tools.
type Amazon struct {
	// SES lets pools with EmailSendingAccount DEVELOPER send through SES.
	SES bool `name:"ses" help:"Send the e-mail of pools with EmailSendingAccount DEVELOPER through Amazon SES, from the pool's own identity. --email-driver ses includes it."`
	// SESFrom and SESRegion are for pools without an identity.
	SESFrom   string `name:"ses-from" placeholder:"ADDRESS" help:"Sender through SES when a pool names none. Needed with --email-driver ses."`
	SESRegion string `name:"ses-region" placeholder:"REGION" help:"Region of --ses-from; the pool's own unless set."`
	// Endpoint is where the services' APIs are; "" is AWS.
	Endpoint string `name:"aws-endpoint" placeholder:"URL" help:"Where the APIs of SES, SNS and STS are, if not at AWS."`
}

// SMPP is the message centre for text messages. Host "" is none.
type SMPP struct {
	Host string `placeholder:"HOST" help:"Message centre (SMSC) that takes text messages over SMPP 3.4."`
	// Port is derived from Security unless set; 0 if Host is "".
	Port int `placeholder:"PORT" help:"Port of the message centre: 3550, or 2775 with security none, unless set."`
	// Security is "tls" or "none".
	Security string `default:"tls" placeholder:"MODE" help:"How the connection is protected: tls or none (${default})."`
	// SystemID and Password are the account there; SystemType is what some centres
	// want besides.
	SystemID     string `name:"system-id" placeholder:"NAME" help:"Name of this server's account at the message centre. Needed with --smpp-host. The password comes from POOLHOUSE_SMPP_PASSWORD or --smpp-password-file."`
	PasswordFile string `placeholder:"PATH" help:"File that holds the account's password."`
	Password     Secret `kong:"-"`
	SystemType   string `placeholder:"TYPE" help:"Type of this server, if the message centre wants one."`
	// Source is the sender that people see.
	Source string `placeholder:"SENDER" help:"Sender of text messages: a number such as +15550100, a short code, or up to 11 letters and digits. The message centre chooses unless set."`
}

// SMTP is the mail server. Host "" means that no e-mail can be sent.
type SMTP struct {
	Host string `placeholder:"HOST" help:"Mail server for outgoing e-mail. Without one e-mail is not sent."`
	// Port is derived from Security unless set; 0 if Host is "".
	Port int `placeholder:"PORT" help:"Port of the mail server: 587, or 465 with tls, or 25 with none, unless set."`
	// Username is "" for a server that wants no sign-in; Password goes with it.
	Username     string `placeholder:"NAME" help:"Name to sign in to the mail server with. The password comes from POOLHOUSE_SMTP_PASSWORD or --smtp-password-file."`
	PasswordFile string `placeholder:"PATH" help:"File that holds the mail server's password."`
	Password     Secret `kong:"-"`
	// Security is "starttls", "tls" or "none".
	Security string `default:"starttls" placeholder:"MODE" help:"How the connection is protected: starttls, tls or none (${default})."`
	// From is an RFC 5322 mailbox, with or without a display name.
	From string `placeholder:"ADDRESS" help:"Sender of e-mail when a pool names none. Needed with --smtp-host."`
}
