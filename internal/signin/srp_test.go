package signin_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/signin"
	"poolhouse.dev/internal/srp/srptest"
	"poolhouse.dev/internal/user"
)

const timestamp = "Tue May 5 07:08:09 UTC 2026"

// handshake is a client's half of one sign-in by SRP.
type handshake struct {
	w          *apitest.World
	secret     *big.Int
	Parameters map[string]string
}

// begin starts a sign-in by SRP and returns how it was answered.
func begin(t *testing.T, w *apitest.World, name string) (*handshake, string) {
	t.Helper()
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)
	h := &handshake{w: w, secret: new(big.Int).SetBytes(secret)}
	o, err := w.SignIn.BeginSRP(t.Context(), w.Request(), name, srptest.Client{A: h.secret}.Public().Text(16))
	if err != nil {
		return nil, answer(err)
	}
	if o.Tokens != nil || o.Challenge.Name != "PASSWORD_VERIFIER" || o.Challenge.Session != "" {
		t.Fatalf("outcome %+v", o)
	}
	h.Parameters = o.Challenge.Parameters
	return h, ""
}

// answers are the responses of a client that has the password.
func (h *handshake) answers(t *testing.T, password string) map[string]string {
	t.Helper()
	salt, err := hex.DecodeString(h.Parameters["SALT"])
	block, err2 := base64.StdEncoding.DecodeString(h.Parameters["SECRET_BLOCK"])
	public, ok := new(big.Int).SetString(h.Parameters["SRP_B"], 16)
	if err != nil || err2 != nil || !ok {
		t.Fatalf("parameters %v", h.Parameters)
	}
	_, name, _ := strings.Cut(string(h.w.Pool.ID), "_")
	c := srptest.Client{PoolName: name, Username: h.Parameters["USER_ID_FOR_SRP"], Password: password, A: h.secret}
	return map[string]string{
		"USERNAME": c.Username, "TIMESTAMP": timestamp, "PASSWORD_CLAIM_SECRET_BLOCK": h.Parameters["SECRET_BLOCK"],
		"PASSWORD_CLAIM_SIGNATURE": base64.StdEncoding.EncodeToString(c.Claim(salt, public, block, timestamp)),
	}
}

// prove answers a challenge; change may be nil.
func (h *handshake) prove(t *testing.T, password string, change func(map[string]string)) (*signin.Outcome, string) {
	t.Helper()
	responses := h.answers(t, password)
	if change != nil {
		change(responses)
	}
	o, err := respond(t, h.w, h.w.Request(), responses)
	return o, answer(err)
}

// respond answers PASSWORD_VERIFIER.
func respond(t *testing.T, w *apitest.World, r signin.Request, responses map[string]string) (*signin.Outcome, error) {
	t.Helper()
	r.DeviceKey = responses["DEVICE_KEY"]
	return w.SignIn.Respond(t.Context(), r, signin.PasswordVerifier, nil, responses)
}

// signInSRP tries a password by SRP.
func signInSRP(t *testing.T, w *apitest.World, name, password string) (*signin.Outcome, string) {
	t.Helper()
	h, refused := begin(t, w, name)
	if refused != "" {
		return nil, refused
	}
	return h.prove(t, password, nil)
}

// A password that is proved signs in, by any of the user's names, and forgives what
// was wrong before; a wrong one is counted.
func TestSRP(t *testing.T) {
	w := apitest.Embedded(t, func(s *pool.Settings) { s.Aliases = []string{pool.AttrEmail} })
	u := w.AddUser("ann", right, verified)
	_, got := signInSRP(t, w, "ann", wrong)
	wantAnswer(t, got, refused)
	if n := failures(w, u); n != 1 {
		t.Errorf("%d failures are counted", n)
	}
	for _, name := range []string{"ann", "ann@example.com"} {
		h, _ := begin(t, w, name)
		if h.Parameters["USERNAME"] != "ann" || h.Parameters["USER_ID_FOR_SRP"] != "ann" {
			t.Errorf("parameters %v", h.Parameters)
		}
		o, got := h.prove(t, right, nil)
		wantAnswer(t, got, "")
		if o == nil || o.Tokens == nil || o.Tokens.Refresh == "" {
			t.Fatalf("%s: outcome %+v", name, o)
		}
		_, got = h.prove(t, right, nil)
		wantAnswer(t, got, refused)
	}
	if failures(w, u) != 0 || sessions(t, w) != 2 || count(t, w, user.TableSpent) != 2 {
		t.Errorf("%d failures, %d sign-ins, %d challenges spent", failures(w, u), sessions(t, w), count(t, w, user.TableSpent))
	}
	// Clients that were given the alias may answer with it.
	h, _ := begin(t, w, "ann@example.com")
	_, got = h.prove(t, right, func(r map[string]string) { r["USERNAME"] = "ann@example.com" })
	wantAnswer(t, got, "")
}

