package cached_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"poolhouse.dev/internal/instance"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/cached"
	"poolhouse.dev/internal/user"
)

var start = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// inner is a store of a few kinds of rows that counts what it is asked.
type inner struct {
	mu     sync.Mutex
	rows   map[row.Key]row.Row
	reads  [][]row.Key
	fail   error
	onRead func() // runs after the rows were looked up, before Read returns
}

func newInner(rows ...row.Row) *inner {
	s := &inner{rows: make(map[row.Key]row.Row)}
	for _, r := range rows {
		*r.Stamped() = row.Stamp{Version: 1, SetID: "start"}
		s.rows[r.RowKey()] = r
	}
	return s
}

func (s *inner) Read(_ context.Context, rows ...row.Row) error {
	s.mu.Lock()
	var keys []row.Key
	for _, r := range rows {
		keys = append(keys, r.RowKey())
		*r.Stamped() = row.Stamp{}
		switch stored := s.rows[r.RowKey()].(type) {
		case *pool.Pool:
			*r.(*pool.Pool) = *stored
		case *pool.Removal:
			*r.(*pool.Removal) = *stored
		case *pool.Client:
			*r.(*pool.Client) = *stored
		case *instance.AccessKey:
			*r.(*instance.AccessKey) = *stored
		case *user.User:
			*r.(*user.User) = *stored
		}
	}
	s.reads = append(s.reads, keys)
	fail, then := s.fail, s.onRead
	s.mu.Unlock()
	if then != nil {
		then()
	}
	return fail
}

func (s *inner) Commit(_ context.Context, set *store.ChangeSet) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	set.Applied()
	for _, c := range set.Changes {
		switch c.Op {
		case store.OpInsert, store.OpUpdate:
			s.rows[c.Row.RowKey()] = c.Row
		case store.OpDelete, store.OpDrop:
			delete(s.rows, c.Row.RowKey())
		}
	}
	return nil
}

func (s *inner) List(context.Context, store.Query) (store.Page, error) {
	return store.Page{Next: store.Cursor{"asked"}}, nil
}

func (s *inner) Count(context.Context, store.Query) (int64, error) { return 7, nil }

// clock is a time that tests move.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func open(in *inner) (*cached.Store, *clock) {
	c := &clock{t: start}
	return cached.New(in, 2*time.Second, c.now), c
}

func read(t *testing.T, s store.Reader, rows ...row.Row) {
	t.Helper()
	if err := s.Read(t.Context(), rows...); err != nil {
		t.Fatalf("Read: %v", err)
	}
}

func TestConfigurationIsRemembered(t *testing.T) {
	in := newInner(&pool.Pool{ID: "r_1", Name: "one"}, &pool.Client{ID: "c", Name: "web"},
		&instance.AccessKey{ID: "AK"}, &pool.Removal{PoolID: "r_2"})
	s, c := open(in)
	ask := func() []row.Row {
		rows := []row.Row{&pool.Pool{ID: "r_1"}, &pool.Client{ID: "c"}, &instance.AccessKey{ID: "AK"}, &pool.Removal{PoolID: "r_2"}}
		read(t, s, rows...)
		return rows
	}
	first := ask()
	c.t = c.t.Add(2*time.Second - 1)
	if diff := cmp.Diff(first, ask()); diff != "" {
		t.Errorf("remembered rows differ (-read +remembered):\n%s", diff)
	}
	if len(in.reads) != 1 {
		t.Errorf("%d reads within the life, want 1", len(in.reads))
	}
	c.t = c.t.Add(1)
	ask()
	if len(in.reads) != 2 {
		t.Errorf("%d reads when the life is over, want 2", len(in.reads))
	}
}

func TestOnlyTheMissingAreReadAndInOrder(t *testing.T) {
	in := newInner(&pool.Pool{ID: "r_1"}, &user.User{PoolID: "r_1", Sub: "u", Username: "ann"})
	s, _ := open(in)
	read(t, s, &pool.Pool{ID: "r_1"})
	u := &user.User{PoolID: "r_1", Sub: "u"}
	read(t, s, u, &pool.Pool{ID: "r_1"}, &pool.Client{ID: "c"})
	if u.Username != "ann" {
		t.Errorf("the user was not read")
	}
	want := []row.Key{u.RowKey(), (&pool.Client{ID: "c"}).RowKey()}
	if diff := cmp.Diff(want, in.reads[1]); diff != "" {
		t.Errorf("inner read (-want +got):\n%s", diff)
	}
}

func TestPeopleAreNeverRemembered(t *testing.T) {
	in := newInner(&user.User{PoolID: "r_1", Sub: "u"})
	s, _ := open(in)
	for range 3 {
		read(t, s, &user.User{PoolID: "r_1", Sub: "u"})
	}
	if len(in.reads) != 3 {
		t.Errorf("%d reads, want 3", len(in.reads))
	}
}

