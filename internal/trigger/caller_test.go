package trigger_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/caller"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/user"
)

// function is a trigger.Function that a test writes.
type function func(ctx context.Context, event map[string]any) (trigger.Result, error)

func (f function) Invoke(ctx context.Context, _ string, sent []byte) (trigger.Result, error) {
	var event map[string]any
	if err := json.Unmarshal(sent, &event); err != nil {
		return trigger.Result{}, err
	}
	return f(ctx, event)
}

// answering returns the event with response changed by change.
func answering(change func(event map[string]any)) function {
	return func(_ context.Context, event map[string]any) (trigger.Result, error) {
		change(event)
		payload, err := json.Marshal(event)
		return trigger.Result{Payload: payload}, err
	}
}

const arn = "arn:aws:lambda:eu-test-1:123456789012:function:f"

var (
	here = &pool.Pool{ID: "eu-test-1_abcdefghi", Region: "eu-test-1", Settings: pool.Settings{
		Triggers: pool.Triggers{PreSignUp: arn, PostConfirmation: arn, CustomMessage: arn},
	}}
	ann = &user.User{PoolID: here.ID, Sub: "34c84488-e0e1-70ae-d2ee-991ad1a898c8", Username: "ann", Status: user.Confirmed}
)

func newCaller(f trigger.Function) *trigger.Caller {
	return trigger.New(trigger.Config{Function: f, Logger: slog.New(slog.DiscardHandler)})
}

// message calls the CustomMessage trigger.
func message(ctx context.Context, f trigger.Function, kind notify.Kind) (notify.Texts, error) {
	return newCaller(f).CustomMessage(ctx, trigger.Occasion{Pool: here, ClientID: "client", ClientMetadata: map[string]string{"secret": "hunter2"}}, kind, ann)
}

func wantFault(t *testing.T, err error, want string) {
	t.Helper()
	got := "none"
	if f := fault.As(err); f != nil {
		got = f.Error()
	} else if err != nil {
		got = err.Error()
	}
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// A function that does not answer is asked three times, five seconds each.
func TestTimeLimits(t *testing.T) {
	const late = "UnexpectedLambdaException: CustomMessage invocation failed due to error Socket timeout while invoking Lambda function."
	for name, test := range map[string]struct {
		answerOn int           // which attempt is answered; 0 for none
		limit    time.Duration // of the request
		attempts int
		took     time.Duration
		want     string
	}{
		"never":                     {0, time.Minute, 3, 15 * time.Second, late},
		"at the third":              {3, time.Minute, 3, 10 * time.Second, "none"},
		"the request itself is out": {0, 7 * time.Second, 2, 7 * time.Second, late},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				attempts := 0
				f := function(func(ctx context.Context, event map[string]any) (trigger.Result, error) {
					if attempts++; attempts == test.answerOn {
						return answering(func(map[string]any) {})(ctx, event)
					}
					<-ctx.Done()
					return trigger.Result{}, ctx.Err()
				})
				ctx, cancel := context.WithTimeout(t.Context(), test.limit)
				defer cancel()
				began := time.Now()
				_, err := message(ctx, f, notify.SignUp)
				wantFault(t, err, test.want)
				if took := time.Since(began); attempts != test.attempts || took != test.took {
					t.Errorf("%d attempts in %v, want %d in %v", attempts, took, test.attempts, test.took)
				}
			})
		})
	}
}

// What is tried again, and what the caller is told of each failure.
func TestFailures(t *testing.T) {
	for name, test := range map[string]struct {
		result   trigger.Result
		err      error
		attempts int
		want     string
	}{
		"throttled":            {err: &trigger.InvokeError{Code: "TooManyRequestsException", Temporary: true}, attempts: 3, want: "UnexpectedLambdaException: CustomMessage invocation failed due to error TooManyRequestsException."},
		"not allowed":          {err: &trigger.InvokeError{Code: "AccessDeniedException"}, attempts: 1, want: "UnexpectedLambdaException: CustomMessage invocation failed due to error AccessDeniedException."},
		"anything else":        {err: errors.New("secret"), attempts: 3, want: "UnexpectedLambdaException: CustomMessage invocation failed due to error ServiceException."},
		"an error":             {result: trigger.Result{Failed: true, Payload: []byte(`{"errorMessage":"no!","errorType":"E"}`)}, attempts: 1, want: "UserLambdaValidationException: CustomMessage failed with error no!."},
		"an error without one": {result: trigger.Result{Failed: true, Payload: []byte(`{"errorType":"Runtime.ExitError"}`)}, attempts: 1, want: "UserLambdaValidationException: CustomMessage failed with error Runtime.ExitError."},
		"an error that is odd": {result: trigger.Result{Failed: true, Payload: []byte(`oops`)}, attempts: 1, want: "UserLambdaValidationException: CustomMessage failed with error null."},
		"a very long error":    {result: trigger.Result{Failed: true, Payload: []byte(`{"errorMessage":"` + strings.Repeat("x", 9000) + `"}`)}, attempts: 1, want: "UserLambdaValidationException: CustomMessage failed with error " + strings.Repeat("x", 4096) + "."},
	} {
		t.Run(name, func(t *testing.T) {
			attempts := 0
			_, err := message(t.Context(), function(func(context.Context, map[string]any) (trigger.Result, error) {
				attempts++
				return test.result, test.err
			}), notify.SignUp)
			wantFault(t, err, test.want)
			if attempts != test.attempts {
				t.Errorf("%d attempts, want %d", attempts, test.attempts)
			}
		})
	}
}

