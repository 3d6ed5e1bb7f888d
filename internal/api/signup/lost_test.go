package signup_test

import (
	"testing"
	"time"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
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

// SignUp whose first commit is lost makes the user with all names or nothing.
func TestSignUpWhenTheUserIsLost(t *testing.T) {
	for name, tc := range losses {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(s *pool.Settings) { s.UsernameAttributes = []string{pool.AttrEmail} })
			w.FailOnce(user.TableUsers, tc.outcome)
			wantAnswer(t, w.signUp(t, "ann@example.com"), internal)
			users, aliases := w.count(t, user.TableUsers), w.count(t, user.TableAliases)
			if codes := w.count(t, user.TableCodes) + w.count(t, user.TableOutbox); codes != 0 {
				t.Errorf("%d codes and messages", codes)
			}
			again := w.signUp(t, "ann@example.com")
			if tc.applied {
				// Name and sub in one name space, the address in another.
				if users != 1 || aliases != 2 || again != "UsernameExistsException: An account with the given email already exists." {
					t.Errorf("%d users with %d names; again: %q", users, aliases, again)
				}
				_, got := w.resend(t, "ann@example.com")
				wantAnswer(t, got, "")
			} else if users != 0 || aliases != 0 || again != "" {
				t.Errorf("%d users with %d names; again: %q", users, aliases, again)
			}
			wantAnswer(t, w.confirm(t, "ann@example.com", w.lastCode(t, "ann@example.com")), "")
		})
	}
}

// SignUp whose second commit is lost has a code with its message, or neither.
func TestSignUpWhenTheCodeIsLost(t *testing.T) {
	for name, tc := range losses {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.FailOnce(user.TableCodes, tc.outcome)
			wantAnswer(t, w.signUp(t, "ann", "email", "ann@example.com"), internal)
			if codes, messages := w.count(t, user.TableCodes), w.count(t, user.TableOutbox); codes != messages || (codes == 1) != tc.applied {
				t.Errorf("%d codes and %d messages", codes, messages)
			}
			if tc.applied { // what the request could not send, the dispatcher does
				w.Forward(time.Hour)
				if err := w.Outbox.Dispatch(t.Context()); err != nil {
					t.Fatal(err)
				}
			} else if _, got := w.resend(t, "ann"); got != "" {
				t.Errorf("another code: %s", got)
			}
			wantAnswer(t, w.confirm(t, "ann", w.lastCode(t, "ann@example.com")), "")
		})
	}
}

// ConfirmSignUp whose commit is lost confirms with all that belongs to it, or
// leaves the code good.
func TestConfirmWhenTheCommitIsLost(t *testing.T) {
	for name, tc := range losses {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(s *pool.Settings) { s.Aliases = []string{pool.AttrEmail} })
			wantAnswer(t, w.signUp(t, "ann", "email", "ann@example.com"), "")
			code, before := w.lastCode(t, "ann@example.com"), w.find(t, "ann")
			w.FailOnce(user.TableUsers, tc.outcome)
			wantAnswer(t, w.confirm(t, "ann", code), internal)
			byAlias := w.find(t, "ann@example.com")
			if !tc.applied {
				wantSame(t, "the user", before, w.find(t, "ann"))
				if byAlias != nil {
					t.Error("an address that was not confirmed names the user")
				}
				wantAnswer(t, w.confirm(t, "ann", code), "")
				return
			}
			if byAlias == nil || byAlias.Status != user.Confirmed || !byAlias.Attributes.IsVerified(pool.AttrEmail) || w.count(t, user.TableCodes) != 0 {
				t.Errorf("half confirmed: %+v", byAlias)
			}
			wantAnswer(t, w.confirm(t, "ann", code), "NotAuthorizedException: User cannot be confirmed. Current status is CONFIRMED")
		})
	}
}

// A code is judged only when the attempt is durably counted: a store that does
// not take the count tells neither that the code is right nor that it is wrong.
func TestAttemptIsCommittedBeforeTheCodeIsJudged(t *testing.T) {
	for name, tc := range losses {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			wantAnswer(t, w.signUp(t, "ann", "email", "ann@example.com"), "")
			code := w.lastCode(t, "ann@example.com")
			w.Fail(func(set *store.ChangeSet) faulty.Outcome {
				if apitest.Touches(set, user.TableAttempts) {
					return tc.outcome
				}
				return faulty.Pass
			})
			for _, text := range []string{code, "000000", "999999"} {
				wantAnswer(t, w.confirm(t, "ann", text), internal)
				wantAnswer(t, w.confirm(t, "eve", text), internal)
			}
			if u := w.find(t, "ann"); u.Status != user.Unconfirmed {
				t.Errorf("status %s", u.Status)
			}
			attempts := apitest.Read(w.World, &user.Attempts{PoolID: apitest.PoolID, Sub: w.find(t, "ann").Sub, Kind: user.AttemptConfirm})
			if want := map[bool]int{true: 3}[tc.applied]; attempts.Count != want {
				t.Errorf("%d attempts, want %d", attempts.Count, want)
			}
		})
	}
}

// Every commit of a sign-up and its confirmation may meet another writer; what
// belongs together stays so and the caller notices nothing.
func TestConflictsAreDecidedAgain(t *testing.T) {
	for _, table := range []row.Table{user.TableCodes, user.TableAttempts} {
		w := newWorld(t, nil)
		w.FailOnce(table, faulty.Conflict)
		wantAnswer(t, w.signUp(t, "ann", "email", "ann@example.com"), "")
		if n := len(w.Messages.To("ann@example.com")); n != 1 {
			t.Errorf("%d messages", n)
		}
		wantAnswer(t, w.confirm(t, "ann", w.lastCode(t, "ann@example.com")), "")
	}
}

// A code is good for its user and its pool only, and once.
func TestCodeIsBoundToItsUser(t *testing.T) {
	w := newWorld(t, nil)
	wantAnswer(t, w.signUp(t, "ann", "email", "ann@example.com"), "")
	wantAnswer(t, w.signUp(t, "eve", "email", "eve@example.com"), "")
	anns, eves := w.lastCode(t, "ann@example.com"), w.lastCode(t, "eve@example.com")
	if anns == eves {
		t.Skip("the codes are the same by chance")
	}
	wantAnswer(t, w.confirm(t, "ann", eves), mismatch)
	// Eve's code put into Ann's row does not open for either.
	ann := w.find(t, "ann")
	code := apitest.Read(w.World, &user.Code{PoolID: apitest.PoolID, Sub: ann.Sub, Purpose: user.PurposeSignUp})
	code.Hash = apitest.Read(w.World, &user.Code{PoolID: apitest.PoolID, Sub: w.find(t, "eve").Sub, Purpose: user.PurposeSignUp}).Hash
	w.Update(code)
	wantAnswer(t, w.confirm(t, "ann", eves), mismatch)
	wantAnswer(t, w.confirm(t, "eve", eves), "")
}