// What follows a password that is proved depends on the account as it does after
// one that is sent.
func TestSRPByStatus(t *testing.T) {
	w := apitest.Embedded(t, nil)
	w.Client.Settings.HideUsers = "LEGACY"
	w.Update(w.Client)
	for name, c := range map[string]struct {
		status user.Status
		want   string
	}{
		"unconfirmed": {user.Unconfirmed, "UserNotConfirmedException: User is not confirmed."},
		"reset":       {user.ResetRequired, "PasswordResetRequiredException: Password reset required for the user"},
		"temporary":   {user.ForceChangePassword, ""},
	} {
		w.AddUser(name, right, func(u *user.User) { u.Status = c.status })
		o, got := signInSRP(t, w, name, right)
		wantAnswer(t, got, c.want)
		if c.want == "" && (o.Challenge == nil || o.Challenge.Name != signin.NewPasswordRequired || o.Challenge.Session == "") {
			t.Errorf("%s: %+v", name, o)
		}
	}
	w.AddUser("off", right, func(u *user.User) { u.Disabled = true })
	_, got := begin(t, w, "off")
	wantAnswer(t, got, "NotAuthorizedException: User is disabled.")
	_, got = begin(t, w, "nobody")
	wantAnswer(t, got, "UserNotFoundException: User does not exist.")
	if n := sessions(t, w); n != 0 {
		t.Errorf("%d sign-ins", n)
	}
}

// A block is good for its own user, client, pool and time, as it is, and its answer
// for the very block; public values that would need no password are refused.
func TestSRPAnswersThatAreRefused(t *testing.T) {
	w := apitest.Embedded(t, nil)
	w.AddUser("ann", right, nil)
	w.AddUser("bob", right, nil)
	flip := func(text string) string {
		raw, _ := base64.StdEncoding.DecodeString(text)
		raw[len(raw)/2] ^= 1
		return base64.StdEncoding.EncodeToString(raw)
	}
	for name, change := range map[string]func(map[string]string){
		"another user":        func(r map[string]string) { r["USERNAME"] = "bob" },
		"nobody":              func(r map[string]string) { r["USERNAME"] = "eve" },
		"another time":        func(r map[string]string) { r["TIMESTAMP"] = "Tue May 5 07:08:10 UTC 2026" },
		"a changed block":     func(r map[string]string) { r["PASSWORD_CLAIM_SECRET_BLOCK"] = flip(r["PASSWORD_CLAIM_SECRET_BLOCK"]) },
		"no block":            func(r map[string]string) { r["PASSWORD_CLAIM_SECRET_BLOCK"] = "?" },
		"a changed signature": func(r map[string]string) { r["PASSWORD_CLAIM_SIGNATURE"] = flip(r["PASSWORD_CLAIM_SIGNATURE"]) },
		"no signature":        func(r map[string]string) { r["PASSWORD_CLAIM_SIGNATURE"] = "?" },
		"an empty signature":  func(r map[string]string) { r["PASSWORD_CLAIM_SIGNATURE"] = "" },
		"another block": func(r map[string]string) {
			h, _ := begin(t, w, "ann")
			r["PASSWORD_CLAIM_SECRET_BLOCK"] = h.Parameters["SECRET_BLOCK"]
		},
		"a block of the other": func(r map[string]string) {
			h, _ := begin(t, w, "bob")
			r["PASSWORD_CLAIM_SECRET_BLOCK"] = h.Parameters["SECRET_BLOCK"]
		},
	} {
		h, _ := begin(t, w, "ann")
		_, got := h.prove(t, right, change)
		if got != refused && got != locked {
			t.Errorf("%s: %q", name, got)
		}
		w.Forward(time.Hour)
	}
	h, _ := begin(t, w, "ann")
	other := *w.Client
	other.ID = "another"
	o, err := respond(t, w, signin.Request{Pool: w.Pool, Client: &other}, h.answers(t, right))
	if o != nil {
		t.Error("another client takes the answer")
	}
	wantAnswer(t, answer(err), refused)
	_, got := h.prove(t, right, func(r map[string]string) { r["DEVICE_KEY"] = "eu-test-1_00000000-0000-4000-8000-000000000000" })
	wantAnswer(t, got, "ResourceNotFoundException: Device does not exist.")
	_, got = h.prove(t, right, nil) // which the challenge survives
	wantAnswer(t, got, "")
	h, _ = begin(t, w, "ann")
	w.Forward(3 * time.Minute)
	_, got = h.prove(t, right, nil)
	wantAnswer(t, got, "NotAuthorizedException: Invalid session for the user, session is expired.")
	for name, public := range map[string]string{
		"zero": "0", "N": srptest.Prime.Text(16), "no number": "xyz", "nothing": "", "too long": strings.Repeat("a", 769), "a sign": "-1",
	} {
		_, err := w.SignIn.BeginSRP(t.Context(), w.Request(), "ann", public)
		if got := answer(err); got != "InvalidParameterException: SRP_A is not an acceptable public value." {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// Parallel answers are counted before they are judged, and one challenge signs in
// once.
func TestSRPInParallel(t *testing.T) {
	w := apitest.Embedded(t, nil)
	w.AddUser("ann", right, nil)
	h, _ := begin(t, w, "ann")
	good := h.answers(t, right)
	var signedIn atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if o, err := respond(t, w, w.Request(), good); err == nil && o.Tokens != nil {
				signedIn.Add(1)
			}
		})
	}
	all.Wait()
	if signedIn.Load() != 1 || sessions(t, w) != 1 {
		t.Errorf("one challenge signed in %d times, %d sign-ins", signedIn.Load(), sessions(t, w))
	}
	w.Forward(time.Hour)
	h, _ = begin(t, w, "ann")
	bad := h.answers(t, wrong)
	cost := w.Cost(func() {
		for range 200 {
			all.Go(func() { _, _ = respond(t, w, w.Request(), bad) })
		}
		all.Wait()
	})
	if cost.Exponentiations > 2*5 {
		t.Errorf("200 guesses cost %d exponentiations", cost.Exponentiations)
	}
}

