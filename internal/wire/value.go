package wire

import (
	"fmt"
	"strconv"
	"time"
)

// Ptr returns a pointer to a copy of v.
func Ptr[T any](v T) *T { return &v }

// Deref returns what p points to, or the zero value when p is nil.
func Deref[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

// Timestamp is a point in time as the API writes it: a number of seconds since
// the epoch with at most three digits of fraction and no exponent. Precision
// beyond the millisecond is cut off.
type Timestamp struct{ time.Time }

// TimestampOf returns t as a member of a response.
func TimestampOf(t time.Time) *Timestamp { return &Timestamp{t} }

// MarshalJSON writes the seconds since the epoch.
func (t Timestamp) MarshalJSON() ([]byte, error) {
	millis := t.UnixMilli()
	out := make([]byte, 0, 16)
	if millis < 0 {
		out = append(out, '-')
		millis = -millis
	}
	out = strconv.AppendInt(out, millis/1000, 10)
	fraction := millis % 1000
	if fraction == 0 {
		return out, nil
	}
	out = append(out, '.', byte('0'+fraction/100), byte('0'+fraction/10%10), byte('0'+fraction%10))
	for out[len(out)-1] == '0' {
		out = out[:len(out)-1]
	}
	return out, nil
}

// UnmarshalJSON reads seconds since the epoch, in any form that JSON has for a
// number, to the nearest millisecond.
func (t *Timestamp) UnmarshalJSON(text []byte) error {
	seconds, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return fmt.Errorf("reading a timestamp: %w", err)
	}
	const limit = 1e12 // far beyond any year that is written with four digits
	if seconds > limit || seconds < -limit {
		return fmt.Errorf("reading a timestamp: %s is out of range", text)
	}
	millis := seconds * 1000
	if millis < 0 {
		millis -= 0.5
	} else {
		millis += 0.5
	}
	t.Time = time.UnixMilli(int64(millis)).UTC()
	return nil
}
