package reliability

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"poolhouse.dev/internal/store/storetest/pgtest"
)

// folder holds what the tests of the package share.
var folder string

func TestMain(m *testing.M) {
	var err error
	if folder, err = os.MkdirTemp("", "poolhouse-reliability-"); err != nil {
		panic(err)
	}
	pgtest.Main(m, func(code int) int {
		if err := os.RemoveAll(folder); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return max(code, 1)
		}
		return code
	})
}

// often returns how often a fault is made: a few times, or as often as the
// long run wants it.
func often(short, full int) int {
	if os.Getenv("POOLHOUSE_RELIABILITY") == "full" {
		return full
	}
	return short
}

// program is the built server.
var program = sync.OnceValues(func() (string, error) {
	path := filepath.Join(folder, "poolhouse")
	out, err := exec.Command("go", "build", "-o", path, "poolhouse.dev/cmd/poolhouse").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("building poolhouse: %w\n%s", err, out)
	}
	return path, nil
})

func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
