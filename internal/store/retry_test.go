package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
)

var errOther = errors.New("something else")

func TestRetryGoesOnUntilThereIsNoConflict(t *testing.T) {
	for name, last := range map[string]error{
		"success":     nil,
		"other error": errOther,
		"fault":       fault.InvalidParameter("no"),
		"duplicate":   &store.DuplicateError{Key: row.Key{Table: "aliases"}},
		"unknown":     store.ErrUnknown,
		"unavailable": fmt.Errorf("sending: %w", store.ErrUnavailable),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				err := store.Retry(t.Context(), func(context.Context) error {
					if tries++; tries < 6 {
						return fmt.Errorf("committing: %w", store.ErrConflict)
					}
					return last
				})
				if !errors.Is(err, last) || tries != 6 {
					t.Errorf("after %d tries: %v, want %v after 6", tries, err, last)
				}
			})
		})
	}
}

func TestRetryPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		_ = store.Retry(t.Context(), func(context.Context) error {
			at = append(at, time.Now())
			if len(at) == 30 {
				return nil
			}
			return store.ErrConflict
		})
		for i, most := 1, 2*time.Millisecond; i < len(at); i++ {
			if pause := at[i].Sub(at[i-1]); pause < most/2 || pause >= most*3/2 {
				t.Errorf("pause %d is %v, want %v, give or take half", i, pause, most)
			}
			most = min(2*most, 100*time.Millisecond)
		}
	})
}

func TestRetryEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		tries := 0
		err := store.Retry(ctx, func(context.Context) error { tries++; return store.ErrConflict })
		if f := fault.As(err); f == nil || f.Error() != "TooManyRequestsException: Too many requests" {
			t.Errorf("at the deadline: %v", err)
		}
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("it took %v", took)
		}
		if tries < 10 {
			t.Errorf("it tried %d times in three seconds", tries)
		}
	})
}
