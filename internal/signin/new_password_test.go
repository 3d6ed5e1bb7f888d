package signin_test

import (
	"sync"
	"testing"
	"time"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/signin"
	"poolhouse.dev/internal/store/faulty"
	"poolhouse.dev/internal/user"
)

const (
	chosen = "N3w-Passw0rd!"

	badSession     = "NotAuthorizedException: Invalid session for the user."
	expiredSession = "NotAuthorizedException: Invalid session for the user, session is expired."
	usedSession    = "NotAuthorizedException: Invalid session for the user, session can only be used once."
)

func temporary(u *user.User) { u.Status = user.ForceChangePassword }

// challenged returns the session of a user with a temporary password.
func challenged(t *testing.T, w *apitest.World, name string) string {
	t.Helper()
	o, got := signIn(t, w, name, right)
	if got != "" || o.Challenge == nil || o.Challenge.Name != signin.NewPasswordRequired {
		t.Fatalf("signing in: %q, %+v", got, o)
	}
	return o.Challenge.Session
}

// choose answers the challenge with a new password.
func choose(t *testing.T, w *apitest.World, c *pool.Client, session, name string) (*signin.Outcome, string) {
	t.Helper()
	o, err := w.SignIn.Respond(t.Context(), signin.Request{Pool: w.Pool, Client: c}, signin.NewPasswordRequired, &session, map[string]string{"USERNAME": name, "NEW_PASSWORD": chosen})
	return o, answer(err)
}

// Without the session of the right temporary password no password is set.
func TestNewPasswordNeedsItsSession(t *testing.T) {
	w := apitest.Embedded(t, nil)
	other := apitest.NewClient("client2")
	w.Insert(other)
	ann := w.AddUser("ann", right, temporary)
	w.AddUser("bob", right, temporary)
	good, bobs := challenged(t, w, "ann"), challenged(t, w, "bob")
	token, err := w.Vault.SealToken("page", map[string]any{"i": "1", "p": apitest.PoolID, "c": apitest.ClientID, "s": ann.Sub, "n": signin.NewPasswordRequired, "e": time.Now().Add(time.Hour).UnixMicro()})
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := *w.Pool
	elsewhere.ID = apitest.OtherID
	old := challenged(t, w, "ann")
	w.AddUser("off", right, temporary)
	disabled := challenged(t, w, "off")
	for name, tc := range map[string]struct {
		pool    *pool.Pool
		client  *pool.Client
		session string
		user    string
		want    string
	}{
		"nothing":                {w.Pool, w.Client, "", "ann", badSession},
		"random":                 {w.Pool, w.Client, "AYABeKq0Zm9yZ2VkLWJ5LW5vYm9keQ", "ann", badSession},
		"changed":                {w.Pool, w.Client, flipped(good), "ann", badSession},
		"cut":                    {w.Pool, w.Client, good[:len(good)-1], "ann", badSession},
		"a token of another use": {w.Pool, w.Client, token, "ann", badSession},
		"another user's":         {w.Pool, w.Client, bobs, "ann", badSession},
		"for a name of nobody":   {w.Pool, w.Client, good, "eve", badSession},
		"for no name":            {w.Pool, w.Client, good, "", badSession},
		"of another client":      {w.Pool, other, good, "ann", badSession},
		"of another pool":        {&elsewhere, w.Client, good, "ann", badSession},
	} {
		before := w.User(ann)
		o, err := w.SignIn.Respond(t.Context(), signin.Request{Pool: tc.pool, Client: tc.client}, signin.NewPasswordRequired, &tc.session, map[string]string{"USERNAME": tc.user, "NEW_PASSWORD": chosen})
		if got := answer(err); got != tc.want || o != nil {
			t.Errorf("%s: answered %q, %v; want %q", name, got, o, tc.want)
		}
		wantSame(t, name+": the user", before, w.User(ann))
	}
	u := w.User(ann)
	u.PasswordSetAt = u.PasswordSetAt.Add(time.Second) // an administrator set another one
	w.Update(u)
	_, got := choose(t, w, w.Client, old, "ann")
	wantAnswer(t, got, badSession)
	off, _ := w.Directory.User(t.Context(), w.Pool, "off")
	off.Disabled = true
	w.Update(off)
	_, got = choose(t, w, w.Client, disabled, "off")
	wantAnswer(t, got, "NotAuthorizedException: User is disabled.")
	late := challenged(t, w, "bob")
	w.Forward(3 * time.Minute)
	_, got = choose(t, w, w.Client, late, "bob")
	wantAnswer(t, got, expiredSession)
	if n := sessions(t, w); n != 0 {
		t.Errorf("%d sign-ins", n)
	}
}

