package conformance

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"poolhouse.dev/internal/wire"
)

// coverageFile is the table that coverage is kept in.
const coverageFile = "coverage.md"

// outcome is an operation and how it ended: with an exception or, "", well.
type outcome struct{ operation, exception string }

// outcomes is a set of outcomes, safe for concurrent use.
type outcomes struct {
	mu  sync.Mutex
	set map[outcome]bool
}

func (o *outcomes) add(x outcome) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.set == nil {
		o.set = map[outcome]bool{}
	}
	o.set[x] = true
}

func (o *outcomes) has(x outcome) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.set[x]
}

// claimed are the outcomes that tests say they assert, seen the ones that the
// servers really answered with.
var claimed, seen outcomes

// covers notes that the test asserts what the operation does when it succeeds
// and when it answers with the exceptions. An outcome that then never comes
// fails the test.
func covers(t *testing.T, operation string, exceptions ...string) {
	t.Helper()
	claim(t, operation, append([]string{""}, exceptions...))
}

// refuses is covers for a test that asserts the exceptions only.
func refuses(t *testing.T, operation string, exceptions ...string) {
	t.Helper()
	claim(t, operation, exceptions)
}

func claim(t *testing.T, operation string, exceptions []string) {
	t.Helper()
	op, ok := wire.Find(operation)
	if !ok {
		t.Fatalf("there is no operation %q", operation)
	}
	for _, exception := range exceptions {
		if exception != "" && !slices.Contains(op.Errors, exception) {
			t.Fatalf("%s does not model %q", operation, exception)
		}
		claimed.add(outcome{operation, exception})
	}
	t.Cleanup(func() {
		if t.Skipped() || t.Failed() || os.Getenv("POOLHOUSE_CONFORMANCE_URL") != "" {
			return
		}
		for _, exception := range exceptions {
			if !seen.has(outcome{operation, exception}) {
				t.Errorf("%s never answered with %q, which this test says it covers", operation, exception)
			}
		}
	})
}

// recorder notes the outcome of every call on its way.
type recorder struct{ next http.RoundTripper }

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.next.RoundTrip(req)
	operation, ok := strings.CutPrefix(req.Header.Get("X-Amz-Target"), wire.TargetPrefix)
	if err != nil || !ok {
		return resp, err
	}
	if resp.StatusCode == http.StatusOK {
		seen.add(outcome{operation, ""})
		return resp, nil
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	var fault struct {
		Type string `json:"__type"`
	}
	if json.Unmarshal(body, &fault) == nil {
		seen.add(outcome{operation, fault.Type})
	}
	return resp, nil
}

// coverageGate fails a whole run of the suite in which an operation that is
// built, or an exception that it can raise, is asserted by no test, or whose
// table differs from the one kept. POOLHOUSE_WRITE_COVERAGE=1 keeps the new one.
func coverageGate(code int) int {
	if os.Getenv("POOLHOUSE_CONFORMANCE_URL") != "" || flag.Lookup("test.run").Value.String() != "" ||
		flag.Lookup("test.skip").Value.String() != "" || flag.Lookup("test.list").Value.String() != "" {
		return code
	}
	table, missing := coverageTable()
	missing = append(missing, strays()...)
	if os.Getenv("POOLHOUSE_WRITE_COVERAGE") == "1" {
		if err := os.WriteFile(coverageFile, []byte(table), 0o644); err != nil {
			missing = append(missing, err.Error())
		}
	}
	if kept, err := os.ReadFile(coverageFile); err != nil || string(kept) != table {
		missing = append(missing, coverageFile+" is out of date: run the tests with POOLHOUSE_WRITE_COVERAGE=1")
	}
	for _, line := range missing {
		fmt.Fprintln(os.Stderr, "coverage:", line)
	}
	if len(missing) > 0 {
		code = max(code, 1)
	}
	return code
}

// coverageTable writes the table and lists what no test asserts.
func coverageTable() (table string, missing []string) {
	var b strings.Builder
	b.WriteString("# What the conformance suite covers\n\n" +
		"One row for each operation that is built, with the exceptions of the service model: those that a test asserts,\n" +
		"and those that the operation cannot answer with in this version. Written by the tests: see `coverage_test.go`;\n" +
		"the reasons are in `unreachable_test.go`.\n\n" +
		"| operation | asserted exceptions | not reachable |\n|---|---|---|\n")
	for i := range wire.Operations {
		op := &wire.Operations[i]
		if !isBuilt(op.Name) {
			continue
		}
		if !neverSucceeds[op.Name] && !claimed.has(outcome{op.Name, ""}) {
			missing = append(missing, op.Name+": no test of its success")
		}
		var asserted, unreachable []string
		for _, exception := range slices.Sorted(slices.Values(op.Errors)) {
			short := strings.TrimSuffix(exception, "Exception")
			switch covered, reason := claimed.has(outcome{op.Name, exception}), whyUnreachable(op.Name, exception); {
			case covered && reason != "":
				missing = append(missing, op.Name+": "+exception+" is asserted, yet listed as not reachable")
			case covered:
				asserted = append(asserted, short)
			case reason != "":
				unreachable = append(unreachable, short)
			default:
				missing = append(missing, op.Name+": no test of "+exception)
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", op.Name, strings.Join(asserted, ", "), strings.Join(unreachable, ", "))
	}
	return b.String(), missing
}

// commonFaults are exceptions that the protocol itself raises, for any
// operation.
var commonFaults = []string{
	"AccessDeniedException", "IncompleteSignatureException", "InvalidParameterException", "InvalidSignatureException",
	"MissingAuthenticationTokenException", "SerializationException", "TooManyRequestsException", "UnknownOperationException",
	"UnrecognizedClientException",
}

// unmodelled are exceptions that an operation answers with although its list
// lacks them, and why.
var unmodelled = map[outcome]string{
	{"AdminCreateUser", "AliasExistsException"}: "the text of its parameter ForceAliasCreation says so",
}

// strays lists the exceptions that operations answered with although they do
// not model them.
func strays() (list []string) {
	seen.mu.Lock()
	defer seen.mu.Unlock()
	for x := range seen.set {
		op, ok := wire.Find(x.operation)
		if ok && x.exception != "" && !slices.Contains(op.Errors, x.exception) && !slices.Contains(commonFaults, x.exception) && unmodelled[x] == "" {
			list = append(list, x.operation+" answered with "+x.exception+", which it does not model")
		}
	}
	return list
}

// isBuilt asks a server whether it knows the operation: an empty request is
// refused for what it lacks, or for its signature, by one that does.
func isBuilt(operation string) bool {
	i := slices.IndexFunc(engines, func(e *engine) bool { return e.srv != nil })
	if i < 0 {
		return false
	}
	req, err := http.NewRequest(http.MethodPost, engines[i].url, strings.NewReader("{}"))
	if err != nil {
		return false
	}
	req.Header.Set("X-Amz-Target", wire.TargetPrefix+operation)
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	resp, err := web.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return err == nil && !bytes.Contains(answer, []byte("UnknownOperationException"))
}
