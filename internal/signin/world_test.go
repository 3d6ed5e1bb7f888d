package signin_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/signin"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/faulty"
	"poolhouse.dev/internal/user"
)

const (
	right = "Passw0rd!"
	wrong = "Passw0rd?"

	refused  = "NotAuthorizedException: Incorrect username or password."
	locked   = "NotAuthorizedException: Password attempts exceeded"
	internal = "no fault"
)

// signIn tries a password and returns how it ended: "", the fault, or internal.
func signIn(t *testing.T, w *apitest.World, name, password string) (*signin.Outcome, string) {
	t.Helper()
	o, err := w.SignIn.Password(t.Context(), w.Request(), name, password)
	if (o == nil) != (err != nil) {
		t.Errorf("outcome %v with error %v", o, err)
	}
	return o, answer(err)
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

// sessions counts the stored sign-ins.
func sessions(t *testing.T, w *apitest.World) int64 {
	t.Helper()
	return count(t, w, user.TableSessions)
}

func count(t *testing.T, w *apitest.World, table row.Table) int64 {
	t.Helper()
	n, err := w.Rows.Count(t.Context(), store.Query{Table: table})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// failures returns the stored count of wrong passwords.
func failures(w *apitest.World, u *user.User) int {
	return apitest.Read(w, &user.Attempts{PoolID: u.PoolID, Sub: u.Sub, Kind: user.AttemptPassword}).Count
}

func wantSame(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// always is a plan that gives every commit of a table the outcome.
func always(table row.Table, o faulty.Outcome) func(*store.ChangeSet) faulty.Outcome {
	return func(set *store.ChangeSet) faulty.Outcome {
		if apitest.Touches(set, table) {
			return o
		}
		return faulty.Pass
	}
}
