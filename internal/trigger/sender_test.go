package trigger_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/envelope"
	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/trigger"
)

// plainKey keeps the last data key and wraps none.
type plainKey struct {
	err   error
	arn   string
	bound map[string]string
}

func (k *plainKey) NewDataKey(_ context.Context, arn string, bound map[string]string) ([]byte, envelope.WrappedKey, error) {
	k.arn, k.bound = arn, bound
	return make([]byte, envelope.DataKeySize), envelope.WrappedKey{Provider: "test"}, k.err
}

func toSender(m notify.Medium, kind notify.Kind) notify.Message {
	to := map[notify.Medium]string{notify.Email: "ann@example.com", notify.SMS: "+15550100"}[m]
	return notify.Message{
		Medium: m, To: to, Code: "<secret>", PoolID: string(here.ID), Kind: kind,
		Sender: &notify.Sender{
			Function: arn, Key: "key", Region: here.Region, UserName: "ann", ClientID: "client", SDKVersion: "sdk",
			Attributes: map[string]string{"email": "ann@example.com"},
		},
	}
}

// The events are the service's own, member by member; the code is in none of them.
func TestSenderEvents(t *testing.T) {
	for _, test := range []struct {
		medium notify.Medium
		kind   notify.Kind
		source string
		typ    string
	}{
		{notify.Email, notify.SignUp, "CustomEmailSender_SignUp", "customEmailSenderRequestV1"},
		{notify.Email, notify.Invitation, "CustomEmailSender_AdminCreateUser", "customEmailSenderRequestV1"},
		{notify.SMS, notify.UpdateAttribute, "CustomSMSSender_UpdateUserAttribute", "customSMSSenderRequestV1"},
	} {
		key, sealed := &plainKey{}, ""
		f := function(func(_ context.Context, event map[string]any) (trigger.Result, error) {
			request := event["request"].(map[string]any)
			sealed, _ = request["code"].(string)
			delete(request, "code")
			want := map[string]any{
				"version": "1", "region": "eu-test-1", "userPoolId": string(here.ID), "userName": "ann",
				"callerContext": map[string]any{"awsSdkVersion": "sdk", "clientId": "client"}, "triggerSource": test.source,
				"request":  map[string]any{"type": test.typ, "clientMetadata": nil, "userAttributes": map[string]any{"email": "ann@example.com"}},
				"response": map[string]any{},
			}
			if diff := cmp.Diff(want, event); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.source, diff)
			}
			return trigger.Result{}, nil // what it returns does not matter
		})
		if err := trigger.NewSenders(newCaller(f), key).Send(t.Context(), toSender(test.medium, test.kind)); err != nil {
			t.Error(err)
		}
		message, err := base64.StdEncoding.DecodeString(sealed)
		if err != nil || len(message) < 50 || bytes.Contains(message, []byte("secret")) {
			t.Errorf("%s: code %q, %v", test.source, sealed, err)
		}
		if diff := cmp.Diff(&plainKey{arn: "key", bound: map[string]string{"userpool-id": string(here.ID)}}, key, cmp.AllowUnexported(plainKey{})); diff != "" {
			t.Errorf("%s: key (-want +got):\n%s", test.source, diff)
		}
	}
}

// Whatever goes wrong may go better another time, and neither the code nor what a
// function says of it is told.
func TestSenderErrors(t *testing.T) {
	fails := func(r trigger.Result, err error) function {
		return func(context.Context, map[string]any) (trigger.Result, error) { return r, err }
	}
	for name, test := range map[string]struct {
		function function
		key      error
		outcomes []string
		want     string
	}{
		"a key that is refused": {fails(trigger.Result{}, nil), errors.New("denied"), nil, "encrypting the code for a sender: denied"},
		"a function that fails": {fails(trigger.Result{Failed: true, Payload: []byte(`{"errorMessage":"<secret>"}`)}, nil), nil, []string{"CustomEmailSender failed"}, "the function ended with an error"},
		"one that is not there": {fails(trigger.Result{}, &trigger.InvokeError{Code: "ResourceNotFoundException"}), nil, []string{"CustomEmailSender unanswered"}, "invoking a function: ResourceNotFoundException"},
		"one that is down":      {fails(trigger.Result{}, &trigger.InvokeError{Code: "ServiceException", Temporary: true}), nil, []string{"CustomEmailSender unanswered"}, "invoking a function: ServiceException"},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			var outcomes []string
			c := trigger.New(trigger.Config{
				Function: test.function, Logger: slog.New(slog.NewTextHandler(&log, nil)),
				Observe: func(trigger, outcome string) { outcomes = append(outcomes, trigger+" "+outcome) },
			})
			err := trigger.NewSenders(c, &plainKey{err: test.key}).Send(t.Context(), toSender(notify.Email, notify.SignUp))
			if err == nil || err.Error() != test.want || notify.IsRefused(err) || strings.Contains(log.String(), "secret") {
				t.Errorf("got %v, log %q", err, log.String())
			}
			if !slices.Equal(outcomes, test.outcomes) {
				t.Errorf("outcomes %v", outcomes)
			}
		})
	}
	err := trigger.NewSenders(newCaller(nil), &plainKey{}).Send(t.Context(), notify.Message{Medium: notify.Email})
	if !notify.IsRefused(err) {
		t.Errorf("a message for no sender: %v", err)
	}
}

// A pool has a sender for one medium or the other, and the attribute that the
// code goes to shows where.
func TestSenderOf(t *testing.T) {
	p := *here
	p.Settings.Triggers.CustomSMSSender = &pool.VersionedHook{ARN: arn}
	o := trigger.Occasion{Pool: &p, ClientMetadata: map[string]string{"a": "1"}}
	if s := trigger.SenderOf(o, "", ann, notify.Email, "email", "x@example.com"); s != nil || trigger.HasSender(&p, notify.Email) {
		t.Errorf("e-mail goes to %+v", s)
	}
	s := trigger.SenderOf(o, "", ann, notify.SMS, "phone_number", "+15550100")
	if s == nil || s.Attributes["phone_number"] != "+15550100" || s.ClientID != "CLIENT_ID_NOT_APPLICABLE" || s.ClientMetadata["a"] != "1" {
		t.Errorf("text messages go to %+v", s)
	}
	if ann.Attributes.Has("phone_number") {
		t.Error("the user was changed")
	}
}

// A notice has no code, and nothing is encrypted for it.
func TestSenderOfANoticeGetsNoCode(t *testing.T) {
	called := false
	f := function(func(_ context.Context, event map[string]any) (trigger.Result, error) {
		called = true
		if _, there := event["request"].(map[string]any)["code"]; there || event["triggerSource"] != "CustomEmailSender_AccountTakeOverNotification" {
			t.Errorf("the event is %v", event)
		}
		return trigger.Result{}, nil
	})
	m := toSender(notify.Email, notify.AccountTakeOver)
	m.Code = ""
	if err := trigger.NewSenders(newCaller(f), &plainKey{err: errors.New("no key is asked for")}).Send(t.Context(), m); err != nil || !called {
		t.Errorf("called: %v, %v", called, err)
	}
}
