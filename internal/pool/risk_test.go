package pool_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/pool"
)

func risks(change func(*pool.RiskSettings)) *pool.RiskConfiguration {
	c := &pool.RiskConfiguration{PoolID: "eu-test-1_a", Settings: pool.RiskSettings{
		Compromised: &pool.CompromisedSettings{Events: []string{pool.RiskSignIn}, Action: pool.RiskBlock},
		Takeover: &pool.TakeoverSettings{
			Low: &pool.TakeoverAction{Action: pool.RiskNoAction}, High: &pool.TakeoverAction{Notify: true, Action: pool.RiskMFARequired},
			Notify: &pool.RiskNotices{From: "Help <help@example.com>", ReplyTo: "help@example.com", SourceARN: "arn:aws:ses:us-east-1:1:identity/x", Block: &pool.RiskNotice{Subject: "One line"}},
		},
		Exceptions: &pool.RiskExceptions{Blocked: []string{"10.0.0.0/8", "2001:db8::/32"}, Skipped: []string{"192.0.2.1/32"}},
	}}
	if change != nil {
		change(&c.Settings)
	}
	return c
}

func TestRiskConfigurationCheck(t *testing.T) {
	ranges := func(n int) (list []string) {
		for i := range n {
			list = append(list, fmt.Sprintf("10.0.%d.0/24", i))
		}
		return list
	}
	const cidr = "InvalidParameterException: Incorrect CIDR format"
	for _, c := range []struct {
		name   string
		change func(*pool.RiskSettings)
		want   string
	}{
		{"whole", nil, ""},
		{"nothing", func(s *pool.RiskSettings) { *s = pool.RiskSettings{} }, ""},
		{"200 networks in each list", func(s *pool.RiskSettings) { s.Exceptions.Blocked, s.Exceptions.Skipped = ranges(200), ranges(200) }, ""},
		{"201 networks", func(s *pool.RiskSettings) { s.Exceptions.Skipped = ranges(201) }, "InvalidParameterException: Each list in RiskExceptionConfiguration can have at most 200 networks."},
		{"address", func(s *pool.RiskSettings) { s.Exceptions.Blocked = []string{"10.0.0.1"} }, cidr},
		{"length", func(s *pool.RiskSettings) { s.Exceptions.Skipped = []string{"10.0.0.0/33"} }, cidr},
		{"name", func(s *pool.RiskSettings) { s.Exceptions.Blocked = []string{"10.0.0.0/8", "localhost/8"} }, cidr},
		{"empty", func(s *pool.RiskSettings) { s.Exceptions.Blocked = []string{""} }, cidr},
		{"event", func(s *pool.RiskSettings) { s.Compromised.Events = []string{"SIGN_OUT"} }, "InvalidParameterException: CompromisedCredentialsRiskConfiguration EventFilter cannot have SIGN_OUT."},
		{"MFA for a compromised password", func(s *pool.RiskSettings) { s.Compromised.Action = pool.RiskMFARequired }, "InvalidParameterException: The risk configuration cannot have the action MFA_REQUIRED here."},
		{"no action at all", func(s *pool.RiskSettings) { s.Takeover.Medium = &pool.TakeoverAction{} }, "InvalidParameterException: The risk configuration cannot have the action  here."},
		{"region", func(s *pool.RiskSettings) { s.Takeover.Notify.SourceARN = "arn:aws:ses:ap-south-1:1:identity/x" }, "InvalidParameterException: Provided SourceArn must be in one of the following SES regions: eu-test-1, eu-west-1, us-east-1, us-west-2."},
		{"sender", func(s *pool.RiskSettings) { s.Takeover.Notify.From = "help" }, "InvalidParameterException: Provided From email address is invalid"},
		{"header in the sender", func(s *pool.RiskSettings) { s.Takeover.Notify.From = "help@example.com\r\nBcc: x@example.com" }, "InvalidParameterException: Provided From email address is invalid"},
		{"answers", func(s *pool.RiskSettings) { s.Takeover.Notify.ReplyTo = "nobody" }, "InvalidParameterException: Provided ReplyTo email address is invalid"},
		{"subject of two lines", func(s *pool.RiskSettings) { s.Takeover.Notify.MFA = &pool.RiskNotice{Subject: "a\nb"} }, "InvalidParameterException: The subject of an e-mail message must be one line without control characters."},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			if err := risks(c.change).Check("eu-test-1"); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("the answer is %q, want %q", got, c.want)
			}
		})
	}
}

func TestRiskConfigurationClone(t *testing.T) {
	a := risks(nil)
	b := a.Clone()
	b.Settings.Exceptions.Blocked[0], b.Settings.Takeover.High.Action, b.Settings.Compromised.Events[0] = "x", "x", "x"
	if diff := cmp.Diff(risks(nil), a); diff != "" {
		t.Errorf("the original changed (-want +got):\n%s", diff)
	}
}

func TestParseRange(t *testing.T) {
	for text, want := range map[string]string{
		"10.1.2.3/8": "10.0.0.0/8", "2001:DB8::1/32": "2001:db8::/32", "::ffff:192.0.2.1/120": "192.0.2.0/24", "0.0.0.0/0": "0.0.0.0/0", "::/0": "::/0",
	} {
		if got, err := pool.ParseRange(text); err != nil || got.String() != want {
			t.Errorf("%s is read as %s: %v", text, got, err)
		}
	}
	refused := slices.Collect(strings.SplitSeq("10.0.0.0 /8 10.0.0.0/-1 10.0.0.0/08 fe80::1%eth0/64 10.0.0/8 10.0.0.0/8/8", " "))
	for _, text := range refused {
		if got, err := pool.ParseRange(text); err == nil {
			t.Errorf("%s is read as %s", text, got)
		}
	}
}
