package threats_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/api/threats"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/guard"
	"poolhouse.dev/internal/paging"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store/faulty"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

// world is a pool with threat protection, and the operations on it.
type world struct {
	*apitest.World
	ops *threats.API
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := apitest.Embedded(t, func(s *pool.Settings) { s.Tier, s.AddOns = pool.TierPlus, &pool.AddOns{SecurityMode: "AUDIT"} })
	return &world{w, threats.New(threats.Deps{
		Store: w.Store, Directory: w.Directory, Lists: paging.Lists{Store: w.Store, Vault: w.Vault}, Vault: w.Vault, Now: w.Now,
		AllowPool: func(context.Context, string, string) error { return nil }, AllowUser: apitest.Unlimited,
	})}
}

var poolID = wire.Ptr(string(apitest.PoolID))

// event stores an event of a user, so many minutes after the world began.
func (w *world) event(u *user.User, id string, minutes int, change func(*user.AuthEvent)) {
	e := &user.AuthEvent{
		PoolID: u.PoolID, Sub: u.Sub, ID: id, Type: user.EventSignIn, Response: user.EventPass,
		CreatedAt: w.Now().Add(time.Duration(minutes) * time.Minute), ExpiresAt: w.Now().AddDate(2, 0, 0),
	}
	if change != nil {
		change(e)
	}
	w.Insert(e)
}

func (w *world) list(t *testing.T, name string, most int32, token *string) (ids []string, next *string) {
	t.Helper()
	out, err := w.ops.AdminListUserAuthEvents(t.Context(), &wire.AdminListUserAuthEventsRequest{UserPoolId: poolID, Username: &name, MaxResults: &most, NextToken: token})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range out.AuthEvents {
		ids = append(ids, *e.EventId)
	}
	return ids, out.NextToken
}

func wantFault(t *testing.T, err error, want string) {
	t.Helper()
	if f := fault.As(err); f == nil || f.Error() != want {
		t.Errorf("the answer is %v, want %s", err, want)
	}
}

func TestEventsComeNewestFirst(t *testing.T) {
	w := newWorld(t)
	ann, bob := w.AddUser("ann", "", nil), w.AddUser("bob", "", nil)
	for i, id := range []string{"c", "a", "d", "b"} { // the last one is the newest
		w.event(ann, id, i, nil)
	}
	w.event(ann, "e", 3, nil) // at the time of b
	w.event(bob, "other", 9, nil)
	var pages [][]string
	var token *string
	for {
		ids, next := w.list(t, "ann", 2, token)
		pages = append(pages, ids)
		if token = next; token == nil {
			break
		}
		if len(pages) == 1 {
			_, err := w.ops.AdminListUserAuthEvents(t.Context(), &wire.AdminListUserAuthEventsRequest{UserPoolId: poolID, Username: wire.Ptr("bob"), NextToken: token})
			wantFault(t, err, "InvalidParameterException: Invalid pagination token given.")
		}
	}
	if diff := cmp.Diff([][]string{{"b", "e"}, {"d", "a"}, {"c"}}, pages); diff != "" {
		t.Errorf("the pages (-want +got):\n%s", diff)
	}
	for i := range 70 {
		w.event(bob, fmt.Sprintf("more-%02d", i), 10+i, nil)
	}
	if ids, next := w.list(t, "bob", 0, nil); len(ids) != 60 || next == nil || ids[0] != "more-69" {
		t.Errorf("a page has %d events", len(ids))
	}
	_, err := w.ops.AdminListUserAuthEvents(t.Context(), &wire.AdminListUserAuthEventsRequest{UserPoolId: poolID, Username: wire.Ptr("cyd")})
	wantFault(t, err, "UserNotFoundException: User does not exist.")
	_, err = w.ops.AdminListUserAuthEvents(t.Context(), &wire.AdminListUserAuthEventsRequest{UserPoolId: poolID, Username: wire.Ptr("ann"), NextToken: wire.Ptr("x")})
	wantFault(t, err, "InvalidParameterException: Invalid pagination token given.")
}

