package conformance

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/poolhousetest"
)

// stored is a store of its own, of either engine, and how servers and commands reach it.
type stored struct {
	poolhousetest.Options
	name string
}

// newStored returns a store that has nothing in it yet.
func newStored(t *testing.T, name, masterKey string) *stored {
	t.Helper()
	s := &stored{name: name, Options: poolhousetest.Options{Data: filepath.Join(t.TempDir(), "data"), MasterKey: masterKey, PublicURL: "http://localhost:4243"}}
	if name == "postgres" {
		s.Database = poolhousetest.PostgresURL(t)
	}
	return s
}

// place are the arguments that name the store.
func (s *stored) place() []string {
	if s.Database != "" {
		return []string{"--database", s.Database}
	}
	return []string{"--data", s.Data}
}

// serve runs a server on the store until the test ends.
func (s *stored) serve(t *testing.T) *env {
	t.Helper()
	srv := poolhousetest.Start(t, s.Options)
	return &env{Client: newClient(srv.URL), url: srv.URL, srv: srv}
}

// poolhouse runs a command with a master key, or none, and returns what it wrote.
func poolhouse(t *testing.T, masterKey string, args ...string) (string, error) {
	t.Helper()
	path, err := command()
	if err != nil {
		t.Fatal(path, err)
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append(cmd.Environ(), "POOLHOUSE_ROOT_ACCESS_KEY_ID="+poolhousetest.AccessKeyID, "POOLHOUSE_ROOT_SECRET_ACCESS_KEY="+poolhousetest.SecretAccessKey,
		"POOLHOUSE_MASTER_KEY="+masterKey)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, &stderr)
	}
	return string(out), err
}

var digests = regexp.MustCompile(`sha256:[0-9a-f]{64}`)

// digestOf returns the digest that a command told of.
func digestOf(t *testing.T, out string) string {
	t.Helper()
	digest := digests.FindString(out)
	if digest == "" {
		t.Fatalf("no digest in %q", out)
	}
	return digest
}

// arrivals makes users with an e-mail address that is a name, as fast as it can.
type arrivals struct {
	mu       sync.Mutex
	answered map[string]bool
	tried    map[string]bool
	err      error
}

func mailOf(name string) string { return name + "@crowd.example" }

// run makes users until ctx ends, and calls grown after each.
func (c *arrivals) run(ctx context.Context, f *fixture, member int, grown func()) {
	for i := 0; ctx.Err() == nil; i++ {
		name := fmt.Sprintf("crowd-%d-%d", member, i)
		c.mu.Lock()
		c.tried[name] = true
		c.mu.Unlock()
		// Not under ctx: whatever was begun is answered.
		_, err := f.AdminCreateUser(context.WithoutCancel(ctx), &cip.AdminCreateUserInput{
			UserPoolId: &f.pool, Username: &name, MessageAction: types.MessageActionTypeSuppress, UserAttributes: attrs("email="+mailOf(name), "email_verified=true"),
		})
		c.mu.Lock()
		c.answered[name] = err == nil
		c.err = err
		c.mu.Unlock()
		if err != nil {
			return
		}
		grown()
	}
}

// done returns the names that were answered so far.
func (c *arrivals) done() (names []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, ok := range c.answered {
		if ok {
			names = append(names, name)
		}
	}
	return names
}

// wantWhole wants every user of before, and of all others either the user and the name
// that the address is, or neither.
func (c *arrivals) wantWhole(t *testing.T, f *fixture, before []string) {
	t.Helper()
	subs := map[string]string{}
	pages := cip.NewListUsersPaginator(f.Client, &cip.ListUsersInput{UserPoolId: &f.pool, Limit: aws.Int32(60)})
	for pages.HasMorePages() {
		for _, u := range did(pages.NextPage(t.Context()))(t).Users {
			subs[*u.Username] = asMap(u.Attributes)["sub"]
		}
	}
	for _, name := range before {
		if subs[name] == "" {
			t.Errorf("%s was answered before the backup and is not in it", name)
		}
	}
	for name := range c.tried {
		out, err := f.AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: &f.pool, Username: aws.String(mailOf(name))})
		switch {
		case subs[name] == "" && err == nil:
			t.Errorf("%s is no user, but its address names one", name)
		case subs[name] != "" && (err != nil || *out.Username != name || asMap(out.UserAttributes)["sub"] != subs[name]):
			t.Errorf("%s is a user that its address does not name: %v", name, err)
		}
	}
}

// savedWorld is a pool with a user, as it was when the backup was made.
type savedWorld struct {
	pool, client string
	// kept and ended are of a sign-in that goes on, and of one that had ended.
	kept, ended *types.AuthenticationResultType
	keys        string
	file        string
	out         string
	arrivals    *arrivals
	before      []string
}

