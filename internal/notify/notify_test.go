package notify_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/notify"
)

func mail() notify.Message {
	return notify.Message{
		ID: "m-1", Medium: notify.Email, To: "fixture@example.com", Subject: "Your verification code",
		Body: "Your confirmation code is 482913", From: "Team <team@example.com>", ReplyTo: "help@example.com",
		Code: "482913", Attribute: "email", PoolID: "us-east-1_Test", Kind: notify.SignUp,
		Via:  notify.Via{Region: "us-east-1", OwnIdentity: true, IdentityARN: "arn:aws:ses:us-east-1:1:identity/example.com", ConfigurationSet: "c", RoleARN: "r", ExternalID: "e"},
		Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}
}

func TestMessageFormsShowNoSecret(t *testing.T) {
	m := mail()
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("sending", "message", m)
	forms := map[string]string{"slog": log.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		forms[verb] = fmt.Sprintf(verb, m)
		forms["nested "+verb] = fmt.Sprintf(verb, []any{&m, struct{ M notify.Message }{m}})
	}
	for name, form := range forms {
		for _, secret := range []string{m.To, m.Code, m.Body, m.Subject, m.From} {
			if strings.Contains(form, secret) {
				t.Errorf("%s shows %q: %s", name, secret, form)
			}
		}
		if !strings.Contains(form, "m-1") || !strings.Contains(form, "us-east-1_Test") {
			t.Errorf("%s names neither message nor pool: %s", name, form)
		}
	}
}

func TestMessageSurvivesJSON(t *testing.T) {
	sealed, err := json.Marshal(mail())
	if err != nil {
		t.Fatal(err)
	}
	var opened notify.Message
	if err := json.Unmarshal(sealed, &opened); err != nil {
		t.Fatal(err)
	}
	// Without a method of its own type a message compares field by field.
	type plain notify.Message
	if diff := cmp.Diff(plain(mail()), plain(opened)); diff != "" {
		t.Error(diff)
	}
	var keys map[string]any
	if err := json.Unmarshal(sealed, &keys); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"id", "medium", "to", "subject", "body", "from", "replyTo", "code", "attribute", "poolId", "kind", "time"} {
		if _, ok := keys[key]; !ok {
			t.Errorf("stored rows have no %q", key)
		}
	}
}

