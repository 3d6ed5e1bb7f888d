package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"text/tabwriter"

	"poolhouse.dev/internal/row"
)

// Summary is what is in a file.
type Summary struct {
	Tables []Count `json:"tables"`
	// Digest is the SHA-256 over the tables: their names, columns and rows. It depends on
	// what is stored alone, and not on engine, time, or seal.
	Digest Digest `json:"digest"`
}

// Count is the number of rows of a table.
type Count struct {
	Table row.Table `json:"table"`
	Rows  int64     `json:"rows"`
}

// Digest is a SHA-256.
type Digest []byte

// String returns the digest as it is shown to people.
func (d Digest) String() string { return "sha256:" + hex.EncodeToString(d) }

// Rows returns the number of all rows.
func (s Summary) Rows() (n int64) {
	for _, t := range s.Tables {
		n += t.Rows
	}
	return n
}

// Print writes the rows of each table that has any, and the digest.
func (s Summary) Print(w io.Writer) error {
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, t := range s.Tables {
		if t.Rows > 0 {
			fmt.Fprintf(columns, "%s\t%d\n", t.Table, t.Rows)
		}
	}
	fmt.Fprintf(columns, "rows\t%d\ncontent\t%s\n", s.Rows(), s.Digest)
	return columns.Flush()
}

// tally counts rows and digests them as they pass.
type tally struct {
	counts []Count
	hash   hash.Hash
	rows   int64
}

func newTally() *tally { return &tally{hash: sha256.New()} }

func (t *tally) table(name row.Table, content []byte) {
	t.counts = append(t.counts, Count{Table: name})
	t.hash.Write(appendRecord(nil, kindTable, content))
}

func (t *tally) row(content []byte) {
	t.counts[len(t.counts)-1].Rows++
	t.rows++
	var room [16]byte
	t.hash.Write(appendNumber(append(room[:0], kindRow), int64(len(content))))
	t.hash.Write(content)
}

func (t *tally) summary() Summary {
	return Summary{Tables: t.counts, Digest: t.hash.Sum(nil)}
}
