package ses_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/mototest"
	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/notify/awsapi"
	"poolhouse.dev/internal/notify/ses"
	"poolhouse.dev/internal/outbound"
)

const (
	address  = "ann@example.com"
	identity = "arn:aws:ses:eu-west-1:123456789012:identity/pool.example"
)

func letter() notify.Message {
	return notify.Message{
		ID: "e-1", Medium: notify.Email, To: address, Subject: "Your verification code", Body: "<p>Your code is <b>482913</b></p>",
		Code: "482913", From: "Pool <auth@pool.example>", ReplyTo: "help@pool.example", PoolID: "eu-west-2_Test", Kind: notify.SignUp,
		Via: notify.Via{Region: "eu-west-1", OwnIdentity: true, IdentityARN: identity, ConfigurationSet: "codes"},
	}
}

func driver(t *testing.T, endpoint string, timeout time.Duration) *ses.Driver {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDSERVER")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	p, err := outbound.New(outbound.Config{Dev: true})
	if err != nil {
		t.Fatal(err)
	}
	d, err := ses.New(ses.Config{
		Access: awsapi.New(endpoint, p.Client(outbound.Limits{Timeout: timeout})), From: "server@server.example", Region: "us-west-2",
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSend(t *testing.T) {
	var got map[string]any
	var scope, path string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scope, path = r.Header.Get("Authorization"), r.Method+" "+r.URL.Path
		got = nil
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, `{"MessageId":"m"}`)
	}))
	defer srv.Close()
	utf8 := func(s string) any { return map[string]any{"Charset": "UTF-8", "Data": s} }
	whole := map[string]any{
		"FromEmailAddress": "Pool <auth@pool.example>", "FromEmailAddressIdentityArn": identity, "ConfigurationSetName": "codes",
		"ReplyToAddresses": []any{"help@pool.example"}, "Destination": map[string]any{"ToAddresses": []any{address}},
		"Content": map[string]any{"Simple": map[string]any{"Subject": utf8("Your verification code"), "Body": map[string]any{
			"Html": utf8("<p>Your code is <b>482913</b></p>"), "Text": utf8("Your code is 482913\n"),
		}}},
	}
	if err := driver(t, srv.URL, 0).Send(t.Context(), letter()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(whole, got); diff != "" || path != "POST /v2/email/outbound-emails" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
	for name, test := range map[string]struct {
		change       func(*notify.Message)
		from, region string
	}{
		"as it is": {func(*notify.Message) {}, "Pool <auth@pool.example>", "eu-west-1"},
		"a domain": {func(m *notify.Message) { m.From = "" }, "no-reply@pool.example", "eu-west-1"},
		"an address": {func(m *notify.Message) {
			m.From, m.Via.IdentityARN = "", "arn:aws:ses:eu-west-1:1:identity/me@pool.example"
		}, "me@pool.example", "eu-west-1"},
		"no identity at all": {func(m *notify.Message) { m.From, m.Via = "", notify.Via{Region: "eu-west-1"} }, "server@server.example", "us-west-2"},
	} {
		m := letter()
		test.change(&m)
		if err := driver(t, srv.URL, 0).Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		if got["FromEmailAddress"] != test.from || !strings.Contains(scope, "/"+test.region+"/ses/") {
			t.Errorf("%s: from %v by %s", name, got["FromEmailAddress"], scope)
		}
	}
}

func TestSendJudgesAnswers(t *testing.T) {
	const temporary = -1
	for _, test := range []struct {
		status int
		code   string
		want   notify.Cause
	}{
		{403, "AccessDeniedException", notify.CauseEmailPolicy},
		{403, "AccessDenied", notify.CauseEmailPolicy},
		{400, "MessageRejected", notify.CauseMessage},
		{400, "MailFromDomainNotVerifiedException", notify.CauseMessage},
		{400, "AccountSuspendedException", notify.CauseMessage},
		{400, "SendingPausedException", notify.CauseMessage},
		{404, "NotFoundException", notify.CauseMessage},
		{400, "BadRequestException", notify.CauseMessage},
		{429, "TooManyRequestsException", temporary},
		{400, "LimitExceededException", temporary},
		{403, "UnrecognizedClientException", temporary},
		{403, "InvalidSignatureException", temporary},
		{500, "InternalFailure", temporary},
		{503, "ServiceUnavailable", temporary},
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Amzn-Errortype", test.code)
			w.WriteHeader(test.status)
			fmt.Fprintf(w, `{"message":"Email address is not verified: %s"}`, address)
		}))
		err := driver(t, srv.URL, 0).Send(t.Context(), letter())
		srv.Close()
		got := notify.Cause(temporary)
		if notify.IsRefused(err) {
			got = notify.CauseOf(err)
		}
		if err == nil || got != test.want || strings.Contains(err.Error(), address) {
			t.Errorf("%d %s: cause %d, want %d (%v)", test.status, test.code, got, test.want, err)
		}
	}
}

func TestSendWithoutAnAnswer(t *testing.T) {
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	defer hanging.Close()
	if err := driver(t, hanging.URL, 50*time.Millisecond).Send(t.Context(), letter()); err == nil || notify.IsRefused(err) {
		t.Errorf("a hanging one: %v", err)
	}
}

func TestSendRefuses(t *testing.T) {
	for name, change := range map[string]func(*notify.Message){
		"a text message": func(m *notify.Message) { m.Medium, m.To = notify.SMS, "+15555550100" },
		"a header":       func(m *notify.Message) { m.Subject = "a\r\nBcc: eve@example.com" },
		"two recipients": func(m *notify.Message) { m.To = address + ",eve@example.com" },
	} {
		m := letter()
		change(&m)
		if err := driver(t, "http://127.0.0.1:1", 0).Send(t.Context(), m); !notify.IsRefused(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// moto, like SES, sends from verified identities only.
func TestSendToMoto(t *testing.T) {
	url := mototest.Start(t)
	d := driver(t, url, 0)
	m := letter()
	m.Via.ConfigurationSet = ""
	if err := d.Send(t.Context(), m); !notify.IsRefused(err) || notify.CauseOf(err) != notify.CauseMessage {
		t.Errorf("before the identity is verified: %v", err)
	}
	verify(t, url, "pool.example")
	if err := d.Send(t.Context(), m); err != nil {
		t.Errorf("from a verified identity: %v", err)
	}
}

// verify makes moto take a domain for verified.
func verify(t *testing.T, url, domain string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/v2/email/identities", strings.NewReader(`{"EmailIdentity":"`+domain+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/ses/aws4_request, SignedHeaders=host, Signature=0")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("verifying the identity: %s", resp.Status)
	}
}
