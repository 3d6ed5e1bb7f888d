package sigv4_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/sigv4"
)

func TestAcceptsWhatTheSDKSigns(t *testing.T) {
	for name, change := range map[string]func(*signing){
		"plain call":             func(*signing) {},
		"empty body":             func(s *signing) { s.body = "" },
		"session token":          func(s *signing) { s.token = "FwoGZXIvYXdzEXAMPLE==" },
		"declared body hash":     func(s *signing) { s.header.Set("X-Amz-Content-Sha256", hexSum(body)) },
		"runs of spaces":         func(s *signing) { s.header.Set("X-Note", "  a   b  c ") },
		"only spaces":            func(s *signing) { s.header.Set("X-Note", "   ") },
		"several values":         func(s *signing) { s.header["X-Note"] = []string{"b ", " a", "", "b"} },
		"comma in a value":       func(s *signing) { s.header.Set("X-Note", "a, b") },
		"query":                  func(s *signing) { s.url += "?b=2&a=1&a=0&c" },
		"query to be encoded":    func(s *signing) { s.url += "?a%2Fb=1&a-b=%20%7E%C3%A4&x=%2B" },
		"path":                   func(s *signing) { s.url += "some/path" },
		"path to be encoded":     func(s *signing) { s.url += "a%20b/%C3%A4/(c)" },
		"no path":                func(s *signing) { s.url = "http://pools.example.com" },
		"default port":           func(s *signing) { s.url = "http://pools.example.com:80/" },
		"oldest accepted date":   func(s *signing) { s.at = now.Add(-5 * time.Minute) },
		"farthest accepted date": func(s *signing) { s.at = now.Add(5 * time.Minute) },
		"another region":         func(s *signing) { s.region = "us-east-1" },
	} {
		t.Run(name, func(t *testing.T) {
			s := plain()
			change(&s)
			r := s.request(t)
			got, err := verifier().Verify(r, bodyOf(t, r))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(sigv4.Identity{AccessKeyID: keyID, Region: s.region}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What other signers write, and the SDK's does not.
func TestAcceptsOtherSigners(t *testing.T) {
	httpDate := now.Format(http.TimeFormat)
	for name, c := range map[string]struct {
		names     []string
		separator string
		header    http.Header
		chunked   bool
		noLength  bool
	}{
		"commas without blanks":      {names: []string{"host", "x-amz-date"}, separator: ","},
		"blanks without commas":      {names: []string{"host", "x-amz-date"}, separator: " "},
		"Date in the HTTP form":      {names: []string{"date", "host"}, separator: ", ", header: http.Header{"Date": {httpDate}}},
		"Date in the basic form":     {names: []string{"date", "host"}, separator: ", ", header: http.Header{"Date": {"20260101T001000Z"}}},
		"signed user agent":          {names: []string{"host", "user-agent", "x-amz-date"}, separator: ", "},
		"signed transfer encoding":   {names: []string{"host", "transfer-encoding", "x-amz-date"}, separator: ", ", chunked: true},
		"content length not sent on": {names: []string{"content-length", "host", "x-amz-date"}, separator: ", ", noLength: true},
	} {
		t.Run(name, func(t *testing.T) {
			values := map[string]string{
				"host": "pools.example.com:8080", "user-agent": "test", "transfer-encoding": "chunked",
				"x-amz-date": "20260101T001000Z", "date": c.header.Get("Date"), "content-length": "33",
			}
			r, err := http.NewRequest(http.MethodPost, endpoint, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header = c.header.Clone()
			if r.Header == nil {
				r.Header = http.Header{"X-Amz-Date": {values["x-amz-date"]}}
			}
			r.Header.Set("User-Agent", "test")
			if c.chunked {
				r.ContentLength, r.TransferEncoding = -1, []string{"chunked"}
			}
			r.Header.Set("Authorization", authorize(c.names, values, c.separator))
			got := received(t, r)
			if c.noLength {
				got.ContentLength = -1
			}
			if _, err := verifier().Verify(got, bodyOf(t, got)); err != nil {
				t.Error(err)
			}
		})
	}
}

// authorize signs a POST of body to / from the algorithm's description.
func authorize(names []string, values map[string]string, separator string) string {
	list := strings.Join(names, ";")
	canonical := "POST\n/\n\n"
	for _, name := range names {
		canonical += name + ":" + values[name] + "\n"
	}
	canonical += "\n" + list + "\n" + hexSum(body)
	credential := "20260101/" + region + "/" + service + "/aws4_request"
	toSign := "AWS4-HMAC-SHA256\n20260101T001000Z\n" + credential + "\n" + hexSum(canonical)
	key := []byte("AWS4" + secret)
	for part := range strings.SplitSeq(credential, "/") {
		key = hmacSum(key, part)
	}
	return "AWS4-HMAC-SHA256 " + strings.Join([]string{
		"Credential=" + keyID + "/" + credential, "SignedHeaders=" + list,
		"Signature=" + hex.EncodeToString(hmacSum(key, toSign)),
	}, separator)
}

func hmacSum(key []byte, data string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(data))
	return h.Sum(nil)
}

func TestRegionsAreLimited(t *testing.T) {
	v := verifier(func(c *sigv4.Config) { c.Regions = []string{"us-east-1", region} })
	r := plain().request(t)
	if _, err := v.Verify(r, []byte(body)); err != nil {
		t.Error(err)
	}
}

func TestSkewIsConfigurable(t *testing.T) {
	s := plain()
	s.at = now.Add(-15 * time.Minute)
	r := s.request(t)
	v := verifier(func(c *sigv4.Config) { c.Skew = 15 * time.Minute })
	if _, err := v.Verify(r, []byte(body)); err != nil {
		t.Error(err)
	}
}

func TestReplacedSecretStopsAtOnce(t *testing.T) {
	current := secret
	v := verifier(func(c *sigv4.Config) {
		c.Secret = func(context.Context, string) (string, bool, error) { return current, true, nil }
	})
	r := plain().request(t)
	if _, err := v.Verify(r, []byte(body)); err != nil {
		t.Fatal(err)
	}
	current = "another"
	if _, err := v.Verify(r, []byte(body)); !errors.Is(err, fault.New("InvalidSignatureException", "")) {
		t.Errorf("got %v, want InvalidSignatureException", err)
	}
}

func TestManyRegionsStillVerify(t *testing.T) {
	v := verifier()
	for i := range 300 { // more than the remembered signing keys
		s := plain()
		s.region = "r-" + strings.Repeat("x", i%30) + string(rune('a'+i/30))
		if _, err := v.Verify(s.request(t), []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLookupErrorIsNoFault(t *testing.T) {
	down := errors.New("store is down")
	v := verifier(func(c *sigv4.Config) {
		c.Secret = func(context.Context, string) (string, bool, error) { return "", false, down }
	})
	_, err := v.Verify(plain().request(t), []byte(body))
	if !errors.Is(err, down) || fault.As(err) != nil {
		t.Errorf("got %v, want the lookup's own error", err)
	}
}

func TestZeroConfigKnowsNobody(t *testing.T) {
	s := plain()
	s.at = time.Now()
	_, err := sigv4.New(sigv4.Config{Service: service}).Verify(s.request(t), []byte(body))
	if !errors.Is(err, fault.New("UnrecognizedClientException", "")) {
		t.Errorf("got %v, want UnrecognizedClientException", err)
	}
}

func TestEmptySecretIsNoSecret(t *testing.T) {
	v := verifier(func(c *sigv4.Config) {
		c.Secret = func(context.Context, string) (string, bool, error) { return "", true, nil }
	})
	s := plain()
	s.secret = ""
	_, err := v.Verify(s.request(t), []byte(body))
	if !errors.Is(err, fault.New("UnrecognizedClientException", "")) {
		t.Errorf("got %v, want UnrecognizedClientException", err)
	}
}