// flipped changes one letter in the middle of a text.
func flipped(text string) string {
	b := []byte(text)
	at := len(b) / 2
	if b[at] == 'A' {
		b[at] = 'B'
	} else {
		b[at] = 'A'
	}
	return string(b)
}

// A session advances once, on however many servers it is answered at once.
func TestSessionAdvancesOnce(t *testing.T) {
	w := apitest.Embedded(t, nil)
	ann := w.AddUser("ann", right, temporary)
	session := challenged(t, w, "ann")
	nodes := []*apitest.World{w, w.Node(0), w.Node(0)}
	var mu sync.Mutex
	answers := map[string]int{}
	var wg sync.WaitGroup
	for n := range 9 {
		wg.Go(func() {
			_, got := choose(t, nodes[n%len(nodes)], w.Client, session, "ann")
			mu.Lock()
			defer mu.Unlock()
			answers[got]++
		})
	}
	wg.Wait()
	wantSame(t, "answers", map[string]int{"": 1, usedSession: 8}, answers)
	if u := w.User(ann); u.Status != user.Confirmed || sessions(t, w) != 1 {
		t.Errorf("status %s, %d sign-ins", u.Status, sessions(t, w))
	}
}

// A commit whose outcome is lost leaves all of the answer or nothing of it, and
// the caller is not told that it went well.
func TestNewPasswordWhenTheCommitIsLost(t *testing.T) {
	for name, tc := range map[string]struct {
		outcome faulty.Outcome
		applied bool
	}{
		"unavailable":       {faulty.Unavailable, false},
		"lost and dropped":  {faulty.LostDropped, false},
		"lost, yet applied": {faulty.LostApplied, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := apitest.Embedded(t, nil)
			ann := w.AddUser("ann", right, temporary)
			session := challenged(t, w, "ann")
			before := w.User(ann)
			w.FailOnce(user.TableSpent, tc.outcome)
			o, got := choose(t, w, w.Client, session, "ann")
			wantAnswer(t, got, internal)
			if o != nil {
				t.Errorf("tokens for a sign-in that may not be stored")
			}
			if !tc.applied {
				wantSame(t, "the user", before, w.User(ann))
				if n := sessions(t, w) + count(t, w, user.TableSpent); n != 0 {
					t.Errorf("%d rows of a sign-in that failed", n)
				}
				_, got = choose(t, w, w.Client, session, "ann")
				wantAnswer(t, got, "")
			} else {
				_, got = choose(t, w, w.Client, session, "ann")
				wantAnswer(t, got, usedSession)
			}
			if _, got := signIn(t, w, "ann", chosen); got != "" {
				t.Errorf("the new password: %s", got)
			}
			_, got = signIn(t, w, "ann", right)
			wantAnswer(t, got, refused)
		})
	}
}

// A conflict is decided anew and told to nobody.
func TestNewPasswordMeetsAnotherWriter(t *testing.T) {
	w := apitest.Embedded(t, nil)
	w.AddUser("ann", right, temporary)
	session := challenged(t, w, "ann")
	w.FailOnce(user.TableSpent, faulty.Conflict)
	o, got := choose(t, w, w.Client, session, "ann")
	if got != "" || o.Tokens == nil || o.Tokens.Refresh == "" {
		t.Fatalf("answered %q, %+v", got, o)
	}
	if _, err := w.Tokens.Authorize(t.Context(), o.Tokens.Access); err != nil {
		t.Error(err)
	}
}
