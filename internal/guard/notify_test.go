package guard_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/guard"
	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/faulty"
	"poolhouse.dev/internal/user"
)

const identity = "arn:aws:ses:eu-west-1:123456789012:identity/help@example.com"

// risky is a verdict of a high risk in a pool with a configuration.
func risky(t *testing.T, settings *pool.RiskSettings) (*world, guard.Verdict) {
	t.Helper()
	w := newWorld(t, "ENFORCED", settings)
	w.enter(t, home(), "first")
	w.Forward(time.Hour)
	v := w.judge(t, away())
	w.record(t, v, "e-7", user.EventFail)
	return w, v
}

// With templates of the pool's own the notice is in their words and leaves from their
// identity; what a client says of itself cannot become markup.
func TestNotice(t *testing.T) {
	settings := always()
	settings.Takeover.Notify = &pool.RiskNotices{
		From: "Help <help@example.com>", ReplyTo: "re@example.com", SourceARN: identity,
		Block: &pool.RiskNotice{Subject: "Blocked {city}", HTML: "{username}|{ip-address}|{city}|{country}|{login-time}|{device-name}|{event-id}|{one-click-link-valid}|{one-click-link-invalid}|{feedback-token}", Text: "not this"},
	}
	w, v := risky(t, settings)
	w.notify(t.Context(), v, "e-7")
	sent := w.Messages.To("ann@example.com")
	if len(sent) != 1 {
		t.Fatalf("%d messages", len(sent))
	}
	m := sent[0]
	if m.Kind != notify.AccountTakeOver || m.Subject != "Blocked {city}" || m.From != "Help <help@example.com>" || m.ReplyTo != "re@example.com" {
		t.Errorf("the head: %s, %s, %s, %s", m.Kind, m.Subject, m.From, m.ReplyTo)
	}
	if diff := cmp.Diff(notify.Via{Region: "eu-west-1", OwnIdentity: true, IdentityARN: identity}, m.Via); diff != "" {
		t.Errorf("the way (-want +got):\n%s", diff)
	}
	parts := strings.Split(m.Body, "|")
	if diff := cmp.Diff([]string{"ann", "198.51.100.7", "Tokyo", "Japan", "6 May 2026 08:08:09 UTC", "&lt;b&gt;curl&lt;/b&gt;", "e-7"}, parts[:7]); diff != "" {
		t.Errorf("the words (-want +got):\n%s", diff)
	}
	opens := func(token, value string, after time.Duration) bool {
		f, ok := guard.OpenFeedback(w.Vault, token, apitest.PoolID, value, w.Now().Add(after))
		return ok && f.EventID == "e-7" && f.Sub == w.ann.Sub
	}
	for i, value := range []string{user.FeedbackValid, user.FeedbackInvalid} {
		other := []string{user.FeedbackInvalid, user.FeedbackValid}[i]
		link, err := url.Parse(strings.ReplaceAll(parts[7+i], "&amp;", "&"))
		if err != nil {
			t.Fatal(err)
		}
		q := link.Query()
		token := q.Get(guard.LinkToken)
		if link.Host != "id.example" || link.Path != guard.FeedbackPath || q.Get(guard.LinkPool) != string(apitest.PoolID) || q.Get(guard.LinkValue) != value {
			t.Errorf("the link is %s", link)
		}
		if !opens(token, value, 0) || opens(token, other, 0) || opens(token, value, guard.FeedbackLife) {
			t.Errorf("the token of %s is worth something else", value)
		}
		if !opens(parts[9], value, 0) {
			t.Errorf("the token alone does not say %s", value)
		}
	}
}

