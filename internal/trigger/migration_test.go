package trigger_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/trigger"
)

func migratingPool() *pool.Pool {
	p := *here
	p.Settings.Triggers = pool.Triggers{UserMigration: arn}
	return &p
}

// The events of both occasions: the password is told where one was typed.
func TestMigrationEvents(t *testing.T) {
	password := ""
	for _, test := range []struct {
		occasion string
		stranger trigger.Stranger
		metadata map[string]string
		want     string
	}{
		{trigger.MigrateAtSignIn, trigger.Stranger{Name: "Ann@E.example", Password: &password, Validation: map[string]string{"a": "1"}}, nil,
			`{"userName":"Ann@E.example","triggerSource":"UserMigration_Authentication","request":{"password":"","validationData":{"a":"1"}},"response":{}}`},
		{trigger.MigrateAtForgot, trigger.Stranger{Name: "ann"}, map[string]string{"b": "2"},
			`{"userName":"ann","triggerSource":"UserMigration_ForgotPassword","request":{"validationData":null,"clientMetadata":{"b":"2"}},"response":{}}`},
	} {
		var got map[string]any
		f := answering(func(event map[string]any) {
			got = map[string]any{}
			for _, name := range []string{"userName", "triggerSource", "request", "response"} {
				got[name] = event[name]
			}
		})
		m, err := newCaller(f).UserMigration(t.Context(), trigger.Occasion{Pool: migratingPool(), ClientMetadata: test.metadata}, test.occasion, test.stranger)
		wantFault(t, err, "none")
		if m != nil {
			t.Errorf("an unchanged event makes the user %+v", m)
		}
		var want map[string]any
		if err := json.Unmarshal([]byte(test.want), &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("event (-want +got):\n%s", diff)
		}
	}
}

// What functions answer about a stranger.
func TestMigrants(t *testing.T) {
	ask := func(p *pool.Pool, response string) (*trigger.Migrant, error) {
		f := answering(func(event map[string]any) { event["response"] = json.RawMessage(response) })
		return newCaller(f).UserMigration(t.Context(), trigger.Occasion{Pool: p}, trigger.MigrateAtForgot, trigger.Stranger{Name: "ann"})
	}
	m, err := ask(migratingPool(), `{"userAttributes":{"name":"Ann","email":null},"finalUserStatus":"CONFIRMED","messageAction":"SUPPRESS","desiredDeliveryMediums":["SMS"],"forceAliasCreation":true,"enableSMSMFA":false,"other":1}`)
	wantFault(t, err, "none")
	yes, no := true, false
	text := func(s string) *string { return &s }
	want := &trigger.Migrant{
		Attributes: map[string]*string{"name": text("Ann"), "email": nil}, FinalStatus: text("CONFIRMED"), MessageAction: text("SUPPRESS"),
		Mediums: []string{"SMS"}, ForceAliasCreation: &yes, EnableSMSMFA: &no,
	}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Errorf("migrant (-want +got):\n%s", diff)
	}
	for _, nobody := range []string{`{}`, `{"userAttributes":{}}`, `{"finalUserStatus":"CONFIRMED"}`} {
		m, err := ask(migratingPool(), nobody)
		wantFault(t, err, "none")
		if m != nil {
			t.Errorf("%s is %+v", nobody, m)
		}
	}
	for _, response := range []string{`{"userAttributes":{"a":1}}`, `{"userAttributes":"a"}`, `{"userAttributes":{"a":"b"},"enableSMSMFA":1}`, `[]`} {
		_, err := ask(migratingPool(), response)
		wantFault(t, err, unusable)
	}
	nobody := function(func(context.Context, map[string]any) (trigger.Result, error) {
		t.Error("a function is called that nobody named")
		return trigger.Result{}, nil
	})
	m, err = newCaller(nobody).UserMigration(t.Context(), trigger.Occasion{Pool: here}, trigger.MigrateAtForgot, trigger.Stranger{Name: "ann"})
	wantFault(t, err, "none")
	if m != nil {
		t.Errorf("without a function: %+v", m)
	}
}
