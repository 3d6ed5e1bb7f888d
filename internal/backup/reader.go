package backup

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"

	"poolhouse.dev/internal/instance"
	"poolhouse.dev/internal/store/sqlstore"
	"poolhouse.dev/internal/vault"
)

// Unlock opens the data keys of a file with the master key of whoever restores it. It is
// asked for every file that is sealed.
type Unlock func(ctx context.Context, keyset []byte) (*vault.Vault, error)

// Reader hands out a file's tables and their rows. What it hands out is certain to be
// what was written only when NextTable has returned io.EOF.
type Reader struct {
	in     *bufio.Reader
	header Header
	line   [sha256.Size]byte
	tally  *tally
	// ahead is the record that comes next, and room is for its content.
	ahead record
	room  []byte
	// layout is the table whose rows come, and table the noun's if this program has the
	// same columns.
	layout sqlstore.Layout
	table  *sqlstore.Table
	// keys says that the data keys were among the rows.
	keys bool
	err  error
}

// NewReader reads the header and opens the seal. Its error is an ErrForeign, ErrDamaged,
// ErrNewer or that of unlock; others are those of r.
func NewReader(ctx context.Context, r io.Reader, unlock Unlock) (*Reader, error) {
	in := bufio.NewReaderSize(r, maxHeader)
	h, line, err := readHeader(in)
	if err != nil {
		return nil, err
	}
	reader := &Reader{in: in, header: h, line: sha256.Sum256(line), tally: newTally()}
	if h.Sealed() {
		v, err := unlock(ctx, h.Keyset)
		if err != nil {
			return nil, err
		}
		key, err := v.OpenStreamKey(keyPlace, h.Key)
		if err != nil {
			return nil, damaged("its key does not open")
		}
		opened, err := key.Open(in, line)
		if err != nil {
			return nil, broken(err)
		}
		reader.in = bufio.NewReaderSize(opened, maxHeader)
	}
	if err := reader.advance(); err != nil {
		return nil, err
	}
	return reader, nil
}

// broken says of a file whose seal is broken that it is damaged.
func broken(err error) error {
	if errors.Is(err, vault.ErrSealBroken) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return damaged("its seal is broken")
	}
	return err
}

// Header returns what the file says of itself.
func (r *Reader) Header() Header { return r.header }

func (r *Reader) advance() (err error) {
	r.ahead, err = readRecord(r.in, r.room)
	r.room = r.ahead.content
	if errors.Is(err, vault.ErrSealBroken) {
		return broken(err)
	}
	return err
}

// NextTable returns the next table, whose rows NextRow returns; those of the table before
// have been read. The error is io.EOF after the last, when the whole file was found to be
// as it was written.
func (r *Reader) NextTable() (sqlstore.Layout, error) {
	if r.err == nil {
		r.err = r.nextTable()
	}
	return r.layout, r.err
}

func (r *Reader) nextTable() error {
	switch r.ahead.kind {
	case kindEnd:
		return r.end()
	case kindTable:
	default:
		return damaged("a record of no known kind")
	}
	c := content(r.ahead.content)
	l, err := c.layout()
	if err != nil {
		return damaged("%v", err)
	}
	for _, t := range r.tally.counts {
		if t.Table == l.Table {
			return damaged("table %s comes twice", l.Table)
		}
	}
	r.tally.table(l.Table, r.ahead.content)
	r.layout, r.table = l, nil
	if t, ok := sqlstore.TableOf(l.Table); ok && t.Layout().Equal(l) {
		r.table = t
	} else if r.header.Schema == sqlstore.SchemaVersion() {
		return damaged("table %s has other columns than it should", l.Table)
	}
	return r.advance()
}

// NextRow returns the next row of the table; io.EOF is its end.
func (r *Reader) NextRow() ([]any, error) {
	if r.err != nil {
		return nil, r.err
	}
	if r.ahead.kind != kindRow {
		return nil, io.EOF
	}
	values, err := r.nextRow()
	if err != nil {
		r.err = err
	}
	return values, err
}

func (r *Reader) nextRow() ([]any, error) {
	r.tally.row(r.ahead.content)
	c := content(r.ahead.content)
	values, err := c.row(len(r.layout.Columns))
	if err != nil {
		return nil, damaged("table %s: %v", r.layout.Table, err)
	}
	if err := r.judge(values); err != nil {
		return nil, err
	}
	return values, r.advance()
}

// judge looks for the data keys, and refuses a row that this program could not work with,
// as far as that can be told before the schema is up to date.
func (r *Reader) judge(values []any) error {
	if r.layout.Table == instance.TableMaterial && slices.Contains(values, any(instance.MaterialKeyset)) {
		same := func(v any) bool { b, ok := v.([]byte); return ok && bytes.Equal(b, r.header.Keyset) }
		if r.keys || !slices.ContainsFunc(values, same) {
			return damaged("its data keys are not those of its first line")
		}
		r.keys = true
	}
	if r.table == nil {
		return nil
	}
	if _, err := r.table.Noun(values); err != nil {
		// The reason may quote what is stored, which is somebody's.
		return fmt.Errorf("%w (%s wrote a row of table %s that this release cannot read)", ErrNewer, printable(r.header.Release), r.layout.Table)
	}
	return nil
}

// end compares what was read with what was written. It returns io.EOF if that is the
// same, and nothing comes after.
func (r *Reader) end() error {
	summary := r.tally.summary()
	want := append(append([]byte(nil), r.line[:]...), summary.Digest...)
	want = appendNumber(want, int64(len(summary.Tables)))
	for _, t := range summary.Tables {
		want = appendNumber(want, t.Rows)
	}
	switch {
	case !bytes.Equal(r.ahead.content, want):
		return damaged("its content is not what was written")
	case !r.keys:
		return damaged("it has no data keys")
	}
	switch _, err := r.in.ReadByte(); {
	case errors.Is(err, io.EOF):
		return io.EOF
	case err == nil:
		return damaged("something comes after its end")
	default:
		return broken(err)
	}
}

// Summary returns what was read so far.
func (r *Reader) Summary() Summary { return r.tally.summary() }

// Verify reads a file to its end. A nil error says that it is as it was written, and that
// this program can restore it.
func Verify(ctx context.Context, in io.Reader, unlock Unlock) (Summary, error) {
	r, err := NewReader(ctx, in, unlock)
	if err != nil {
		return Summary{}, err
	}
	for {
		if _, err := r.NextTable(); errors.Is(err, io.EOF) {
			return r.Summary(), nil
		} else if err != nil {
			return Summary{}, err
		}
		for {
			if _, err := r.NextRow(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return Summary{}, err
			}
			if err := ctx.Err(); err != nil {
				return Summary{}, err
			}
		}
	}
}
