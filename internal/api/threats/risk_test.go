package threats_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/api/clients"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store/faulty"
	"poolhouse.dev/internal/wire"
)

// whole is a configuration with every member, as the API has it.
const whole = `{
	"CompromisedCredentialsRiskConfiguration": {"EventFilter": ["SIGN_UP"], "Actions": {"EventAction": "BLOCK"}},
	"AccountTakeoverRiskConfiguration": {
		"NotifyConfiguration": {
			"From": "Help <help@example.com>", "ReplyTo": "re@example.com", "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/help@example.com",
			"BlockEmail": {"Subject": "b", "HtmlBody": "<p>blocked</p>", "TextBody": "blocked"},
			"NoActionEmail": {"Subject": "n"}, "MfaEmail": {"Subject": "m", "TextBody": "second factor"}
		},
		"Actions": {
			"LowAction": {"Notify": false, "EventAction": "NO_ACTION"}, "MediumAction": {"Notify": true, "EventAction": "MFA_IF_CONFIGURED"},
			"HighAction": {"Notify": true, "EventAction": "BLOCK"}
		}
	},
	"RiskExceptionConfiguration": {"BlockedIPRangeList": ["192.0.2.0/24"], "SkippedIPRangeList": []}
}`

// set sets the configuration that text says, of a client unless it is "".
func (w *world) set(t *testing.T, client, text string) (map[string]any, error) {
	t.Helper()
	in := &wire.SetRiskConfigurationRequest{}
	if err := json.Unmarshal([]byte(text), in); err != nil {
		t.Fatal(err)
	}
	in.UserPoolId = poolID
	if client != "" {
		in.ClientId = &client
	}
	if err := in.Check(); err != nil {
		t.Fatal(err)
	}
	out, err := w.ops.SetRiskConfiguration(t.Context(), in)
	if err != nil {
		return nil, err
	}
	return plain(t, out.RiskConfiguration), nil
}

func (w *world) describe(t *testing.T, client string) map[string]any {
	t.Helper()
	in := &wire.DescribeRiskConfigurationRequest{UserPoolId: poolID}
	if client != "" {
		in.ClientId = &client
	}
	out, err := w.ops.DescribeRiskConfiguration(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return plain(t, out.RiskConfiguration)
}

// plain is an answer as a client reads it.
func plain(t *testing.T, v any) map[string]any {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// expected is what an answer has beside the configuration that text says.
func (w *world) expected(t *testing.T, client, text string, modified time.Time) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	m["UserPoolId"] = string(apitest.PoolID)
	if client != "" {
		m["ClientId"] = client
	}
	if !modified.IsZero() {
		m["LastModifiedDate"] = plain(t, map[string]any{"t": wire.TimestampOf(modified)})["t"]
	}
	return m
}

// A configuration is replaced as a whole, and each client's stands beside the pool's.
func TestRiskConfigurations(t *testing.T) {
	w := newWorld(t)
	client := string(apitest.ClientID)
	want := func(what string, want, got map[string]any) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	want("at first", w.expected(t, "", `{}`, time.Time{}), w.describe(t, ""))
	want("a client at first", w.expected(t, client, `{}`, time.Time{}), w.describe(t, client))
	const skips = `{"RiskExceptionConfiguration":{"SkippedIPRangeList":["2001:db8::/32"]}}`
	for _, step := range []struct{ what, client, text, shown string }{
		{"whole", "", whole, whole},
		{"a client's own", client, skips, skips},
		{"replaced", "", `{"CompromisedCredentialsRiskConfiguration":{"Actions":{"EventAction":"NO_ACTION"}}}`, `{"CompromisedCredentialsRiskConfiguration":{"EventFilter":["SIGN_IN","PASSWORD_CHANGE","SIGN_UP"],"Actions":{"EventAction":"NO_ACTION"}}}`},
		{"without levels", "", `{"AccountTakeoverRiskConfiguration":{"Actions":{}}}`, `{"AccountTakeoverRiskConfiguration":{"Actions":{}}}`},
		{"empty exceptions", "", `{"RiskExceptionConfiguration":{}}`, `{"RiskExceptionConfiguration":{}}`},
	} {
		w.Forward(time.Second)
		w.FailOnce(pool.TableRisks, faulty.Conflict)
		got, err := w.set(t, step.client, step.text)
		if err != nil {
			t.Fatal(err)
		}
		expected := w.expected(t, step.client, step.shown, w.Now())
		want(step.what+", set", expected, got)
		want(step.what, expected, w.describe(t, step.client))
	}
	want("the client's in the end", w.expected(t, client, skips, w.Now().Add(-3*time.Second)), w.describe(t, client))
	for _, of := range []string{"", client, client} { // the last time there is none
		got, err := w.set(t, of, `{}`)
		if err != nil {
			t.Fatal(err)
		}
		want("reset, set", w.expected(t, of, `{}`, time.Time{}), got)
		want("reset", w.expected(t, of, `{}`, time.Time{}), w.describe(t, of))
	}
}

func TestRefusedConfigurations(t *testing.T) {
	w := newWorld(t)
	if _, err := w.set(t, "", whole); err != nil {
		t.Fatal(err)
	}
	before := w.describe(t, "")
	_, err := w.set(t, "", `{"RiskExceptionConfiguration":{"BlockedIPRangeList":["10.0.0.0/8","10.0.0.0"]}}`)
	wantFault(t, err, "InvalidParameterException: Incorrect CIDR format")
	_, err = w.set(t, "nothing", whole)
	wantFault(t, err, "ResourceNotFoundException: User pool client nothing does not exist.")
	if diff := cmp.Diff(before, w.describe(t, "")); diff != "" {
		t.Errorf("a refused configuration changed something (-want +got):\n%s", diff)
	}
	over := wire.RiskExceptionConfigurationType{BlockedIPRangeList: make([]string, 201)}
	if err := (&wire.SetRiskConfigurationRequest{UserPoolId: poolID, RiskExceptionConfiguration: &over}).Check(); err == nil {
		t.Error("201 networks pass")
	}
}

// The configuration of a client goes with it.
func TestConfigurationOfADeletedClient(t *testing.T) {
	w := newWorld(t)
	if _, err := w.set(t, string(apitest.ClientID), whole); err != nil {
		t.Fatal(err)
	}
	ops := clients.New(clients.Deps{Store: w.Store, Directory: w.Directory, Vault: w.Vault, AllowPool: func(context.Context, string, string) error { return nil }, Now: w.Now})
	if err := ops.DeleteUserPoolClient(t.Context(), &wire.DeleteUserPoolClientRequest{UserPoolId: poolID, ClientId: wire.Ptr(string(apitest.ClientID))}); err != nil {
		t.Fatal(err)
	}
	if apitest.Read(w.World, &pool.RiskConfiguration{PoolID: apitest.PoolID, ClientID: apitest.ClientID}).Stored() {
		t.Error("it stays")
	}
}
