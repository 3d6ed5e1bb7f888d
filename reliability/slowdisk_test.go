package reliability

import (
	"sync"
	"testing"
)

// Every sync takes seconds: callers wait for theirs, nobody else does, and reads go on.
// Where requests have less time than that, they are answered in time with an internal
// error, and what becomes of their changes is one or the other.
func TestDiskIsSlow(t *testing.T) {
	for _, test := range []struct {
		name, timeout, sync string
		allowed             func(error) error
		await               func(l *load)
	}{
		{"requests have the time", "30s", "1s", none, func(l *load) { l.await(20) }},
		// Two errors of everybody: a change whose time ends just when the disk comes back may
		// meet the one before it, and is then asked to try again.
		{"requests have less time", "3s", "10s", internalOnly, func(l *load) { l.awaitErrors(16) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := newInstallation(t, "")
			n := in.start(t, launch{args: []string{"--request-timeout=" + test.timeout}})
			c := client(n.url, false)
			p := newPeople(t, c, 8)
			l := begin(t, c, p, test.allowed)
			for range often(1, 10) {
				l.await(50)
				release := n.tamper(t, "fdatasync:delay_enter="+test.sync)
				var reading sync.WaitGroup
				reading.Go(func() { readsGoOn(t, c, p) })
				test.await(l)
				reading.Wait()
				release()
				l.await(100)
			}
			l.end(c)
		})
	}
}

// Every sync of the log fails for a while: nothing is acknowledged meanwhile, reads go
// on, and afterwards it goes on by itself.
func TestSyncsFail(t *testing.T) {
	in := newInstallation(t, "")
	n := in.start(t)
	c := client(n.url, false)
	p := newPeople(t, c, 8)
	l := begin(t, c, p, internalOnly)
	for range often(2, 30) {
		l.await(100)
		release := n.tamper(t, "fdatasync,fsync:error=EIO")
		l.awaitErrors(16) // two of everybody: what was on its way before is over
		acked := l.acked.Load()
		l.awaitErrors(30)
		readsGoOn(t, c, p)
		if more := l.acked.Load() - acked; more > 0 {
			t.Errorf("%d changes were acknowledged without a sync", more)
		}
		release()
		l.await(100)
		n.awaitReady(t, recovery)
		p.signIn(t, c, "user-0")
	}
	l.end(c)
	l.endAfterKill(n, in)
}
