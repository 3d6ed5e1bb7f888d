package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// resealing runs reseal against a server that answers each request with the next answer,
// and returns what it asked, as paths with the tokens of the bodies, and what it wrote.
func resealing(t *testing.T, args resealArgs, answers ...string) (asked []string, out, progress string, err error) {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		answer := answers[min(len(asked), len(answers)-1)]
		asked = append(asked, strings.TrimPrefix(r.URL.Path, "/_poolhouse/")+" "+string(body))
		if strings.Contains(answer, "__type") {
			w.WriteHeader(http.StatusBadRequest)
		}
		_, _ = io.WriteString(w, answer)
	}))
	defer srv.Close()
	var stdout, stderr bytes.Buffer
	args.adminArgs = adminArgs{Endpoint: srv.URL, Region: "us-east-1"}
	args.Rate = 1_000_000
	err = reseal(t.Context(), args, func(name string) string { return name }, &stdout, &stderr)
	return asked, stdout.String(), stderr.String(), err
}

const (
	firstStep = `{"sealing":"0a","token":"t1","table":"users","rows":200,"resealed":150}`
	lastStep  = `{"sealing":"0a","token":"t2","done":true,"rows":300,"resealed":210,"broken":1,"signIns":4,"signInsUntil":"2026-06-01T00:00:00Z"}`
)

// The walk goes from token to token to its end, shows how far it is, and drops the old
// key only if it was asked to.
func TestResealWalks(t *testing.T) {
	asked, out, progress, err := resealing(t, resealArgs{}, firstStep, lastStep)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{`reseal {"token":""}`, `reseal {"token":"t1"}`}, asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	want := "300 rows, 210 sealed anew with data key 0a\n1 values open with no key and were left as they are\nrefresh tokens of 4 sign-ins need the old key, the last until 2026-06-01T00:00:00Z\n"
	if out != want || !strings.Contains(progress, "200 rows, 150 sealed anew, in users") {
		t.Errorf("wrote %q, progress %q", out, progress)
	}
	asked, out, _, err = resealing(t, resealArgs{DropOld: true, EndSignIns: true}, lastStep, `{"sealing":"0a"}`)
	if err != nil || len(asked) != 2 || asked[1] != `data-keys/drop-old {"endSignIns":true,"token":"t2"}` || !strings.HasSuffix(out, "data key 0a is the only one\n") {
		t.Errorf("asked %q, wrote %q, %v", asked, out, err)
	}
}

// A walk that is refused in the middle says how far it came, and keeps the old key.
func TestResealStops(t *testing.T) {
	asked, _, _, err := resealing(t, resealArgs{DropOld: true}, firstStep, `{"__type":"TooManyRequestsException","message":"Too many requests"}`)
	const want = "stopped after 200 rows, of which 150 were sealed anew: the server refuses: Too many requests; run the command again"
	if err == nil || err.Error() != want || len(asked) != 2 {
		t.Errorf("asked %q: %v", asked, err)
	}
}
