package code_test

import (
	"errors"
	"testing"

	"poolhouse.dev/internal/code"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

func TestCompose(t *testing.T) {
	p := &pool.Pool{ID: "eu-test-1_abcdefghi", Settings: pool.Settings{
		Templates: pool.Templates{EmailSubject: "Hello", EmailMessage: "Code: {####}", SMSMessage: "S {####}"},
		Invite:    pool.InviteSettings{EmailSubject: "Come", EmailMessage: "{username} {####}", SMSMessage: "I {username} {####}"},
		Email:     pool.EmailSettings{From: "Pool <pool@example.com>", ReplyTo: "help@example.com"},
	}}
	u := &user.User{Username: "ann"}
	email := user.CodeRequest{Attribute: "email", Target: "ann@example.com"}
	phone := user.CodeRequest{Attribute: "phone_number", Target: "+15550100"}
	base := notify.Message{From: "Pool <pool@example.com>", ReplyTo: "help@example.com", Code: "039126", PoolID: "eu-test-1_abcdefghi"}
	for name, test := range map[string]struct {
		kind    notify.Kind
		request user.CodeRequest
		want    func(m *notify.Message)
	}{
		"code by mail": {notify.SignUp, email, func(m *notify.Message) {
			m.Medium, m.To, m.Subject, m.Body, m.Attribute = notify.Email, "ann@example.com", "Hello", "Code: 039126", "email"
		}},
		"code by SMS": {notify.UpdateAttribute, phone, func(m *notify.Message) {
			m.Medium, m.To, m.Body, m.Attribute = notify.SMS, "+15550100", "S 039126", "phone_number"
		}},
		"invitation by mail": {notify.Invitation, email, func(m *notify.Message) {
			m.Medium, m.To, m.Subject, m.Body, m.Attribute = notify.Email, "ann@example.com", "Come", "ann 039126", "email"
		}},
		"invitation by SMS": {notify.Invitation, phone, func(m *notify.Message) {
			m.Medium, m.To, m.Body, m.Attribute = notify.SMS, "+15550100", "I ann 039126", "phone_number"
		}},
	} {
		t.Run(name, func(t *testing.T) {
			want := base
			want.Kind = test.kind
			test.want(&want)
			if got := code.Compose(p, u, code.New(nil, nil, nil, "https://id.example", nil).Custom(test.kind, "", nil), test.request, notify.Texts{}, "039126"); got != want {
				t.Errorf("to %q, subject %q, body %q, kind %s", got.To, got.Subject, got.Body, got.Kind)
			}
		})
	}
}

// What the pool says about its providers goes with each message of the medium.
func TestComposeNamesTheProvider(t *testing.T) {
	const identity = "arn:aws:ses:us-west-2:123456789012:identity/example.com"
	settings := pool.Settings{
		Email: pool.EmailSettings{Account: pool.SenderDeveloper, SourceARN: identity, ConfigurationSet: "codes"},
		SMS:   &pool.SMSSettings{SNSCallerARN: "role", ExternalID: "x", SNSRegion: "eu-west-1"},
	}
	for name, test := range map[string]struct {
		attribute string
		change    func(s *pool.Settings)
		want      notify.Via
	}{
		"own e-mail":        {"email", func(*pool.Settings) {}, notify.Via{Region: "us-west-2", OwnIdentity: true, IdentityARN: identity, ConfigurationSet: "codes"}},
		"the server's":      {"email", func(s *pool.Settings) { s.Email = pool.EmailSettings{Account: "COGNITO_DEFAULT"} }, notify.Via{Region: "eu-test-1"}},
		"own role":          {"phone_number", func(*pool.Settings) {}, notify.Via{Region: "eu-west-1", RoleARN: "role", ExternalID: "x"}},
		"the pool's region": {"phone_number", func(s *pool.Settings) { s.SMS = &pool.SMSSettings{SNSCallerARN: "role"} }, notify.Via{Region: "eu-test-1", RoleARN: "role"}},
		"no SMS settings":   {"phone_number", func(s *pool.Settings) { s.SMS = nil }, notify.Via{}},
	} {
		p := &pool.Pool{ID: "eu-test-1_abcdefghi", Region: "eu-test-1", Settings: settings}
		test.change(&p.Settings)
		m := code.Compose(p, &user.User{Username: "ann"}, code.New(nil, nil, nil, "https://id.example", nil).Custom(notify.SignUp, "", nil), user.CodeRequest{Attribute: test.attribute, Target: "x"}, notify.Texts{}, "1")
		if m.Via != test.want {
			t.Errorf("%s: %+v, want %+v", name, m.Via, test.want)
		}
	}
}

func TestDeliveryOf(t *testing.T) {
	for _, test := range []struct {
		request user.CodeRequest
		want    code.Delivery
	}{
		{user.CodeRequest{Attribute: "email", Target: "fixture@example.com"}, code.Delivery{Attribute: "email", Medium: notify.Email, Destination: "f***@e***"}},
		{user.CodeRequest{Attribute: "phone_number", Target: "+491701238920"}, code.Delivery{Attribute: "phone_number", Medium: notify.SMS, Destination: "+********8920"}},
	} {
		if got := code.DeliveryOf(test.request); got != test.want {
			t.Errorf("got %+v, want %+v", got, test.want)
		}
	}
}

func TestRefusedFor(t *testing.T) {
	wantFault(t, code.RefusedFor(fault.CodeDeliveryFailure("no such mailbox")), "InvalidParameterException: no such mailbox")
	broken := errors.New("broken")
	if err := code.RefusedFor(broken); !errors.Is(err, broken) || fault.As(err) != nil {
		t.Errorf("another error became %v", err)
	}
}
