package token_test

import (
	"context"
	"testing"
	"time"

	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/cached"
	"poolhouse.dev/internal/token"
)

// readOnly is the store in memory as a store.Store, without a record of reads.
type readOnly struct{ *rows }

func (readOnly) Commit(context.Context, *store.ChangeSet) error { return nil }

func (r readOnly) Read(ctx context.Context, all ...row.Row) error {
	r.reads = r.reads[:0]
	return r.rows.Read(ctx, all...)
}

// BenchmarkProve judges a token whose signature was verified before, with pool,
// client and keys in memory, as the server has them.
func BenchmarkProve(b *testing.B) {
	w := newWorld(b)
	st := cached.New(readOnly{w.rows}, time.Hour, w.clock)
	auth := token.NewAuthorizer(token.AuthorizerConfig{
		Store: st, Directory: directory.New(st, w.ring.vault), Keys: w.keys, PublicURL: publicURL, Now: w.clock,
	})
	text := w.mint().Access
	b.ReportAllocs()
	for b.Loop() {
		if _, err := auth.Prove(b.Context(), text); err != nil {
			b.Fatal(err)
		}
	}
}
