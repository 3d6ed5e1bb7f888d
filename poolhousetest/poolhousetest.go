// Package poolhousetest starts a poolhouse inside another project's Go tests: a
// real server on a loopback port, with an embedded database in a temporary
// folder, an inbox for the messages that it would have sent, and no limits on
// request rates. Everything ends with the test.
//
//	srv := poolhousetest.Start(t)
//	client := cognitoidentityprovider.NewFromConfig(srv.Config())
package poolhousetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"poolhouse.dev/internal/app"
	"poolhouse.dev/internal/config"
	"poolhouse.dev/internal/sdkhttp"
	"poolhouse.dev/internal/vault"
)

// Credentials of every server that Start makes; any region will do.
const (
	AccessKeyID     = "test"
	SecretAccessKey = "test"
	Region          = "us-east-1"
)

// Options change what Start starts. The zero Options are the usual ones.
type Options struct {
	// Database is a postgres:// URL that takes the place of the embedded
	// database.
	Database string
	// MasterKey is the master key in base64; with Database, "" makes a new one,
	// which fits a new database only.
	MasterKey string
	// NextMasterKey is the one that is to take its place, in base64; "" is none.
	NextMasterKey string
	// Data is the folder of the embedded database; "" is a temporary one.
	Data string
	// PublicURL is what issuers of tokens begin with; "" is the server's own
	// URL. Nodes of one poolhouse have the same.
	PublicURL string
	// RateLimits is as the flag --rate-limits; "" is off.
	RateLimits string
	// WebACLs is as the flag --web-acls.
	WebACLs string
	// PoolRateLimits is as the flag --pool-rate-limits.
	PoolRateLimits []string
	// Regions is as the flag --region; none is any.
	Regions []string
	// Lambda is as the flag --lambda: where the functions of LambdaConfig are.
	Lambda []string
	// KMS is as the flag --kms: where the keys of LambdaConfig are.
	KMS []string
	// SMTP is the host and port of a mail server without encryption that e-mail
	// goes to instead of the inbox.
	SMTPHost string
	SMTPPort int
	// SMPPHost and SMPPPort are those of a message centre without encryption that
	// text messages go to instead of the inbox.
	SMPPHost string
	SMPPPort int
	// AWSEndpoint is where the APIs of SNS, STS and SES are; with it text messages
	// leave through SNS, and the e-mail of pools with EmailSendingAccount
	// DEVELOPER through SES, instead of into the inbox.
	AWSEndpoint string
	// EmailChangeUndo, AttributeHistory and ShowPendingAttributes are as the flags of
	// those names.
	EmailChangeUndo, AttributeHistory time.Duration
	ShowPendingAttributes             bool
	// RefuseCommonPasswords and BreachedPasswords are as the flags of those names.
	RefuseCommonPasswords bool
	BreachedPasswords     string
	// LogLevel is as the flag --log-level; "" is info.
	LogLevel string
	// Now is the server's clock; nil is time.Now.
	Now func() time.Time
}

// Server is a running poolhouse.
type Server struct {
	// URL is the endpoint for SDKs, and what issuers of tokens begin with.
	URL string
	srv *app.Server
	log *logBuffer
}

// Start starts a server and ends it with the test.
func Start(t testing.TB, options ...Options) *Server {
	t.Helper()
	var o Options
	if len(options) > 0 {
		o = options[0]
	}
	if o.Data == "" {
		o.Data = t.TempDir()
	}
	s, err := Launch(o)
	if err != nil {
		t.Fatalf("starting poolhouse: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("stopping poolhouse: %v", err)
		}
		if t.Failed() {
			t.Logf("the server's log:\n%s", s.Log())
		}
	})
	return s
}

// Config returns a configuration for clients of the AWS SDK for Go: the endpoint, the
// credentials and an HTTP client with [Transport].
func (s *Server) Config() aws.Config {
	return aws.Config{
		BaseEndpoint: &s.URL,
		Region:       Region,
		Credentials:  credentials.NewStaticCredentialsProvider(AccessKeyID, SecretAccessKey, ""),
		HTTPClient:   &http.Client{Transport: Transport(nil)},
	}
}

// Transport lets a client of the AWS SDK for Go send by next; nil is
// [http.DefaultTransport]. It keeps the SDK from ending the request before the connection
// has seen its end, which now and then cuts off the long answers of a server as near as
// this one with "use of closed network connection".
func Transport(next http.RoundTripper) http.RoundTripper { return sdkhttp.Transport{Next: next} }

