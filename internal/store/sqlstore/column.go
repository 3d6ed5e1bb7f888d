package sqlstore

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// kind is what a column holds, as far as queries care.
type kind int

const (
	kindText kind = iota
	kindInteger
	kindTime
	kindBytes
)

// column describes one column of the table of T.
type column[T any] struct {
	name string
	kind kind
	// key columns come first and make up the primary key.
	key bool
	// shard is set for the one column of the key that rows are spread by.
	shard placement
	// indexed columns, but for those of the key, are part of an index.
	indexed bool
	// listed columns are indexed ones by whose value rows are listed; see listed.
	listed bool
	// searched columns are listed ones whose values are kept in a search table by the
	// dialects that have them.
	searched bool
	// write returns the column's value: string, int64, []byte or nil.
	write func(*T) (any, error)
	// read takes the stored value; nil for a derived column, which is written
	// for searching and never read back.
	read func(*T, any) error
	// own gives a copied T its own of what the field points to; nil for a field
	// that is a plain value.
	own func(*T)
	// round makes the field what it would be when it is read back; nil where that
	// is what it is.
	round func(*T)
	// same reports whether the column has the same value for both; nil where that
	// is not known.
	same func(a, b *T) bool
	// tangled says that there is no own for what the field points to.
	tangled bool
	// size is about how many bytes of memory the field points to; nil for none.
	size func(*T) int
}

// keyed marks a column as part of the primary key.
func keyed[T any](c column[T]) column[T] {
	c.key = true
	return c
}

// placement says which tables lie together where a database spreads rows over
// machines.
type placement string

const (
	// byUser: beside the users. What belongs to one user is on one machine, so
	// that a change of a user and what hangs on them needs no other.
	byUser placement = "users"
	// byPool: beside the pools, for the little that every pool has.
	byPool placement = "pools"
	// alone: beside no other table.
	alone placement = "alone"
)

// sharded marks the column of the primary key that rows are spread by where a
// database has several machines. Each table has exactly one; it is never
// changed in a row.
func sharded[T any](p placement, c column[T]) column[T] {
	c.shard = p
	return keyed(c)
}

// indexed marks a column as part of an index other than the primary key's.
func indexed[T any](c column[T]) column[T] {
	c.indexed = true
	return c
}

// listed marks a column by whose value requests list the rows of a table. Its index
// ends with the primary key, so that rows of one value come in that order; where
// the database numbers the rows itself, that number, which is a few bytes, takes the
// place of what follows the value.
func listed[T any](c column[T]) column[T] {
	c.listed = true
	return indexed(c)
}

// searched marks a column by whose value rows are listed and whose value changes more
// often than those of other listed columns; see search.
func searched[T any](c column[T]) column[T] {
	c.searched = true
	return listed(c)
}

// text is a column of a string field.
func text[T any, S ~string](name string, field func(*T) *S) column[T] {
	return column[T]{
		name: name, kind: kindText,
		write: func(t *T) (any, error) { return string(*field(t)), nil },
		read: func(t *T, v any) error {
			s, err := asText(v)
			*field(t) = S(s)
			return err
		},
		same: func(a, b *T) bool { return *field(a) == *field(b) },
		size: func(t *T) int { return len(*field(t)) },
	}
}

// number is a column of an integer field.
func number[T any, N ~int | ~int32 | ~int64](name string, field func(*T) *N) column[T] {
	return column[T]{
		name: name, kind: kindInteger,
		write: func(t *T) (any, error) { return int64(*field(t)), nil },
		read: func(t *T, v any) error {
			n, err := asInteger(v)
			*field(t) = N(n)
			return err
		},
		same: func(a, b *T) bool { return *field(a) == *field(b) },
	}
}

