package user_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

const annSub user.Sub = "34c84488-e0e1-70ae-d2ee-991ad1a898c8"

var (
	now    = time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)
	before = now.Add(-24 * time.Hour)
)

// newPool returns a pool with the standard schema, four attributes of its own
// (custom:tier, a String of 2 to 5 characters; custom:age, a Number from 1 to
// 150; custom:staff, a Boolean; custom:badge, immutable) and one for developers
// (dev:custom:rank).
func newPool(change ...func(*pool.Settings)) *pool.Pool {
	p := &pool.Pool{ID: "eu-test-1_abcdefghi", Region: "eu-test-1"}
	text := func(s string) *string { return &s }
	p.Settings.Schema = append(pool.StandardSchema(),
		pool.Attribute{Name: "custom:tier", Type: pool.TypeString, Mutable: true, String: &pool.Limits{Min: text("2"), Max: text("5")}},
		pool.Attribute{Name: "custom:age", Type: pool.TypeNumber, Mutable: true, Number: &pool.Limits{Min: text("1"), Max: text("150")}},
		pool.Attribute{Name: "custom:staff", Type: pool.TypeBoolean, Mutable: true},
		pool.Attribute{Name: "custom:badge", Type: pool.TypeString},
		pool.Attribute{Name: "dev:custom:rank", Type: pool.TypeString, Mutable: true, DeveloperOnly: true},
	)
	for _, c := range change {
		c(&p.Settings)
	}
	return p
}

func insensitive(s *pool.Settings) { no := false; s.CaseSensitive = &no }

func aliases(attrs ...string) func(*pool.Settings) {
	return func(s *pool.Settings) { s.Aliases = attrs }
}

func named(attrs ...string) func(*pool.Settings) {
	return func(s *pool.Settings) { s.UsernameAttributes = attrs }
}

func autoVerified(attrs ...string) func(*pool.Settings) {
	return func(s *pool.Settings) { s.AutoVerified = attrs }
}

// verifyFirst also verifies the attributes automatically, as the service demands.
func verifyFirst(attrs ...string) func(*pool.Settings) {
	return func(s *pool.Settings) { s.AutoVerified, s.VerifyBeforeUpdate = attrs, attrs }
}

func required(attrs ...string) func(*pool.Settings) {
	return func(s *pool.Settings) { each(s, attrs, func(a *pool.Attribute) { a.Required = true }) }
}

func immutable(attrs ...string) func(*pool.Settings) {
	return func(s *pool.Settings) { each(s, attrs, func(a *pool.Attribute) { a.Mutable = false }) }
}

func each(s *pool.Settings, names []string, change func(*pool.Attribute)) {
	for _, name := range names {
		a, ok := s.Schema.Find(name)
		if !ok {
			panic("no attribute " + name)
		}
		change(a)
	}
}

// newClient returns a client that may write all that any client may; with names
// it has a list of its own.
func newClient(p *pool.Pool, write ...string) *pool.Client {
	return &pool.Client{ID: "client1", PoolID: p.ID, Settings: pool.ClientSettings{SchemaSize: len(p.Settings.Schema), WriteAttributes: write}}
}

// attrs makes attributes from names and values in turn.
func attrs(namesAndValues ...string) user.Attributes {
	var list user.Attributes
	for i := 0; i < len(namesAndValues); i += 2 {
		list = append(list, user.Attribute{Name: namesAndValues[i], Value: namesAndValues[i+1]})
	}
	return list
}

// newAnn returns a confirmed user who is stored.
func newAnn(p *pool.Pool, namesAndValues ...string) *user.User {
	u := &user.User{
		PoolID: p.ID, Sub: annSub, Username: "ann", Status: user.Confirmed, Attributes: attrs(namesAndValues...),
		Verifier: []byte("sealed"), PasswordSetAt: before, CreatedAt: before, ModifiedAt: before,
	}
	if p.UsesUsernameAttributes() {
		u.Username = string(annSub)
	}
	u.Version = 3
	return u
}

// wantFault checks an error's exception name and its exact text; "" is no error.
func wantFault(t *testing.T, err error, code, message string) {
	t.Helper()
	if code == "" {
		if err != nil {
			t.Errorf("refused: %v", err)
		}
		return
	}
	f := fault.As(err)
	if f == nil {
		t.Errorf("got %v, want %s", err, code)
		return
	}
	if diff := cmp.Diff(code+": "+message, f.Error()); diff != "" {
		t.Errorf("fault (-want +got):\n%s", diff)
	}
}

func wantSame(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// names lists aliases as kind=key.
func names(list []*user.Alias) []string {
	var out []string
	for _, a := range list {
		out = append(out, string(a.Kind)+"="+a.Key)
	}
	return out
}

const (
	notAuthorized    = "NotAuthorizedException"
	invalidParameter = "InvalidParameterException"
	expiredCode      = "ExpiredCodeException"
)
