package user_test

import (
	"testing"
	"time"

	"poolhouse.dev/internal/user"
)

const (
	limitExceeded = "LimitExceededException"
	limitText     = "Attempt limit exceeded, please try after some time."
	lockedText    = "Password attempts exceeded"
)

func TestTakeCaps(t *testing.T) {
	for kind, limit := range map[user.AttemptKind]int{
		user.AttemptConfirm: 15, user.AttemptVerify: 15, user.AttemptResend: 5, user.AttemptRequestCode: 5,
		user.AttemptForgot: 5, user.AttemptReset: 15,
	} {
		t.Run(string(kind), func(t *testing.T) {
			a := &user.Attempts{Kind: kind}
			for i := range limit {
				if err := a.Take(now.Add(time.Duration(i) * time.Minute)); err != nil {
					t.Fatalf("call %d: %v", i+1, err)
				}
			}
			spent := *a
			wantFault(t, a.Take(now.Add(time.Hour-1)), limitExceeded, limitText)
			wantSame(t, "attempts after a refusal", spent, *a)
			if want := now.Add(time.Hour); !a.ExpiresAt.Equal(want) {
				t.Errorf("the row runs out at %v, want %v", a.ExpiresAt, want)
			}
			// A new hour begins with the first call in it.
			next := now.Add(time.Hour)
			if err := a.Take(next); err != nil {
				t.Fatalf("in the next hour: %v", err)
			}
			if a.Count != 1 || !a.Since.Equal(next) || !a.ExpiresAt.Equal(next.Add(time.Hour)) {
				t.Errorf("the next hour begins as %+v", a)
			}
		})
	}
}

func TestTakeWhenTheClockWentBack(t *testing.T) {
	a := &user.Attempts{Kind: user.AttemptResend}
	for range 5 {
		if err := a.Take(now); err != nil {
			t.Fatal(err)
		}
	}
	wantFault(t, a.Take(now.Add(-5*time.Second)), limitExceeded, limitText)
}

// TestLockGrows fails at the first moment that a password is judged, again and
// again.
func TestLockGrows(t *testing.T) {
	locks := []time.Duration{
		0, 0, 0, 0, // the first four
		1 * time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second,
		64 * time.Second, 128 * time.Second, 256 * time.Second, 512 * time.Second,
		15 * time.Minute, 15 * time.Minute, 15 * time.Minute,
	}
	a, at := &user.Attempts{Kind: user.AttemptPassword}, now
	for i, lock := range locks {
		if err := a.TakePassword(at); err != nil {
			t.Fatalf("failure %d: %v", i+1, err)
		}
		if a.Count != i+1 {
			t.Errorf("failure %d counts as %d", i+1, a.Count)
		}
		if lock == 0 {
			if !a.LockedUntil.IsZero() {
				t.Errorf("failure %d locks until %v", i+1, a.LockedUntil)
			}
			continue
		}
		if got := a.LockedUntil.Sub(at); got != lock {
			t.Errorf("failure %d locks for %v, want %v", i+1, got, lock)
		}
		if a.ExpiresAt.Before(a.LockedUntil.Add(15 * time.Minute)) {
			t.Errorf("the row may be swept at %v although it still counts", a.ExpiresAt)
		}
		// During the lock nothing is judged, nothing counted, nothing extended.
		locked := *a
		wantFault(t, a.TakePassword(at), notAuthorized, lockedText)
		wantFault(t, a.TakePassword(a.LockedUntil.Add(-1)), notAuthorized, lockedText)
		wantSame(t, "attempts during the lock", locked, *a)
		at = a.LockedUntil
	}
}

func TestLockIsForgotten(t *testing.T) {
	locked := func() (*user.Attempts, time.Time) {
		a := &user.Attempts{Kind: user.AttemptPassword}
		for range 4 {
			_ = a.TakePassword(now)
		}
		_ = a.TakePassword(now)
		return a, a.LockedUntil
	}
	t.Run("after fifteen quiet minutes", func(t *testing.T) {
		a, end := locked()
		if err := a.TakePassword(end.Add(15 * time.Minute)); err != nil || a.Count != 1 || !a.LockedUntil.IsZero() {
			t.Errorf("%v, %+v", err, a)
		}
	})
	t.Run("not a moment earlier", func(t *testing.T) {
		a, end := locked()
		if err := a.TakePassword(end.Add(15*time.Minute - 1)); err != nil || a.Count != 6 || a.LockedUntil.IsZero() {
			t.Errorf("%v, %+v", err, a)
		}
	})
	t.Run("never before a lock", func(t *testing.T) {
		a := &user.Attempts{Kind: user.AttemptPassword}
		for i := range 5 {
			if err := a.TakePassword(now.Add(time.Duration(i) * time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		if a.Count != 5 || a.LockedUntil.IsZero() {
			t.Errorf("failures an hour apart count %+v", a)
		}
	})
}

func TestRowsOfOneUserAreApart(t *testing.T) {
	a := &user.Attempts{PoolID: "p", Sub: annSub, Kind: user.AttemptPassword}
	b := &user.Attempts{PoolID: "p", Sub: annSub, Kind: user.AttemptVerify}
	if a.RowKey() == b.RowKey() {
		t.Error("two kinds of attempts share a row")
	}
	c := &user.Code{PoolID: "p", Sub: annSub, Purpose: user.VerifyPurpose("email")}
	d := &user.Code{PoolID: "p", Sub: annSub, Purpose: user.VerifyPurpose("phone_number")}
	if c.RowKey() == d.RowKey() || c.Purpose != user.PurposeVerifyEmail || d.Purpose != user.PurposeVerifyPhone {
		t.Error("the codes of two attributes share a row")
	}
}
