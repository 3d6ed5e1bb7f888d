package main

import (
	"bytes"
	"strings"
	"testing"
)

// A command whose function is missing fails and says so.
func TestMissingFunctions(t *testing.T) {
	for _, command := range []string{"serve", "dev", "demo", "operations", "schema print", "schema distribute --engine citus --database postgres://db/pool"} {
		t.Run(command, func(t *testing.T) {
			name, _, _ := strings.Cut(command, " --")
			var stdout, stderr bytes.Buffer
			code := run(strings.Fields(command), surroundings{stdout: &stdout, stderr: &stderr}, Runner{})
			if code != exitError || !strings.Contains(stderr.String(), "this build has no "+name) || stdout.Len() > 0 {
				t.Errorf("code %d, stdout %q, stderr %q", code, &stdout, &stderr)
			}
		})
	}
}
