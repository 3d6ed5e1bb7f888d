package main

import (
	"bytes"
	"strings"
	"testing"
)

// A command whose function is missing fails and says so.
func TestMissingFunctions(t *testing.T) {
	for _, command := range []string{"serve", "dev", "demo", "operations", "schema print"} {
		t.Run(command, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := run(strings.Fields(command), surroundings{stdout: &stdout, stderr: &stderr}, Runner{})
			if code != exitError || !strings.Contains(stderr.String(), "this build has no "+command) || stdout.Len() > 0 {
				t.Errorf("code %d, stdout %q, stderr %q", code, &stdout, &stderr)
			}
		})
	}
}
