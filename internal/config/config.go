package config

import (
	"net/netip"
	"time"
)

// Mode says which command a Config is for. The same settings have other
// defaults and other rules in each.
type Mode string

// The two modes.
const (
	// ModeServe runs a server for real users.
	ModeServe Mode = "serve"
	// ModeDev runs a throw-away server for development, with an inbox that
	// shows the messages it would have sent.
	ModeDev Mode = "dev"
)

// AnyRegion as the only member of [Config.Regions] accepts every region. Only
// ModeDev allows it.
const AnyRegion = "any"

// Config is all settings of a server. One that Load returned has passed every
// check and has its derived defaults filled in. It is copied freely and never
// changed after that. Printing it in any form shows no secret.
type Config struct {
	// Mode is the command that the settings are for.
	Mode Mode `kong:"-"`

	// File is the configuration file that was read, "" for none.
	File File `name:"config" placeholder:"PATH" help:"Read settings from this JSON file: one object with the names of these flags, without dashes in front, as keys."`

	// Listen is host:port of the API. Port 0 lets the system choose one.
	Listen string `group:"Network" default:"127.0.0.1:7665" placeholder:"HOST:PORT" help:"Address to answer on (${default})."`
	// AdminListen is host:port, always of this machine, for metrics and
	// profiles; "" for none.
	AdminListen string `group:"Network" placeholder:"HOST:PORT" help:"Second address, on this machine only, for metrics and profiles. Off unless set."`
	// PublicURL is the base of every token's issuer: scheme, host and port
	// without a slash at the end. It is "" only if it was not set and Listen has
	// port 0; see PublicURLFor.
	PublicURL string `group:"Network" name:"public-url" placeholder:"URL" help:"Address under which clients reach the server; tokens name it as their issuer. Derived from --listen unless set."`
	// TrustedProxies are the networks whose X-Forwarded-* headers count.
	TrustedProxies []netip.Prefix `group:"Network" placeholder:"CIDR" help:"Networks of proxies whose X-Forwarded-* headers are believed. None unless set."`
	// TLSCert and TLSKey are paths of PEM files; both are set or neither.
	TLSCert string `group:"Network" name:"tls-cert" placeholder:"PATH" help:"Certificate chain in PEM form. Needs --tls-key. A new one is read when the file is replaced."`
	TLSKey  string `group:"Network" name:"tls-key" placeholder:"PATH" help:"Private key of --tls-cert in PEM form."`
	// AllowOutbound are the machines that the server may open connections to, as
	// package outbound reads them; none stands for public ones and those that
	// other settings name.
	AllowOutbound []string `group:"Network" name:"allow-outbound" placeholder:"ENTRY" help:"Where the server may open connections to: networks, addresses, host names (*.name for all below), public, private, loopback or any. Unless set: public addresses and what other settings name, in dev this machine too."`
	// RequestTimeout bounds one request, from its first byte to its answer.
	RequestTimeout time.Duration `group:"Network" default:"30s" placeholder:"DURATION" help:"Longest time that one request may take (${default})."`
	// IdleTimeout bounds how long a connection is kept for its client's next request.
	IdleTimeout time.Duration `group:"Network" default:"2m" placeholder:"DURATION" help:"How long to keep a connection that waits for its client's next request (${default}). Let it be longer than a balancer in front keeps it."`
	// ShutdownTimeout bounds the wait for requests under way when stopping.
	ShutdownTimeout time.Duration `group:"Network" default:"20s" placeholder:"DURATION" help:"When stopping, how long to wait for requests under way (${default})."`

	// Data is the folder of the embedded database and of the default key file.
	Data string `group:"Storage" default:"./poolhouse-data" placeholder:"FOLDER" help:"Folder for the embedded database and the master key (${default})."`
	// Database is the PostgreSQL server, not set for the embedded SQLite database.
	Database DatabaseURL `group:"Storage" placeholder:"URL" help:"PostgreSQL server as postgres://user:password@host/name. Prefer the variable, since other users of the machine can see a command line. The embedded SQLite database is used unless this is set."`
	// DatabaseUnsafeDurability accepts a PostgreSQL server that may lose
	// commits it has acknowledged.
	DatabaseUnsafeDurability bool `group:"Storage" help:"Accept a PostgreSQL server whose fsync or synchronous_commit is off. It may lose confirmed changes in a crash."`
	// KeyFile is the master key's path, "" exactly if MasterKey is set.
	KeyFile string `group:"Storage" placeholder:"PATH" help:"File of the master key (master.key in the data folder). POOLHOUSE_MASTER_KEY can hold the key instead."`
	// MasterKey is the master key itself, not set if KeyFile names its file.
	MasterKey Secret `kong:"-"`
	// NextKeyFile is the path of the master key that is to take the place of the present
	// one, and NextMasterKey that key itself; at most one of the two is set. The file need
	// not be there.
	NextKeyFile   string `group:"Storage" placeholder:"PATH" help:"File of the master key that is to take the place of the present one (that of --key-file with .next). POOLHOUSE_MASTER_KEY_NEXT can hold the key instead."`
	NextMasterKey Secret `kong:"-"`

	// Regions are those that the server answers for; the first is the default
	// one. In ModeDev it may be the single member AnyRegion.
	Regions []string `group:"Account" name:"region" placeholder:"REGION" help:"Regions to answer for. us-east-1 unless set; in dev any, which accepts every region."`
	// AccountID is the twelve-digit account that the server plays.
	AccountID string `group:"Account" name:"account-id" default:"000000000000" placeholder:"DIGITS" help:"Account id of twelve digits, as it appears in ARNs (${default})."`
	// Root is the access key that may do everything.
	Root Root `kong:"-"`
	// RateLimits is "default", "off" or a list such as
	// "UserCreation=10,UserRead=200" in requests a second; package limit reads it.
	RateLimits string `group:"Account" placeholder:"LIMITS" help:"Request limits: default, off, or changes to the default such as UserCreation=10,UserRead=200 in requests a second. default unless set; in dev off."`
	// PoolRateLimits are the request limits of single pools, which are counted
	// apart: entries of a pool's id, or * for every other pool, a colon, and "off"
	// or a list as in RateLimits.
	PoolRateLimits []string `group:"Account" sep:";" placeholder:"POOL:LIMITS" help:"Request limits of single pools, by id or * for every other pool: off, or a list as in --rate-limits. What is listed is counted for the pool alone."`

	// WebACLs is the file of web ACLs, "" for none; package webacl reads it.
	WebACLs string `group:"Network" name:"web-acls" placeholder:"PATH" help:"File of web ACLs, which block requests to user pools by address, rate, header, path and body. None unless set."`

	// GeoIP is the file that says where addresses are, in MaxMind's format, "" for none;
	// package threat/geoip reads it.
	GeoIP string `group:"Network" name:"geoip-database" placeholder:"PATH" help:"File that says where addresses are, in MaxMind's format with cities, for the threat protection of user pools. None unless set."`

	// Lambda says where the functions of LambdaConfig are: entries of an ARN
	// pattern and a target, as package trigger reads them; the first that matches
	// counts.
	Lambda []string `group:"Triggers" name:"lambda" placeholder:"ARN=TARGET" help:"Where the functions are that pools name as triggers. An ARN, in which * stands for any characters, and the URL that takes its events, or aws for AWS Lambda, or aws+URL for its API at another address. The first that matches counts."`

	// KMS says where the keys of LambdaConfig are: entries of an ARN pattern and a
	// target, as package envelope reads them; the first that matches counts.
	KMS []string `group:"Triggers" name:"kms" placeholder:"ARN=TARGET" help:"Where the keys are that codes for senders of a pool are encrypted with. An ARN, in which * stands for any characters, and aws for AWS KMS, aws+URL for its API at another address, or file:PATH for a key of 32 bytes in base64. The first that matches counts."`

	// Email says which way e-mail leaves, and SMS which way text messages do.
	Email Email `embed:"" prefix:"email-" group:"Messages"`
	SMS   SMS   `embed:"" prefix:"sms-" group:"Messages"`
	// SMTP is the mail server.
	SMTP SMTP `embed:"" prefix:"smtp-" group:"Messages"`
	// SMPP is the message centre.
	SMPP SMPP `embed:"" prefix:"smpp-" group:"Messages"`
	// Amazon are Amazon's services, for pools that send through them.
	Amazon Amazon `embed:"" group:"Messages"`
	// Inbox is the inbox of ModeDev; its zero value otherwise.
	Inbox Inbox `kong:"-"`

	// Beyond is what Cognito does not do.
	Beyond Beyond `embed:"" group:"Beyond Cognito"`

	// Log is how the server logs, to standard error.
	Log Log `embed:"" prefix:"log-" group:"Logging"`

	// UnknownEnv are POOLHOUSE_* variables that are set and mean nothing.
	UnknownEnv []string `kong:"-"`
}

