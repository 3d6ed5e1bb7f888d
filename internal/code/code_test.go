package code_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/caller"
	"poolhouse.dev/internal/code"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/outbox"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore/sqlite"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

const (
	annSub user.Sub = "34c84488-e0e1-70ae-d2ee-991ad1a898c8"
	bobSub user.Sub = "34c84488-e0e1-70ae-d2ee-991ad1a898c9"
)

var newVault = sync.OnceValue(func() *vault.Vault {
	master := vault.NewMasterKey()
	sealed, err := vault.NewSealedKeyset(context.Background(), master)
	if err != nil {
		panic(err)
	}
	v, err := vault.Open(context.Background(), master, sealed)
	if err != nil {
		panic(err)
	}
	return v
})

// driver accepts every message and keeps it.
type driver struct{ given []notify.Message }

func (d *driver) Send(_ context.Context, m notify.Message) error {
	d.given = append(d.given, m)
	return nil
}

type world struct {
	*testing.T
	store  *sqlite.Store
	driver *driver
	outbox *outbox.Outbox
	codes  *code.Codes
	now    time.Time
	pool   *pool.Pool
	ann    *user.User
	// function answers the CustomMessage trigger; events are what it was sent.
	function func(event map[string]any) (trigger.Result, error)
	events   []map[string]any
}

// Invoke makes the world a trigger.Function.
func (w *world) Invoke(_ context.Context, _ string, sent []byte) (trigger.Result, error) {
	var event map[string]any
	if err := json.Unmarshal(sent, &event); err != nil {
		return trigger.Result{}, err
	}
	w.events = append(w.events, event)
	return w.function(event)
}

func newWorld(t *testing.T) *world {
	w := &world{T: t, driver: &driver{}, now: time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)}
	s, err := sqlite.Open(t.Context(), sqlite.Config{Path: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	clock := func() time.Time { return w.now }
	w.store = s
	w.outbox = outbox.New(outbox.Config{Store: s, Vault: newVault(), Driver: w.driver, Logger: slog.New(slog.DiscardHandler), Now: clock})
	w.codes = code.New(newVault(), w.outbox, trigger.New(trigger.Config{Function: w, Logger: slog.New(slog.DiscardHandler)}), "https://id.example", clock)
	w.pool = &pool.Pool{ID: "eu-test-1_abcdefghi", Settings: pool.Settings{Schema: pool.StandardSchema(), SMS: &pool.SMSSettings{}}}
	w.ann = &user.User{PoolID: w.pool.ID, Sub: annSub, Username: "ann", Status: user.Confirmed}
	return w
}

// order asks for a code for the stored e-mail address.
func (w *world) order() code.Order {
	return code.Order{
		Pool: w.pool, User: w.ann, Current: w.read(annSub, user.PurposeVerifyEmail),
		Request: user.CodeRequest{Attribute: "email", Target: "ann@example.com"},
		Custom:  w.codes.Custom(notify.VerifyAttribute, "client", map[string]string{"greeting": "Hi"}), Life: user.VerifyLife,
	}
}

func (w *world) read(sub user.Sub, purpose user.Purpose) *user.Code {
	w.Helper()
	c := &user.Code{PoolID: w.pool.ID, Sub: sub, Purpose: purpose}
	if err := w.store.Read(w.Context(), c); err != nil {
		w.Fatal(err)
	}
	return c
}

// issue issues and delivers a code and returns its text.
func (w *world) issue(o code.Order) string {
	w.Helper()
	set := store.NewChangeSet()
	p, err := w.codes.Issue(set, o)
	if err != nil {
		w.Fatal(err)
	}
	if err := w.store.Commit(w.Context(), set); err != nil {
		w.Fatal(err)
	}
	if err := w.outbox.Deliver(w.Context(), p); err != nil {
		w.Fatal(err)
	}
	return w.driver.given[len(w.driver.given)-1].Code
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
		t.Errorf("fault %q, want %q", got, want)
	}
}

const (
	expired  = "ExpiredCodeException: Invalid code provided, please request a code again."
	mismatch = "CodeMismatchException: Invalid verification code provided, please try again."
)

