package reliability

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// The power goes under load, and what the file system had not put on its disk is gone:
// the next start finds everything that was acknowledged and nothing in part.
func TestPowerFails(t *testing.T) {
	v := newDisk(t, 64<<20)
	in := newInstallation(t, "")
	in.data = v.folder
	n := in.start(t)
	c := client(n.url, false)
	p := newPeople(t, c, 8)
	a := &arrivals{pool: p.pool}
	for range often(3, 100) {
		c = client(n.url, false)
		a.client = c
		l := begin(t, c, p, retryable)
		l.await(50)
		a.some(t, 10)
		var coming sync.WaitGroup
		coming.Go(func() {
			for a.one() == nil {
			}
		})
		// Linux may call a sync that this overtakes a success. What was acknowledged
		// before is not to be lost.
		l.draw()
		sure := a.acknowledged()
		v.shutDown(t)
		coming.Wait()
		// Nobody is told of success any more.
		l.awaitErrors(8)
		acked := l.acked.Load()
		l.awaitErrors(16)
		if more := l.acked.Load() - acked; more > 0 {
			t.Errorf("%d changes were acknowledged without a disk", more)
		}
		l.halt()
		n.kill()
		noError(t, v.unmount())
		noError(t, v.mount())
		n = in.start(t)
		c = client(n.url, false)
		a.client = c
		l.end(c)
		a.areThere(t, sure)
		a.agree(t)
	}
}

// agree sees that each of those who were sent is both listed and found by the name, or
// neither.
func (a *arrivals) agree(t testing.TB) {
	t.Helper()
	ctx, c, pool := context.Background(), a.client, a.pool
	users := cip.NewListUsersPaginator(c, &cip.ListUsersInput{UserPoolId: &pool})
	listed := make(map[string]bool)
	for users.HasMorePages() {
		page, err := users.NextPage(ctx)
		noError(t, err)
		for _, u := range page.Users {
			listed[*u.Username] = true
		}
	}
	for i := range a.sent {
		name := fmt.Sprintf("new-%d", i+1)
		_, err := c.AdminGetUser(ctx, &cip.AdminGetUserInput{UserPoolId: &pool, Username: &name})
		var missing *types.UserNotFoundException
		if listed[name] != (err == nil) || err != nil && !errors.As(err, &missing) {
			t.Errorf("user %s is listed: %v; by the name: %v", name, listed[name], err)
		}
	}
}
