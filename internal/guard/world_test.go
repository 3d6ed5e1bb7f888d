package guard_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/netip"
	"testing"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/guard"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/threat"
	"poolhouse.dev/internal/user"
)

// places has every address of 198.51.100.0/24 in Tokyo and every other in Rome.
type places struct{}

func (places) Find(ip netip.Addr) threat.Place {
	if netip.MustParsePrefix("198.51.100.0/24").Contains(ip) {
		return threat.Place{Country: "Japan", City: "Tokyo", Timezone: "Asia/Tokyo", Position: &user.Position{Latitude: 35.7, Longitude: 139.7}}
	}
	return threat.Place{Country: "Italy", City: "Rome", Timezone: "Europe/Rome", Position: &user.Position{Latitude: 41.9, Longitude: 12.5}}
}

// world is a pool with threat protection and a user of it, whose address is verified.
type world struct {
	*apitest.World
	guard *guard.Guard
	ann   *user.User
	log   *bytes.Buffer
}

// newWorld makes the pool's mode and the pool's configuration, nil for none.
func newWorld(t *testing.T, mode string, settings *pool.RiskSettings) *world {
	t.Helper()
	w := &world{World: apitest.Embedded(t, func(s *pool.Settings) {
		s.Tier = pool.TierPlus
		if mode != "" {
			s.AddOns = &pool.AddOns{SecurityMode: mode}
		}
	}), log: &bytes.Buffer{}}
	w.guard = guard.New(guard.Deps{
		Store: w.Store, Vault: w.Vault, Outbox: w.Outbox, Places: places{}, PublicURL: "https://id.example",
		Logger: slog.New(slog.NewTextHandler(w.log, nil)), Now: w.Now,
	})
	w.ann = w.AddUser("ann", "", func(u *user.User) {
		u.Attributes = user.Attributes{{Name: "email", Value: "ann@example.com"}, {Name: "email_verified", Value: "true"}}
	})
	if settings != nil {
		w.configure("", settings)
	}
	return w
}

func (w *world) configure(id pool.ClientID, s *pool.RiskSettings) {
	w.Insert(&pool.RiskConfiguration{PoolID: apitest.PoolID, ClientID: id, Settings: *s})
}

// home is a visit by the user's own device, away one by another device from Tokyo.
func home() guard.Visit {
	return guard.Visit{IP: netip.MustParseAddr("192.0.2.1"), Device: threat.Device{Fingerprint: "phone", Name: "Firefox, Android"}}
}

func away() guard.Visit {
	return guard.Visit{IP: netip.MustParseAddr("198.51.100.7"), Device: threat.Device{Fingerprint: "other", Name: "<b>curl</b>"}}
}

func (w *world) judge(t *testing.T, visit guard.Visit) guard.Verdict {
	t.Helper()
	v, err := w.guard.Judge(t.Context(), w.Pool, apitest.ClientID, w.ann, visit)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// enter judges a visit and records that it passed.
func (w *world) enter(t *testing.T, visit guard.Visit, id string) guard.Verdict {
	t.Helper()
	v := w.judge(t, visit)
	w.record(t, v, id, user.EventPass)
	return v
}

func (w *world) record(t *testing.T, v guard.Verdict, id string, r user.AuthResponse, challenges ...user.AuthChallenge) {
	t.Helper()
	w.guard.Record(t.Context(), w.Pool, w.ann, v, guard.Event{ID: id, Type: user.EventSignIn, Response: r, ClientID: apitest.ClientID, Challenges: challenges})
}

func (w *world) event(id string) *user.AuthEvent {
	return apitest.Read(w.World, &user.AuthEvent{PoolID: apitest.PoolID, Sub: w.ann.Sub, ID: id})
}

// notify tells of a verdict and returns when the message has left.
func (w *world) notify(ctx context.Context, v guard.Verdict, id string) {
	w.guard.Notify(ctx, w.Pool, apitest.ClientID, w.ann, v, id)
	w.Outbox.Wait()
}

// always blocks high risks, asks for a second factor at medium ones and tells of all.
func always() *pool.RiskSettings {
	return &pool.RiskSettings{
		Compromised: &pool.CompromisedSettings{Action: pool.RiskBlock},
		Takeover: &pool.TakeoverSettings{
			Low: &pool.TakeoverAction{Notify: true, Action: pool.RiskNoAction}, Medium: &pool.TakeoverAction{Notify: true, Action: pool.RiskMFARequired},
			High: &pool.TakeoverAction{Notify: true, Action: pool.RiskBlock},
		},
		Exceptions: &pool.RiskExceptions{Blocked: []string{"203.0.113.0/24"}},
	}
}
