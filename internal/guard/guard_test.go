package guard_test

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/caller"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/guard"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/faulty"
	"poolhouse.dev/internal/threat"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

// A pool without threat protection costs nothing: no read, no row, no message.
func TestOffCostsNothing(t *testing.T) {
	for _, mode := range []string{"", "OFF"} {
		w := newWorld(t, mode, always())
		cost := w.Cost(func() {
			v := w.enter(t, away(), "e")
			w.notify(t.Context(), v, "e")
			if barred, err := w.guard.Bars(t.Context(), w.Pool, apitest.ClientID, guard.Visit{IP: netip.MustParseAddr("203.0.113.1")}); barred || err != nil {
				t.Errorf("barred: %v, %v", barred, err)
			}
			if looks, refuses, err := w.guard.Password(t.Context(), w.Pool, apitest.ClientID, pool.RiskSignUp); looks || refuses || err != nil {
				t.Errorf("passwords: %v, %v, %v", looks, refuses, err)
			}
			if diff := cmp.Diff(guard.Verdict{}, v, cmp.AllowUnexported(guard.Verdict{}), cmpopts.EquateComparable(netip.Addr{})); diff != "" {
				t.Errorf("a verdict:\n%s", diff)
			}
		})
		if cost.Store != nil {
			t.Errorf("mode %q costs %v", mode, cost.Store)
		}
	}
	var none *guard.Guard
	v, err := none.Judge(t.Context(), &pool.Pool{Settings: pool.Settings{AddOns: &pool.AddOns{SecurityMode: "ENFORCED"}}}, "c", nil, away())
	if none.Record(t.Context(), nil, nil, v, guard.Event{}) != "" || err != nil || v.Blocks() {
		t.Error("a guard that is none does something")
	}
}

func TestModes(t *testing.T) {
	for _, c := range []struct {
		all, custom     string
		others, custom1 guard.Mode
	}{
		{"AUDIT", "", guard.Audit, guard.Off}, {"ENFORCED", "AUDIT", guard.Enforced, guard.Audit},
		{"AUDIT", "ENFORCED", guard.Audit, guard.Enforced}, {"OFF", "ENFORCED", guard.Off, guard.Off},
	} {
		p := &pool.Pool{Settings: pool.Settings{AddOns: &pool.AddOns{SecurityMode: c.all, CustomAuth: c.custom}}}
		if guard.ModeOf(p, false) != c.others || guard.ModeOf(p, true) != c.custom1 {
			t.Errorf("%s and %q are %v and %v", c.all, c.custom, guard.ModeOf(p, false), guard.ModeOf(p, true))
		}
	}
	if guard.ModeOf(&pool.Pool{}, false) != guard.Off {
		t.Error("nothing is watched")
	}
}

// The first sign-in passes, the same again does, and one from far away is blocked.
// AUDIT makes the same of it and lets it pass.
func TestJudge(t *testing.T) {
	for _, c := range []struct {
		mode     string
		response threat.Response
	}{
		{"ENFORCED", threat.Response{Action: pool.RiskBlock, Notify: true}}, {"AUDIT", threat.Response{Action: pool.RiskNoAction}},
	} {
		t.Run(c.mode, func(t *testing.T) {
			w := newWorld(t, c.mode, always())
			for _, id := range []string{"first", "second"} {
				if v := w.enter(t, home(), id); v.Decision != threat.NoRisk || v.Blocks() {
					t.Errorf("the %s sign-in: %+v", id, v.Assessment)
				}
				w.Forward(time.Hour)
			}
			v := w.judge(t, away())
			if v.Decision != threat.Block || v.Level != threat.High || v.Response != c.response {
				t.Errorf("one from afar: %+v", v.Assessment)
			}
			barred := w.judge(t, guard.Visit{IP: netip.MustParseAddr("203.0.113.1")})
			if barred.Decision != threat.Block || barred.Blocks() != (c.mode == "ENFORCED") {
				t.Errorf("one from a blocked network: %+v", barred.Assessment)
			}
			weak := home()
			weak.Compromised = true
			if v := w.judge(t, weak); !v.CompromisedCredentials || v.Response.ResetPassword != (c.mode == "ENFORCED") {
				t.Errorf("one with a known password: %+v", v.Assessment)
			}
			for event, want := range map[string]bool{pool.RiskSignUp: c.mode == "ENFORCED", pool.RiskPasswordChange: c.mode == "ENFORCED"} {
				if looks, refuses, err := w.guard.Password(t.Context(), w.Pool, apitest.ClientID, event); !looks || refuses != want || err != nil {
					t.Errorf("passwords at %s: %v, %v, %v", event, looks, refuses, err)
				}
			}
			for ip, want := range map[string]bool{"203.0.113.9": c.mode == "ENFORCED", "192.0.2.1": false} {
				if got, err := w.guard.Bars(t.Context(), w.Pool, apitest.ClientID, guard.Visit{IP: netip.MustParseAddr(ip)}); got != want || err != nil {
					t.Errorf("%s is barred: %v, %v", ip, got, err)
				}
			}
		})
	}
	if f := fault.As(guard.Refused()); f.Code != "NotAuthorizedException" {
		t.Errorf("a blocked sign-in is %v", f)
	}
}

