package backup

import (
	"context"
	"errors"
	"fmt"
	"io"

	"poolhouse.dev/internal/store/sqlstore"
	"poolhouse.dev/internal/user"
)

// RestoreOptions are how a file is restored.
type RestoreOptions struct {
	// EndSignIns leaves out the sign-ins: every token that was given is refused, and
	// everybody has to sign in again.
	EndSignIns bool
}

// Restore stores the rows of a file in a target, reads them back, and compares their
// digest with the file's. The target must not be kept if there is an error.
func Restore(ctx context.Context, to sqlstore.Target, r *Reader, o RestoreOptions) (Summary, error) {
	var stored []sqlstore.Layout
	for {
		l, err := r.NextTable()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Summary{}, err
		}
		if err := to.Load(ctx, l, r.NextRow); err != nil {
			return Summary{}, err
		}
		stored = append(stored, l)
	}
	summary := r.Summary()
	found, err := digest(ctx, to, stored)
	if err != nil {
		return Summary{}, fmt.Errorf("reading back what was stored: %w", err)
	}
	if string(found) != string(summary.Digest) {
		return Summary{}, fmt.Errorf("the database gives back other rows than it was given (%s, %s): nothing is restored", found, summary.Digest)
	}
	if o.EndSignIns {
		if err := to.Clear(ctx, user.TableSessions); err != nil {
			return Summary{}, fmt.Errorf("ending the sign-ins: %w", err)
		}
	}
	return summary, nil
}

// digest computes the digest of tables as they are stored.
func digest(ctx context.Context, from pages, tables []sqlstore.Layout) (Digest, error) {
	tally := newTally()
	var content []byte
	for _, l := range tables {
		tally.table(l.Table, appendLayout(nil, l))
		err := eachRow(ctx, from, l, func(values []any) (err error) {
			if content, err = appendRow(content[:0], values); err == nil {
				tally.row(content)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return tally.summary().Digest, nil
}
