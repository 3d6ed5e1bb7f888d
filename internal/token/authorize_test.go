package token_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/token"
	"poolhouse.dev/internal/user"
)

// Refusals of access tokens, as the service words them.
var (
	invalid    = fault.NotAuthorized("Invalid Access Token")
	unverified = fault.NotAuthorized("Could not verify signature for Access Token")
	expired    = fault.NotAuthorized("Access Token has expired")
	revoked    = fault.NotAuthorized("Access Token has been revoked")
	unscoped   = fault.NotAuthorized("Access Token does not have required scopes")
	noUser     = fault.UserNotFound("User does not exist.")
	noPool     = fault.New("ResourceNotFoundException", "User pool eu-test-1_oneoneone does not exist.")
	noClient   = fault.New("ResourceNotFoundException", "User pool client client1 does not exist.")
	mustReset  = fault.New("PasswordResetRequiredException", "Password reset required for the user")
	mustProve  = fault.New("UserNotConfirmedException", "User is not confirmed.")
)

// checkFault compares kind and text.
func checkFault(t *testing.T, err error, want *fault.Error) {
	t.Helper()
	if diff := cmp.Diff(want, fault.As(err)); diff != "" {
		t.Errorf("error %v (-want +got):\n%s", err, diff)
	}
}

func TestAuthorize(t *testing.T) {
	w := newWorld(t)
	text := w.mint().Access
	for _, state := range []string{"cold", "warm"} {
		t.Run(state, func(t *testing.T) {
			g, err := w.auth.Authorize(t.Context(), text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(w.pool, g.Pool); diff != "" {
				t.Errorf("pool:\n%s", diff)
			}
			if diff := cmp.Diff(w.client, g.Client); diff != "" {
				t.Errorf("client:\n%s", diff)
			}
			if diff := cmp.Diff(w.user, g.User); diff != "" {
				t.Errorf("user:\n%s", diff)
			}
			if diff := cmp.Diff(w.session, g.Session); diff != "" {
				t.Errorf("session:\n%s", diff)
			}
			if g.Claims.Username != "ann" || g.Claims.EventID != w.session.ID || !g.Claims.HasScope(token.ScopeSignIn) {
				t.Errorf("claims: %+v", g.Claims)
			}
		})
	}
}

// change is something that happens to a sign-in after its token was minted.
type change struct {
	name string
	do   func(w *world)
	want *fault.Error
}

var changes = []change{
	{"expiry reached", func(w *world) { w.now = w.now.Add(time.Hour) }, expired},
	{"sign-in revoked", func(w *world) { w.session.Revoked = true }, revoked},
	{"signed out everywhere", func(w *world) { w.user.SignOutEpoch++ }, revoked},
	{"user disabled", func(w *world) { w.user.Disabled = true }, revoked},
	{"user disabled and enabled", func(w *world) { w.user.SignOutEpoch++ }, revoked},
	{"sign-in swept away", func(w *world) { w.rows.remove(w.session) }, revoked},
	{"user deleted", func(w *world) { w.rows.remove(w.user); w.rows.remove(w.session) }, noUser},
	{"user deleted, sign-in not yet", func(w *world) { w.rows.remove(w.user) }, noUser},
	{"password reset", func(w *world) { w.user.Status = user.ResetRequired }, mustReset},
	{"user unconfirmed", func(w *world) { w.user.Status = user.Unconfirmed }, mustProve},
	{"pool deleted", func(w *world) { w.rows.remove(w.pool) }, noPool},
	{"pool being removed", func(w *world) { w.rows.put(&pool.Removal{PoolID: poolOne}) }, noPool},
	{"client deleted", func(w *world) { w.rows.remove(w.client) }, noClient},
	{"client deleted and token expired", func(w *world) { w.rows.remove(w.client); w.now = w.now.Add(time.Hour) }, noClient},
	{"key retired here", func(w *world) { w.rows.remove(w.ring.one[1]); w.keys.Drop(poolOne) }, unverified},
	{"key retired elsewhere", func(w *world) { w.rows.remove(w.ring.one[1]); w.now = w.now.Add(2 * time.Second) }, unverified},
	{"key retired and client deleted", func(w *world) {
		w.rows.remove(w.ring.one[1])
		w.rows.remove(w.client)
		w.keys.Drop(poolOne)
	}, invalid},
	{"expired and revoked", func(w *world) { w.session.Revoked = true; w.now = w.now.Add(time.Hour) }, expired},
	{"revoked and reset", func(w *world) { w.session.Revoked = true; w.user.Status = user.ResetRequired }, revoked},
	{"revoked and user deleted", func(w *world) { w.session.Revoked = true; w.rows.remove(w.user) }, revoked},
	{"a second before expiry", func(w *world) { w.now = w.now.Add(time.Hour - time.Second) }, nil},
	{"new password wanted", func(w *world) { w.user.Status = user.ForceChangePassword }, nil},
	{"nothing", func(*world) {}, nil},
}

func TestRightsEndWhateverIsRemembered(t *testing.T) {
	for _, tt := range changes {
		for _, warm := range []bool{false, true} {
			for _, lent := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, warm %t, lent %t", tt.name, warm, lent), func(t *testing.T) {
					w := newWorld(t)
					if lent {
						w.auth = w.lent()
					}
					text := w.mint().Access
					if warm {
						if _, err := w.auth.Authorize(t.Context(), text); err != nil {
							t.Fatalf("the first call: %v", err)
						}
					}
					tt.do(w)
					g, err := w.auth.Authorize(t.Context(), text)
					checkFault(t, err, tt.want)
					if (g == nil) != (err != nil) {
						t.Errorf("grant %v with error %v", g, err)
					}
				})
			}
		}
	}
}

