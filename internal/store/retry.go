package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"poolhouse.dev/internal/fault"
)

// Bounds of the pause between two tries.
const (
	firstPause = 2 * time.Millisecond
	maxPause   = 100 * time.Millisecond
)

// Retry calls try, which reads, decides and commits, until it returns anything
// but ErrConflict. Between tries it pauses, with jitter, longer each time. When
// ctx ends first the answer is TooManyRequestsException, which SDKs repeat.
func Retry(ctx context.Context, try func(ctx context.Context) error) error {
	pause := firstPause
	for {
		err := try(ctx)
		if !errors.Is(err, ErrConflict) {
			return err
		}
		timer := time.NewTimer(rand.N(pause) + pause/2)
		select {
		case <-ctx.Done():
			timer.Stop()
			return fault.TooManyRequests("Too many requests")
		case <-timer.C:
		}
		pause = min(2*pause, maxPause)
	}
}
