package caller_test

import (
	"context"
	"testing"

	"poolhouse.dev/internal/caller"
)

func TestCallerInContext(t *testing.T) {
	if got := caller.From(context.Background()); got != (caller.Caller{}) {
		t.Errorf("a context without a caller has %+v", got)
	}
	want := caller.Caller{RequestID: "r", AccessKeyID: "k", Region: "eu-test-1", Account: "123456789012", SourceIP: "192.0.2.1", UserAgent: "u"}
	ctx := caller.With(t.Context(), want)
	if got := caller.From(ctx); got != want {
		t.Errorf("got %+v", got)
	}
	inner := caller.With(ctx, caller.Caller{RequestID: "inner"})
	if caller.From(inner) != (caller.Caller{RequestID: "inner"}) || caller.From(ctx) != want {
		t.Error("an inner caller is mixed with the outer one")
	}
	// Another package's value under an equal key is not a caller.
	type key struct{}
	if got := caller.From(context.WithValue(t.Context(), key{}, want)); got != (caller.Caller{}) {
		t.Errorf("a foreign value became the caller %+v", got)
	}
}
