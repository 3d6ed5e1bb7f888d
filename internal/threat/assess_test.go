package threat_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/threat"
	"poolhouse.dev/internal/user"
)

var (
	now   = time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)
	rome  = threat.Place{Country: "Italy", City: "Rome", Position: &user.Position{Latitude: 41.9, Longitude: 12.5}}
	milan = threat.Place{Country: "Italy", City: "Milan", Position: &user.Position{Latitude: 45.5, Longitude: 9.2}}
	tokyo = threat.Place{Country: "Japan", City: "Tokyo", Position: &user.Position{Latitude: 35.7, Longitude: 139.7}}
)

// event is a sign-in with the device "phone" from a network in Rome, some time ago.
func event(ago time.Duration, change ...func(*user.AuthEvent)) *user.AuthEvent {
	e := &user.AuthEvent{
		Type: user.EventSignIn, Response: user.EventPass, CreatedAt: now.Add(-ago),
		Context: user.AuthContext{IP: "192.0.2.9", Device: "phone", Country: rome.Country, City: rome.City, Position: rome.Position},
	}
	for _, c := range change {
		c(e)
	}
	return e
}

// attempt is one that is like the event.
func attempt(change ...func(*threat.Attempt)) threat.Attempt {
	a := threat.Attempt{At: now, IP: netip.MustParseAddr("192.0.2.200"), Device: "phone", Place: rome}
	for _, c := range change {
		c(&a)
	}
	return a
}

func device(a *threat.Attempt)  { a.Device = "another" }
func address(a *threat.Attempt) { a.IP = netip.MustParseAddr("198.51.100.1") }
func abroad(a *threat.Attempt)  { a.Place = tokyo }

// city leaves Rome; nobody comes nearer by it.
func city(a *threat.Attempt) {
	if a.Place.Country == rome.Country {
		a.Place = milan
	}
}
func failed(n int) func(*threat.Attempt) {
	return func(a *threat.Attempt) { a.Failures = n }
}

func responded(r user.AuthResponse) func(*user.AuthEvent) {
	return func(e *user.AuthEvent) { e.Response = r }
}
func said(value string) func(*user.AuthEvent) {
	return func(e *user.AuthEvent) { e.Feedback = &user.AuthFeedback{Value: value} }
}
func risky(e *user.AuthEvent) { e.Risk.Level = "High" }
func byMFA(e *user.AuthEvent) {
	e.Challenges = []user.AuthChallenge{{Name: user.EventPassword, Response: user.EventSuccess}, {Name: user.EventMFA, Response: user.EventSuccess}}
}

// repeat is n events, the newest of which was a minute ago.
func repeat(n int, change ...func(*user.AuthEvent)) (list []*user.AuthEvent) {
	for i := range n {
		list = append(list, event(time.Duration(i+1)*time.Minute, change...))
	}
	return list
}

