package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Lines come whole, without their ends; those that are too long are passed over.
func TestLineReader(t *testing.T) {
	long := strings.Repeat("x", 3*importLine)
	for name, c := range map[string]struct {
		in   string
		want []string
	}{
		"nothing":              {"", nil},
		"one":                  {"a\n", []string{"a"}},
		"without an end":       {"a\nb", []string{"a", "b"}},
		"empty ones":           {"\n\na\n\n", []string{"", "", "a", ""}},
		"from Windows":         {"\ufeffa\r\nb\r\n", []string{"a", "b"}},
		"a mark in the middle": {"a\n\ufeffb\n", []string{"a", "\ufeffb"}},
		"a long one":           {"a\n" + long + "\nb\n", []string{"a", "too long", "b"}},
		"a long one at last":   {"a\n" + long, []string{"a", "too long"}},
		"the longest":          {long[:importLine-1] + "\nb", []string{long[:importLine-1], "b"}},
	} {
		r := newLineReader(strings.NewReader(c.in))
		var got []string
		for {
			text, err := r.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if errors.Is(err, errLongLine) {
				text = []byte("too long")
			} else if err != nil {
				t.Fatal(name, err)
			}
			got = append(got, string(text))
		}
		if diff := cmp.Diff(c.want, got); diff != "" || r.read != int64(len(c.in)) {
			t.Errorf("%s: read %d of %d bytes (-want +got):\n%s", name, r.read, len(c.in), diff)
		}
	}
}

// importing runs an import against a server that answers each request with the next
// answer, and returns what it wrote.
func importing(t *testing.T, ctx context.Context, in string, answers ...string) (out, progress string, err error) {
	t.Helper()
	n := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := answers[min(n, len(answers)-1)]
		n++
		if strings.Contains(answer, "__type") {
			w.WriteHeader(http.StatusBadRequest)
		}
		_, _ = io.WriteString(w, answer)
	}))
	defer srv.Close()
	var stdout, stderr bytes.Buffer
	args := importArgs{adminArgs: adminArgs{Endpoint: srv.URL, Region: "us-east-1"}, Pool: "us-east-1_x", File: "-"}
	err = importUsers(ctx, args, func(name string) string { return name }, strings.NewReader(in), &stdout, &stderr)
	return stdout.String(), stderr.String(), err
}

// An import that fails half way tells what was done and where it stopped, and does not
// go on.
func TestImportStops(t *testing.T) {
	lines := func(n int) string { return strings.Repeat("{}\n", n) }
	all := `{"outcomes":[` + strings.TrimSuffix(strings.Repeat(`{"result":"imported"},`, importLines), ",") + `]}`
	for name, c := range map[string]struct{ second, want string }{
		"refused":         {`{"__type":"TooManyRequestsException","message":"Too many requests"}`, "stopped at lines 51 to 60: the server refuses: Too many requests; run the command again"},
		"another answer":  {`<html>`, "stopped at lines 51 to 60: the server's answer is not what was asked for (HTTP status 200)"},
		"too few answers": {`{"outcomes":[{"result":"imported"}]}`, "stopped at lines 51 to 60: the server told of 1 of 10 lines"},
	} {
		out, _, err := importing(t, t.Context(), lines(importLines+10), all, c.second)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) || out != "lines: 60, imported: 50, skipped: 0, refused: 0\n" {
			t.Errorf("%s: %q, %v", name, out, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := importing(t, ended, lines(1), all); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("a stopped import ends with %v, which passes for success", err)
	}
}

// The report is in the order of the file, and the progress stays out of its way.
func TestImportTells(t *testing.T) {
	in := "{}\n" + strings.Repeat("x", importLine) + "\n\n{}\n{}\n"
	out, progress, err := importing(t, t.Context(), in, `{"outcomes":[{"result":"refused","reason":"why"}]}`, `{"outcomes":[{"result":"imported"},{"result":"exists","reason":"there"}]}`)
	want := fmt.Sprintf("line 1: refused: why\nline 2: refused: longer than %d bytes\nline 5: skipped: there\nlines: 4, imported: 1, skipped: 1, refused: 2\n", importLine)
	if out != want || err == nil || err.Error() != "2 of 4 lines were refused" {
		t.Errorf("%q, %v", out, err)
	}
	if !strings.HasSuffix(progress, "\rlines: 4, imported: 1, skipped: 1, refused: 2\r\x1b[K") || strings.Contains(progress, "\n") {
		t.Errorf("progress %q", progress)
	}
}