func TestIssuedCode(t *testing.T) {
	w := newWorld(t)
	text := w.issue(w.order())
	if !regexp.MustCompile(`^[0-9]{6}$`).MatchString(text) {
		t.Errorf("the code is %q", text)
	}
	c := w.read(annSub, user.PurposeVerifyEmail)
	want := &user.Code{
		Stamp: c.Stamp, PoolID: w.pool.ID, Sub: annSub, Purpose: user.PurposeVerifyEmail, ID: c.ID,
		Attribute: "email", Target: "ann@example.com", Hash: c.Hash, ExpiresAt: w.now.Add(24 * time.Hour),
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("code (-want +got):\n%s", diff)
	}
	if c.ID == "" || len(c.Hash) < 32 || bytes.Contains(c.Hash, []byte(text)) {
		t.Errorf("id %q, hash %x", c.ID, c.Hash)
	}
	m := w.driver.given[0]
	wantMessage := notify.Message{
		ID: m.ID, Time: w.now, Medium: notify.Email, To: "ann@example.com", Subject: "Your verification code",
		Body: "Your verification code is " + text, Code: text, Attribute: "email", PoolID: string(w.pool.ID), Kind: notify.VerifyAttribute,
	}
	if m != wantMessage {
		t.Errorf("message to %q, subject %q, body %q", m.To, m.Subject, m.Body)
	}
}

// A code for nobody costs a code and a message like any other, calls no function of the
// pool, and not even what its message says is right.
func TestCodeForNobody(t *testing.T) {
	w := newWorld(t)
	w.pool.Settings.Triggers.CustomMessage = "arn"
	o := w.order()
	o.ForNobody = true
	text := w.issue(o)
	c, m := w.read(annSub, user.PurposeVerifyEmail), w.driver.given[0]
	if !m.ToNobody || m.To != "" || m.Body != "Your verification code is "+text || len(w.events) != 0 {
		t.Errorf("a message to %q, to nobody: %v, after %d calls", m.To, m.ToNobody, len(w.events))
	}
	if c.Target != "ann@example.com" || !c.ExpiresAt.Equal(w.now.Add(24*time.Hour)) {
		t.Errorf("the code is %+v", c)
	}
	wantFault(t, w.codes.Judge(c, text), mismatch)
}

func TestJudge(t *testing.T) {
	w := newWorld(t)
	text := w.issue(w.order())
	c := w.read(annSub, user.PurposeVerifyEmail)
	for name, test := range map[string]struct {
		text string
		at   time.Duration
		row  *user.Code
		want string
	}{
		"right":              {text, 0, c, "none"},
		"right once more":    {text, 24*time.Hour - 1, c, "none"},
		"run out":            {text, 24 * time.Hour, c, expired},
		"none outstanding":   {text, 0, w.read(bobSub, user.PurposeVerifyEmail), expired},
		"another code":       {other(text), 0, c, mismatch},
		"blank before":       {" " + text, 0, c, mismatch},
		"longer":             {text + "0", 0, c, mismatch},
		"cut":                {text[:5], 0, c, mismatch},
		"nothing":            {"", 0, c, mismatch},
		"digits of a script": {strings.Map(func(r rune) rune { return r - '0' + '\u0660' }, text), 0, c, mismatch},
	} {
		t.Run(name, func(t *testing.T) {
			start := w.now
			w.now = start.Add(test.at)
			wantFault(t, w.codes.Judge(test.row, test.text), test.want)
			w.now = start
		})
	}
}

// other returns a code that differs in its last digit.
func other(text string) string {
	return text[:5] + string('0'+(text[5]-'0'+1)%10)
}

// TestCodeProvesNothingElse changes, one at a time, everything that a code was
// made for; the row stays stored.
func TestCodeProvesNothingElse(t *testing.T) {
	w := newWorld(t)
	text := w.issue(w.order())
	for name, change := range map[string]func(c *user.Code){
		"target":           func(c *user.Code) { c.Target = "eve@example.com" },
		"spelling":         func(c *user.Code) { c.Target = "Ann@example.com" },
		"attribute":        func(c *user.Code) { c.Attribute = "phone_number" },
		"purpose":          func(c *user.Code) { c.Purpose = user.PurposeSignUp },
		"user":             func(c *user.Code) { c.Sub = bobSub },
		"pool":             func(c *user.Code) { c.PoolID = "eu-test-1_otherpool" },
		"id":               func(c *user.Code) { c.ID += "x" },
		"hash":             func(c *user.Code) { c.Hash[0] ^= 1 },
		"hash cut":         func(c *user.Code) { c.Hash = c.Hash[:8] },
		"no hash":          func(c *user.Code) { c.Hash = nil },
		"attribute moved":  func(c *user.Code) { c.Attribute, c.Target = "email=ann", "@example.com" },
		"key and id moved": func(c *user.Code) { c.Purpose, c.ID = c.Purpose+"/"+user.Purpose(c.ID[:1]), c.ID[1:] },
	} {
		t.Run(name, func(t *testing.T) {
			c := w.read(annSub, user.PurposeVerifyEmail)
			change(c)
			wantFault(t, w.codes.Judge(c, text), mismatch)
		})
	}
}

