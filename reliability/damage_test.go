package reliability

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"poolhouse.dev/internal/store/sqlstore/sqlite"
)

// The server is killed under load and its disk damages the end of the log: the next start
// says so and goes on from the commits before. Users and names agree.
func TestLogIsDamaged(t *testing.T) {
	in := newInstallation(t, "")
	n := in.start(t)
	p := newPeople(t, client(n.url, false), 8)
	a := &arrivals{pool: p.pool}
	for range often(2, 50) {
		// A log that holds nothing but this round.
		if code := n.stop(t); code != 0 {
			t.Fatalf("the node ended with %d", code)
		}
		n = in.start(t)
		c := client(n.url, false)
		l := begin(t, c, p, retryable)
		a.client = c
		l.await(20)
		a.some(t, 10)
		l.await(20)
		l.halt()
		n.kill()
		path := filepath.Join(in.data, sqlite.FileName+"-wal")
		log, err := os.ReadFile(path)
		noError(t, err)
		// A sector before the last commits of this process.
		place := len(log)/2 + rand.IntN(len(log)/4)
		for i := range 512 {
			log[place+i] ^= 0x55
		}
		noError(t, os.WriteFile(path, log, 0o600))
		n = in.start(t)
		if said := n.log.tail(4 << 10); !strings.Contains(said, "the log of the database is damaged") {
			t.Errorf("the start says nothing of the damage: %s", said)
		}
		a.client = client(n.url, false)
		a.agree(t)
		for i, w := range l.writers {
			if stored, err := count(a.client, w.token); err != nil || stored > w.sent {
				t.Errorf("writer %d: %d is stored, %d was sent last (%v)", i, stored, w.sent, err)
			}
		}
	}
}

// Pages of the file cannot be read any more. Whoever needs one is answered with an
// internal error, the process lives on and its log names the damage, and with a
// backup in the file's place all is there.
func TestFileIsDamaged(t *testing.T) {
	in := newInstallation(t, "")
	n := in.start(t)
	c := client(n.url, false)
	p := newPeople(t, c, 8)
	a := &arrivals{client: c, pool: p.pool}
	a.some(t, 200)
	if code := n.stop(t); code != 0 {
		t.Fatalf("the node ended with %d", code)
	}
	path := filepath.Join(in.data, sqlite.FileName)
	backup, err := os.ReadFile(path)
	noError(t, err)
	for range often(3, 50) {
		damaged := append([]byte(nil), backup...)
		for range len(damaged) / 4096 / 3 {
			page := 1 + rand.IntN(len(damaged)/4096-1)
			clear(damaged[page*4096 : page*4096+4096])
		}
		noError(t, os.WriteFile(path, damaged, 0o600))
		n := in.spawn(t)
		if n.isUp(t) {
			c := client(n.url, false)
			failed := 0
			for _, token := range p.tokens {
				if _, err := count(c, token); err != nil {
					noError(t, internalOnly(err))
					failed++
				}
			}
			n.kill()
			if said := n.log.tail(64 << 10); failed > 0 && !strings.Contains(said, "malformed") {
				t.Errorf("%d reads failed, and the log does not say why:\n%s", failed, said)
			}
		} else if said := n.log.tail(4 << 10); !strings.Contains(said, "the file is damaged") && !strings.Contains(said, "malformed") {
			t.Errorf("the start says %q", said)
		}
	}
	for _, name := range []string{"-wal", "-shm"} {
		if err := os.Remove(path + name); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	noError(t, os.WriteFile(path, backup, 0o600))
	a.client = client(in.start(t).url, false)
	a.areThere(t, a.acked)
	a.agree(t)
}

// The data folder is deleted under load. Nothing is acknowledged from then on, since
// nobody would find it again; the server says so and makes no new database in its place.
func TestDataFolderIsDeleted(t *testing.T) {
	for name, remove := range map[string]func(folder string) error{
		"the folder": os.RemoveAll,
		"the file":   func(folder string) error { return os.Remove(filepath.Join(folder, sqlite.FileName)) },
		"the log":    func(folder string) error { return os.Remove(filepath.Join(folder, sqlite.FileName+"-wal")) },
	} {
		t.Run(name, func(t *testing.T) {
			in := newInstallation(t, "")
			n := in.start(t)
			c := client(n.url, false)
			l := begin(t, c, newPeople(t, c, 8), internalOnly)
			l.await(50)
			noError(t, remove(in.data))
			l.awaitErrors(8)
			acked := l.acked.Load()
			l.awaitErrors(24)
			if more := l.acked.Load() - acked; more > 0 {
				t.Errorf("%d changes were acknowledged", more)
			}
			if ready, err := n.isReady(); ready || err != nil {
				t.Errorf("the node says that it is ready (%v)", err)
			}
			if said := n.log.tail(4 << 10); !strings.Contains(said, "removed or replaced while it was in use") {
				t.Errorf("the log does not say what happened:\n%s", said)
			}
			if _, err := os.Stat(filepath.Join(in.data, sqlite.FileName)); name != "the log" && !os.IsNotExist(err) {
				t.Errorf("there is a new file (%v)", err)
			}
		})
	}
}