// The configuration of a client takes the place of the pool's, as a whole.
func TestClientsOwnConfiguration(t *testing.T) {
	w := newWorld(t, "ENFORCED", always())
	w.configure(apitest.ClientID, &pool.RiskSettings{Exceptions: &pool.RiskExceptions{Skipped: []string{"192.0.2.0/24"}}})
	w.enter(t, home(), "first")
	w.Forward(time.Minute)
	if v := w.judge(t, away()); v.Level != threat.High || v.Blocks() {
		t.Errorf("the client's own: %+v", v.Assessment)
	}
	v, err := w.guard.Judge(t.Context(), w.Pool, "another", w.ann, away())
	if err != nil || !v.Blocks() {
		t.Errorf("another client: %+v, %v", v.Assessment, err)
	}
}

func TestJudgeWithoutAStore(t *testing.T) {
	w := newWorld(t, "ENFORCED", always())
	blind := guard.New(guard.Deps{
		Store: faulty.New(faulty.Config{Inner: w.Rows, List: func(int, store.Query) faulty.Outcome { return faulty.Unavailable }}), Now: w.Now,
	})
	if _, err := blind.Judge(t.Context(), w.Pool, apitest.ClientID, w.ann, home()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("without the history: %v", err)
	}
	blind = guard.New(guard.Deps{
		Store: faulty.New(faulty.Config{Inner: w.Rows, Read: func(int, []row.Row) faulty.Outcome { return faulty.Unavailable }}), Now: w.Now,
	})
	if _, err := blind.Judge(t.Context(), w.Pool, apitest.ClientID, w.ann, home()); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("without the configuration: %v", err)
	}
}

// The steps of a sign-in are one event; what was said of it stays.
func TestRecord(t *testing.T) {
	w := newWorld(t, "AUDIT", nil)
	password, mfa := user.AuthChallenge{Name: user.EventPassword, Response: user.EventSuccess}, user.AuthChallenge{Name: user.EventMFA, Response: user.EventSuccess}
	began := w.Now()
	w.record(t, w.judge(t, home()), "e", user.EventInProgress, password)
	e := w.event("e")
	e.Feedback = &user.AuthFeedback{Value: user.FeedbackValid, Provider: "Admin", At: began}
	w.Update(e)
	w.Forward(time.Minute)
	w.FailOnce(user.TableAuthEvents, faulty.Conflict)
	w.record(t, w.guard.Witness(w.Pool, away()), "e", user.EventPass, mfa)
	want := &user.AuthEvent{
		PoolID: apitest.PoolID, Sub: w.ann.Sub, ID: "e", Type: user.EventSignIn, ClientID: apitest.ClientID, Response: user.EventPass,
		Risk: user.AuthRisk{Decision: "NoRisk"}, Challenges: []user.AuthChallenge{password, mfa},
		Context: user.AuthContext{
			IP: "192.0.2.1", Device: "phone", DeviceName: "Firefox, Android", Timezone: "Europe/Rome", City: "Rome", Country: "Italy",
			Position: &user.Position{Latitude: 41.9, Longitude: 12.5},
		},
		Feedback: e.Feedback, CreatedAt: began, ExpiresAt: began.AddDate(2, 0, 0),
	}
	if diff := cmp.Diff(want, w.event("e"), cmpopts.IgnoreTypes(row.Stamp{})); diff != "" {
		t.Errorf("the event (-want +got):\n%s", diff)
	}
	id := w.guard.Record(t.Context(), w.Pool, w.ann, w.guard.Witness(w.Pool, guard.Visit{}), guard.Event{Type: user.EventSignUp, Response: user.EventPass})
	if got := w.event(id); len(id) != 36 || got.Type != user.EventSignUp || got.Context.IP != "" {
		t.Errorf("event %q is %+v", id, got)
	}
}