func TestAbsence(t *testing.T) {
	for _, tt := range []struct {
		name string
		row  func() row.Row
		want int
	}{
		{"a client's is not remembered", func() row.Row { return &pool.Client{ID: "c"} }, 2},
		{"a pool's is not remembered", func() row.Row { return &pool.Pool{ID: "r_1"} }, 2},
		{"an access key's is not remembered", func() row.Row { return &instance.AccessKey{ID: "AK"} }, 2},
		{"a removal's is remembered", func() row.Row { return &pool.Removal{PoolID: "r_1"} }, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := newInner()
			s, _ := open(in)
			for range 2 {
				r := tt.row()
				*r.Stamped() = row.Stamp{Version: 9}
				read(t, s, r)
				if r.Stamped().Stored() {
					t.Errorf("an absent row looks stored")
				}
			}
			if len(in.reads) != tt.want {
				t.Errorf("%d reads, want %d", len(in.reads), tt.want)
			}
		})
	}
}

func TestCommitForgets(t *testing.T) {
	unknown := fmt.Errorf("lost: %w", store.ErrUnknown)
	for _, tt := range []struct {
		name string
		fail error
		make func(set *store.ChangeSet, p *pool.Pool)
		want int // reads of the inner store after the commit
	}{
		{"an update", nil, func(set *store.ChangeSet, p *pool.Pool) { set.Update(p) }, 1},
		{"a delete", nil, func(set *store.ChangeSet, p *pool.Pool) { set.Delete(p) }, 1},
		{"a drop", nil, func(set *store.ChangeSet, p *pool.Pool) { set.Drop(p) }, 1},
		{"a conflict", store.ErrConflict, func(set *store.ChangeSet, p *pool.Pool) { set.Update(p) }, 1},
		{"an unknown outcome", unknown, func(set *store.ChangeSet, p *pool.Pool) { set.Update(p) }, 1},
		{"an expectation that failed", store.ErrConflict, func(set *store.ChangeSet, p *pool.Pool) { set.Expect(p) }, 1},
		{"not an expectation that held", nil, func(set *store.ChangeSet, p *pool.Pool) { set.Expect(p) }, 0},
		{"not a set about a user", nil, func(set *store.ChangeSet, _ *pool.Pool) { set.Insert(&user.User{PoolID: "r_1", Sub: "u"}) }, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := newInner(&pool.Pool{ID: "r_1"})
			s, _ := open(in)
			p := &pool.Pool{ID: "r_1"}
			read(t, s, p)
			set := store.NewChangeSet()
			tt.make(set, p)
			in.fail = tt.fail
			if err := s.Commit(t.Context(), set); !errors.Is(err, tt.fail) {
				t.Fatalf("Commit: %v, want %v", err, tt.fail)
			}
			in.fail = nil
			in.reads = nil
			read(t, s, &pool.Pool{ID: "r_1"})
			if len(in.reads) != tt.want {
				t.Errorf("%d reads after the commit, want %d", len(in.reads), tt.want)
			}
		})
	}
}