// Nothing of the event reaches the log.
func TestLogHoldsNothingOfTheEvent(t *testing.T) {
	var log bytes.Buffer
	c := trigger.New(trigger.Config{
		Function: function(func(context.Context, map[string]any) (trigger.Result, error) {
			return trigger.Result{}, &trigger.InvokeError{Code: "AccessDeniedException"}
		}),
		Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	_, err := c.PreSignUp(t.Context(), trigger.Occasion{Pool: here, ClientMetadata: map[string]string{"key": "hunter2"}}, trigger.NewUser{
		Name: "ann", Attributes: user.Attributes{{Name: "email", Value: "hunter2@example.com"}}, Validation: user.Attributes{{Name: "v", Value: "hunter2"}},
	})
	if err == nil || !strings.Contains(log.String(), "PreSignUp") || strings.Contains(log.String(), "hunter2") {
		t.Errorf("error %v, log %s", err, log.String())
	}
}

// The answer is the event, with the response filled in.
func TestAnswers(t *testing.T) {
	const (
		recognized = "none"
		garbled    = "InvalidLambdaResponseException: Unrecognizable lambda output"
		noJSON     = "InvalidLambdaResponseException: Invalid JSON"
	)
	set := func(path string, value any) func(map[string]any) {
		return func(event map[string]any) {
			outer, inner, nested := strings.Cut(path, ".")
			if nested {
				event[outer].(map[string]any)[inner] = value
			} else {
				event[outer] = value
			}
		}
	}
	remove := func(name string) func(map[string]any) {
		return func(event map[string]any) { delete(event, name) }
	}
	for name, test := range map[string]struct {
		change func(map[string]any)
		want   string
	}{
		"as it was":                       {func(map[string]any) {}, recognized},
		"a change of the request":         {set("request.userAttributes", nil), recognized},
		"an unknown member of response":   {set("response.answer", 42), recognized},
		"a flag":                          {set("response.autoConfirmUser", true), recognized},
		"a flag that is null":             {set("response.autoConfirmUser", nil), recognized},
		"a flag that is text":             {set("response.autoConfirmUser", "true"), garbled},
		"a flag that is a number":         {set("response.autoVerifyEmail", 1), garbled},
		"an unknown member":               {set("answer", 42), garbled},
		"no response":                     {remove("response"), garbled},
		"a response that is null":         {set("response", nil), garbled},
		"a response that is a list":       {set("response", []string{}), garbled},
		"no request":                      {remove("request"), garbled},
		"no caller context":               {remove("callerContext"), garbled},
		"no version":                      {remove("version"), garbled},
		"another version":                 {set("version", "2"), garbled},
		"a version that is a number":      {set("version", 1), garbled},
		"another region":                  {set("region", "eu-test-2"), garbled},
		"another pool":                    {set("userPoolId", "eu-test-1_other"), garbled},
		"another source":                  {set("triggerSource", "PreSignUp_AdminCreateUser"), garbled},
		"no user name":                    {remove("userName"), garbled},
		"another user name":               {set("userName", "eve"), "InvalidLambdaResponseException: Invalid user name. User name in Lambda mismatches the actual username."},
		"no user name and another source": {func(e map[string]any) { remove("userName")(e); set("triggerSource", "")(e) }, garbled},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newCaller(answering(test.change)).PreSignUp(t.Context(), trigger.Occasion{Pool: here}, trigger.NewUser{Name: "ann"})
			wantFault(t, err, test.want)
		})
	}
	for text, want := range map[string]string{
		"": noJSON, " ": noJSON, "null": noJSON, " null\n": noJSON, "{": noJSON, "{} {}": noJSON, "<html>": noJSON,
		"{}": garbled, "[]": garbled, `"done"`: garbled, "42": garbled, "true": garbled, `{"response":{}}`: garbled,
	} {
		_, err := newCaller(function(func(context.Context, map[string]any) (trigger.Result, error) {
			return trigger.Result{Payload: []byte(text)}, nil
		})).PreSignUp(t.Context(), trigger.Occasion{Pool: here}, trigger.NewUser{Name: "ann"})
		wantFault(t, err, want)
	}
}

// What PreSignUp decides counts for people who sign up, not for administrators.
func TestAdmission(t *testing.T) {
	f := answering(func(event map[string]any) {
		event["response"] = map[string]any{"autoConfirmUser": true, "autoVerifyEmail": true, "autoVerifyPhone": true}
	})
	for byAdmin, want := range map[bool]user.Admission{false: {Confirm: true, VerifyEmail: true, VerifyPhone: true}, true: {}} {
		got, err := newCaller(f).PreSignUp(t.Context(), trigger.Occasion{Pool: here}, trigger.NewUser{Name: "ann", ByAdmin: byAdmin})
		if err != nil || got != want {
			t.Errorf("by an administrator %v: %+v, %v", byAdmin, got, err)
		}
	}
}

