package sigv4_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"poolhouse.dev/internal/sigv4"
)

const (
	keyID    = "AKIDEXAMPLE"
	secret   = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	service  = "cognito-idp"
	region   = "eu-central-1"
	endpoint = "http://pools.example.com:8080/"
	body     = `{"UserPoolId":"eu-central-1_abc"}`
)

var now = time.Date(2026, 1, 1, 0, 10, 0, 0, time.UTC)

func verifier(options ...func(*sigv4.Config)) *sigv4.Verifier {
	cfg := sigv4.Config{
		Service: service,
		Secret: func(_ context.Context, id string) (string, bool, error) {
			return secret, id == keyID, nil
		},
		Now: func() time.Time { return now },
	}
	for _, option := range options {
		option(&cfg)
	}
	return sigv4.New(cfg)
}

// signing is one request and how it is signed.
type signing struct {
	url     string
	body    string
	header  http.Header
	keyID   string
	secret  string
	token   string
	service string
	region  string
	at      time.Time
	hash    string // the digest that is signed; "" for the body's own
	presign bool
}

func plain() signing {
	return signing{
		url: endpoint, body: body, keyID: keyID, secret: secret, service: service, region: region, at: now,
		header: http.Header{
			"Content-Type": {"application/x-amz-json-1.1"},
			"X-Amz-Target": {"AWSCognitoIdentityProviderService.DescribeUserPool"},
			"User-Agent":   {"test"},
		},
	}
}

// request signs with the SDK, sends the request over HTTP/1.1 and returns what
// a server reads.
func (s signing) request(t testing.TB) *http.Request {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, s.url, strings.NewReader(s.body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = s.header.Clone()
	hash := s.hash
	if hash == "" {
		hash = hexSum(s.body)
	}
	credentials := aws.Credentials{AccessKeyID: s.keyID, SecretAccessKey: s.secret, SessionToken: s.token}
	signer := v4.NewSigner()
	if s.presign {
		uri, _, err := signer.PresignHTTP(t.Context(), credentials, r, hash, s.service, s.region, s.at)
		if err != nil {
			t.Fatal(err)
		}
		if r.URL, err = r.URL.Parse(uri); err != nil {
			t.Fatal(err)
		}
	} else if err := signer.SignHTTP(t.Context(), credentials, r, hash, s.service, s.region, s.at); err != nil {
		t.Fatal(err)
	}
	return received(t, r)
}

// received writes r to the wire and reads it back as a server does.
func received(t testing.TB, r *http.Request) *http.Request {
	t.Helper()
	var wire bytes.Buffer
	if err := r.Write(&wire); err != nil {
		t.Fatal(err)
	}
	got, err := http.ReadRequest(bufio.NewReader(&wire))
	if err != nil {
		t.Fatal(err)
	}
	return got.WithContext(context.Background())
}

func bodyOf(t testing.TB, r *http.Request) []byte {
	t.Helper()
	data, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func hexSum(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