func TestRemovalIsSeenAtOnce(t *testing.T) {
	in := newInner(&pool.Pool{ID: "r_1"})
	s, _ := open(in)
	read(t, s, &pool.Pool{ID: "r_1"}, &pool.Removal{PoolID: "r_1"})
	set := store.NewChangeSet()
	set.Insert(&pool.Removal{PoolID: "r_1"})
	if err := s.Commit(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	r := &pool.Removal{PoolID: "r_1"}
	read(t, s, r)
	if !r.Stored() {
		t.Errorf("the removal is not seen")
	}
}

// A read that looked before a commit and answers after it must leave nothing
// old behind.
func TestReadThatACommitOvertook(t *testing.T) {
	in := newInner(&pool.Pool{ID: "r_1", Name: "old"})
	s, _ := open(in)
	in.onRead = func() {
		in.onRead = nil
		set := store.NewChangeSet()
		set.Update(&pool.Pool{ID: "r_1", Name: "new", Stamp: row.Stamp{Version: 1}})
		if err := s.Commit(t.Context(), set); err != nil {
			t.Errorf("Commit: %v", err)
		}
	}
	overtaken := &pool.Pool{ID: "r_1"}
	read(t, s, overtaken)
	if overtaken.Name != "old" {
		t.Fatalf("the read saw %q; it should have been overtaken", overtaken.Name)
	}
	after := &pool.Pool{ID: "r_1"}
	read(t, s, after)
	if after.Name != "new" {
		t.Errorf("read %q after the commit, want new", after.Name)
	}
}

func TestCallersStructsAreTheirOwn(t *testing.T) {
	in := newInner(&pool.Pool{ID: "r_1", Name: "one"})
	s, _ := open(in)
	for range 3 { // first read, and twice from memory
		p := &pool.Pool{ID: "r_1"}
		read(t, s, p)
		if p.Name != "one" || p.Version != 1 {
			t.Fatalf("read %q at version %d", p.Name, p.Version)
		}
		p.Name, p.Stamp = "changed", row.Stamp{Version: 9}
	}
}

func TestFailedReadsLeaveNothing(t *testing.T) {
	in := newInner(&pool.Pool{ID: "r_1"})
	s, _ := open(in)
	in.fail = store.ErrUnavailable
	if err := s.Read(t.Context(), &pool.Pool{ID: "r_1"}); !errors.Is(err, store.ErrUnavailable) {
		t.Fatalf("Read: %v", err)
	}
	in.fail = nil
	read(t, s, &pool.Pool{ID: "r_1"})
	if len(in.reads) != 2 {
		t.Errorf("%d reads, want 2", len(in.reads))
	}
}

func TestListsPassThrough(t *testing.T) {
	s, _ := open(newInner())
	if page, err := s.List(t.Context(), store.Query{}); err != nil || len(page.Next) != 1 {
		t.Errorf("List: %v, %v", page, err)
	}
	if n, err := s.Count(t.Context(), store.Query{}); err != nil || n != 7 {
		t.Errorf("Count: %d, %v", n, err)
	}
}

// Whoever commits an update reads it back, whatever other readers do meanwhile.
func TestReadYourWritesUnderConcurrency(t *testing.T) {
	in := newInner(&pool.Pool{ID: "r_1", Name: "0"})
	s, _ := open(in)
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					_ = s.Read(context.Background(), &pool.Pool{ID: "r_1"})
				}
			}
		})
	}
	for i := 1; i <= 300; i++ {
		name := fmt.Sprint(i)
		set := store.NewChangeSet()
		set.Update(&pool.Pool{ID: "r_1", Name: name, Stamp: row.Stamp{Version: int64(i)}})
		if err := s.Commit(t.Context(), set); err != nil {
			t.Fatal(err)
		}
		p := &pool.Pool{ID: "r_1"}
		read(t, s, p)
		if p.Name != name {
			t.Fatalf("read %q after writing %q", p.Name, name)
		}
	}
	close(stop)
	readers.Wait()
}

// TestLentConfiguration holds what is handed out without a copy to what Read would fill in.
func TestLentConfiguration(t *testing.T) {
	in := newInner(&pool.Pool{ID: "r_1", Name: "one"})
	s, c := open(in)
	stored, absent := &pool.Pool{ID: "r_1"}, &pool.Removal{PoolID: "r_1"}
	if got := s.Lend(stored.RowKey()); got != nil {
		t.Fatalf("%v is remembered before it was read", got)
	}
	read(t, s, stored, absent)
	if diff := cmp.Diff(row.Row(stored), s.Lend(stored.RowKey())); diff != "" {
		t.Errorf("remembered (-want +got):\n%s", diff)
	}
	if got := s.Lend(absent.RowKey()); got == nil || got.Stamped().Stored() {
		t.Errorf("the absent row is remembered as %v", got)
	}
	set := store.NewChangeSet()
	changed := stored.Clone()
	changed.Name = "two"
	set.Update(changed)
	if err := s.Commit(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	if got := s.Lend(stored.RowKey()); got != nil {
		t.Errorf("%v is remembered after a commit changed it", got)
	}
	read(t, s, stored)
	c.t = c.t.Add(2 * time.Second)
	if got := s.Lend(stored.RowKey()); got != nil {
		t.Errorf("%v is remembered after its life", got)
	}
}

// lender is an inner store that lends its rows.
type lender struct{ *inner }

func (s lender) Lend(key row.Key) row.Row { return s.rows[key] }

// TestLentPeople tells that rows about people are lent as the inner store does, and
// configuration is not: there the memory's life counts.
func TestLentPeople(t *testing.T) {
	u, p := &user.User{PoolID: "r_1", Sub: "u"}, &pool.Pool{ID: "r_1"}
	in := newInner(u, p)
	s := cached.New(lender{in}, time.Second, time.Now)
	if got := s.Lend(u.RowKey()); got != row.Row(u) {
		t.Errorf("the user is lent as %v", got)
	}
	if got := s.Lend(p.RowKey()); got != nil {
		t.Errorf("the pool is lent as %v", got)
	}
	if got := cached.New(in, time.Second, time.Now).Lend(u.RowKey()); got != nil {
		t.Errorf("a store that lends nothing lent %v", got)
	}
}
