package limit

import (
	"time"

	"poolhouse.dev/internal/row"
)

// TableLevels is the table of [Level].
const TableLevels row.Table = "rate_levels"

// Level is how full a bucket was that nodes share. A bucket without a row is full.
type Level struct {
	row.Stamp
	Bucket string
	// Millionths of a request were in the bucket At.
	Millionths int64
	At         time.Time
	// ExpiresAt is when the bucket is full again and the row may be swept away.
	ExpiresAt time.Time
}

// RowKey implements row.Row.
func (l *Level) RowKey() row.Key { return row.Key{Table: TableLevels, Parts: [3]string{l.Bucket}} }

const million = 1_000_000

// setBack is how far what was noted lies ahead when the clock must have been set
// back; by less it was noted by a caller who read the clock later. Waiting for the
// old time to come again could take an hour.
const setBack = time.Minute

// Take takes up to n requests out of a bucket that holds up to capacity and
// refills by perSecond, and returns how many it took; where that is none, wait is
// how long it takes until there is one.
func (l *Level) Take(now time.Time, perSecond float64, capacity, n int) (taken int, wait time.Duration) {
	if !l.Stored() || l.At.Sub(now) > setBack {
		l.Millionths, l.At = int64(capacity)*million, now
	}
	if gone := now.Sub(l.At); gone > 0 {
		gained := min(gone.Seconds()*perSecond, float64(capacity))
		l.Millionths = min(l.Millionths+int64(gained*million), int64(capacity)*million)
		l.At = now
	}
	taken = min(n, int(l.Millionths/million))
	if taken <= 0 {
		lacking := float64(million-l.Millionths) / million
		return 0, time.Duration(lacking / perSecond * float64(time.Second))
	}
	l.Millionths -= int64(taken) * million
	l.ExpiresAt = l.At.Add(time.Duration(float64(capacity) / perSecond * float64(time.Second)))
	return taken, 0
}
