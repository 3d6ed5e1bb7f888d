package sigv4_test

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/sigv4"
)

const mismatch = "The request signature we calculated does not match the signature you provided. " +
	"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."

func setHeader(name string, values ...string) func(*http.Request) {
	return func(r *http.Request) { r.Header[name] = values }
}

func rewrite(pattern, with string) func(*http.Request) {
	re := regexp.MustCompile(pattern)
	return func(r *http.Request) {
		before := r.Header.Get("Authorization")
		after := re.ReplaceAllString(before, with)
		if before == after {
			panic(pattern + " matches nothing in " + before)
		}
		r.Header.Set("Authorization", after)
	}
}

// hashed stands in a wanted text for the digest of the header that was sent.
const hashed = "{digest}"

func TestFailures(t *testing.T) {
	const (
		noCredential    = "Authorization header requires 'Credential' parameter."
		noSignature     = "Authorization header requires 'Signature' parameter."
		noSignedHeaders = "Authorization header requires 'SignedHeaders' parameter."
		noDate          = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
		suffix          = " (Hashed with SHA-256 and encoded with Base64) Authorization=" + hashed
		notAPair        = "Invalid key=value pair (missing equal-sign) in Authorization header " +
			"(hashed with SHA-256 and encoded with Base64): '" + hashed + "'."
		invalid, incomplete = "InvalidSignatureException", "IncompleteSignatureException"
	)
	cases := map[string]struct {
		sign    func(*signing)
		tamper  func(*http.Request)
		code    string
		message string
	}{
		"no header": {
			tamper: func(r *http.Request) { r.Header.Del("Authorization") },
			code:   "MissingAuthenticationTokenException", message: "Missing Authentication Token",
		},
		"empty header": {
			tamper: setHeader("Authorization", ""),
			code:   "MissingAuthenticationTokenException", message: "Missing Authentication Token",
		},
		"two headers": {
			tamper: setHeader("Authorization", "a", "b"),
			code:   incomplete, message: "Authorization header must be given exactly once.",
		},
		"presigned": {
			sign: func(s *signing) { s.presign = true },
			code: incomplete, message: noCredential + " " + noSignature + " " + noSignedHeaders + " " + noDate,
		},
		"presigned and a header": {
			sign:   func(s *signing) { s.presign = true },
			tamper: setHeader("Authorization", "AWS4-HMAC-SHA256 Credential=a"),
			code:   invalid, message: "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
		},
		"bearer token": {
			tamper: setHeader("Authorization", "Bearer eyJhbGciOiJSUzI1NiJ9.e30.AA"),
			code:   incomplete, message: notAPair,
		},
		"algorithm alone": {
			tamper: setHeader("Authorization", "AWS4-HMAC-SHA256"),
			code:   incomplete, message: noCredential + " " + noSignature + " " + noSignedHeaders + suffix,
		},
		"no credential": {
			tamper: rewrite(`Credential=[^,]*, `, ""),
			code:   incomplete, message: noCredential + suffix,
		},
		"empty signature and no date": {
			tamper: func(r *http.Request) {
				rewrite(`Signature=\w*`, "Signature=")(r)
				r.Header.Del("X-Amz-Date")
			},
			code: incomplete, message: noSignature + " " + noDate + suffix,
		},
		"no signed headers": {
			tamper: rewrite(`SignedHeaders=[^,]*`, "Other=x"),
			code:   incomplete, message: noSignedHeaders + suffix,
		},
		"blank after the equal-sign": {
			tamper: rewrite(`Credential=`, "Credential= "),
			code:   incomplete, message: notAPair,
		},
		"repeated parameter": {
			tamper: rewrite(`, Signature=`, ", Signature=00, Signature="),
			code:   incomplete, message: "Authorization header must have 'Signature' parameter exactly once.",
		},
		"other algorithm": {
			tamper: rewrite(`^AWS4-HMAC-SHA256`, "AWS4-HMAC-SHA1"),
			code:   incomplete, message: "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA1' (only AWS4-HMAC-SHA256 for now). ",
		},
		"short credential": {
			tamper: rewrite(`/aws4_request`, ""),
			code:   incomplete, message: "Credential must have exactly 5 slash-delimited elements, " +
				"e.g. keyid/date/region/service/term, got 'AKIDEXAMPLE/20260101/eu-central-1/cognito-idp'",
		},
		"empty credential element": {
			tamper: rewrite(`AKIDEXAMPLE`, ""),
			code:   incomplete, message: "Credential must have exactly 5 slash-delimited elements, " +
				"e.g. keyid/date/region/service/term, got '/20260101/eu-central-1/cognito-idp/aws4_request'",
		},
		"long credential in Latin-1": {
			tamper: rewrite(`Credential=[^,]*`, "Credential=\xe4"+strings.Repeat("k", 200)),
			code:   incomplete, message: "Credential must have exactly 5 slash-delimited elements, " +
				"e.g. keyid/date/region/service/term, got '?" + strings.Repeat("k", 127) + "...'",
		},
		"date not a date": {
			tamper: setHeader("X-Amz-Date", "2026-01-01"),
			code:   incomplete, message: "Date must be in ISO-8601 'basic format'. Got '2026-01-01'. See http://en.wikipedia.org/wiki/ISO_8601",
		},
		"date with a fraction": {
			tamper: setHeader("X-Amz-Date", "20260101T001000.5Z"),
			code:   incomplete, message: "Date must be in ISO-8601 'basic format'. Got '20260101T001000.5Z'. See http://en.wikipedia.org/wiki/ISO_8601",
		},
		"two dates": {
			tamper: setHeader("X-Amz-Date", "20260101T001000Z", "20260101T001000Z"),
			code:   incomplete, message: "Date must be in ISO-8601 'basic format'. Got '20260101T001000Z,20260101T001000Z'. " +
				"See http://en.wikipedia.org/wiki/ISO_8601",
		},
		"expired": {
			sign: func(s *signing) { s.at = now.Add(-10 * time.Minute) },
			code: invalid, message: "Signature expired: 20260101T000000Z is now earlier than 20260101T000500Z (20260101T001000Z - 5 min.)",
		},
		"expired by a second": {
			sign: func(s *signing) { s.at = now.Add(-5*time.Minute - time.Second) },
			code: invalid, message: "Signature expired: 20260101T000459Z is now earlier than 20260101T000500Z (20260101T001000Z - 5 min.)",
		},
		"not yet current": {
			sign: func(s *signing) { s.at = now.Add(5*time.Minute + time.Second) },
			code: invalid, message: "Signature not yet current: 20260101T001501Z is still later than 20260101T001500Z (20260101T001000Z + 5 min.)",
		},
		"host not signed": {
			tamper: rewrite(`host;`, ""),
			code:   invalid, message: "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
		},
		"date not signed": {
			tamper: rewrite(`;x-amz-date`, ""),
			code:   invalid, message: "'X-Amz-Date' or 'Date' must be a 'SignedHeader' in the AWS Authorization.",
		},
		"only the other date signed": {
			tamper: func(r *http.Request) {
				rewrite(`host;x-amz-date`, "date;host")(r)
				r.Header.Set("Date", now.Format(http.TimeFormat))
			},
			code: invalid, message: "'X-Amz-Date' or 'Date' must be a 'SignedHeader' in the AWS Authorization.",
		},
		"target not signed": {
			sign:   func(s *signing) { s.header.Del("X-Amz-Target") },
			tamper: setHeader("X-Amz-Target", "AWSCognitoIdentityProviderService.DeleteUserPool"),
			code:   invalid, message: "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization.",
		},
		"region": {
			sign: func(s *signing) { s.region = "mars-1" },
			code: invalid, message: "Credential should be scoped to a valid region, not 'mars-1'.",
		},
		"service": {
			sign: func(s *signing) { s.service = "s3" },
			code: invalid, message: "Credential should be scoped to correct service: 'cognito-idp'.",
		},
		"whole scope": {
			tamper: rewrite(`/20260101/eu-central-1/cognito-idp/aws4_request`, "/20260102/a/b/c"),
			code:   invalid, message: "Credential should be scoped to a valid region, not 'a'. " +
				"Credential should be scoped to correct service: 'cognito-idp'. " +
				"Credential should be scoped with a valid terminator: 'aws4_request', not 'c'. " +
				"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: " +
				"'20260102' != '20260101', from '20260101T001000Z'.",
		},
		"unknown key": {
			sign: func(s *signing) { s.keyID = "AKIDOTHER" },
			code: "UnrecognizedClientException", message: "The security token included in the request is invalid.",
		},
		"wrong secret":          {sign: func(s *signing) { s.secret = "guess" }, code: invalid, message: mismatch},
		"other body signed":     {sign: func(s *signing) { s.hash = hexSum("{}") }, code: invalid, message: mismatch},
		"upper-case signature":  {tamper: rewrite(`Signature=\w+`, "Signature="+strings.Repeat("A", 64)), code: invalid, message: mismatch},
		"short signature":       {tamper: rewrite(`Signature=(\w{10})\w+`, "Signature=$1"), code: invalid, message: mismatch},
		"signed header missing": {tamper: rewrite(`host;`, "host;trailer;"), code: invalid, message: mismatch},
		"unsorted headers":      {tamper: rewrite(`host;x-amz-date`, "x-amz-date;host"), code: invalid, message: mismatch},
		"repeated header name":  {tamper: rewrite(`host;`, "host;host;"), code: invalid, message: mismatch},
		"upper-case name":       {tamper: rewrite(`host;`, "Host;"), code: invalid, message: mismatch},
		"query does not decode": {tamper: func(r *http.Request) { r.URL.RawQuery = "a=%zz" }, code: invalid, message: mismatch},
		"unsigned payload": {
			sign: func(s *signing) {
				s.hash = "UNSIGNED-PAYLOAD"
				s.header.Set("X-Amz-Content-Sha256", s.hash)
			},
			code: invalid, message: mismatch,
		},
		"false body hash declared": {
			tamper: setHeader("X-Amz-Content-Sha256", hexSum("{}")),
			code:   invalid, message: mismatch,
		},
	}
	v := verifier(func(c *sigv4.Config) { c.Regions = []string{region} })
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := plain()
			if c.sign != nil {
				c.sign(&s)
			}
			r := s.request(t)
			if c.tamper != nil {
				c.tamper(r)
			}
			_, err := v.Verify(r, bodyOf(t, r))
			sum := sha256.Sum256([]byte(r.Header.Get("Authorization")))
			want := fault.New(c.code, strings.ReplaceAll(c.message, hashed, base64.StdEncoding.EncodeToString(sum[:])))
			if diff := cmp.Diff(want, fault.As(err)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// A malformed Region name is refused even where every Region is accepted.
func TestAnyRegionMustBeAName(t *testing.T) {
	for _, name := range []string{"EU-CENTRAL-1", "eu_central_1", strings.Repeat("a", 33)} {
		s := plain()
		s.region = name
		_, err := verifier().Verify(s.request(t), []byte(body))
		want := fault.New("InvalidSignatureException", "Credential should be scoped to a valid region, not '"+name+"'.")
		if diff := cmp.Diff(want, fault.As(err)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}

// The answer for an unknown key never depends on the signature, so that a
// request cannot learn more from one than from the other.
func TestUnknownKeyIsUnknownWhateverIsSigned(t *testing.T) {
	s := plain()
	s.keyID, s.secret = "AKIDOTHER", ""
	_, err := verifier().Verify(s.request(t), []byte(body))
	if !errors.Is(err, fault.New("UnrecognizedClientException", "")) {
		t.Errorf("got %v, want UnrecognizedClientException", err)
	}
}
