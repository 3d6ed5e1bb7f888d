package inbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/notify/inbox"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func newInbox(t *testing.T, cfg inbox.Config, messages ...notify.Message) *inbox.Inbox {
	t.Helper()
	cfg.Now = func() time.Time { return noon }
	b := inbox.New(cfg)
	for _, m := range messages {
		if err := b.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func email(to, code string) notify.Message {
	return notify.Message{
		ID: "m-" + code, Medium: notify.Email, To: to, Subject: "Your verification code",
		Body: "Your code is " + code, Code: code, Attribute: "email", PoolID: "us-east-1_Test",
		Kind: notify.SignUp, Time: noon,
	}
}

func text(to, code string) notify.Message {
	return notify.Message{ID: "s-" + code, Medium: notify.SMS, To: to, Body: "Code " + code, Code: code, Attribute: "phone_number"}
}

// get asks b for a target with the given header pairs; Host is localhost.
func get(b http.Handler, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.Host = "localhost:9229"
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

func codes(messages []notify.Message) string {
	var all []string
	for _, m := range messages {
		all = append(all, m.Code)
	}
	return strings.Join(all, " ")
}

func TestInboxKeepsTheNewest(t *testing.T) {
	b := newInbox(t, inbox.Config{Capacity: 3})
	for n, want := range []string{"0", "1 0", "2 1 0", "3 2 1", "4 3 2", "5 4 3", "6 5 4"} {
		if err := b.Send(t.Context(), email("a@example.com", fmt.Sprint(n))); err != nil {
			t.Fatal(err)
		}
		if got := codes(b.Messages("")); got != want {
			t.Errorf("after message %d: %q, want %q", n, got, want)
		}
	}
	if get(b, "/_poolhouse/inbox/body/3").Code != http.StatusNotFound {
		t.Error("a message that was dropped is still shown")
	}
	if w := get(b, "/_poolhouse/inbox/body/4"); !strings.Contains(w.Body.String(), "Your code is 4") {
		t.Errorf("body 4: %s", w.Body)
	}
}

func TestInboxHoldsAThousandByDefault(t *testing.T) {
	b := newInbox(t, inbox.Config{})
	for n := range 1001 {
		if err := b.Send(t.Context(), email("a@example.com", fmt.Sprint(n))); err != nil {
			t.Fatal(err)
		}
	}
	got := b.Messages("")
	if len(got) != 1000 || got[0].Code != "1000" || got[999].Code != "1" {
		t.Errorf("%d messages", len(got))
	}
	page := get(b, inbox.PagePath).Body.String()
	if !strings.Contains(page, "The newest 100 of 1000 messages.") || strings.Count(page, "<article") != 100 {
		t.Error("the page does not say that it shows the newest only")
	}
}

func TestInboxServesManyAtOnce(t *testing.T) {
	b := newInbox(t, inbox.Config{Capacity: 8})
	var group sync.WaitGroup
	for n := range 16 {
		group.Go(func() {
			if err := b.Send(t.Context(), email("a@example.com", fmt.Sprint(n))); err != nil {
				t.Error(err)
			}
			get(b, inbox.PagePath)
		})
	}
	group.Wait()
	if got := len(b.Messages("")); got != 8 {
		t.Errorf("%d messages", got)
	}
}

func TestInboxRefusesWhatDriversRefuse(t *testing.T) {
	b := newInbox(t, inbox.Config{})
	if err := b.Send(t.Context(), email("a@example.com\r\nBcc: b@example.com", "1")); !notify.IsRefused(err) {
		t.Errorf("Send() = %v", err)
	}
	if len(b.Messages("")) != 0 {
		t.Error("a refused message was kept")
	}
}

func TestJSON(t *testing.T) {
	b := newInbox(t, inbox.Config{}, email("a+b@example.com", "111111"), text("+15555550100", "222222"), email("a+b@example.com", "333333"))
	w := get(b, inbox.JSONPath)
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("content type %q", got)
	}
	want := `{"messages":[` +
		`{"to":"a+b@example.com","medium":"EMAIL","subject":"Your verification code","body":"Your code is 333333","code":"333333","attribute":"email","time":"2026-01-02T12:00:00Z"},` +
		`{"to":"+15555550100","medium":"SMS","subject":"","body":"Code 222222","code":"222222","attribute":"phone_number","time":"2026-01-02T12:00:00Z"},` +
		`{"to":"a+b@example.com","medium":"EMAIL","subject":"Your verification code","body":"Your code is 111111","code":"111111","attribute":"email","time":"2026-01-02T12:00:00Z"}]}`
	if diff := cmp.Diff(want, strings.TrimSpace(w.Body.String())); diff != "" {
		t.Error(diff)
	}

	for query, want := range map[string]string{
		"to=" + url.QueryEscape("a+b@example.com"): "333333 111111",
		"to=a+b@example.com":                       "333333 111111",
		"to=+15555550100":                          "222222",
		"to=%2B15555550100":                        "222222",
		"to=A%2Bb@example.com":                     "",
		"to=a":                                     "",
		"to=":                                      "333333 222222 111111",
	} {
		var answer struct{ Messages []struct{ Code string } }
		w := get(b, inbox.JSONPath+"?"+query)
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range answer.Messages {
			got = append(got, m.Code)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", query, got, want)
		}
		if want == "" && strings.TrimSpace(w.Body.String()) != `{"messages":[]}` {
			t.Errorf("%s: %s", query, w.Body)
		}
	}
}