// Launch starts a server that outlives a single test; o.Data must be set. The
// caller ends it with Close.
func Launch(o Options) (*Server, error) {
	c := config.Default(config.ModeDev)
	c.Listen = "127.0.0.1:0"
	c.Data = o.Data
	c.Root = config.Root{AccessKeyID: AccessKeyID, SecretAccessKey: config.NewSecret(SecretAccessKey)}
	if o.Database != "" {
		c.Database = config.NewDatabaseURL(o.Database)
		if o.MasterKey == "" {
			o.MasterKey = vault.NewMasterKey().Text()
		}
	}
	if o.MasterKey != "" {
		c.MasterKey = config.NewSecret(o.MasterKey)
	}
	if o.NextMasterKey != "" {
		c.NextMasterKey = config.NewSecret(o.NextMasterKey)
	}
	if o.PublicURL != "" {
		c.PublicURL = o.PublicURL
	}
	if o.RateLimits != "" {
		c.RateLimits = o.RateLimits
	}
	if len(o.Regions) > 0 {
		c.Regions = o.Regions
	}
	if o.LogLevel != "" {
		c.Log.Level = o.LogLevel
	}
	c.Lambda, c.KMS, c.PoolRateLimits, c.WebACLs = o.Lambda, o.KMS, o.PoolRateLimits, o.WebACLs
	c.Beyond = config.Beyond{EmailChangeUndo: o.EmailChangeUndo, AttributeHistory: o.AttributeHistory, ShowPendingAttributes: o.ShowPendingAttributes, RefuseCommonPasswords: o.RefuseCommonPasswords, BreachedPasswords: o.BreachedPasswords}
	if o.SMTPHost != "" {
		c.SMTP.Host, c.SMTP.Port, c.SMTP.Security = o.SMTPHost, o.SMTPPort, "none"
		c.SMTP.From = "poolhouse <no-reply@poolhouse.test>"
	}
	if o.SMPPHost != "" {
		c.SMPP = config.SMPP{
			Host: o.SMPPHost, Port: o.SMPPPort, Security: "none", SystemID: "poolhouse", Password: config.NewSecret("password"), Source: "poolhouse",
		}
	}
	if o.AWSEndpoint != "" {
		c.Amazon.Endpoint, c.Amazon.SES, c.SMS.Driver = o.AWSEndpoint, true, config.DriverSNS
	}
	c, err := c.Complete()
	if err != nil {
		return nil, err
	}
	log := &logBuffer{}
	srv, err := app.Start(context.Background(), c, app.Options{Log: log, Now: o.Now})
	if err != nil {
		return nil, err
	}
	return &Server{URL: "http://" + srv.Addr(), srv: srv, log: log}, nil
}

// Close ends a server that Launch started.
func (s *Server) Close() error { return s.srv.Close() }

// Message is a message that the server would have sent.
type Message struct {
	To        string    `json:"to"`
	Medium    string    `json:"medium"`
	Subject   string    `json:"subject"`
	Body      string    `json:"body"`
	Code      string    `json:"code"`
	Attribute string    `json:"attribute"`
	Time      time.Time `json:"time"`
}

// Messages returns the messages to an address or phone number, the newest
// first; to "" is all of them.
func (s *Server) Messages(to string) ([]Message, error) {
	address := s.URL + "/_poolhouse/inbox.json"
	if to != "" {
		address += "?to=" + url.QueryEscape(to)
	}
	resp, err := http.Get(address)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("reading the inbox: %s", resp.Status)
	}
	var list struct {
		Messages []Message `json:"messages"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&list); err != nil {
		return nil, fmt.Errorf("reading the inbox: %w", err)
	}
	return list.Messages, nil
}

// Code returns the code in the newest message to an address or phone number. It
// fails the test when there is none.
func (s *Server) Code(t testing.TB, to string) string {
	t.Helper()
	messages, err := s.Messages(to)
	if err != nil || len(messages) == 0 {
		t.Fatalf("no message for %s (%v)", to, err)
	}
	return messages[0].Code
}

// Log returns what the server has logged.
func (s *Server) Log() string { return s.log.String() }

// logBuffer keeps the log of a server for the test's failure.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