// Where a client hides who exists, a name that nobody has gets a challenge like any
// other, the same each time and on every server, and costs and counts like one.
func TestSRPHidesUsers(t *testing.T) {
	for kind, change := range map[string]func(*user.User){
		"a wrong password": nil, "disabled": func(u *user.User) { u.Disabled = true }, "unconfirmed": func(u *user.User) { u.Status = user.Unconfirmed },
	} {
		t.Run(kind, func(t *testing.T) {
			w := apitest.Embedded(t, nil)
			w.AddUser("ann", right, change)
			unknown, known := trySRP(t, w, "eve"), trySRP(t, w, "ann")
			wantSame(t, "known against unknown", unknown, known)
			if unknown[0].Cost.Exponentiations != 3 || unknown[0].Answer != refused || unknown[5].Answer != locked {
				t.Errorf("nobody: %+v", unknown)
			}
		})
	}
	w := apitest.Embedded(t, func(s *pool.Settings) { s.Aliases = []string{pool.AttrEmail}; no := false; s.CaseSensitive = &no })
	w.AddUser("ann", right, nil)
	ann, _ := begin(t, w, "ann")
	eve, _ := begin(t, w, "eve")
	again, _ := begin(t, w.Node(0), "EVE")
	mail, _ := begin(t, w, "eve@example.com")
	if eve.Parameters["SALT"] != again.Parameters["SALT"] || eve.Parameters["SALT"] == mail.Parameters["SALT"] || eve.Parameters["SRP_B"] == again.Parameters["SRP_B"] {
		t.Error("what is made up for a name changes, or does not tell names apart")
	}
	if eve.Parameters["USER_ID_FOR_SRP"] != "eve" || len(mail.Parameters["USER_ID_FOR_SRP"]) != 36 {
		t.Errorf("ids %s, %s", eve.Parameters["USER_ID_FOR_SRP"], mail.Parameters["USER_ID_FOR_SRP"])
	}
	for name := range ann.Parameters {
		if name != "SRP_B" && len(ann.Parameters[name]) != len(eve.Parameters[name]) {
			t.Errorf("%s has %d characters for a user and %d for nobody", name, len(ann.Parameters[name]), len(eve.Parameters[name]))
		}
	}
}

// trySRP fails to sign in seven times.
func trySRP(t *testing.T, w *apitest.World, name string) (steps []step) {
	t.Helper()
	for range 7 {
		var s step
		s.Cost = w.Cost(func() { _, s.Answer = signInSRP(t, w, name, wrong) })
		steps = append(steps, s)
	}
	return steps
}
