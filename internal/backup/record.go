package backup

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store/sqlstore"
)

// A record is its kind, the length of its content in eight bytes, and the content. Texts
// and bytes stand behind their length; numbers take eight bytes, the greatest first.
const (
	kindTable = 't' // name, number of key columns, number of columns, their names
	kindRow   = 'r' // for each column of the table the kind of its value, and the value
	kindEnd   = 'e' // digests of header and rows, number of tables, rows of each
)

// Kinds of values.
const (
	valueNull  = 'n'
	valueText  = 's'
	valueInt   = 'i'
	valueBytes = 'b'
)

// maxRecord bounds the content of a record, in bytes, and maxColumns a table.
const (
	maxRecord  = 64 << 20
	maxColumns = 1024
)

func appendNumber(dst []byte, n int64) []byte { return binary.BigEndian.AppendUint64(dst, uint64(n)) }

func appendText[T ~string | ~[]byte](dst []byte, s T) []byte {
	return append(appendNumber(dst, int64(len(s))), s...)
}

func appendLayout(dst []byte, l sqlstore.Layout) []byte {
	dst = appendText(dst, l.Table)
	dst = appendNumber(dst, int64(l.Keys))
	dst = appendNumber(dst, int64(len(l.Columns)))
	for _, c := range l.Columns {
		dst = appendText(dst, c)
	}
	return dst
}

func appendRow(dst []byte, values []any) ([]byte, error) {
	for _, v := range values {
		switch v := v.(type) {
		case nil:
			dst = append(dst, valueNull)
		case string:
			dst = appendText(append(dst, valueText), v)
		case int64:
			dst = appendNumber(append(dst, valueInt), v)
		case []byte:
			dst = appendText(append(dst, valueBytes), v)
		default:
			return nil, fmt.Errorf("a %T cannot be backed up", v)
		}
	}
	return dst, nil
}

// appendRecord puts kind and length before the content.
func appendRecord(dst []byte, kind byte, content []byte) []byte {
	return append(appendNumber(append(dst, kind), int64(len(content))), content...)
}

// record is a record as it was read; content is good until the next is read.
type record struct {
	kind    byte
	content []byte
}

var errShort = errors.New("a record ends too early")

// readRecord reads the next record into room. The end of the file is an error of the
// file's, whatever came before.
func readRecord(r *bufio.Reader, room []byte) (record, error) {
	var head [9]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return record{}, cut(err)
	}
	n := binary.BigEndian.Uint64(head[1:])
	if n > maxRecord {
		return record{}, damaged("a record of %d bytes", n)
	}
	// A length that is wrong may be of bytes that are not there: the room grows with what is.
	content := room[:0]
	for len(content) < int(n) {
		piece := min(int(n)-len(content), 1<<20)
		start := len(content)
		content = append(content, make([]byte, piece)...)
		if _, err := io.ReadFull(r, content[start:]); err != nil {
			return record{}, cut(err)
		}
	}
	return record{kind: head[0], content: content}, nil
}

// cut says of a file that ended too early that it did.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return damaged("it ends too early")
	}
	return err
}

// content is what is left of a record's content.
type content []byte

func (c *content) take(n int64) ([]byte, error) {
	if n < 0 || n > int64(len(*c)) {
		return nil, errShort
	}
	taken := (*c)[:n]
	*c = (*c)[n:]
	return taken, nil
}

func (c *content) number() (int64, error) {
	b, err := c.take(8)
	if err != nil {
		return 0, err
	}
	return int64(binary.BigEndian.Uint64(b)), nil
}

func (c *content) bytes() ([]byte, error) {
	n, err := c.number()
	if err != nil {
		return nil, err
	}
	return c.take(n)
}

func (c *content) layout() (l sqlstore.Layout, err error) {
	name, err := c.bytes()
	if err != nil {
		return l, err
	}
	keys, err := c.number()
	if err != nil {
		return l, err
	}
	columns, err := c.number()
	if err != nil {
		return l, err
	}
	if columns < 1 || columns > maxColumns || keys < 1 || keys > columns {
		return l, fmt.Errorf("a table of %d columns, %d of them its key", columns, keys)
	}
	l = sqlstore.Layout{Table: row.Table(name), Keys: int(keys)}
	for range columns {
		column, err := c.bytes()
		if err != nil {
			return l, err
		}
		l.Columns = append(l.Columns, string(column))
	}
	if len(*c) > 0 {
		return l, errors.New("a record has too much in it")
	}
	return l, l.Check()
}

// row reads the values of a row, which share nothing with the content.
func (c *content) row(columns int) ([]any, error) {
	values := make([]any, columns)
	for i := range values {
		kind, err := c.take(1)
		if err != nil {
			return nil, err
		}
		switch kind[0] {
		case valueNull:
		case valueText:
			var b []byte
			if b, err = c.bytes(); err == nil {
				values[i] = string(b)
			}
		case valueInt:
			values[i], err = c.number()
		case valueBytes:
			var b []byte
			if b, err = c.bytes(); err == nil {
				values[i] = append([]byte{}, b...)
			}
		default:
			err = errors.New("a value of no known kind")
		}
		if err != nil {
			return nil, err
		}
	}
	if len(*c) > 0 {
		return nil, errors.New("a record has too much in it")
	}
	return values, nil
}
