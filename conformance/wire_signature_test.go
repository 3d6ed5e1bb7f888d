package conformance

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"poolhouse.dev/poolhousetest"
)

// signer is how a request is signed; the zero fields are the right ones.
type signer struct {
	key, secret, service, region string
	at                           time.Time
	edit                         func(*http.Request)
}

// listPools sends ListUserPools with a signature and returns the refusal.
func (e *env) listPools(t *testing.T, s signer) string {
	t.Helper()
	const body = `{"MaxResults":1}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.url, bytes.NewBufferString(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService.ListUserPools")
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	or := func(value, otherwise string) string {
		if value == "" {
			return otherwise
		}
		return value
	}
	if s.at.IsZero() {
		s.at = time.Now()
	}
	sum := sha256.Sum256([]byte(body))
	keys := aws.Credentials{AccessKeyID: or(s.key, poolhousetest.AccessKeyID), SecretAccessKey: or(s.secret, poolhousetest.SecretAccessKey)}
	err = v4.NewSigner().SignHTTP(t.Context(), keys, req, hex.EncodeToString(sum[:]), or(s.service, "cognito-idp"), or(s.region, poolhousetest.Region), s.at)
	if err != nil {
		t.Fatal(err)
	}
	if s.edit != nil {
		s.edit(req)
	}
	status, answer := e.send(t, req)
	if status != http.StatusOK && status != http.StatusBadRequest {
		t.Errorf("status %d", status)
	}
	if status == http.StatusOK {
		return ""
	}
	var fault struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	parseInto(t, []byte(answer), &fault)
	return fault.Type + ": " + fault.Message
}

// Signatures that do not hold, each with its answer.
func TestSignaturesAreRefused(t *testing.T) {
	const mismatch = "InvalidSignatureException: The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	replace := func(old, new string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, new, 1))
		}
	}
	onEachEngine(t, func(t *testing.T, e *env) {
		for _, c := range []struct {
			name string
			s    signer
			want string // a regular expression
		}{
			{"good", signer{}, ""},
			{"none", signer{edit: func(r *http.Request) { r.Header.Del("Authorization") }}, "MissingAuthenticationTokenException: Missing Authentication Token"},
			{"of another scheme", signer{edit: set("Authorization", "Bearer x")}, "IncompleteSignatureException: .*"},
			{"without its parameters", signer{edit: set("Authorization", "AWS4-HMAC-SHA256")}, `IncompleteSignatureException: Authorization header requires 'Credential' parameter\. Authorization header requires 'Signature' parameter\. Authorization header requires 'SignedHeaders' parameter\. .*Authorization=.*`},
			{"without a date", signer{edit: func(r *http.Request) { r.Header.Del("X-Amz-Date") }}, `IncompleteSignatureException: Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header\..*`},
			{"unknown key", signer{key: "AKIDUNKNOWN"}, `UnrecognizedClientException: The security token included in the request is invalid\.`},
			{"good, with a session token", signer{edit: set("X-Amz-Security-Token", "x")}, ""},
			{"wrong secret", signer{secret: "wrong"}, regexp.QuoteMeta(mismatch)},
			{"changed signature", signer{edit: replace("Signature=", "Signature=0")}, regexp.QuoteMeta(mismatch)},
			{"another operation", signer{edit: set("X-Amz-Target", "AWSCognitoIdentityProviderService.DescribeUserPool")}, regexp.QuoteMeta(mismatch)},
			{"another body", signer{edit: func(r *http.Request) {
				r.Body = http.NoBody
				r.ContentLength = 0
			}}, regexp.QuoteMeta(mismatch)},
			{"too old", signer{at: time.Now().Add(-10 * time.Minute)}, `InvalidSignatureException: Signature expired: [0-9TZ]+ is now earlier than [0-9TZ]+ \([0-9TZ]+ - 5 min\.\)`},
			{"too new", signer{at: time.Now().Add(10 * time.Minute)}, `InvalidSignatureException: Signature not yet current: [0-9TZ]+ is still later than [0-9TZ]+ \([0-9TZ]+ \+ 5 min\.\)`},
			{"another service", signer{service: "cognito-identity"}, `InvalidSignatureException: Credential should be scoped to correct service: 'cognito-idp'\.`},
			{"no region", signer{region: "US_EAST"}, `InvalidSignatureException: Credential should be scoped to a valid region, not 'US_EAST'\.`},
		} {
			if got := e.listPools(t, c.s); !regexp.MustCompile("^" + c.want + "$").MatchString(got) {
				t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
			}
		}
	})
}

// The SDK signs for a server of named regions.
func TestRegionsOfTheServer(t *testing.T) {
	srv := poolhousetest.Start(t, poolhousetest.Options{Regions: []string{"eu-central-1", "us-east-1"}})
	in := &cip.ListUserPoolsInput{MaxResults: aws.Int32(1)}
	for region, want := range map[string]string{"eu-central-1": "", "us-east-1": "", "us-west-2": "Credential should be scoped to a valid region, not 'us-west-2'."} {
		_, err := newClient(srv.URL, func(o *cip.Options) { o.Region = region }).ListUserPools(t.Context(), in)
		if want == "" && err != nil {
			t.Errorf("%s: %v", region, err)
		}
		if want != "" {
			wantFault(t, err, "InvalidSignatureException", want)
		}
	}
	_, err := newClient(srv.URL, func(o *cip.Options) { o.Credentials = credentials.NewStaticCredentialsProvider("test", "wrong", "") }).ListUserPools(t.Context(), in)
	wantFault(t, err, "InvalidSignatureException", "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
}

// The order of checks: protocol, signature, shape, resource, rules.
func TestOrderOfChecks(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		unsigned := func(body, want string) {
			t.Helper()
			_, _, answer := e.raw(t, "CreateUserPoolClient", body)
			if !strings.HasPrefix(string(answer), `{"__type":"`+want+`"`) {
				t.Errorf("unsigned %s: %s, want %s", body, answer, want)
			}
		}
		unsigned(`{`, "SerializationException")
		unsigned(`{"ClientName":1}`, "SerializationException")
		unsigned(`{"ClientName":""}`, "MissingAuthenticationTokenException")
		f := newFixture(t, e, nil)
		const clash = `"AccessTokenValidity":25`
		e.wantCall(t, "CreateUserPoolClient", `{"UserPoolId":"us-east-1_000000000","ClientName":"","AuthSessionValidity":1,`+clash+`}`, invalid+"3 validation errors detected: Value '1' at 'authSessionValidity' failed to satisfy constraint: Member must have value greater than or equal to 3; Value '' at 'clientName' failed to satisfy constraint: Member must have length greater than or equal to 1; Value '' at 'clientName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w\\s+=,.@-]+")
		e.wantCall(t, "CreateUserPoolClient", `{"UserPoolId":"us-east-1_000000000","ClientName":"x",`+clash+`}`, "ResourceNotFoundException: User pool us-east-1_000000000 does not exist.")
		e.wantCall(t, "CreateUserPoolClient", `{"UserPoolId":"`+f.pool+`","ClientName":"x",`+clash+`}`, invalid+"Invalid range for token validity.")
		e.wantCall(t, "AdminGetUser", `{"UserPoolId":"us-east-1_000000000","Username":"nobody"}`, "ResourceNotFoundException: User pool us-east-1_000000000 does not exist.")
		e.wantCall(t, "AdminInitiateAuth", `{"UserPoolId":"us-east-1_000000000","ClientId":"x","AuthFlow":"USER_PASSWORD_AUTH"}`, "ResourceNotFoundException: User pool us-east-1_000000000 does not exist.")
		e.wantCall(t, "AdminInitiateAuth", `{"UserPoolId":"`+f.pool+`","ClientId":"x","AuthFlow":"USER_PASSWORD_AUTH"}`, "ResourceNotFoundException: User pool client x does not exist.")
	})
}
