package sns_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/mototest"
	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/notify/awsapi"
	"poolhouse.dev/internal/notify/sns"
	"poolhouse.dev/internal/outbound"
)

const (
	number = "+15555550100"
	role   = "arn:aws:iam::123456789012:role/sms"
)

func text() notify.Message {
	return notify.Message{
		ID: "s-1", Medium: notify.SMS, To: number, Body: "Your code is 482913", Code: "482913", PoolID: "eu-west-2_Test", Kind: notify.SignUp,
		Via: notify.Via{Region: "eu-west-1", RoleARN: role, ExternalID: "the-id"},
	}
}

// amazon plays STS and SNS with the forms of their answers.
type amazon struct {
	*httptest.Server
	mu sync.Mutex
	// calls are what was asked, in order: the action and what matters of it.
	calls []string
	// life is how long credentials are good.
	life time.Duration
	// answers of an action are status and code of an error; none is success.
	answers map[string][2]string
}

func newAmazon(t *testing.T) *amazon {
	t.Helper()
	a := &amazon{life: time.Hour, answers: map[string][2]string{}}
	a.Server = httptest.NewServer(a)
	t.Cleanup(a.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDSERVER")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	return a
}

func (a *amazon) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(body))
	action := form.Get("Action")
	_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	scope, _, _ = strings.Cut(scope, ",")
	parts := strings.Split(scope, "/")
	a.calls = append(a.calls, strings.Join([]string{
		action, parts[0], parts[2], form.Get("RoleArn"), form.Get("ExternalId"), form.Get("PhoneNumber"), form.Get("Message"),
	}, "|"))
	w.Header().Set("Content-Type", "text/xml")
	if answer, ok := a.answers[action]; ok {
		status := 0
		_, _ = fmt.Sscan(answer[0], &status)
		w.WriteHeader(status)
		fmt.Fprintf(w, `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type><Code>%s</Code><Message>about %s</Message></Error><RequestId>1</RequestId></ErrorResponse>`, answer[1], number)
		return
	}
	if action == "AssumeRole" {
		fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
			time.Now().Add(a.life).UTC().Format(time.RFC3339))
		return
	}
	fmt.Fprint(w, `<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>`)
}

func driver(t *testing.T, endpoint string, timeout time.Duration) *sns.Driver {
	t.Helper()
	p, err := outbound.New(outbound.Config{Dev: true})
	if err != nil {
		t.Fatal(err)
	}
	return sns.New(awsapi.New(endpoint, p.Client(outbound.Limits{Timeout: timeout})))
}

const (
	assumed   = "AssumeRole|AKIDSERVER|eu-west-1|" + role + "|the-id||"
	published = "Publish|ASIAROLE|eu-west-1|||" + number + "|Your code is 482913"
)

