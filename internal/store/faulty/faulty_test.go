package faulty_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"poolhouse.dev/internal/instance"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/faulty"
)

// counter is an inner store that counts and may fail by itself.
type counter struct {
	commits, reads, lists int
	fail                  error
}

func (s *counter) Commit(_ context.Context, set *store.ChangeSet) error {
	s.commits++
	if s.fail == nil {
		set.Applied()
	}
	return s.fail
}

func (s *counter) Read(context.Context, ...row.Row) error { s.reads++; return s.fail }

func (s *counter) List(context.Context, store.Query) (store.Page, error) {
	s.lists++
	return store.Page{Next: store.Cursor{"x"}}, s.fail
}

func (s *counter) Count(context.Context, store.Query) (int64, error) { s.lists++; return 3, s.fail }

func TestOutcomesOfCommits(t *testing.T) {
	own := errors.New("its own")
	for _, tt := range []struct {
		name    string
		outcome faulty.Outcome
		fail    error
		want    error
		applied bool
		asked   int
	}{
		{"pass", faulty.Pass, nil, nil, true, 1},
		{"conflict", faulty.Conflict, nil, store.ErrConflict, false, 0},
		{"unavailable", faulty.Unavailable, nil, store.ErrUnavailable, false, 0},
		{"lost, applied", faulty.LostApplied, nil, store.ErrUnknown, false, 1},
		{"lost, dropped", faulty.LostDropped, nil, store.ErrUnknown, false, 0},
		{"a failure of the inner store", faulty.LostApplied, own, own, false, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := &counter{fail: tt.fail}
			s := faulty.New(faulty.Config{Inner: in, Commit: faulty.Script(tt.outcome)})
			r := &instance.Material{Name: "m"}
			set := store.NewChangeSet()
			set.Insert(r)
			if err := s.Commit(t.Context(), set); !errors.Is(err, tt.want) {
				t.Errorf("Commit: %v, want %v", err, tt.want)
			}
			if r.Stored() != tt.applied {
				t.Errorf("the row is stamped: %v, want %v", r.Stored(), tt.applied)
			}
			if in.commits != tt.asked {
				t.Errorf("the inner store was asked %d times, want %d", in.commits, tt.asked)
			}
			in.fail = nil
			if err := s.Commit(t.Context(), store.NewChangeSet()); err != nil {
				t.Errorf("the commit after the script: %v", err)
			}
			if s.Commits() != 2 {
				t.Errorf("Commits = %d, want 2", s.Commits())
			}
		})
	}
}

func TestReadsAndLists(t *testing.T) {
	in := &counter{}
	s := faulty.New(faulty.Config{
		Inner: in,
		Read: func(n int, _ []row.Row) faulty.Outcome {
			if n == 2 {
				return faulty.Unavailable
			}
			return faulty.Pass
		},
		List: func(n int, _ store.Query) faulty.Outcome {
			if n == 2 || n == 3 {
				return faulty.Outcome{Err: store.ErrUnavailable}
			}
			return faulty.Pass
		},
	})
	for i, want := range []error{nil, store.ErrUnavailable, nil} {
		if err := s.Read(t.Context()); !errors.Is(err, want) {
			t.Errorf("read %d: %v, want %v", i+1, err, want)
		}
	}
	if page, err := s.List(t.Context(), store.Query{}); err != nil || page.Next == nil {
		t.Errorf("List: %v, %v", page, err)
	}
	if page, err := s.List(t.Context(), store.Query{}); !errors.Is(err, store.ErrUnavailable) || page.Next != nil {
		t.Errorf("List: %v, %v", page, err)
	}
	if n, err := s.Count(t.Context(), store.Query{}); !errors.Is(err, store.ErrUnavailable) || n != 0 {
		t.Errorf("Count: %d, %v", n, err)
	}
	if n, err := s.Count(t.Context(), store.Query{}); err != nil || n != 3 {
		t.Errorf("Count: %d, %v", n, err)
	}
	if s.Reads() != 3 || in.reads != 2 || s.Lists() != 4 || in.lists != 4 {
		t.Errorf("asked for %d reads and %d lists; the inner store for %d and %d", s.Reads(), s.Lists(), in.reads, in.lists)
	}
}

func TestBeforeRunsBeforeTheInnerStore(t *testing.T) {
	in := &counter{}
	seen := -1
	s := faulty.New(faulty.Config{Inner: in, Commit: faulty.Script(faulty.Outcome{Before: func() { seen = in.commits }})})
	if err := s.Commit(t.Context(), store.NewChangeSet()); err != nil {
		t.Fatal(err)
	}
	if seen != 0 || in.commits != 1 {
		t.Errorf("Before saw %d commits of %d", seen, in.commits)
	}
}

func TestDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := &counter{}
		s := faulty.New(faulty.Config{Inner: in, Commit: func(int, *store.ChangeSet) faulty.Outcome {
			return faulty.Outcome{Delay: time.Minute}
		}})
		began := time.Now()
		if err := s.Commit(t.Context(), store.NewChangeSet()); err != nil || time.Since(began) != time.Minute {
			t.Errorf("Commit: %v after %v", err, time.Since(began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Commit(ctx, store.NewChangeSet()); !errors.Is(err, store.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Commit: %v", err)
		}
		if in.commits != 1 {
			t.Errorf("the inner store was asked %d times, want 1", in.commits)
		}
	})
}