func TestLevels(t *testing.T) {
	day := []*user.AuthEvent{event(24 * time.Hour)}
	hour := []*user.AuthEvent{event(time.Hour)}
	elsewhere := func(e *user.AuthEvent) {
		e.Context = user.AuthContext{IP: "203.0.113.1", Device: "another", Country: "Japan", City: "Tokyo", Position: tokyo.Position}
	}
	nowhere := func(e *user.AuthEvent) { e.Context = user.AuthContext{Device: "phone"} }
	for _, c := range []struct {
		name    string
		past    []*user.AuthEvent
		attempt threat.Attempt
		level   threat.Level
		reasons []threat.Reason
	}{
		{"first sign-in", nil, attempt(device, address, abroad, failed(50)), threat.None, nil},
		{"first after failures", repeat(20, responded(user.EventFail)), attempt(), threat.None, nil},
		{"first after other events", []*user.AuthEvent{event(time.Hour, func(e *user.AuthEvent) { e.Type = user.EventSignUp })}, attempt(device), threat.None, nil},
		{"a history of failures only", repeat(threat.Past, responded(user.EventFail)), attempt(), threat.High, []threat.Reason{threat.NewDevice, threat.NewNetwork, threat.ManyFailures}},
		{"as always", day, attempt(), threat.None, nil},
		{"new network", day, attempt(address), threat.None, []threat.Reason{threat.NewNetwork}},
		{"new device", day, attempt(device), threat.Low, []threat.Reason{threat.NewDevice}},
		{"no device", day, attempt(func(a *threat.Attempt) { a.Device = "" }), threat.Low, []threat.Reason{threat.NewDevice}},
		{"new device and network", day, attempt(device, address), threat.Low, []threat.Reason{threat.NewDevice, threat.NewNetwork}},
		{"new device in another city", day, attempt(device, address, city), threat.Medium, []threat.Reason{threat.NewDevice, threat.NewNetwork, threat.NewCity}},
		{"known device in another city", day, attempt(address, city), threat.Low, []threat.Reason{threat.NewNetwork, threat.NewCity}},
		{"known device abroad", day, attempt(address, abroad), threat.Low, []threat.Reason{threat.NewNetwork, threat.NewCountry}},
		{"new device abroad", day, attempt(device, address, abroad), threat.Medium, []threat.Reason{threat.NewDevice, threat.NewNetwork, threat.NewCountry}},
		{"known device too fast", hour, attempt(address, abroad), threat.High, []threat.Reason{threat.NewNetwork, threat.NewCountry, threat.FastTravel}},
		{"an hour to Milan", hour, attempt(address, city), threat.Low, []threat.Reason{threat.NewNetwork, threat.NewCity}},
		{"the clock went back", []*user.AuthEvent{event(-time.Hour)}, attempt(address, abroad), threat.High, []threat.Reason{threat.NewNetwork, threat.NewCountry, threat.FastTravel}},
		{"two failures", day, attempt(failed(2)), threat.None, nil},
		{"some failures", day, attempt(failed(3)), threat.None, []threat.Reason{threat.SomeFailures}},
		{"many failures", day, attempt(failed(10)), threat.Low, []threat.Reason{threat.ManyFailures}},
		{"many failures in the events", append(repeat(10, responded(user.EventFail)), day...), attempt(), threat.Low, []threat.Reason{threat.ManyFailures}},
		{"failures of yesterday", append([]*user.AuthEvent{event(time.Hour, responded(user.EventFail)), event(time.Hour, responded(user.EventFail)), event(time.Hour, responded(user.EventFail))}, day...), attempt(), threat.None, nil},
		{"many failures and a new device", day, attempt(device, address, failed(10)), threat.High, []threat.Reason{threat.NewDevice, threat.NewNetwork, threat.ManyFailures}},
		{"nothing is known of the place", day, attempt(func(a *threat.Attempt) { a.IP, a.Place = netip.Addr{}, threat.Place{} }), threat.None, nil},
		{"nothing was known of the place", []*user.AuthEvent{event(time.Hour, nowhere)}, attempt(address, abroad), threat.None, nil},
		{"known from one of two places", []*user.AuthEvent{event(48*time.Hour, elsewhere), event(72 * time.Hour)}, attempt(), threat.None, nil},
		{"disowned", []*user.AuthEvent{event(24*time.Hour, elsewhere, said("Invalid")), event(48 * time.Hour)}, attempt(device, func(a *threat.Attempt) { a.IP = netip.MustParseAddr("203.0.113.1") }, abroad), threat.Medium, []threat.Reason{threat.NewDevice, threat.NewNetwork, threat.NewCountry}},
		{"refused, and the user's own", []*user.AuthEvent{event(24*time.Hour, elsewhere, responded(user.EventFail), said("Valid")), event(48 * time.Hour)}, attempt(device, func(a *threat.Attempt) { a.IP = netip.MustParseAddr("203.0.113.1") }, abroad), threat.None, nil},
		{"a risky sign-in is not yet known", []*user.AuthEvent{event(23*time.Hour, elsewhere, risky), event(48 * time.Hour)}, attempt(device), threat.Low, []threat.Reason{threat.NewDevice}},
		{"a risky sign-in that settled", []*user.AuthEvent{event(24*time.Hour, elsewhere, risky), event(48 * time.Hour)}, attempt(device), threat.None, nil},
		{"a risky sign-in with a second factor", []*user.AuthEvent{event(23*time.Hour, elsewhere, risky, byMFA), event(48 * time.Hour)}, attempt(device), threat.None, nil},
		{"IPv6 of the network", []*user.AuthEvent{event(24*time.Hour, func(e *user.AuthEvent) { e.Context.IP = "2001:db8:1::1" })}, attempt(func(a *threat.Attempt) { a.IP = netip.MustParseAddr("2001:db8:1:ffff::2") }), threat.None, nil},
		{"IPv6 of another network", []*user.AuthEvent{event(24*time.Hour, func(e *user.AuthEvent) { e.Context.IP = "2001:db8:1::1" })}, attempt(func(a *threat.Attempt) { a.IP = netip.MustParseAddr("2001:db8:2::1") }), threat.None, []threat.Reason{threat.NewNetwork}},
		{"IPv4 as IPv6", day, attempt(func(a *threat.Attempt) { a.IP = netip.MustParseAddr("::ffff:192.0.2.1") }), threat.None, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := threat.Assess(c.past, c.attempt, &pool.RiskSettings{})
			decision := threat.NoRisk
			if c.level > threat.None {
				decision = threat.AccountTakeover
			}
			want := threat.Assessment{Level: c.level, Decision: decision, Reasons: c.reasons, Response: threat.Response{Action: pool.RiskNoAction}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the assessment (-want +got):\n%s", diff)
			}
		})
	}
}

