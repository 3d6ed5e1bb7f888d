package sqlite

import (
	"context"
	"testing"
	"time"

	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
)

// A row that is remembered is given without the database, but not to those who read
// evenly: they wait for a reader, as for a row that is not there.
func TestEvenReadsAskTheDatabase(t *testing.T) {
	s, err := Open(t.Context(), Config{Path: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	set := store.NewChangeSet()
	set.Insert(&user.User{PoolID: "pool", Sub: "ann", Username: "ann"})
	if err := s.Commit(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	read := func(ctx context.Context) error {
		u := &user.User{PoolID: "pool", Sub: "ann"}
		err := s.Read(ctx, u)
		if err == nil && u.Username != "ann" {
			t.Errorf("read %+v", u)
		}
		return err
	}
	if err := read(store.Evenly(t.Context())); err != nil {
		t.Fatal(err)
	}
	// While every reader is taken, only what is remembered can be read.
	free := make(chan struct{})
	taken := make(chan error, cap(s.readers.idle))
	for range cap(s.readers.idle) {
		busy := make(chan struct{})
		go func() {
			taken <- s.readers.use(context.Background(), func(*conn) error {
				close(busy)
				<-free
				return nil
			})
		}()
		<-busy
	}
	if err := read(t.Context()); err != nil {
		t.Errorf("a remembered row: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := read(store.Evenly(ctx)); err == nil {
		t.Error("an even read did not ask the database")
	}
	close(free)
	for range cap(taken) {
		if err := <-taken; err != nil {
			t.Error(err)
		}
	}
}
