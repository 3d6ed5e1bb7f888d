package store_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/store"
)

func wantTooMany(t *testing.T, err error) {
	t.Helper()
	if f := fault.As(err); f == nil || f.Error() != "TooManyRequestsException: Too many requests" {
		t.Errorf("got %v, want TooManyRequestsException", err)
	}
}

func TestOneKeyOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lanes store.Lanes
		start, inside, done := time.Now(), 0, 0
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				err := lanes.Do(t.Context(), "ann", func(context.Context) error {
					// Without a lock: the race detector judges as well.
					if inside++; inside != 1 {
						t.Errorf("%d are inside", inside)
					}
					time.Sleep(time.Second)
					inside--
					done++
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(start); done != 50 || took != 50*time.Second {
			t.Errorf("%d of one second each took %v", done, took)
		}
		if n := lanes.Open(); n != 0 {
			t.Errorf("%d lanes stay open", n)
		}
	})
}

func TestKeysDoNotWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lanes store.Lanes
		start := time.Now()
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() {
				_ = lanes.Do(t.Context(), "user "+strconv.Itoa(i), func(context.Context) error {
					time.Sleep(time.Second)
					return nil
				})
			})
		}
		synctest.Wait()
		if n := lanes.Open(); n != 50 {
			t.Errorf("%d lanes are open while 50 work", n)
		}
		wg.Wait()
		if took := time.Since(start); took != time.Second {
			t.Errorf("fifty keys took %v", took)
		}
		if n := lanes.Open(); n != 0 {
			t.Errorf("%d lanes stay open", n)
		}
	})
}

func TestContextEndsInTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lanes store.Lanes
		release := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			_ = lanes.Do(t.Context(), "ann", func(context.Context) error { <-release; return nil })
		})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		wantTooMany(t, lanes.Do(ctx, "ann", func(context.Context) error {
			t.Error("a request whose time was over was let in")
			return nil
		}))
		close(release)
		wg.Wait()
		// Who left the queue does not keep it.
		if err := lanes.Do(t.Context(), "ann", func(context.Context) error { return nil }); err != nil {
			t.Error(err)
		}
		if n := lanes.Open(); n != 0 {
			t.Errorf("%d lanes stay open", n)
		}
	})
}

func TestQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lanes store.Lanes
		release := make(chan struct{})
		var wg sync.WaitGroup
		for range store.LaneLength {
			wg.Go(func() {
				if err := lanes.Do(t.Context(), "ann", func(context.Context) error { <-release; return nil }); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		wantTooMany(t, lanes.Do(t.Context(), "ann", func(context.Context) error { return nil }))
		if err := lanes.Do(t.Context(), "bob", func(context.Context) error { return nil }); err != nil {
			t.Errorf("another key was refused: %v", err)
		}
		close(release)
		wg.Wait()
		if n := lanes.Open(); n != 0 {
			t.Errorf("%d lanes stay open", n)
		}
	})
}

func TestLaneIsLeftInEveryWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lanes store.Lanes
		if err := lanes.Do(t.Context(), "ann", func(context.Context) error { return errOther }); !errors.Is(err, errOther) {
			t.Errorf("got %v", err)
		}
		func() {
			defer func() { _ = recover() }()
			_ = lanes.Do(t.Context(), "ann", func(context.Context) error { panic("broken") })
		}()
		tries := 0
		err := lanes.Do(t.Context(), "ann", func(context.Context) error {
			if tries++; tries < 3 {
				return store.ErrConflict
			}
			return nil
		})
		if err != nil || tries != 3 {
			t.Errorf("conflicts are not tried again in the lane: %v after %d", err, tries)
		}
		if n := lanes.Open(); n != 0 {
			t.Errorf("%d lanes stay open", n)
		}
	})
}