// A pool without a trigger calls nothing.
func TestNoTrigger(t *testing.T) {
	c := newCaller(function(func(context.Context, map[string]any) (trigger.Result, error) { panic("called") }))
	o := trigger.Occasion{Pool: &pool.Pool{ID: here.ID}}
	admission, err1 := c.PreSignUp(t.Context(), o, trigger.NewUser{})
	texts, err2 := c.CustomMessage(t.Context(), o, notify.SignUp, ann)
	if err := errors.Join(err1, err2, c.PostConfirmation(t.Context(), o, trigger.ConfirmSignUp, ann)); err != nil || admission != (user.Admission{}) || texts != (notify.Texts{}) {
		t.Errorf("%v, %v, %v", admission, texts, err)
	}
}

// Texts that could not be sent leave those of the pool in place.
func TestUsableTexts(t *testing.T) {
	long := func(n int) string { return "{####}" + strings.Repeat("é", n-6) }
	for name, test := range map[string]struct {
		kind                 notify.Kind
		subject, email, text any
		want                 notify.Texts
	}{
		"all":                        {notify.SignUp, "S", "E {####}", "T {####}", notify.Texts{EmailSubject: "S", EmailBody: "E {####}", SMSBody: "T {####}"}},
		"none":                       {notify.SignUp, nil, nil, nil, notify.Texts{}},
		"empty":                      {notify.SignUp, "", "", "", notify.Texts{}},
		"no place for the code":      {notify.SignUp, "S", "E 123", "T", notify.Texts{EmailSubject: "S"}},
		"an invitation":              {notify.Invitation, "S", "{username} {####}", "{####}", notify.Texts{EmailSubject: "S", EmailBody: "{username} {####}"}},
		"as long as they may be":     {notify.SignUp, strings.Repeat("é", 140), long(20_000), long(140), notify.Texts{EmailSubject: strings.Repeat("é", 140), EmailBody: long(20_000), SMSBody: long(140)}},
		"longer":                     {notify.SignUp, strings.Repeat("é", 141), long(20_001), long(141), notify.Texts{}},
		"a subject of two lines":     {notify.SignUp, "S\r\nBcc: eve@example.com", nil, nil, notify.Texts{}},
		"a body of two lines is one": {notify.SignUp, nil, "Hi\n{####}", nil, notify.Texts{EmailBody: "Hi\n{####}"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := message(t.Context(), answering(func(event map[string]any) {
				event["response"] = map[string]any{"emailSubject": test.subject, "emailMessage": test.email, "smsMessage": test.text}
			}), test.kind)
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestSDKVersion(t *testing.T) {
	for agent, want := range map[string]string{
		"":                                "aws-sdk-unknown-unknown",
		"Boto3/1.40.1 md/Botocore#1.40.1": "aws-sdk-unknown-unknown",
		"aws-sdk-js/2.1639.0 promise":     "aws-sdk-js-2.1639.0",
		"m/E aws-sdk-go-v2/1.47.7 ua/2.1 os/linux": "aws-sdk-go-v2-1.47.7",
		"aws-sdk-java/v2.30.1":                     "aws-sdk-java-2.30.1",
		"aws-sdk-js/\"x\r\n":                       "aws-sdk-unknown-unknown",
	} {
		if got := trigger.SDKVersion(agent); got != want {
			t.Errorf("%q: %s, want %s", agent, got, want)
		}
	}
	_, err := message(caller.With(t.Context(), caller.Caller{UserAgent: "aws-sdk-js/2.1"}), answering(func(event map[string]any) {
		if got := event["callerContext"].(map[string]any)["awsSdkVersion"]; got != "aws-sdk-js-2.1" {
			t.Errorf("the event says %v", got)
		}
	}), notify.SignUp)
	wantFault(t, err, "none")
}

// FuzzAnswer looks for an answer that is taken although it is not the event that
// was sent.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{}`))
	f.Add([]byte(`null`))
	f.Add([]byte(`{"version":"1","region":"eu-test-1","userPoolId":"eu-test-1_abcdefghi","userName":"ann","callerContext":{},"triggerSource":"PreSignUp_SignUp","request":{},"response":{"autoConfirmUser":true}}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		_, err := newCaller(function(func(context.Context, map[string]any) (trigger.Result, error) {
			return trigger.Result{Payload: payload}, nil
		})).PreSignUp(t.Context(), trigger.Occasion{Pool: here}, trigger.NewUser{Name: "ann"})
		if err != nil {
			return
		}
		var got struct{ Version, Region, UserPoolID, UserName, TriggerSource string }
		if err := json.Unmarshal(payload, &got); err != nil || got.UserName != "ann" || got.UserPoolID != string(here.ID) || got.TriggerSource != "PreSignUp_SignUp" {
			t.Errorf("taken: %s (%v)", payload, err)
		}
	})
}