// More evidence never lowers the level: whatever an attempt has in common with the
// past, taking it away makes it no less risky, nor do failures.
func TestMoreEvidenceNeverLowersTheLevel(t *testing.T) {
	ages := rapid.IntRange(1, 200)
	rapid.Check(t, func(r *rapid.T) {
		var past []*user.AuthEvent
		for i := range rapid.IntRange(0, 5).Draw(r, "sign-ins") {
			past = append(past, event(time.Duration(i*200+ages.Draw(r, "age"))*time.Hour))
		}
		steps := []func(*threat.Attempt){device, address, city, abroad}
		for i := range steps {
			n := rapid.IntRange(0, 30).Draw(r, "failures")
			steps = append(steps, func(a *threat.Attempt) { a.Failures += n + i })
		}
		steps = rapid.Permutation(steps).Draw(r, "order")
		a, level := attempt(), threat.None
		for i, step := range steps {
			step(&a)
			got := threat.Assess(past, a, &pool.RiskSettings{})
			if got.Level < level {
				r.Fatalf("step %d took the level from %s to %s: %v", i, level, got.Level, got.Reasons)
			}
			if len(past) == 0 && got.Level != threat.None {
				r.Fatalf("the first sign-in is a %s risk", got.Level)
			}
			level = got.Level
		}
	})
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b     threat.Place
		from, to float64
	}{
		{rome, rome, 0, 0}, {rome, milan, 470, 490}, {rome, tokyo, 9800, 9950},
		{threat.Place{Position: &user.Position{Longitude: 179}}, threat.Place{Position: &user.Position{Longitude: -179}}, 200, 230},
		{threat.Place{Position: &user.Position{Latitude: 90}}, threat.Place{Position: &user.Position{Latitude: -90}}, 20000, 20040},
	} {
		if got := threat.Distance(*c.a.Position, *c.b.Position); got < c.from || got > c.to {
			t.Errorf("from %v to %v it is %.0f km", *c.a.Position, *c.b.Position, got)
		}
	}
}