// flag is a column of a bool field, stored as 0 or 1.
func flag[T any](name string, field func(*T) *bool) column[T] {
	return column[T]{
		name: name, kind: kindInteger,
		write: func(t *T) (any, error) {
			if *field(t) {
				return int64(1), nil
			}
			return int64(0), nil
		},
		read: func(t *T, v any) error {
			n, err := asInteger(v)
			*field(t) = n != 0
			return err
		},
		same: func(a, b *T) bool { return *field(a) == *field(b) },
	}
}

// moment is a column of a time field.
func moment[T any](name string, field func(*T) *time.Time) column[T] {
	return column[T]{
		name: name, kind: kindTime,
		write: func(t *T) (any, error) { return micros(*field(t)), nil },
		read: func(t *T, v any) error {
			n, err := asInteger(v)
			*field(t) = fromMicros(n)
			return err
		},
		round: func(t *T) { *field(t) = fromMicros(micros(*field(t))) },
		same:  func(a, b *T) bool { return micros(*field(a)) == micros(*field(b)) },
	}
}

// blob is a column of a bytes field; nil is stored as NULL.
func blob[T any](name string, field func(*T) *[]byte) column[T] {
	return column[T]{
		name: name, kind: kindBytes,
		write: func(t *T) (any, error) {
			if *field(t) == nil {
				return nil, nil
			}
			return *field(t), nil
		},
		read: func(t *T, v any) error {
			switch b := v.(type) {
			case nil:
				*field(t) = nil
			case []byte:
				if b == nil {
					b = []byte{}
				}
				*field(t) = b
			default:
				return fmt.Errorf("a %T where bytes belong", v)
			}
			return nil
		},
		own: func(t *T) { *field(t) = bytes.Clone(*field(t)) },
		same: func(a, b *T) bool {
			return (*field(a) == nil) == (*field(b) == nil) && bytes.Equal(*field(a), *field(b))
		},
		size: func(t *T) int { return len(*field(t)) },
	}
}

// document is a column of a configuration field, stored as JSON text. Members
// that the field's type does not know are refused: they would be lost with the
// next update.
func document[T, D any](name string, field func(*T) *D) column[T] {
	return column[T]{
		name: name, kind: kindText, tangled: true,
		write: func(t *T) (any, error) {
			b, err := json.Marshal(field(t))
			return string(b), err
		},
		read: func(t *T, v any) error {
			s, err := asText(v)
			if err != nil {
				return err
			}
			var d D
			dec := json.NewDecoder(strings.NewReader(s))
			dec.DisallowUnknownFields()
			if err := dec.Decode(&d); err != nil {
				return err
			}
			if _, err := dec.Token(); err != io.EOF {
				return fmt.Errorf("text after the end of the document")
			}
			*field(t) = d
			return nil
		},
	}
}

// sparse is [document] for a field that most rows have the zero value of, which is
// stored as "". The field holds no pointers.
func sparse[T any, D comparable](name string, field func(*T) *D) column[T] {
	c, full := document(name, field), document(name, field)
	c.tangled = false
	c.same = func(a, b *T) bool { return *field(a) == *field(b) }
	c.write = func(t *T) (any, error) {
		var zero D
		if *field(t) == zero {
			return "", nil
		}
		return full.write(t)
	}
	c.read = func(t *T, v any) error {
		if v == "" {
			var zero D
			*field(t) = zero
			return nil
		}
		return full.read(t, v)
	}
	return c
}

// derived is a column that follows from the rest of the row; value returns a
// string, or nil for NULL.
func derived[T any](name string, value func(*T) any) column[T] {
	return column[T]{
		name: name, kind: kindText,
		write: func(t *T) (any, error) { return value(t), nil },
	}
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}

func asText(v any) (string, error) {
	if s, ok := v.(string); ok {
		return s, nil
	}
	return "", fmt.Errorf("a %T where text belongs", v)
}

func asInteger(v any) (int64, error) {
	switch n := v.(type) {
	case int64:
		return n, nil
	case int32:
		return int64(n), nil
	case int16:
		return int64(n), nil
	}
	return 0, fmt.Errorf("a %T where an integer belongs", v)
}
