package trigger_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	arnpkg "poolhouse.dev/internal/arn"
	"poolhouse.dev/internal/trigger"
)

func TestParseRoute(t *testing.T) {
	const url = "http://127.0.0.1:9000/2015-03-31/functions/function/invocations"
	for entry, want := range map[string]trigger.Route{
		"*=aws":                             {Pattern: "*", Target: trigger.Target{API: true}},
		"*=aws+http://localhost:4566":       {Pattern: "*", Target: trigger.Target{URL: "http://localhost:4566", API: true}},
		arn + "=" + url:                     {Pattern: arn, Target: trigger.Target{URL: url}},
		"*:function:f=https://f.example?x=": {Pattern: "*:function:f", Target: trigger.Target{URL: "https://f.example?x="}},
	} {
		got, err := trigger.ParseRoute(entry)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", entry, err, diff)
		}
	}
	for entry, names := range map[string]string{
		"": "pattern and a target", "aws": "pattern and a target", "=aws": "pattern and a target", "*=": "pattern and a target",
		"f[a]=aws": "the pattern", "f?=aws": "the pattern",
		"*=ftp://f.example": "neither aws nor", "*=f.example": "neither aws nor", "*=aws+": "neither aws nor", "*=http://": "neither aws nor",
	} {
		if _, err := trigger.ParseRoute(entry); err == nil || !strings.Contains(err.Error(), names) {
			t.Errorf("%q: %v", entry, err)
		}
	}
}

// named answers with its name.
type named string

func (n named) Invoke(context.Context, string, []byte) (trigger.Result, error) {
	return trigger.Result{Payload: []byte(n)}, nil
}

func TestRoutes(t *testing.T) {
	var routes trigger.Routes
	for _, pattern := range []arnpkg.Pattern{"arn:aws:lambda:*:*:function:pay-*", "*:function:pay-back", "*:alias/*"} {
		routes = append(routes, struct {
			trigger.Route
			Function trigger.Function
		}{trigger.Route{Pattern: pattern}, named(pattern)})
	}
	for arn, want := range map[string]string{
		"arn:aws:lambda:eu-test-1:1:function:pay-back": "arn:aws:lambda:*:*:function:pay-*",
		"arn:aws-cn:lambda:x:1:function:pay-back":      "*:function:pay-back",
		"arn:aws:lambda:eu-test-1:1:function:a/b":      "",
		"arn:aws:lambda:eu-test-1:1:alias/b/c":         "*:alias/*",
		"arn:aws:lambda:eu-test-1:1:function:greet":    "",
	} {
		got, err := routes.Invoke(t.Context(), arn, nil)
		if string(got.Payload) != want {
			t.Errorf("%s went to %q, want %q", arn, got.Payload, want)
		}
		if nowhere := (*trigger.InvokeError)(nil); want == "" && (!errors.As(err, &nowhere) || !strings.Contains(nowhere.Code, arn) || !strings.Contains(nowhere.Code, "--lambda")) {
			t.Errorf("%s: %v", arn, err)
		}
	}
}