func TestMembersOfAnEvent(t *testing.T) {
	w := newWorld(t)
	ann := w.AddUser("ann", "", nil)
	w.event(ann, "full", 1, func(e *user.AuthEvent) {
		e.Response = user.EventFail
		e.Risk = user.AuthRisk{Decision: "Block", Level: "High", Compromised: true}
		e.Challenges = []user.AuthChallenge{{Name: user.EventPassword, Response: user.EventSuccess}, {Name: user.EventMFA, Response: user.EventFailure}}
		e.Context = user.AuthContext{IP: "192.0.2.1", Device: "secret id", DeviceName: "Firefox, Linux", Timezone: "Europe/Rome", City: "Rome", Country: "Italy", Position: &user.Position{Latitude: 1}}
		e.Feedback = &user.AuthFeedback{Value: user.FeedbackInvalid, Provider: "User", At: w.Now()}
	})
	w.event(ann, "bare", 0, nil)
	out, err := w.ops.AdminListUserAuthEvents(t.Context(), &wire.AdminListUserAuthEventsRequest{UserPoolId: poolID, Username: wire.Ptr("ann")})
	if err != nil {
		t.Fatal(err)
	}
	want := []wire.AuthEventType{
		{
			EventId: wire.Ptr("full"), EventType: wire.Ptr(wire.EventTypeSignIn), CreationDate: wire.TimestampOf(w.Now().Add(time.Minute)), EventResponse: wire.Ptr(wire.EventResponseTypeFail),
			EventRisk: &wire.EventRiskType{RiskDecision: wire.Ptr(wire.RiskDecisionTypeBlock), RiskLevel: wire.Ptr(wire.RiskLevelTypeHigh), CompromisedCredentialsDetected: wire.Ptr(true)},
			ChallengeResponses: []wire.ChallengeResponseType{
				{ChallengeName: wire.Ptr(wire.ChallengeNamePassword), ChallengeResponse: wire.Ptr(wire.ChallengeResponseSuccess)},
				{ChallengeName: wire.Ptr(wire.ChallengeNameMfa), ChallengeResponse: wire.Ptr(wire.ChallengeResponseFailure)},
			},
			EventContextData: &wire.EventContextDataType{IpAddress: wire.Ptr("192.0.2.1"), DeviceName: wire.Ptr("Firefox, Linux"), Timezone: wire.Ptr("Europe/Rome"), City: wire.Ptr("Rome"), Country: wire.Ptr("Italy")},
			EventFeedback:    &wire.EventFeedbackType{FeedbackValue: wire.Ptr(wire.FeedbackValueTypeInvalid), Provider: wire.Ptr("User"), FeedbackDate: wire.TimestampOf(w.Now())},
		},
		{
			EventId: wire.Ptr("bare"), EventType: wire.Ptr(wire.EventTypeSignIn), CreationDate: wire.TimestampOf(w.Now()), EventResponse: wire.Ptr(wire.EventResponseTypePass),
			EventRisk: &wire.EventRiskType{CompromisedCredentialsDetected: wire.Ptr(false)}, ChallengeResponses: []wire.ChallengeResponseType{}, EventContextData: &wire.EventContextDataType{},
		},
	}
	if diff := cmp.Diff(want, out.AuthEvents, cmp.Comparer(func(a, b wire.Timestamp) bool { return fmt.Sprint(a) == fmt.Sprint(b) })); diff != "" {
		t.Errorf("the events (-want +got):\n%s", diff)
	}
}

