package main

import (
	"bytes"
	"strings"
	"testing"
)

// A command whose function is missing fails and says so.
func TestMissingFunctions(t *testing.T) {
	for _, line := range []string{
		"serve", "dev", "demo", "operations", "schema print", "schema distribute --engine citus --database postgres://db/pool",
		"backup --data=none -", "restore -", "restore --verify-only -",
	} {
		t.Run(line, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			command, _, _ := strings.Cut(strings.TrimSuffix(line, " -"), " --")
			code := run(strings.Fields(line), surroundings{stdout: &stdout, stderr: &stderr}, Runner{})
			if code != exitError || !strings.Contains(stderr.String(), "this build has no "+command) || stdout.Len() > 0 {
				t.Errorf("code %d, stdout %q, stderr %q", code, &stdout, &stderr)
			}
		})
	}
}