// TestLentRowsAreNotRead tells which rows of a warm call are still read where a store
// lends its own: pool and client, which this store does not lend.
func TestLentRowsAreNotRead(t *testing.T) {
	w := newWorld(t)
	w.auth = w.lent()
	text := w.mint().Access
	g, err := w.auth.Authorize(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	if g.User != w.user || g.Session != w.session {
		t.Error("the grant holds copies of the rows that were lent")
	}
	for _, keys := range w.rows.reads {
		for _, k := range keys {
			if k.Table == user.TableUsers || k.Table == user.TableSessions {
				t.Errorf("Authorize read %s", k.Table)
			}
		}
	}
}

func TestRecheck(t *testing.T) {
	for _, tt := range []change{
		{"nothing", func(*world) {}, nil},
		{"an attribute changed", func(w *world) { w.user.Attributes.Set("name", "Ann") }, nil},
		{"signed out everywhere", func(w *world) { w.user.SignOutEpoch++ }, revoked},
		{"sign-in revoked", func(w *world) { w.session.Revoked = true }, revoked},
		{"user deleted", func(w *world) { w.rows.remove(w.user) }, noUser},
		{"password reset", func(w *world) { w.user.Status = user.ResetRequired }, mustReset},
		{"user unconfirmed", func(w *world) { w.user.Status = user.Unconfirmed }, mustProve},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			g, err := w.auth.Authorize(t.Context(), w.mint().Access)
			if err != nil {
				t.Fatal(err)
			}
			before := *g
			tt.do(w)
			w.rows.reads = nil
			removal := &pool.Removal{PoolID: poolOther}
			checkFault(t, w.auth.Recheck(t.Context(), g, removal), tt.want)
			want := [][]row.Key{{w.user.RowKey(), w.session.RowKey(), removal.RowKey()}}
			if diff := cmp.Diff(want, w.rows.reads); diff != "" {
				t.Errorf("reads (-want +got):\n%s", diff)
			}
			if tt.want != nil && *g != before {
				t.Errorf("a refused Recheck changed the grant")
			}
			if tt.want == nil && cmp.Diff(w.user, g.User) != "" {
				t.Errorf("the grant holds the old user")
			}
		})
	}
}