// Each thing that was done has its own template, and poolhouse's words where there is
// none.
func TestNoticesByAction(t *testing.T) {
	own := func(action string) *pool.RiskSettings {
		s := always()
		s.Takeover.High.Action = action
		s.Takeover.Notify = &pool.RiskNotices{
			SourceARN: identity, Block: &pool.RiskNotice{Subject: "b", Text: "1 < 2\n{device-name}"}, NoAction: &pool.RiskNotice{Subject: "n"}, MFA: &pool.RiskNotice{Subject: "m", HTML: "<i>m</i>"},
		}
		return s
	}
	for _, c := range []struct {
		name          string
		settings      *pool.RiskSettings
		subject, body string
	}{
		{"blocked", own(pool.RiskBlock), "b", `^1 &lt; 2<br>\n&lt;b&gt;curl&lt;/b&gt;$`},
		{"let in", own(pool.RiskNoAction), "n", `^<p>Somebody signed in to the account ann `},
		{"second factor", own(pool.RiskMFARequired), "m", `^<i>m</i>$`},
		{"second factor if there is one", own(pool.RiskMFAIfConfigured), "m", `^<i>m</i>$`},
		{"nothing configured", always(), "A sign-in to your account was blocked", `Place: Tokyo, Japan</p><p><a href="https://id.example/authEventFeedback/\?[^"]*">This was me`},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, v := risky(t, c.settings)
			w.notify(t.Context(), v, "e-7")
			sent := w.Messages.To("ann@example.com")
			if len(sent) != 1 || sent[0].Subject != c.subject || !regexp.MustCompile(c.body).MatchString(sent[0].Body) {
				t.Errorf("the messages are %q", bodies(sent))
			}
		})
	}
}

func bodies(list []notify.Message) (texts []string) {
	for _, m := range list {
		texts = append(texts, m.Subject+": "+m.Body)
	}
	return texts
}

func TestNobodyIsTold(t *testing.T) {
	silent := always()
	silent.Takeover.High.Notify = false
	for _, c := range []struct {
		name     string
		settings *pool.RiskSettings
		change   func(*world)
	}{
		{"not asked for", silent, func(*world) {}},
		{"no address", always(), func(w *world) { w.ann.Attributes = nil }},
		{"not verified", always(), func(w *world) { w.ann.Attributes.Set("email_verified", "false") }},
		{"no store", always(), func(w *world) { w.Fail(func(*store.ChangeSet) faulty.Outcome { return faulty.Unavailable }) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, v := risky(t, c.settings)
			c.change(w)
			w.notify(t.Context(), v, "e-7")
			if sent := w.Messages.To("ann@example.com"); len(sent) != 0 {
				t.Errorf("the messages are %q", bodies(sent))
			}
		})
	}
}

// A user is told five times an hour.
func TestNoticesOfRisksAreFew(t *testing.T) {
	w, _ := risky(t, always())
	for i := range 7 {
		w.Forward(time.Minute)
		v := w.judge(t, away())
		id := "more-" + string(rune('a'+i))
		w.record(t, v, id, user.EventFail)
		w.notify(t.Context(), v, id)
	}
	if sent := w.Messages.To("ann@example.com"); len(sent) != 4 { // the first risk was told of by nobody
		t.Errorf("%d messages", len(sent))
	}
	w.Forward(time.Hour)
	w.notify(t.Context(), w.judge(t, away()), "later")
	if sent := w.Messages.To("ann@example.com"); len(sent) != 5 {
		t.Errorf("%d messages after an hour", len(sent))
	}
}

// A pool's own sender is told of the event instead.
func TestSenderIsTold(t *testing.T) {
	w, v := risky(t, always())
	w.Pool.Settings.Triggers.CustomEmailSender = &pool.VersionedHook{ARN: "arn", Version: "V1_0"}
	w.notify(t.Context(), v, "e-7")
	sent := w.Messages.To("ann@example.com")
	if len(sent) != 1 || sent[0].Sender == nil {
		t.Fatalf("the messages are %q", bodies(sent))
	}
	got := sent[0].Sender.Attributes
	for name, want := range map[string]string{
		"email": "ann@example.com", "EVENT_ID": "e-7", "USER_NAME": "ann", "IP_ADDRESS": "198.51.100.7", "ACCOUNT_TAKE_OVER_ACTION": "BLOCK",
		"LOGIN_TIME": "6 May 2026 08:08:09 UTC", "CITY": "Tokyo", "COUNTRY": "Japan", "DEVICE_NAME": "<b>curl</b>",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	if _, ok := guard.OpenFeedback(w.Vault, got["FEEDBACK_TOKEN"], apitest.PoolID, user.FeedbackInvalid, w.Now()); !ok || !strings.HasPrefix(got["ONE_CLICK_LINK_VALID"], "https://id.example/") {
		t.Errorf("the feedback is by %q and %q", got["FEEDBACK_TOKEN"], got["ONE_CLICK_LINK_VALID"])
	}
}
