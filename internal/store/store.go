package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"poolhouse.dev/internal/row"
)

// Store is all that poolhouse asks of a database. Methods are safe for
// concurrent use.
type Store interface {
	// Commit applies every change in set, or none. When it returns nil the
	// changes are durable and visible to later reads on every node, and the
	// rows of the set carry their new stamps. Errors a caller may act on:
	//
	//   *DuplicateError  a unique key was taken; Key says which. Not worth a retry.
	//   ErrConflict      a row was not at the expected version. Read again,
	//                    decide again (see Retry).
	//   ErrUnavailable   the set was never applied, and will not be.
	//   ErrUnknown       the connection was lost while committing and the outcome
	//                    could not be settled before the deadline.
	//
	// Serialization failures and lost commit replies are settled inside. A set
	// is committed once; committing it again is an error of the caller.
	Commit(ctx context.Context, set *ChangeSet) error
	Reader
}

// Reader is the reading half of a Store.
type Reader interface {
	// Read fills every given row from the store, found by its key, in one round
	// trip. A row that is not stored keeps its fields and has the zero Stamp.
	// The rows are not one snapshot: each is as it stood at some moment
	// of the call, and the first is read no later than the ones after it.
	Read(ctx context.Context, rows ...row.Row) error
	// List returns the rows that q asks for, in the order that q defines.
	List(ctx context.Context, q Query) (Page, error)
	// Count returns how many rows q asks for; q.After and q.Limit do not count.
	Count(ctx context.Context, q Query) (int64, error)
}

// Query asks for rows of one table. Rows come in the order of the column of
// Prefix or Due, if there is one, and then of the primary key, compared by byte; users
// who have the same value of a search column come in an order of the engine's own.
// Every query that a request can cause is answered from an index.
type Query struct {
	Table row.Table
	// Equal are columns that must have a value.
	Equal []Term
	// Prefix is a column that must begin with a value.
	Prefix *Term
	// Due is a time column that must not be later than a time.
	Due *DueTerm
	// After is the Next of the page before; one of another query, or of another
	// engine, is an ErrCursor.
	After Cursor
	// Limit is the most rows to return; it must be positive for List.
	Limit int
}

// Term compares a text column with a value.
type Term struct{ Column, Value string }

// DueTerm compares a time column with a time.
type DueTerm struct {
	Column string
	Time   time.Time
}

// Cursor is a place in the order of a query: the values of its order columns.
type Cursor []string

// Page is a piece of a query's result.
type Page struct {
	Rows []row.Row
	// Next continues after the last row; nil when there is nothing more.
	Next Cursor
}

// Errors of a Store; see Store.Commit for what they promise.
var (
	ErrConflict    = errors.New("store: a row is not at the expected version")
	ErrCursor      = errors.New("store: the cursor belongs to another query")
	ErrUnavailable = errors.New("store: the database cannot be reached")
	ErrUnknown     = errors.New("store: the outcome of a commit is not known")
)

// DuplicateError says that an inserted row's key is taken.
type DuplicateError struct{ Key row.Key }

// Error names the table; the key may hold a person's name and stays out.
func (e *DuplicateError) Error() string {
	return fmt.Sprintf("store: a key of table %s is taken", e.Key.Table)
}

// Duplicate returns the taken key when err is a *DuplicateError.
func Duplicate(err error) (row.Key, bool) {
	if d, ok := errors.AsType[*DuplicateError](err); ok {
		return d.Key, true
	}
	return row.Key{}, false
}