func TestOneRoundTripForTheUser(t *testing.T) {
	w := newWorld(t)
	text := w.mint().Access
	if _, err := w.auth.Authorize(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	w.rows.reads, w.rows.lists = nil, 0
	removal := &pool.Removal{PoolID: poolOther}
	g, err := w.auth.Prove(t.Context(), text)
	if err != nil {
		t.Fatalf("Prove: %v", err)
	}
	if err := w.auth.Recheck(t.Context(), g, removal); err != nil || !g.User.Stored() {
		t.Fatalf("Recheck: %v", err)
	}
	last := w.rows.reads[len(w.rows.reads)-1]
	if diff := cmp.Diff([]row.Key{w.user.RowKey(), w.session.RowKey(), removal.RowKey()}, last); diff != "" {
		t.Errorf("the last read (-want +got):\n%s", diff)
	}
	if len(w.rows.reads) != 3 || w.rows.lists != 0 {
		t.Errorf("%d reads and %d lists for a warm call, want pool, client and user", len(w.rows.reads), w.rows.lists)
	}
}

func TestProve(t *testing.T) {
	w := newWorld(t)
	text := w.mint().Access
	w.user.SignOutEpoch++ // not Prove's to judge
	w.rows.reads = nil
	g, err := w.auth.Prove(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&token.Grant{Pool: w.pool, Client: w.client, Claims: g.Claims}, g); diff != "" {
		t.Errorf("Prove (-want +got):\n%s", diff)
	}
	if g.Sub() != w.user.Sub || g.Claims.EventID != w.session.ID {
		t.Errorf("the grant is for user %s in sign-in %s", g.Sub(), g.Claims.EventID)
	}
	for _, keys := range w.rows.reads {
		for _, k := range keys {
			if k.Table == user.TableUsers || k.Table == user.TableSessions {
				t.Errorf("Prove read %s", k.Table)
			}
		}
	}
	checkFault(t, w.auth.Recheck(t.Context(), g), revoked)
	w.now = w.now.Add(time.Hour)
	_, err = w.auth.Prove(t.Context(), text)
	checkFault(t, err, expired)
	_, err = w.auth.Prove(t.Context(), "x")
	checkFault(t, err, invalid)
}

func TestStoreFailuresAreNoRefusals(t *testing.T) {
	w := newWorld(t)
	text := w.mint().Access
	down := errors.New("down")
	w.rows.fail = down
	if _, err := w.auth.Authorize(t.Context(), text); !errors.Is(err, down) || fault.As(err) != nil {
		t.Errorf("Authorize: %v", err)
	}
	w.rows.fail = nil
	if _, err := w.auth.Authorize(t.Context(), text); err != nil {
		t.Errorf("Authorize afterwards: %v", err)
	}
}

// Sign-in on one node and sign-out on another, within the same second and with
// clocks that are five seconds apart either way.
func TestSignOutDependsOnNoClock(t *testing.T) {
	for _, skew := range []time.Duration{-5 * time.Second, 0, 5 * time.Second} {
		t.Run(skew.String(), func(t *testing.T) {
			w := newWorld(t)
			other := w.authorizer(func() time.Time { return w.now.Add(skew) })
			old := w.mint().Access
			if _, err := other.Authorize(t.Context(), old); err != nil {
				t.Fatalf("the other node before the sign-out: %v", err)
			}
			w.user.SignOutEpoch++
			w.session = w.signIn("8d2a3c1e-0000-4000-8000-000000000009")
			w.rows.put(w.session)
			fresh := w.mint().Access
			for _, node := range []*token.Authorizer{w.auth, other} {
				_, err := node.Authorize(t.Context(), old)
				checkFault(t, err, revoked)
				if _, err := node.Authorize(t.Context(), fresh); err != nil {
					t.Errorf("the sign-in after the sign-out: %v", err)
				}
			}
		})
	}
}

func BenchmarkAuthorizeWarm(b *testing.B) {
	w := newWorld(b)
	text := w.mint().Access
	b.ReportAllocs()
	for b.Loop() {
		w.rows.reads = w.rows.reads[:0]
		if _, err := w.auth.Authorize(b.Context(), text); err != nil {
			b.Fatal(err)
		}
	}
}

// What a token says of its pool is believed before it is judged, so that the pool's
// own firewall and rates apply to those that are refused, too.
func TestClaimedPool(t *testing.T) {
	w := newWorld(t)
	header, claims := w.header(), w.claims()
	for _, test := range []struct {
		name, text string
		want       pool.ID
	}{
		{"good", w.genuine(header, claims), poolOne},
		{"signed with another key", w.craft(w.private(w.ring.other[1]), header, claims), poolOne},
		{"an ID token", w.genuine(header, claims.with("token_use", "id")), poolOne},
		{"a machine's token", w.genuine(header, claims.without("username")), poolOne},
		{"of another pool", w.genuine(header, claims.with("iss", publicURL+"/"+string(poolOther))), poolOther},
		{"of another server", w.genuine(header, claims.with("iss", "https://example.com/"+string(poolOne))), ""},
		{"of no pool", w.genuine(header, claims.with("iss", publicURL+"/pool")), ""},
		{"no token", "token", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := w.authorizer(w.clock)
			if got := a.ClaimedPool(test.text); got != test.want {
				t.Errorf("the token counts to pool %q, want %q", got, test.want)
			}
			_, _ = a.Authorize(t.Context(), test.text)
			if got := a.ClaimedPool(test.text); got != test.want {
				t.Errorf("after it was judged, the token counts to pool %q, want %q", got, test.want)
			}
		})
	}
}