// The role is assumed once, with the pool's external id, in its region, and its
// credentials send until shortly before they run out.
func TestSendAssumesTheRole(t *testing.T) {
	a := newAmazon(t)
	d := driver(t, a.URL, 0)
	for range 2 {
		if err := d.Send(t.Context(), text()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{assumed, published, published}, a.calls); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	a.calls, a.life = nil, time.Minute
	d = driver(t, a.URL, 0)
	for range 2 {
		if err := d.Send(t.Context(), text()); err != nil {
			t.Fatal(err)
		}
		if last := a.calls[len(a.calls)-1]; last != published || a.calls[0] != assumed {
			t.Errorf("with credentials that are about to run out: %q", a.calls)
		}
		a.calls = nil
	}
}

// Pools that name one role with different external ids share no credentials.
func TestSendKeepsExternalIDsApart(t *testing.T) {
	a := newAmazon(t)
	d := driver(t, a.URL, 0)
	if err := d.Send(t.Context(), text()); err != nil {
		t.Fatal(err)
	}
	a.answers["AssumeRole"] = [2]string{"403", "AccessDenied"}
	m := text()
	m.Via.ExternalID = "guessed"
	if err := d.Send(t.Context(), m); notify.CauseOf(err) != notify.CauseSMSTrust {
		t.Errorf("another external id: %v", err)
	}
	if err := d.Send(t.Context(), text()); err != nil {
		t.Error(err)
	}
}

func TestSendJudgesAnswers(t *testing.T) {
	const temporary = -1
	for _, test := range []struct {
		action, status, code string
		want                 notify.Cause
	}{
		{"AssumeRole", "403", "AccessDenied", notify.CauseSMSTrust},
		{"AssumeRole", "403", "ExpiredToken", temporary},
		{"AssumeRole", "403", "InvalidClientTokenId", temporary},
		{"AssumeRole", "403", "SignatureDoesNotMatch", temporary},
		{"AssumeRole", "400", "Throttling", temporary},
		{"AssumeRole", "403", "RegionDisabledException", temporary},
		{"AssumeRole", "400", "ValidationError", notify.CauseMessage},
		{"AssumeRole", "503", "ServiceUnavailable", temporary},
		{"Publish", "403", "AuthorizationError", notify.CauseSMSPolicy},
		{"Publish", "403", "AccessDenied", notify.CauseSMSPolicy},
		{"Publish", "400", "KMSAccessDenied", notify.CauseSMSPolicy},
		{"Publish", "400", "InvalidParameter", notify.CauseMessage},
		{"Publish", "400", "OptedOut", notify.CauseMessage},
		{"Publish", "400", "UserError", notify.CauseMessage},
		{"Publish", "429", "Throttled", temporary},
		{"Publish", "400", "Throttled", temporary},
		{"Publish", "403", "ExpiredToken", temporary},
		{"Publish", "500", "InternalError", temporary},
	} {
		a := newAmazon(t)
		a.answers[test.action] = [2]string{test.status, test.code}
		err := driver(t, a.URL, 0).Send(t.Context(), text())
		got := notify.Cause(temporary)
		if notify.IsRefused(err) {
			got = notify.CauseOf(err)
		}
		if err == nil || got != test.want {
			t.Errorf("%s %s %s: cause %d, want %d (%v)", test.action, test.status, test.code, got, test.want, err)
		}
		if err != nil && strings.Contains(err.Error(), number) {
			t.Errorf("%s: the error names the number: %v", test.code, err)
		}
		if test.action == "AssumeRole" && len(a.calls) != 1 {
			t.Errorf("%s: %q", test.code, a.calls)
		}
	}
}

func TestSendWithoutAnAnswer(t *testing.T) {
	a := newAmazon(t)
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}))
	defer hanging.Close()
	d := driver(t, hanging.URL, 50*time.Millisecond)
	if err := d.Send(t.Context(), text()); err == nil || notify.IsRefused(err) {
		t.Errorf("a hanging one: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	// Credentials are fetched for every caller, so that call goes on by itself.
	if err := driver(t, hanging.URL, 50*time.Millisecond).Send(ctx, text()); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who is gone: %v", err)
	}
	a.Close()
	if err := driver(t, a.URL, 0).Send(t.Context(), text()); err == nil || notify.IsRefused(err) || strings.Contains(err.Error(), number) {
		t.Errorf("one that is gone: %v", err)
	}
}

func TestSendRefuses(t *testing.T) {
	a := newAmazon(t)
	for name, change := range map[string]func(*notify.Message){
		"e-mail":     func(m *notify.Message) { m.Medium, m.To = notify.Email, "a@example.com" },
		"no number":  func(m *notify.Message) { m.To = "5555550100" },
		"no role":    func(m *notify.Message) { m.Via.RoleARN = "" },
		"two in one": func(m *notify.Message) { m.To += "," + number },
	} {
		m := text()
		change(&m)
		if err := driver(t, a.URL, 0).Send(t.Context(), m); notify.CauseOf(err) != notify.CauseMessage || !notify.IsRefused(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(a.calls) > 0 {
		t.Errorf("asked: %q", a.calls)
	}
}

// moto takes the messages that AWS would.
func TestSendToMoto(t *testing.T) {
	newAmazon(t)
	url := mototest.Start(t)
	if err := driver(t, url, 0).Send(t.Context(), text()); err != nil {
		t.Error(err)
	}
}
