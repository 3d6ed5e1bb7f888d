package backup

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"poolhouse.dev/internal/store/sqlstore"
	"poolhouse.dev/internal/vault"
)

// Format is the number of the form that this program writes and reads.
const Format = 1

// magic begins a file, and a line break ends the header, so that the first line of a file
// says what it is.
const magic = "poolhouse-backup "

// maxHeader bounds the first line, in bytes.
const maxHeader = 16 << 10

// Header is what a file says of itself before anything is opened. It is bound to what
// follows.
type Header struct {
	Format int `json:"format"`
	// Release is the program that wrote the file, for people.
	Release string `json:"release"`
	// Engine is the kind of store that was read, for people.
	Engine string `json:"engine"`
	// Schema is the number of the store's last migration.
	Schema int64 `json:"schema"`
	// TakenAt is when the file was begun: it has what was answered before.
	TakenAt time.Time `json:"takenAt"`
	// Keyset are the store's data keys as they are stored, which its master key opens.
	Keyset []byte `json:"keyset"`
	// Key is the file's own key, sealed by the data keys; none is a file in the clear.
	Key []byte `json:"key,omitempty"`
}

// Sealed reports whether the file is more than readable with the master key only.
func (h Header) Sealed() bool { return len(h.Key) > 0 }

// keyPlace is what the key of a file is sealed for.
var keyPlace = vault.Place{Table: "backup", Column: "key"}

// line returns the first line of the file.
func (h Header) line() ([]byte, error) {
	text, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	if len(magic)+len(text) >= maxHeader {
		return nil, fmt.Errorf("the header of the backup is longer than %d bytes", maxHeader)
	}
	return append(append([]byte(magic), text...), '\n'), nil
}

// Errors of what is not a file that can be restored.
var (
	ErrForeign = errors.New("this is not a backup of poolhouse; name a file that `poolhouse backup` made")
	ErrDamaged = errors.New("the backup is damaged or was cut short; nothing can be restored from it, take another one")
	ErrNewer   = errors.New("the backup was made by a newer release than this one; restore it with that release or a later one")
)

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w (%s)", ErrDamaged, fmt.Sprintf(format, args...))
}

// readHeader reads the first line, and judges whether this program can read the rest.
func readHeader(r *bufio.Reader) (h Header, line []byte, err error) {
	start, err := r.Peek(len(magic))
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return h, nil, err
	case string(start) != magic:
		return h, nil, ErrForeign
	}
	line, err = r.ReadSlice('\n')
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, bufio.ErrBufferFull):
		return h, nil, damaged("its first line has no end")
	case err != nil:
		return h, nil, err
	}
	line = bytes.Clone(line)
	text := line[len(magic):]
	var form struct {
		Format int            `json:"format"`
		Rest   jsontext.Value `json:",unknown"`
	}
	if err := json.Unmarshal(text, &form); err != nil {
		return h, nil, damaged("its first line cannot be read")
	}
	if form.Format > Format {
		return h, nil, fmt.Errorf("%w (form %d, known is %d)", ErrNewer, form.Format, Format)
	}
	if err := json.Unmarshal(text, &h, json.RejectUnknownMembers(true)); err != nil {
		return h, nil, damaged("its first line cannot be read")
	}
	if h.Format != Format || h.Schema < 1 || len(h.Keyset) == 0 {
		return h, nil, damaged("its first line says too little")
	}
	if known := sqlstore.SchemaVersion(); h.Schema > known {
		return h, nil, fmt.Errorf("%w (schema %d by %s, known is %d)", ErrNewer, h.Schema, printable(h.Release), known)
	}
	return h, line, nil
}

// printable is a text of a file's as an error may show it.
func printable(s string) string { return fmt.Sprintf("%.60q", s) }
