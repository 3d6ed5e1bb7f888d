package sigv4_test

import (
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"poolhouse.dev/internal/fault"
)

// TestAnyMutationIsRefused signs a request with the SDK's signer, changes one
// thing that the signature covers and expects a refusal.
func TestAnyMutationIsRefused(t *testing.T) {
	v := verifier()
	rapid.Check(t, func(rt *rapid.T) {
		s := plain()
		s.body = rapid.StringN(1, 40, -1).Draw(rt, "body")
		s.url += rapid.SampledFrom([]string{"", "?a=1", "?b=2&a=%20", "p/q?x"}).Draw(rt, "rest of the URL")
		s.token = rapid.SampledFrom([]string{"", "token"}).Draw(rt, "session token")
		s.header.Set("X-Note", rapid.StringMatching(`[a-z]( {0,3}[a-z]){0,5}`).Draw(rt, "note"))
		r := s.request(t)
		data := bodyOf(t, r)
		if _, err := v.Verify(r, data); err != nil {
			rt.Fatalf("before the mutation: %v", err)
		}
		data = mutate(rt, r, data)
		_, err := v.Verify(r, data)
		if fault.As(err) == nil {
			rt.Fatalf("got %v, want a fault", err)
		}
	})
}

// mutate changes one part of r or its body and returns the body.
func mutate(rt *rapid.T, r *http.Request, data []byte) []byte {
	switch part := rapid.SampledFrom([]string{
		"method", "path", "query", "host", "length", "body", "header", "added value", "authorization",
	}).Draw(rt, "part"); part {
	case "method":
		r.Method = http.MethodPut
	case "path":
		r.URL.Path += "x"
		r.URL.RawPath = ""
	case "query":
		r.URL.RawQuery = strings.TrimPrefix(r.URL.RawQuery+"&z=1", "&")
	case "host":
		r.Host = flip(rt, r.Host)
	case "length":
		r.ContentLength++
	case "body":
		return []byte(flip(rt, string(data)))
	case "header":
		name := signedHeader(rt, r)
		r.Header.Set(name, flip(rt, r.Header.Get(name)))
	case "added value":
		name := signedHeader(rt, r)
		r.Header.Add(name, "x")
	case "authorization":
		header := r.Header.Get("Authorization")
		at := rapid.IntRange(strings.Index(header, "Credential="), len(header)-1).Draw(rt, "position")
		if strings.ContainsRune(", ", rune(header[at])) {
			at++ // a separator for another is no change of meaning
			for strings.ContainsRune(", ", rune(header[at])) {
				at++
			}
		}
		r.Header.Set("Authorization", header[:at]+other(rt, header[at])+header[at+1:])
	}
	return data
}

func signedHeader(rt *rapid.T, r *http.Request) string {
	names := []string{"Content-Type", "X-Amz-Date", "X-Amz-Target", "X-Note"}
	if r.Header.Get("X-Amz-Security-Token") != "" {
		names = append(names, "X-Amz-Security-Token")
	}
	return rapid.SampledFrom(names).Draw(rt, "header")
}

// flip replaces one byte of s.
func flip(rt *rapid.T, s string) string {
	at := rapid.IntRange(0, len(s)-1).Draw(rt, "position")
	return s[:at] + other(rt, s[at]) + s[at+1:]
}

func other(rt *rapid.T, old byte) string {
	return string(rapid.ByteRange('!', '~').Filter(func(b byte) bool { return b != old && b != ',' }).Draw(rt, "byte"))
}

// FuzzAuthorization reads any header without panicking, accepts none but the
// one that the signer wrote, and answers with a message fit for JSON.
func FuzzAuthorization(f *testing.F) {
	genuine := plain().request(f).Header.Get("Authorization")
	for _, seed := range []string{
		genuine, "", " ", "AWS4-HMAC-SHA256", "Bearer a.b.c", "AWS4-HMAC-SHA256 Credential", "AWS4-HMAC-SHA256 =,=",
		"AWS4-HMAC-SHA256 Credential=a/b/c/d/e,SignedHeaders=host;x-amz-date,Signature=0",
		"AWS4-HMAC-SHA256 Credential=////,SignedHeaders=;;,Signature=\xff",
		strings.ReplaceAll(genuine, ", ", ","), strings.Replace(genuine, "host;", "", 1),
	} {
		f.Add(seed)
	}
	_, signature, _ := strings.Cut(genuine, "Signature=")
	v := verifier()
	f.Fuzz(func(t *testing.T, header string) {
		r := plain().request(t)
		r.Header.Set("Authorization", header)
		id, err := v.Verify(r, []byte(body))
		if err == nil {
			if id.AccessKeyID != keyID || !strings.Contains(header, signature) {
				t.Fatalf("accepted %q", header)
			}
			return
		}
		if refusal := fault.As(err); refusal == nil || !utf8.ValidString(refusal.Message) {
			t.Fatalf("got %v, want a fault with a valid text", err)
		}
	})
}