// saveWorld fills a store, and makes a backup of it by its server while others write.
func saveWorld(t *testing.T, from *stored, seal string) *savedWorld {
	t.Helper()
	f := newFixture(t, from.serve(t), byEmailToo)
	f.user(t, "ann", "email=ann@saved.example", "email_verified=true", "name=Ann")
	f.group(t, "staff", 1, "")
	did(f.AdminAddUserToGroup(t.Context(), &cip.AdminAddUserToGroupInput{UserPoolId: &f.pool, GroupName: aws.String("staff"), Username: aws.String("ann")}))(t)
	w := &savedWorld{pool: f.pool, client: f.client, kept: f.signIn(t, "ann"), ended: f.signIn(t, "ann"), keys: string(f.publicKeys(t)),
		file: filepath.Join(t.TempDir(), "world.backup"), arrivals: &arrivals{answered: map[string]bool{}, tried: map[string]bool{}}}
	did(f.RevokeToken(t.Context(), &cip.RevokeTokenInput{ClientId: &f.client, Token: w.ended.RefreshToken}))(t)

	ctx, stop := context.WithCancel(t.Context())
	grown := make(chan struct{}, 1)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			w.arrivals.run(ctx, f, i, func() {
				select {
				case grown <- struct{}{}:
				default:
				}
			})
		})
	}
	defer all.Wait()
	defer stop()
	for len(w.arrivals.done()) < 100 {
		select {
		case <-grown:
		case <-t.Context().Done():
			t.Fatal("nothing is written")
		}
	}
	w.before = w.arrivals.done()
	var err error
	w.out, err = poolhouse(t, "", "backup", "--endpoint", f.url, seal, w.file)
	noError(t, err)
	stop()
	all.Wait()
	if w.arrivals.err != nil {
		t.Errorf("a writer beside the backup: %v", w.arrivals.err)
	}
	return w
}

// A server goes on while it is backed up, and what was answered before is in the backup,
// which any engine takes. There, everything is as it was: passwords, sign-ins, keys.
func TestBackupIsRestored(t *testing.T) {
	skipElsewhere(t)
	for i, from := range []string{"sqlite", "postgres"} {
		t.Run("from "+from, func(t *testing.T) {
			key := newMasterKey()
			w := saveWorld(t, newStored(t, from, key), []string{"--seal", "--no-seal"}[i])
			if info := did(os.Stat(w.file))(t); info.Mode().Perm() != 0o600 {
				t.Errorf("the file has the mode %v", info.Mode())
			}
			checked, err := poolhouse(t, key, "restore", "--verify-only", w.file)
			noError(t, err)
			if digestOf(t, checked) != digestOf(t, w.out) {
				t.Errorf("backup told of\n%s\nand its check of\n%s", w.out, checked)
			}
			for _, to := range []string{"sqlite", "postgres"} {
				t.Run("to "+to, func(t *testing.T) { w.wantRestored(t, newStored(t, to, key)) })
			}
			t.Run("without sign-ins", func(t *testing.T) {
				there := newStored(t, from, key)
				_, err := poolhouse(t, key, append([]string{"restore", "--end-sign-ins", w.file}, there.place()...)...)
				noError(t, err)
				f := &fixture{env: there.serve(t), pool: w.pool, client: w.client}
				wantEnded(t, "a sign-in of the backup", f.env, w.kept.AccessToken, "NotAuthorizedException", revokedToken)
				f.own(t, f.signIn(t, "ann").AccessToken)
			})
		})
	}
}

func (w *savedWorld) wantRestored(t *testing.T, there *stored) {
	t.Helper()
	out, err := poolhouse(t, there.MasterKey, append([]string{"restore", w.file}, there.place()...)...)
	noError(t, err)
	again, err := poolhouse(t, there.MasterKey, append([]string{"backup", filepath.Join(t.TempDir(), "again.backup")}, there.place()...)...)
	noError(t, err)
	if want := digestOf(t, w.out); digestOf(t, out) != want || digestOf(t, again) != want {
		t.Errorf("the backup, its restore and a backup of that:\n%s\n%s\n%s", w.out, out, again)
	}
	f := &fixture{env: there.serve(t), pool: w.pool, client: w.client}
	w.arrivals.wantWhole(t, f, w.before)
	if diff := cmp.Diff(w.keys, string(f.publicKeys(t))); diff != "" {
		t.Errorf("public keys (-want +got):\n%s", diff)
	}
	if got := f.own(t, w.kept.AccessToken); got["name"] != "Ann" || got["email"] != "ann@saved.example" {
		t.Errorf("with a token from before: %v", got)
	}
	f.own(t, f.refresh(t, *w.kept.RefreshToken).AccessToken)
	wantEnded(t, "a sign-in that had ended", f.env, w.ended.AccessToken, "NotAuthorizedException", revokedToken)
	f.own(t, f.signIn(t, "ann@saved.example").AccessToken)
	if _, err := f.trySignIn(t, "ann", password+"x"); err == nil {
		t.Error("a wrong password is taken")
	}
	if diff := cmp.Diff([]string{"staff"}, f.groupsOf(t, "ann")); diff != "" {
		t.Errorf("groups (-want +got):\n%s", diff)
	}
	f.user(t, "new", "email=new@saved.example", "email_verified=true")
}