// TestHashInAnotherRow gives Bob a code row with the hash of Ann's, through the
// store.
func TestHashInAnotherRow(t *testing.T) {
	w := newWorld(t)
	text := w.issue(w.order())
	ann := w.read(annSub, user.PurposeVerifyEmail)
	bob := *ann
	bob.Stamp, bob.Sub = w.read(bobSub, user.PurposeVerifyEmail).Stamp, bobSub
	set := store.NewChangeSet()
	set.Insert(&bob)
	if err := w.store.Commit(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	wantFault(t, w.codes.Judge(w.read(bobSub, user.PurposeVerifyEmail), text), mismatch)
	wantFault(t, w.codes.Judge(w.read(annSub, user.PurposeVerifyEmail), text), "none")
}

func TestNewCodeVoidsTheOld(t *testing.T) {
	w := newWorld(t)
	o := w.order()
	o.Request.Target, o.Request.Pending = "new@example.com", true
	first := w.issue(o)
	firstRow := w.read(annSub, user.PurposeVerifyEmail)
	if !firstRow.IsPending(w.now) {
		t.Error("the pending value is not kept")
	}
	w.now = w.now.Add(time.Minute)
	second := w.issue(w.order())
	row := w.read(annSub, user.PurposeVerifyEmail)
	if row.ID == firstRow.ID || row.Version != 2 || row.Pending || !row.ExpiresAt.Equal(w.now.Add(24*time.Hour)) {
		t.Errorf("the second code's row is %+v", row)
	}
	wantFault(t, w.codes.Judge(row, second), "none")
	if first != second { // one in a million draws the same digits
		wantFault(t, w.codes.Judge(row, first), mismatch)
	}
}

// TestIssueLosesToAnotherWriter issues two codes from one reading.
func TestIssueLosesToAnotherWriter(t *testing.T) {
	for _, stored := range []bool{false, true} {
		w := newWorld(t)
		if stored {
			w.issue(w.order())
		}
		o := w.order()
		set := store.NewChangeSet()
		if _, err := w.codes.Issue(set, o); err != nil {
			t.Fatal(err)
		}
		w.issue(o)
		if err := w.store.Commit(t.Context(), set); err == nil || !strings.Contains(err.Error(), store.ErrConflict.Error()) {
			t.Errorf("stored before %v: the slower one got %v", stored, err)
		}
	}
}

func TestIssueRefuses(t *testing.T) {
	hook := &pool.VersionedHook{ARN: "arn:aws:lambda:eu-test-1:1:function:f", Version: "V1_0"}
	for name, test := range map[string]struct {
		change func(s *pool.Settings)
		attr   string
		want   string // begins with
	}{
		"no SMS configuration, but a sender":            {func(s *pool.Settings) { s.SMS, s.Triggers.CustomSMSSender = nil, hook }, "phone_number", ""},
		"no SMS configuration, and a sender for e-mail": {func(s *pool.Settings) { s.SMS, s.Triggers.CustomEmailSender = nil, hook }, "phone_number", "CodeDeliveryFailureException: Invalid phone number provided/Unable to send the message. User pool does not have SMS configuration to send messages."},
		"no SMS configuration":                          {func(s *pool.Settings) { s.SMS = nil }, "phone_number", "CodeDeliveryFailureException: Invalid phone number provided/Unable to send the message. User pool does not have SMS configuration to send messages."},
		"no SMS configuration, by mail":                 {func(s *pool.Settings) { s.SMS = nil }, "email", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			test.change(&w.pool.Settings)
			o := w.order()
			o.Request.Attribute = test.attr
			set := store.NewChangeSet()
			_, err := w.codes.Issue(set, o)
			if test.want == "" {
				wantFault(t, err, "none")
				return
			}
			if f := fault.As(err); f == nil || !strings.HasPrefix(f.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
			if !set.Empty() {
				t.Error("something is to be stored")
			}
		})
	}
}

// TestSender issues a code in a pool whose own function sends e-mail: the message
// carries all that the function is told, and nobody is asked for its text.
func TestSender(t *testing.T) {
	w := newWorld(t)
	w.pool.Settings.Triggers = pool.Triggers{
		CustomMessage:     "arn:aws:lambda:eu-test-1:1:function:m",
		CustomEmailSender: &pool.VersionedHook{ARN: "arn:aws:lambda:eu-test-1:1:function:f", Version: "V1_0"},
		KMSKeyID:          "arn:aws:kms:eu-test-1:1:key/k",
	}
	o := w.order()
	o.Request.Target = "new@example.com"
	ctx := caller.With(t.Context(), caller.Caller{UserAgent: "aws-sdk-js/2.1.0"})
	var pending *outbox.Pending
	err := o.Custom.Run(ctx, func() (err error) {
		set := store.NewChangeSet()
		if pending, err = w.codes.Issue(set, o); err != nil {
			return err
		}
		return w.store.Commit(ctx, set)
	})
	if err == nil {
		err = w.outbox.Deliver(ctx, pending)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.outbox.Wait()
	want := &notify.Sender{
		Function: "arn:aws:lambda:eu-test-1:1:function:f", Key: "arn:aws:kms:eu-test-1:1:key/k", Region: w.pool.Region,
		UserName: w.ann.Username, ClientID: "client", SDKVersion: "aws-sdk-js-2.1.0",
		Attributes: map[string]string{"sub": string(w.ann.Sub), "email": "new@example.com", "cognito:user_status": string(w.ann.Status)},
	}
	got := w.driver.given[0].Sender
	if diff := cmp.Diff(want, got, cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".ClientMetadata" }, cmp.Ignore())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(w.events) != 0 {
		t.Errorf("a trigger was asked for a text: %v", w.events)
	}
}

// TestCustomTexts issues codes in a pool whose trigger writes the messages: the
// trigger is called once for a message, before anything is committed, however
// often the commit is tried.
func TestCustomTexts(t *testing.T) {
	w := newWorld(t)
	w.pool.Settings.Triggers.CustomMessage = "arn:aws:lambda:eu-test-1:1:function:f"
	w.function = func(event map[string]any) (trigger.Result, error) {
		event["response"] = map[string]any{"emailSubject": "Hello", "emailMessage": "Use {####}", "smsMessage": "no place"}
		payload, err := json.Marshal(event)
		return trigger.Result{Payload: payload}, err
	}
	o := w.order()
	var pending *outbox.Pending
	tries := 0
	err := o.Custom.Run(t.Context(), func() error {
		return store.Retry(t.Context(), func(ctx context.Context) (err error) {
			set := store.NewChangeSet()
			if pending, err = w.codes.Issue(set, o); err != nil {
				if !set.Empty() {
					t.Error("something is to be stored")
				}
				return err
			}
			if tries++; tries < 3 {
				return store.ErrConflict
			}
			return w.store.Commit(ctx, set)
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.outbox.Deliver(t.Context(), pending); err != nil {
		t.Fatal(err)
	}
	m := w.driver.given[0]
	if m.Subject != "Hello" || m.Body != "Use "+m.Code || len(w.events) != 1 {
		t.Errorf("subject %q, body %q, %d calls", m.Subject, m.Body, len(w.events))
	}
	e := w.events[0]
	if e["triggerSource"] != "CustomMessage_VerifyUserAttribute" || e["callerContext"].(map[string]any)["clientId"] != "client" {
		t.Errorf("event %v", e)
	}
	// Its failure leaves everything as it was.
	w.function = func(map[string]any) (trigger.Result, error) {
		return trigger.Result{Payload: []byte(`{"errorMessage":"not you"}`), Failed: true}, nil
	}
	o = w.order()
	err = o.Custom.Run(t.Context(), func() error {
		_, err := w.codes.Issue(store.NewChangeSet(), o)
		return err
	})
	wantFault(t, err, "UserLambdaValidationException: CustomMessage failed with error not you.")
	if failed := (*code.TriggerError)(nil); !errors.As(err, &failed) {
		t.Errorf("the error is a %T", err)
	}
}
