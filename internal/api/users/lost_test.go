package users_test

import (
	"testing"
	"time"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/faulty"
	"poolhouse.dev/internal/user"
)

// losses are the ways in which a commit can be lost, and whether it took effect.
var losses = map[string]struct {
	outcome faulty.Outcome
	applied bool
}{
	"unavailable":       {faulty.Unavailable, false},
	"lost and dropped":  {faulty.LostDropped, false},
	"lost, yet applied": {faulty.LostApplied, true},
}

// UpdateUserAttributes whose commit is lost changed everything or nothing: the
// attributes, the flag, the name that the address was, the code, the message.
func TestUpdateWhenTheCommitIsLost(t *testing.T) {
	for name, tc := range losses {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			before := w.User(w.ann)
			w.FailOnce(user.TableUsers, tc.outcome)
			wantAnswer(t, w.update(t, "name", "Ann", "email", "new@example.com"), internal)
			if n := len(w.Messages.To("new@example.com")); n != 0 {
				t.Errorf("%d messages before the change is known to be stored", n)
			}
			after := w.User(w.ann)
			codes, messages := w.count(t, user.TableCodes), w.count(t, user.TableOutbox)
			if !tc.applied {
				wantSame(t, "the user", before, after)
				w.holds(t, "old@example.com")
				if codes+messages != 0 {
					t.Errorf("%d codes and %d messages", codes, messages)
				}
				return
			}
			if after.Attributes.Get("name") != "Ann" || after.Attributes.Get("email") != "new@example.com" || after.Attributes.IsVerified("email") {
				t.Errorf("attributes %v", after.Attributes)
			}
			w.holds(t)
			if codes != 1 || messages != 1 {
				t.Errorf("%d codes and %d messages", codes, messages)
			}
			w.Forward(2 * time.Minute) // the dispatcher sends what the request did not
			if err := w.Outbox.Dispatch(t.Context()); err != nil {
				t.Fatal(err)
			}
			wantAnswer(t, w.verify(t, w.lastCode(t)), "")
			w.holds(t, "new@example.com")
		})
	}
}

// VerifyUserAttribute whose commit is lost moved the address with its name and
// flag, or left the code good.
func TestVerifyWhenTheCommitIsLost(t *testing.T) {
	for name, tc := range losses {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(s *pool.Settings) { s.VerifyBeforeUpdate = []string{pool.AttrEmail} })
			code := w.pending(t)
			before := w.User(w.ann)
			w.FailOnce(user.TableUsers, tc.outcome)
			wantAnswer(t, w.verify(t, code), internal)
			after := w.User(w.ann)
			if !tc.applied {
				wantSame(t, "the user", before, after)
				w.holds(t, "old@example.com")
				wantAnswer(t, w.verify(t, code), "")
				w.holds(t, "new@example.com")
				return
			}
			if after.Attributes.Get("email") != "new@example.com" || !after.Attributes.IsVerified("email") {
				t.Errorf("attributes %v", after.Attributes)
			}
			w.holds(t, "new@example.com")
			wantAnswer(t, w.verify(t, code), expired)
		})
	}
}

// A code for an attribute is judged only when the attempt is durably counted.
func TestAttemptIsCommittedBeforeTheCodeIsJudged(t *testing.T) {
	for name, tc := range losses {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(s *pool.Settings) { s.VerifyBeforeUpdate = []string{pool.AttrEmail} })
			code := w.pending(t)
			before := w.User(w.ann)
			w.Fail(func(set *store.ChangeSet) faulty.Outcome {
				if apitest.Touches(set, user.TableAttempts) {
					return tc.outcome
				}
				return faulty.Pass
			})
			for _, text := range []string{code, "000000", "999999"} {
				wantAnswer(t, w.verify(t, text), internal)
			}
			wantSame(t, "the user", before, w.User(w.ann))
			attempts := apitest.Read(w.World, &user.Attempts{PoolID: apitest.PoolID, Sub: w.ann.Sub, Kind: user.AttemptVerify})
			if want := map[bool]int{true: 3}[tc.applied]; attempts.Count != want {
				t.Errorf("%d attempts, want %d", attempts.Count, want)
			}
		})
	}
}

// A conflict is decided anew, with one message and one code at the end.
func TestConflictsAreDecidedAgain(t *testing.T) {
	w := newWorld(t, func(s *pool.Settings) { s.VerifyBeforeUpdate = []string{pool.AttrEmail} })
	w.FailOnce(user.TableUsers, faulty.Conflict)
	code := w.pending(t)
	if n := len(w.Messages.To("new@example.com")); n != 1 || w.count(t, user.TableCodes) != 1 {
		t.Errorf("%d messages, %d codes", n, w.count(t, user.TableCodes))
	}
	w.FailOnce(user.TableUsers, faulty.Conflict)
	wantAnswer(t, w.verify(t, code), "")
	w.holds(t, "new@example.com")
}

// A sign-out that comes between the decision and its commit is obeyed.
func TestUpdateMeetsASignOut(t *testing.T) {
	w := newWorld(t, nil)
	done := false
	w.Fail(func(*store.ChangeSet) faulty.Outcome {
		if done {
			return faulty.Pass
		}
		done = true
		return faulty.Outcome{Before: func() {
			u := w.User(w.ann)
			u.SignOutEpoch++
			w.Update(u)
		}}
	})
	wantAnswer(t, w.update(t, "name", "Ann"), "NotAuthorizedException: Access Token has been revoked")
	if w.User(w.ann).Attributes.Has("name") {
		t.Error("a change after the sign-out")
	}
}

// One bad attribute of ten refuses all of them before anything is written.
func TestOneBadAttributeOfTen(t *testing.T) {
	good := []string{
		"name", "Ann", "nickname", "A", "given_name", "Ann", "family_name", "Lee", "email", "new@example.com",
		"address", "1 Road", "locale", "en", "zoneinfo", "Europe/Berlin", "gender", "f",
	}
	for name, bad := range map[string][2]string{
		"verified flag":     {"email_verified", "true"},
		"the other flag":    {"phone_number_verified", "true"},
		"sub":               {"sub", "11111111-1111-7111-8111-111111111111"},
		"unknown":           {"custom:role", "admin"},
		"of administrators": {"dev:custom:role", "admin"},
		"no phone number":   {"phone_number", "12345"},
		"line break":        {"phone_number", "+15555550123\r\n+15555550124"},
		"no date":           {"birthdate", "yesterday"},
		"too long":          {"website", string(make([]byte, 3000))},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			before := w.User(w.ann)
			for _, list := range [][]string{append(bad[:], good...), append(good[:len(good):len(good)], bad[:]...)} {
				var got string
				cost := w.Cost(func() { got = w.update(t, list...) })
				if got == "" || got == internal {
					t.Errorf("answered %q", got)
				}
				for _, line := range cost.Store {
					if line[:4] != "read" {
						t.Errorf("the store was written: %s", line)
					}
				}
			}
			wantSame(t, "the user", before, w.User(w.ann))
			if n := len(w.Messages.To("new@example.com")); n != 0 {
				t.Errorf("%d messages", n)
			}
		})
	}
}