// Root is the root access key; both fields are set or neither. The server makes
// a key of its own when neither is.
type Root struct {
	AccessKeyID     string
	SecretAccessKey Secret
}

// Inbox is what only ModeDev has.
type Inbox struct {
	// UnsafeListen allows a Listen address beyond this machine.
	UnsafeListen bool `group:"Inbox" help:"Let dev answer beyond this machine. Everybody who reaches it can read every message and code."`
	// Size is the number of messages kept; older ones are dropped.
	Size int `group:"Inbox" default:"1000" placeholder:"COUNT" help:"Messages that the inbox keeps (${default})."`
}

// Beyond is what Cognito does not do. All of it is off unless it is asked for.
type Beyond struct {
	// EmailChangeUndo is how long a change of an e-mail address can be undone from
	// the old one; 0 tells the old one nothing.
	EmailChangeUndo time.Duration `placeholder:"DURATION" help:"Tell the old e-mail address of a user that it was changed, with a link that undoes the change for this long, such as 72h. Off unless set."`
	// AttributeHistory is how long changes of attributes are kept, as hashes; 0
	// keeps none.
	AttributeHistory time.Duration `placeholder:"DURATION" help:"Keep a history of changes of attributes, with hashes of the values, for this long, such as 8760h, and log each. Off unless set."`
	// RefuseCommonPasswords refuses new passwords that are on the program's own list.
	RefuseCommonPasswords bool `help:"Refuse new passwords that attackers try first, by a list of some 50,000 that is part of the program."`
	// BreachedPasswords is the file of passwords that are refused, too, "" for none;
	// package breach reads it.
	BreachedPasswords string `placeholder:"PATH" help:"Refuse new passwords that are in this file, the download of Have I Been Pwned as one text file of SHA-1 hashes in order. None unless set."`
	// ShowPendingAttributes adds values that wait for a proof to AdminGetUser.
	ShowPendingAttributes bool `help:"Show administrators, in a member of its own of AdminGetUser's answer, the values that wait for a proof."`
}

// Log is the form of the server's log.
type Log struct {
	// Level is "debug", "info", "warn" or "error".
	Level string `default:"info" placeholder:"LEVEL" help:"Least important lines to log: debug, info, warn or error (${default})."`
	// Format is "text" or "json".
	Format string `placeholder:"FORMAT" help:"Form of log lines: text or json. text on a terminal, otherwise json, unless set."`
}