func TestCheckRefusesWhatIsNotOneMessage(t *testing.T) {
	long := strings.Repeat("a", 65)
	tests := map[string]struct {
		change func(*notify.Message)
		ok     bool
	}{
		"a plain mail":               {func(*notify.Message) {}, true},
		"plus and dots":              {func(m *notify.Message) { m.To = "a.b+c_d'e@sub.example.co" }, true},
		"one-label domain":           {func(m *notify.Message) { m.To = "root@localhost" }, true},
		"unicode subject":            {func(m *notify.Message) { m.Subject = "Ihr Prüfcode ✓" }, true},
		"body of several lines":      {func(m *notify.Message) { m.Body = "a\r\n.\r\nb" }, true},
		"unicode sender name":        {func(m *notify.Message) { m.From = "Grüße <a@example.com>" }, true},
		"no sender":                  {func(m *notify.Message) { m.From, m.ReplyTo = "", "" }, true},
		"phone number":               {func(m *notify.Message) { m.Medium, m.To = notify.SMS, "+15555550100" }, true},
		"CRLF in recipient":          {func(m *notify.Message) { m.To = "a@example.com\r\nBcc: b@example.com" }, false},
		"LF at the end of recipient": {func(m *notify.Message) { m.To = "a@example.com\n" }, false},
		"CRLF in subject":            {func(m *notify.Message) { m.Subject = "Hi\r\nBcc: b@example.com" }, false},
		"lone LF in subject":         {func(m *notify.Message) { m.Subject = "Hi\nthere" }, false},
		"lone CR in subject":         {func(m *notify.Message) { m.Subject = "Hi\rthere" }, false},
		"NUL in subject":             {func(m *notify.Message) { m.Subject = "Hi\x00" }, false},
		"line separator in subject":  {func(m *notify.Message) { m.Subject = "Hi\u2028there" }, false},
		"NEL in subject":             {func(m *notify.Message) { m.Subject = "Hi\u0085there" }, false},
		"invalid UTF-8 subject":      {func(m *notify.Message) { m.Subject = "Hi\xff" }, false},
		"invalid UTF-8 body":         {func(m *notify.Message) { m.Body = "\xff" }, false},
		"CRLF in sender":             {func(m *notify.Message) { m.From = "A\r\nBcc: b@example.com <a@example.com>" }, false},
		"encoded CRLF in sender":     {func(m *notify.Message) { m.From = "=?utf-8?q?A=0D=0ABcc=3A?= <a@example.com>" }, false},
		"CRLF in reply-to":           {func(m *notify.Message) { m.ReplyTo = "a@example.com\r\nX: y" }, false},
		"quoted local part":          {func(m *notify.Message) { m.To = `"a b"@example.com` }, false},
		"smuggled second address":    {func(m *notify.Message) { m.To = `"a@example.com> ORCPT=b"@example.com` }, false},
		"quoted sender":              {func(m *notify.Message) { m.From = `"a b"@example.com` }, false},
		"two at signs":               {func(m *notify.Message) { m.To = "a@b@example.com" }, false},
		"two recipients":             {func(m *notify.Message) { m.To = "a@example.com,b@example.com" }, false},
		"two senders":                {func(m *notify.Message) { m.From = "a@example.com, b@example.com" }, false},
		"named recipient":            {func(m *notify.Message) { m.To = "A <a@example.com>" }, false},
		"comment":                    {func(m *notify.Message) { m.To = "a(x)@example.com" }, false},
		"address literal":            {func(m *notify.Message) { m.To = "a@[127.0.0.1]" }, false},
		"non-ASCII local part":       {func(m *notify.Message) { m.To = "ä@example.com" }, false},
		"full-width at sign":         {func(m *notify.Message) { m.To = "a＠example.com" }, false},
		"kelvin sign in domain":      {func(m *notify.Message) { m.To = "a@\u212Aiosk.example" }, false},
		"double dot":                 {func(m *notify.Message) { m.To = "a..b@example.com" }, false},
		"hyphen before a dot":        {func(m *notify.Message) { m.To = "a@example-.com" }, false},
		"final dot":                  {func(m *notify.Message) { m.To = "a@example.com." }, false},
		"no domain":                  {func(m *notify.Message) { m.To = "a@" }, false},
		"empty":                      {func(m *notify.Message) { m.To = "" }, false},
		"long local part":            {func(m *notify.Message) { m.To = long + "@example.com" }, false},
		"phone number for e-mail":    {func(m *notify.Message) { m.To = "+15555550100" }, false},
		"address for SMS":            {func(m *notify.Message) { m.Medium = notify.SMS }, false},
		"number without plus":        {func(m *notify.Message) { m.Medium, m.To = notify.SMS, "15555550100" }, false},
		"number with line end":       {func(m *notify.Message) { m.Medium, m.To = notify.SMS, "+15555550100\n" }, false},
		"number of 16 digits":        {func(m *notify.Message) { m.Medium, m.To = notify.SMS, "+1234567890123456" }, false},
		"no medium":                  {func(m *notify.Message) { m.Medium = "" }, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := mail()
			test.change(&m)
			err := m.Check()
			if test.ok && err != nil || !test.ok && !notify.IsRefused(err) {
				t.Fatalf("Check() = %v, want ok = %v", err, test.ok)
			}
			if err != nil && m.To != "" && strings.Contains(err.Error(), m.To) {
				t.Errorf("the error repeats the recipient: %v", err)
			}
		})
	}
}