// Nothing that goes wrong with an event reaches whoever signs in, and a deleted user
// gets no history.
func TestRecordNeverFails(t *testing.T) {
	w := newWorld(t, "AUDIT", nil)
	v := w.judge(t, home())
	w.Fail(func(*store.ChangeSet) faulty.Outcome { return faulty.Unavailable })
	w.record(t, v, "lost", user.EventPass)
	w.Fail(nil)
	if w.event("lost").Stored() || !strings.Contains(w.log.String(), "event=lost") {
		t.Errorf("the log says %s", w.log)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	w.guard.Record(ended, w.Pool, w.ann, v, guard.Event{ID: "gone", Type: user.EventSignIn, Response: user.EventFail})
	if !w.event("gone").Stored() {
		t.Error("the event of a client that went away is missing")
	}
	w.Remove(w.ann)
	w.record(t, v, "late", user.EventPass)
	if w.event("late").Stored() {
		t.Error("a deleted user has an event")
	}
}

func TestVisitOf(t *testing.T) {
	ctx := caller.With(t.Context(), caller.Caller{SourceIP: "192.0.2.1", UserAgent: "App/1 (iPhone)"})
	given := &wire.UserContextDataType{IpAddress: wire.Ptr("198.51.100.1"), EncodedData: wire.Ptr("x")}
	public := &pool.Client{Settings: pool.ClientSettings{PropagateContext: true}}
	silent := &pool.Client{SealedSecret: []byte("s")}
	trusted := &pool.Client{SealedSecret: []byte("s"), Settings: pool.ClientSettings{PropagateContext: true}}
	for _, c := range []struct {
		name   string
		client *pool.Client
		data   *wire.UserContextDataType
		ip     string
	}{
		{"nothing given", trusted, nil, "192.0.2.1"}, {"a public client", public, given, "192.0.2.1"}, {"not allowed", silent, given, "192.0.2.1"},
		{"passed on", trusted, given, "198.51.100.1"}, {"no address", trusted, &wire.UserContextDataType{IpAddress: wire.Ptr("here")}, "192.0.2.1"},
	} {
		v := guard.VisitOf(ctx, c.client, c.data)
		if v.IP.String() != c.ip || v.Device.Name != "App, iOS" {
			t.Errorf("%s: %+v", c.name, v)
		}
	}
	if v := guard.VisitOfAdmin(nil); v != (guard.Visit{}) {
		t.Errorf("an administrator's own connection: %+v", v)
	}
	v := guard.VisitOfAdmin(&wire.ContextDataType{IpAddress: wire.Ptr("::ffff:192.0.2.9"), HttpHeaders: []wire.HttpHeader{{HeaderName: wire.Ptr("user-agent"), HeaderValue: wire.Ptr("Firefox/1 (Windows)")}}})
	if v.IP.String() != "192.0.2.9" || v.Device.Name != "Firefox, Windows" {
		t.Errorf("an administrator tells %+v", v)
	}
}
