package reliability

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// The volume of the embedded database is full under load, of which some takes room for
// good: what finds no room is refused with an internal error, reads go on, nothing
// acknowledged is lost, and when there is room again all goes on by itself. The log,
// which has the room that it has, is moved into the file meanwhile, and the file finds none.
func TestDiskFull(t *testing.T) {
	v := newMemory(t, 24<<20)
	in := newInstallation(t, "")
	in.data = v.folder
	n := in.start(t)
	c := client(n.url, false)
	p := newPeople(t, c, 8)
	l := begin(t, c, p, internalOnly)
	a := &arrivals{client: c, pool: p.pool}
	for range often(2, 30) {
		l.await(100)
		a.some(t, 20)
		release := v.fill(t)
		// Updates find no room either once the log is used up by those who are new.
		a.untilRefused(t, 20)
		l.awaitErrors(20)
		readsGoOn(t, c, p)
		release()
		l.await(100)
		a.some(t, 20)
		n.awaitReady(t, recovery)
		p.signIn(t, c, "user-0")
	}
	l.end(c)
	a.areThere(t, a.acked)
	l.endAfterKill(n, in)
}

// readsGoOn reads as users do and as administrators do.
func readsGoOn(t testing.TB, c *cip.Client, p *people) {
	t.Helper()
	for range 20 {
		for _, token := range p.tokens {
			if _, err := count(c, token); err != nil {
				t.Errorf("reading while nothing can be written: %v", err)
				return
			}
		}
		if _, err := c.ListUsers(context.Background(), &cip.ListUsersInput{UserPoolId: &p.pool, Limit: aws.Int32(10)}); err != nil {
			t.Errorf("listing users while nothing can be written: %v", err)
			return
		}
	}
}

// arrivals are users who are made one after the other, and what was acknowledged.
type arrivals struct {
	client *cip.Client
	pool   string
	sent   int
	mu     sync.Mutex
	acked  []string
}

func (a *arrivals) one() error {
	a.sent++
	name := fmt.Sprintf("new-%d", a.sent)
	_, err := a.client.AdminCreateUser(context.Background(), &cip.AdminCreateUserInput{
		UserPoolId: &a.pool, Username: &name, MessageAction: types.MessageActionTypeSuppress,
	})
	if err == nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.acked = append(a.acked, name)
	}
	return err
}

func (a *arrivals) some(t testing.TB, n int) {
	t.Helper()
	for range n {
		noError(t, a.one())
	}
}

// untilRefused goes on until n were refused with an internal error, each of them after
// the one before.
func (a *arrivals) untilRefused(t testing.TB, n int) {
	t.Helper()
	for refused, tries := 0, 0; refused < n; tries++ {
		if err := a.one(); err != nil {
			noError(t, internalOnly(err))
			refused++
		}
		if tries > 20_000 {
			t.Fatalf("only %d of %d users were refused", refused, tries)
		}
	}
}

// acknowledged returns who was acknowledged until now.
func (a *arrivals) acknowledged() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.acked)
}

func (a *arrivals) areThere(t testing.TB, names []string) {
	t.Helper()
	for _, name := range names {
		if _, err := a.client.AdminGetUser(context.Background(), &cip.AdminGetUserInput{UserPoolId: &a.pool, Username: &name}); err != nil {
			t.Errorf("user %s was acknowledged: %v", name, err)
		}
	}
	t.Logf("%d users were acknowledged, all are there", len(names))
}

// On a volume that is small beside what the log may grow to, the log does not take the
// room that the file needs.
func TestSmallVolume(t *testing.T) {
	in := newInstallation(t, "")
	in.data = newMemory(t, 8<<20).folder
	n := in.start(t)
	c := client(n.url, false)
	p := newPeople(t, c, 8)
	l := begin(t, c, p, none)
	a := &arrivals{client: c, pool: p.pool}
	for range often(2, 20) {
		l.await(1000) // some ten megabytes
		a.some(t, 20)
	}
	l.end(c)
	a.areThere(t, a.acked)
	l.endAfterKill(n, in)
}
