package backup

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"poolhouse.dev/internal/instance"
	"poolhouse.dev/internal/limit"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store/sqlstore"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// leftOut are the tables that no backup has. What is not named here is in it.
var leftOut = map[row.Table]string{
	limit.TableLevels: "how much of a rate is used, by the clock of the moment",
	user.TableOutbox:  "messages on their way: restored, they would be sent a second time, and from a copy for tests to real people",
}

// layouts are the tables of a backup. The material comes first: it is what a server that
// starts on a database looks for.
func layouts() []sqlstore.Layout {
	material, _ := sqlstore.TableOf(instance.TableMaterial)
	list := []sqlstore.Layout{material.Layout()}
	for _, t := range sqlstore.Tables() {
		if _, out := leftOut[t.Name]; !out && t != material {
			list = append(list, t.Layout())
		}
	}
	return list
}

// pages is what rows are read from.
type pages interface {
	Page(ctx context.Context, l sqlstore.Layout, after []any, limit int) ([][]any, error)
}

// pageRows is how many rows are read at once.
const pageRows = 256

// eachRow hands every row of a table to do, in the order of the key.
func eachRow(ctx context.Context, from pages, l sqlstore.Layout, do func(values []any) error) error {
	var after []any
	for {
		page, err := from.Page(ctx, l, after, pageRows)
		if err != nil {
			return err
		}
		for _, values := range page {
			if err := do(values); err != nil {
				return err
			}
		}
		if len(page) < pageRows {
			return nil
		}
		after = page[len(page)-1]
	}
}

// Options are how a file is written.
type Options struct {
	// Header is the file's, but for Format, Keyset and Key, which Write fills in.
	Header Header
	// Unlock opens the data keys, whose vault seals the file; nil leaves it in the clear.
	Unlock func(ctx context.Context, keyset []byte) (*vault.Vault, error)
	// Progress, if not nil, is told the number of rows so far, now and then.
	Progress func(rows int64)
}

// Write writes the tables of a snapshot to w and says what it wrote. w has a whole file
// only if the error is nil.
func Write(ctx context.Context, w io.Writer, from pages, o Options) (Summary, error) {
	return write(ctx, w, from, layouts(), o)
}

func write(ctx context.Context, w io.Writer, from pages, tables []sqlstore.Layout, o Options) (Summary, error) {
	h := o.Header
	h.Format = Format
	var err error
	if h.Keyset, err = readKeyset(ctx, from); err != nil {
		return Summary{}, err
	}
	var key *vault.StreamKey
	if o.Unlock != nil {
		v, err := o.Unlock(ctx, h.Keyset)
		if err != nil {
			return Summary{}, err
		}
		if key, h.Key, err = v.NewStreamKey(keyPlace); err != nil {
			return Summary{}, err
		}
	}
	line, err := h.line()
	if err != nil {
		return Summary{}, err
	}
	if _, err := w.Write(line); err != nil {
		return Summary{}, err
	}
	body, finish := w, func() error { return nil }
	if key != nil {
		sealed, err := key.Seal(w, line)
		if err != nil {
			return Summary{}, fmt.Errorf("sealing the backup: %w", err)
		}
		body, finish = sealed, sealed.Close
	}
	out := bufio.NewWriterSize(body, 64<<10)
	summary, err := writeRecords(ctx, out, from, tables, sha256.Sum256(line), o.Progress)
	if err == nil {
		err = out.Flush()
	}
	if err == nil {
		err = finish()
	}
	return summary, err
}

// readKeyset reads the data keys as they are stored.
func readKeyset(ctx context.Context, from pages) (keyset []byte, err error) {
	material, _ := sqlstore.TableOf(instance.TableMaterial)
	err = eachRow(ctx, from, material.Layout(), func(values []any) error {
		r, err := material.Noun(values)
		if err != nil {
			return err
		}
		if m := r.(*instance.Material); m.Name == instance.MaterialKeyset {
			keyset = m.Value
		}
		return nil
	})
	if err == nil && keyset == nil {
		err = errors.New("the store has no data keys, so no server ever ran on it; there is nothing to back up")
	}
	return keyset, err
}

func writeRecords(ctx context.Context, out io.Writer, from pages, tables []sqlstore.Layout, header [sha256.Size]byte, progress func(int64)) (Summary, error) {
	tally := newTally()
	var content, text []byte
	put := func(kind byte) error {
		if len(content) > maxRecord {
			return fmt.Errorf("a row of more than %d bytes cannot be backed up", maxRecord)
		}
		text = appendRecord(text[:0], kind, content)
		_, err := out.Write(text)
		return err
	}
	for _, l := range tables {
		content = appendLayout(content[:0], l)
		tally.table(l.Table, content)
		if err := put(kindTable); err != nil {
			return Summary{}, err
		}
		err := eachRow(ctx, from, l, func(values []any) (err error) {
			if content, err = appendRow(content[:0], values); err != nil {
				return err
			}
			tally.row(content)
			if progress != nil && tally.rows%1000 == 0 {
				progress(tally.rows)
			}
			return put(kindRow)
		})
		if err != nil {
			return Summary{}, err
		}
	}
	summary := tally.summary()
	content = append(append(content[:0], header[:]...), summary.Digest...)
	content = appendNumber(content, int64(len(summary.Tables)))
	for _, t := range summary.Tables {
		content = appendNumber(content, t.Rows)
	}
	return summary, put(kindEnd)
}
