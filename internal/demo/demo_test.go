package demo_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	"poolhouse.dev/internal/demo"
)

func TestRunTellsTheStory(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	var out bytes.Buffer
	if err := demo.Run(t.Context(), &out); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("the demo left %v behind (%v)", left, err)
	}
	text := out.String()
	for _, want := range []string{
		"\n1. ", "\n12. ", "→ CreateUserPool {", "→ GET /_poolhouse/inbox.json?to=ada%40work.example",
		"✓ custom:team is engines", "✓ email is ada@work.example", "✓ refused with AliasExistsException",
		"✓ refused with NotAuthorizedException", "Every step was checked.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the story does not tell %q", want)
		}
	}
	if token := regexp.MustCompile(`[\w-]{30,}\.[\w-]{30,}\.[\w-]{30,}`).FindString(text); token != "" {
		t.Errorf("the story shows a whole token: %s", token)
	}
	for line := range strings.Lines(text) {
		if n := len([]rune(line)); n > 180 {
			t.Errorf("a line of %d characters: %s", n, line)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

func TestRunNamesTheStepThatFailed(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	err := demo.Run(ctx, &cancelAt{text: "\n3. ", cancel: cancel})
	if err == nil || !strings.HasPrefix(err.Error(), "step 3 (Ada signs up.): ") {
		t.Errorf("error %v does not name step 3", err)
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v hides that the context ended", err)
	}
}

// cancelAt cancels when the text is written.
type cancelAt struct {
	text   string
	cancel context.CancelFunc
}

func (c *cancelAt) Write(p []byte) (int, error) {
	if strings.HasPrefix(string(p), c.text) {
		c.cancel()
	}
	return len(p), nil
}

func TestRunTellsOfAWriterThatFails(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	full := errors.New("no space left")
	if err := demo.Run(t.Context(), failing{full}); !errors.Is(err, full) {
		t.Errorf("error %v, want %v", err, full)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
