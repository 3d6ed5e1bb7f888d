package passwords_test

import (
	"crypto/sha1"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"poolhouse.dev/internal/breach"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/passwords"
	"poolhouse.dev/internal/pool"
)

// leaked writes passwords as a download of breached ones.
func leaked(t *testing.T, list ...string) *breach.File {
	t.Helper()
	var lines []string
	for _, password := range list {
		lines = append(lines, fmt.Sprintf("%X:3\r\n", sha1.Sum([]byte(password))))
	}
	slices.Sort(lines)
	path := filepath.Join(t.TempDir(), "pwned.txt")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := breach.OpenHIBP(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return file
}

// The policy is judged first and then the lists that are asked for, in the words of
// the operation.
func TestCheck(t *testing.T) {
	lax := &pool.Pool{Settings: pool.Settings{PasswordPolicy: pool.PasswordPolicy{MinLength: 6}}}
	strict := &pool.Pool{Settings: pool.DefaultSettings()}
	both := passwords.Config{RefuseCommon: true, Breached: leaked(t, "Correct-Horse-7", "trustno1", "other")}
	for _, c := range []struct {
		name, password string
		pool           *pool.Pool
		config         passwords.Config
		wording        passwords.Wording
		want           string
	}{
		{"no lists", "password1", lax, passwords.Config{}, passwords.AtChange, ""},
		{"common", "password1", lax, passwords.Config{RefuseCommon: true}, passwords.AtSignUp, "Password did not conform with policy: Password is too common"},
		{"common, in capitals", "PASSWORD1", lax, both, passwords.AtChange, "Password does not conform to policy: Password is too common"},
		{"common and breached", "trustno1", lax, both, passwords.AtInvitation, "Password did not conform with password policy: Password is too common"},
		{"breached", "Correct-Horse-7", strict, both, passwords.AtChange, "Password does not conform to policy: Password is known from a data breach"},
		{"breached, the list of common ones is off", "trustno1", lax, passwords.Config{Breached: both.Breached}, passwords.AtChange, "Password does not conform to policy: Password is known from a data breach"},
		{"in other letters than the breached one", "Correct-horse-7", strict, both, passwords.AtChange, ""},
		{"too weak and breached", "trustno1", strict, both, passwords.AtChange, "Password does not conform to policy: Password must have uppercase characters"},
		{"good", "Quite-0therwise", strict, both, passwords.AtChange, ""},
	} {
		err := passwords.New(c.config).Check(c.pool, c.wording, c.password)
		if c.want == "" && err == nil {
			continue
		}
		if f := fault.As(err); f == nil || f.Code != "InvalidPasswordException" || f.Message != c.want {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// No password passes while the list cannot be read, and the error is the server's.
func TestCheckWithoutTheList(t *testing.T) {
	file := leaked(t, "one", "two")
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	err := passwords.New(passwords.Config{Breached: file}).Check(&pool.Pool{Settings: pool.DefaultSettings()}, passwords.AtChange, "Quite-0therwise")
	if err == nil || fault.As(err) != nil || strings.Contains(err.Error(), "Quite") {
		t.Errorf("got %v, want an error that is no fault", err)
	}
}
