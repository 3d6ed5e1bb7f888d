package signup_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/api/signup"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

const (
	password = "Passw0rd!"

	expired  = "ExpiredCodeException: Invalid code provided, please request a code again."
	mismatch = "CodeMismatchException: Invalid verification code provided, please try again."
	limit    = "LimitExceededException: Attempt limit exceeded, please try after some time."
	internal = "no fault"
)

// world is a pool that verifies e-mail addresses, with the operations.
type world struct {
	*apitest.World
	*signup.API
}

func newWorld(t *testing.T, change func(*pool.Settings)) *world {
	t.Helper()
	return node(apitest.Embedded(t, func(s *pool.Settings) {
		s.AutoVerified = []string{pool.AttrEmail}
		if change != nil {
			change(s)
		}
	}))
}

// node returns the operations of one server of the world.
func node(w *apitest.World) *world {
	return &world{w, signup.New(signup.Deps{
		Store: w.Store, Directory: w.Directory, Codes: w.Codes, Outbox: w.Outbox, Vault: w.Vault, Passwords: w.Passwords, Lanes: w.Lanes, Decoy: w.Decoy, Triggers: w.Triggers, SignIn: w.SignIn, Now: w.Now,
	})}
}

func (w *world) signUp(t *testing.T, name string, pairs ...string) string {
	t.Helper()
	in := &wire.SignUpRequest{ClientId: wire.Ptr(string(apitest.ClientID)), Username: &name, Password: wire.Ptr(password)}
	for i := 0; i < len(pairs); i += 2 {
		in.UserAttributes = append(in.UserAttributes, wire.AttributeType{Name: &pairs[i], Value: &pairs[i+1]})
	}
	_, err := w.SignUp(t.Context(), in)
	return answer(err)
}

func (w *world) confirm(t *testing.T, name, code string) string {
	t.Helper()
	_, err := w.ConfirmSignUp(t.Context(), &wire.ConfirmSignUpRequest{
		ClientId: wire.Ptr(string(apitest.ClientID)), Username: &name, ConfirmationCode: &code,
	})
	return answer(err)
}

func (w *world) resend(t *testing.T, name string) (*wire.CodeDeliveryDetailsType, string) {
	t.Helper()
	out, err := w.ResendConfirmationCode(t.Context(), &wire.ResendConfirmationCodeRequest{ClientId: wire.Ptr(string(apitest.ClientID)), Username: &name})
	if err != nil {
		return nil, answer(err)
	}
	return out.CodeDeliveryDetails, ""
}

// lastCode returns the code in the newest message to an address.
func (w *world) lastCode(t *testing.T, to string) string {
	t.Helper()
	list := w.Messages.To(to)
	if len(list) == 0 {
		t.Fatalf("no message to %s", to)
	}
	return list[len(list)-1].Code
}

// find returns the user of a name, nil for nobody.
func (w *world) find(t *testing.T, name string) *user.User {
	t.Helper()
	u, err := w.Directory.User(t.Context(), w.Pool, name)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// keepClient stores a change of the client.
func (w *world) keepClient(change func(*pool.ClientSettings)) {
	change(&w.Client.Settings)
	w.Update(w.Client)
}

func (w *world) count(t *testing.T, table row.Table) int64 {
	t.Helper()
	n, err := w.Rows.Count(t.Context(), store.Query{Table: table})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// answer is what a caller is told: "" for success, a fault as "exception:
// message", and internal for what becomes InternalErrorException.
func answer(err error) string {
	if err == nil {
		return ""
	}
	if f := fault.As(err); f != nil {
		return f.Error()
	}
	return internal
}

func wantAnswer(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("answered %q, want %q", got, want)
	}
}

func wantSame(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
