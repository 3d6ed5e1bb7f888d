package threat_test

import (
	"encoding/base64"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/threat"
	"poolhouse.dev/internal/user"
)

// strict lets low risks in and tells of them, asks for a second factor at medium ones
// and blocks high ones.
func strict() *pool.RiskSettings {
	return &pool.RiskSettings{
		Compromised: &pool.CompromisedSettings{Action: pool.RiskBlock},
		Takeover: &pool.TakeoverSettings{
			Low: &pool.TakeoverAction{Notify: true, Action: pool.RiskNoAction}, Medium: &pool.TakeoverAction{Action: pool.RiskMFAIfConfigured},
			High: &pool.TakeoverAction{Notify: true, Action: pool.RiskBlock},
		},
		Exceptions: &pool.RiskExceptions{Blocked: []string{"203.0.113.0/24", "2001:db8:bad::/48"}, Skipped: []string{"198.51.100.0/24", "203.0.113.5/32"}},
	}
}

func from(ip string) func(*threat.Attempt) {
	return func(a *threat.Attempt) { a.IP = netip.MustParseAddr(ip) }
}
func compromised(a *threat.Attempt) { a.Compromised = true }

func TestResponses(t *testing.T) {
	known := []*user.AuthEvent{event(time.Hour)}
	told := append(repeat(5, func(e *user.AuthEvent) { e.Risk.Level = "Low" }), known...)
	none := strict()
	none.Takeover = nil
	noHigh := strict()
	noHigh.Takeover.High = nil
	signUps := strict()
	signUps.Compromised.Events = []string{pool.RiskSignUp}
	onlyRecorded := strict()
	onlyRecorded.Compromised.Action = pool.RiskNoAction
	for _, c := range []struct {
		name     string
		past     []*user.AuthEvent
		settings *pool.RiskSettings
		attempt  threat.Attempt
		risk     user.AuthRisk
		want     threat.Response
	}{
		{"no risk", known, strict(), attempt(), user.AuthRisk{Decision: "NoRisk"}, threat.Response{Action: pool.RiskNoAction}},
		{"low", known, strict(), attempt(device), user.AuthRisk{Decision: "AccountTakeover", Level: "Low"}, threat.Response{Action: pool.RiskNoAction, Notify: true}},
		{"told often", told, strict(), attempt(device), user.AuthRisk{Decision: "AccountTakeover", Level: "Low"}, threat.Response{Action: pool.RiskNoAction}},
		{"told often, one fewer", told[1:], strict(), attempt(device), user.AuthRisk{Decision: "AccountTakeover", Level: "Low"}, threat.Response{Action: pool.RiskNoAction, Notify: true}},
		{"medium", known, strict(), attempt(device, address, city, from("192.0.3.1")), user.AuthRisk{Decision: "AccountTakeover", Level: "Medium"}, threat.Response{Action: pool.RiskMFAIfConfigured}},
		{"high", known, strict(), attempt(device, abroad), user.AuthRisk{Decision: "Block", Level: "High"}, threat.Response{Action: pool.RiskBlock, Notify: true}},
		{"high, and nothing said of it", known, noHigh, attempt(device, abroad), user.AuthRisk{Decision: "AccountTakeover", Level: "High"}, threat.Response{Action: pool.RiskNoAction}},
		{"nothing said of takeovers", known, none, attempt(device, abroad), user.AuthRisk{Decision: "AccountTakeover", Level: "High"}, threat.Response{Action: pool.RiskNoAction}},
		{"nothing said", known, nil, attempt(device, abroad, compromised), user.AuthRisk{Decision: "AccountTakeover", Level: "High", Compromised: true}, threat.Response{Action: pool.RiskNoAction}},
		{"blocked network", known, strict(), attempt(from("203.0.113.77")), user.AuthRisk{Decision: "Block", Level: "High"}, threat.Response{Action: pool.RiskBlock}},
		{"blocked network at the first sign-in", nil, none, attempt(from("2001:db8:bad::7")), user.AuthRisk{Decision: "Block", Level: "High"}, threat.Response{Action: pool.RiskBlock}},
		{"blocked and skipped", known, strict(), attempt(from("203.0.113.5")), user.AuthRisk{Decision: "Block", Level: "High"}, threat.Response{Action: pool.RiskBlock}},
		{"skipped network", known, strict(), attempt(device, abroad, from("198.51.100.9")), user.AuthRisk{Decision: "NoRisk"}, threat.Response{Action: pool.RiskNoAction}},
		{"skipped network as IPv6", known, strict(), attempt(device, abroad, from("::ffff:198.51.100.9")), user.AuthRisk{Decision: "NoRisk"}, threat.Response{Action: pool.RiskNoAction}},
		{"compromised", known, strict(), attempt(compromised), user.AuthRisk{Decision: "NoRisk", Compromised: true}, threat.Response{Action: pool.RiskNoAction, ResetPassword: true}},
		{"compromised in a skipped network", known, strict(), attempt(compromised, from("198.51.100.9")), user.AuthRisk{Decision: "NoRisk", Compromised: true}, threat.Response{Action: pool.RiskNoAction, ResetPassword: true}},
		{"compromised, looked up elsewhere", known, signUps, attempt(compromised), user.AuthRisk{Decision: "NoRisk"}, threat.Response{Action: pool.RiskNoAction}},
		{"compromised, only recorded", known, onlyRecorded, attempt(compromised), user.AuthRisk{Decision: "NoRisk", Compromised: true}, threat.Response{Action: pool.RiskNoAction}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := threat.Assess(c.past, c.attempt, c.settings)
			if diff := cmp.Diff(c.risk, got.Risk()); diff != "" {
				t.Errorf("the risk (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.want, got.Response); diff != "" {
				t.Errorf("the response (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRefuses(t *testing.T) {
	every, some := strict(), strict()
	some.Compromised.Events = []string{pool.RiskPasswordChange}
	for _, event := range pool.RiskEvents {
		if !threat.Refuses(every, event) || threat.Refuses(&pool.RiskSettings{}, event) || threat.Refuses(some, event) != (event == pool.RiskPasswordChange) {
			t.Errorf("%s is judged wrongly", event)
		}
		if !threat.LooksUp(&pool.RiskSettings{}, event) {
			t.Errorf("passwords are not looked up at %s", event)
		}
	}
}

func TestBlocked(t *testing.T) {
	for ip, want := range map[string]bool{"203.0.113.1": true, "::ffff:203.0.113.1": true, "203.0.114.1": false, "2001:db8:bad:1::": true} {
		if threat.Blocked(strict(), netip.MustParseAddr(ip)) != want {
			t.Errorf("%s: want %v", ip, want)
		}
	}
	if threat.Blocked(strict(), netip.Addr{}) || threat.Blocked(&pool.RiskSettings{}, netip.MustParseAddr("203.0.113.1")) {
		t.Error("nobody was to be blocked")
	}
}

func encoded(payload string) string {
	return base64.StdEncoding.EncodeToString([]byte(`{"payload":` + payload + `,"signature":"x","version":"JS20171115"}`))
}

func TestDeviceOf(t *testing.T) {
	const (
		firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
		newer   = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.2"
	)
	if a, b := threat.DeviceOf(firefox, ""), threat.DeviceOf(newer, ""); a != b {
		t.Errorf("an update makes another device: %v, %v", a, b)
	}
	for _, c := range []struct{ name, agent, data, fingerprint, shown, zone string }{
		{"a browser", firefox, "", "Mozilla/# (X#; Linux x#; rv:#) Gecko/# Firefox/#", "Firefox, Linux", ""},
		{"Edge is not Chrome", "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0", "", "Mozilla/# (Windows NT #) AppleWebKit/# Chrome/# Safari/# Edg/#", "Edge, Windows", ""},
		{"an SDK", "aws-sdk-js/3.1 ua/2.1", "", "aws-sdk-js/# ua/#", "aws-sdk-js", ""},
		{"nothing", "", "", "", "", ""},
		{"data of a library", firefox, encoded(`"{\"contextData\":{\"DeviceId\":\"d-1\",\"DeviceName\":\"Ann's phone\",\"ClientTimezone\":\"-07:00\"}}"`), "id:d-1", "Ann's phone", "-07:00"},
		{"data with another agent", firefox, encoded(`"{\"contextData\":{\"UserAgent\":\"App/7 (iPhone)\",\"DeviceFingerprint\":\"a:b:9\"}}"`), "a:b:#", "App, iOS", ""},
		{"data that is no text", firefox, "***", "Mozilla/# (X#; Linux x#; rv:#) Gecko/# Firefox/#", "Firefox, Linux", ""},
		{"data without a payload", firefox, encoded(`7`), "Mozilla/# (X#; Linux x#; rv:#) Gecko/# Firefox/#", "Firefox, Linux", ""},
	} {
		if diff := cmp.Diff(threat.Device{Fingerprint: c.fingerprint, Name: c.shown, Timezone: c.zone}, threat.DeviceOf(c.agent, c.data)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	long := threat.DeviceOf(strings.Repeat("ä", 5000)+"\x00\xff", "")
	if len(long.Fingerprint) > 256 || !utf8.ValidString(long.Fingerprint) || len(long.Name) > 256 {
		t.Errorf("a long name is kept: %d bytes", len(long.Fingerprint))
	}
}