func TestMask(t *testing.T) {
	tests := map[string]struct {
		medium   notify.Medium
		in, want string
	}{
		"e-mail":                  {notify.Email, "fixture@example.com", "f***@e***"},
		"one letter each":         {notify.Email, "a@b", "a***@b***"},
		"several domain labels":   {notify.Email, "jane.doe@mail.example.co.uk", "j***@m***"},
		"at sign inside quotes":   {notify.Email, `"x@y"@example.com`, `"***@e***`},
		"letter of several bytes": {notify.Email, "ä@öl.example", "ä***@ö***"},
		"no at sign":              {notify.Email, "fixture", "***"},
		"twelve digits":           {notify.SMS, "+123456788920", "+********8920"},
		"eleven digits":           {notify.SMS, "+12345679934", "+*******9934"},
		"five digits":             {notify.SMS, "+12345", "+*2345"},
		"four digits":             {notify.SMS, "+1234", "+****"},
		"no digits":               {notify.SMS, "+", "+"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := notify.Mask(test.medium, test.in); got != test.want {
				t.Errorf("Mask(%s, %q) = %q, want %q", test.medium, test.in, got, test.want)
			}
		})
	}
}

type recorder struct{ sent []string }

func (r *recorder) Send(_ context.Context, m notify.Message) error {
	r.sent = append(r.sent, m.ID)
	return nil
}

func TestRouterPicksByMedium(t *testing.T) {
	email, sms := &recorder{}, &recorder{}
	text := notify.Message{ID: "s-1", Medium: notify.SMS, To: "+15555550100", Body: "Hi"}
	router := notify.Router{Email: email, SMS: sms}
	for _, m := range []notify.Message{mail(), text} {
		if err := router.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([][]string{{"m-1"}, {"s-1"}}, [][]string{email.sent, sms.sent}); diff != "" {
		t.Error(diff)
	}

	own, alike := &recorder{}, mail()
	alike.Via.OwnIdentity = false
	router.OwnEmail = own
	for _, m := range []notify.Message{mail(), alike} {
		if err := router.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	if len(own.sent) != 1 || len(email.sent) != 2 {
		t.Errorf("from an identity of its own: %v, other: %v", own.sent, email.sent)
	}

	var refused *notify.Refused
	if err := (notify.Router{Email: email}).Send(t.Context(), text); !errors.As(err, &refused) || refused.Reason != "no driver for SMS is configured" {
		t.Errorf("without an SMS driver: %v", err)
	}
	if err := (notify.Router{SMS: sms}).Send(t.Context(), mail()); !errors.As(err, &refused) {
		t.Errorf("without an e-mail driver: %v", err)
	}
	text.To, text.ToNobody = "", true
	if err := router.Send(t.Context(), text); err != nil || len(sms.sent) != 1 {
		t.Errorf("a message to nobody reached the driver: %v", err)
	}
	if err := (notify.Router{Email: email}).Send(t.Context(), text); !errors.As(err, &refused) {
		t.Errorf("to nobody, without an SMS driver: %v", err)
	}
	text.To, text.ToNobody = "nobody", false
	if err := router.Send(t.Context(), text); !errors.As(err, &refused) || len(sms.sent) != 1 {
		t.Errorf("a bad number reached the driver: %v", err)
	}
}

// keeper is a recorder whose messages stay in the process.
type keeper struct{ recorder }

func (*keeper) Immediate(notify.Message) bool { return true }

// What is kept or refused within the process takes no time, whatever else is configured.
func TestRouterKnowsWhatIsImmediate(t *testing.T) {
	text := notify.Message{ID: "s-1", Medium: notify.SMS, To: "+15555550100", Body: "Hi"}
	router := notify.Router{Email: &recorder{}, SMS: &keeper{}}
	forFunction := text
	forFunction.Sender = &notify.Sender{}
	for name, c := range map[string]struct {
		router notify.Router
		m      notify.Message
		want   bool
	}{
		"a driver that sends":        {router, mail(), false},
		"one that keeps":             {router, text, true},
		"none":                       {notify.Router{SMS: &recorder{}}, mail(), true},
		"a function of the pool":     {notify.Router{SMS: &keeper{}, Sender: &recorder{}}, forFunction, false},
		"no functions can be called": {router, forFunction, true},
	} {
		if got := c.router.Immediate(c.m); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