// What is said of an event stays with it, whoever says it and however often.
func TestFeedback(t *testing.T) {
	w := newWorld(t)
	ann, bob := w.AddUser("ann", "", nil), w.AddUser("bob", "", nil)
	w.event(ann, "e-1", 0, nil)
	w.event(bob, "e-2", 0, nil)
	seal := func(change func(*guard.Feedback)) string {
		f := guard.Feedback{PoolID: apitest.PoolID, Sub: ann.Sub, EventID: "e-1", Value: user.FeedbackValid, ExpiresAt: w.Now().Add(time.Hour)}
		if change != nil {
			change(&f)
		}
		text, err := f.Token(w.Vault)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	say := func(name, event, token string, value wire.FeedbackValueType) error {
		_, err := w.ops.UpdateAuthEventFeedback(t.Context(), &wire.UpdateAuthEventFeedbackRequest{UserPoolId: poolID, Username: &name, EventId: &event, FeedbackToken: &token, FeedbackValue: &value})
		return err
	}
	admin := func(name, event string, value wire.FeedbackValueType) error {
		_, err := w.ops.AdminUpdateAuthEventFeedback(t.Context(), &wire.AdminUpdateAuthEventFeedbackRequest{UserPoolId: poolID, Username: &name, EventId: &event, FeedbackValue: &value})
		return err
	}
	said := func(u *user.User, id string) *user.AuthFeedback {
		return apitest.Read(w.World, &user.AuthEvent{PoolID: u.PoolID, Sub: u.Sub, ID: id}).Feedback
	}
	const refused = "NotAuthorizedException: Invalid feedback token."
	for name, err := range map[string]error{
		"no token":        say("ann", "e-1", "x", user.FeedbackValid),
		"another value":   say("ann", "e-1", seal(nil), user.FeedbackInvalid),
		"another event":   say("ann", "e-1", seal(func(f *guard.Feedback) { f.EventID = "e-2" }), user.FeedbackValid),
		"another user":    say("bob", "e-2", seal(func(f *guard.Feedback) { f.EventID = "e-2" }), user.FeedbackValid),
		"another pool":    say("ann", "e-1", seal(func(f *guard.Feedback) { f.PoolID = apitest.OtherID }), user.FeedbackValid),
		"run out":         say("ann", "e-1", seal(func(f *guard.Feedback) { f.ExpiresAt = w.Now() }), user.FeedbackValid),
		"nobody's":        say("nobody", "e-1", "x", user.FeedbackValid),
		"link, no token":  w.ops.FeedbackByLink(t.Context(), apitest.PoolID, user.FeedbackValid, "x"),
		"link, no value":  w.ops.FeedbackByLink(t.Context(), apitest.PoolID, "Maybe", seal(func(f *guard.Feedback) { f.Value = "" })),
		"link, gone":      w.ops.FeedbackByLink(t.Context(), apitest.PoolID, user.FeedbackValid, seal(func(f *guard.Feedback) { f.EventID = "e-3" })),
		"link, too late":  w.ops.FeedbackByLink(t.Context(), apitest.PoolID, user.FeedbackValid, seal(func(f *guard.Feedback) { f.ExpiresAt = w.Now() })),
		"link, turned on": w.ops.FeedbackByLink(t.Context(), apitest.PoolID, user.FeedbackInvalid, seal(nil)),
	} {
		t.Run(name, func(t *testing.T) { wantFault(t, err, refused) })
	}
	if said(ann, "e-1") != nil || said(bob, "e-2") != nil {
		t.Error("a refused feedback is noted")
	}
	wantFault(t, say("nobody", "e-1", seal(nil), user.FeedbackValid), "UserNotFoundException: User does not exist.")
	wantFault(t, say("ann", "e-3", seal(func(f *guard.Feedback) { f.EventID = "e-3" }), user.FeedbackValid), "ResourceNotFoundException: Event not found.")
	wantFault(t, admin("ann", "e-2", user.FeedbackValid), "ResourceNotFoundException: Event not found.")
	for _, step := range []struct {
		do   func() error
		want user.AuthFeedback
	}{
		{func() error { return say("ann", "e-1", seal(nil), user.FeedbackValid) }, user.AuthFeedback{Value: "Valid", Provider: "User"}},
		{func() error { return admin("ann", "e-1", user.FeedbackInvalid) }, user.AuthFeedback{Value: "Invalid", Provider: "Admin"}},
		{func() error {
			return say("ann", "e-1", seal(func(f *guard.Feedback) { f.Value = "" }), user.FeedbackValid)
		}, user.AuthFeedback{Value: "Valid", Provider: "User"}},
		{func() error {
			return w.ops.FeedbackByLink(t.Context(), apitest.PoolID, user.FeedbackInvalid, seal(func(f *guard.Feedback) { f.Value = user.FeedbackInvalid }))
		}, user.AuthFeedback{Value: "Invalid", Provider: "User"}},
	} {
		w.Forward(time.Minute)
		w.FailOnce(user.TableAuthEvents, faulty.Conflict)
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		step.want.At = w.Now()
		if diff := cmp.Diff(&step.want, said(ann, "e-1")); diff != "" {
			t.Errorf("the feedback (-want +got):\n%s", diff)
		}
	}
}

// Where threat protection is off every operation says so, before it says anything
// about clients and users.
func TestAddOnsAreOff(t *testing.T) {
	w := newWorld(t)
	const off = "UserPoolAddOnNotEnabledException: User pool add-ons are not enabled for this user pool."
	other, nobody, event := wire.Ptr(string(apitest.OtherID)), wire.Ptr("nobody"), wire.Ptr("e")
	check := func(t *testing.T, want string) {
		_, err := w.ops.SetRiskConfiguration(t.Context(), &wire.SetRiskConfigurationRequest{UserPoolId: other, ClientId: nobody})
		wantFault(t, err, want)
		_, err = w.ops.DescribeRiskConfiguration(t.Context(), &wire.DescribeRiskConfigurationRequest{UserPoolId: other, ClientId: nobody})
		wantFault(t, err, want)
		_, err = w.ops.AdminListUserAuthEvents(t.Context(), &wire.AdminListUserAuthEventsRequest{UserPoolId: other, Username: nobody})
		wantFault(t, err, want)
		_, err = w.ops.AdminUpdateAuthEventFeedback(t.Context(), &wire.AdminUpdateAuthEventFeedbackRequest{UserPoolId: other, Username: nobody, EventId: event, FeedbackValue: wire.Ptr(wire.FeedbackValueTypeValid)})
		wantFault(t, err, want)
		_, err = w.ops.UpdateAuthEventFeedback(t.Context(), &wire.UpdateAuthEventFeedbackRequest{UserPoolId: other, Username: nobody, EventId: event, FeedbackToken: event, FeedbackValue: wire.Ptr(wire.FeedbackValueTypeValid)})
		wantFault(t, err, want)
	}
	t.Run("absent", func(t *testing.T) { check(t, off) })
	p := apitest.Read(w.World, &pool.Pool{ID: apitest.OtherID}).Clone()
	p.Settings.AddOns = &pool.AddOns{SecurityMode: "OFF", CustomAuth: "ENFORCED"}
	w.Update(p)
	t.Run("off", func(t *testing.T) { check(t, off) })
	other = wire.Ptr("eu-test-1_nothing99")
	t.Run("no pool", func(t *testing.T) {
		check(t, "ResourceNotFoundException: User pool eu-test-1_nothing99 does not exist.")
	})
}
