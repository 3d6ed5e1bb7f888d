package sqlstore

import (
	"fmt"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
)

// Statement is one change as SQL.
type Statement struct {
	Op    store.Op
	Table *Table
	Key   row.Key
	// Row is the row that the change has, which is not changed until the end of the
	// commit.
	Row row.Row
	// Text is "" for an update of a row that was known, see Known: Table.UpdateOf makes
	// that of the columns in Changed.
	Text string
	// Args are the arguments of Text, $1 first: string, int64, []byte or nil. Of an
	// update they have the values of the columns in Changed, and those of the key.
	Args []any
	// Changed are the columns that an update sets: bit i for the column at Args[i].
	// It is AllColumns where the row as it was is not known.
	Changed uint64
	// Known is the row that Changed was found by; nil for none. Where the database has
	// another one by now, the statement has to be completed.
	Known row.Row

	texts *Texts
	soft  bool
	// leaves is the stamp of an insert or an update.
	leaves row.Stamp
}

// AllColumns stands for every column of a table.
const AllColumns = ^uint64(0)

// Compile turns the changes of a set into statements, in the set's order. The
// set is applied when every statement has passed Judge.
//
// known returns a row as the database has it, nil when that is not known; it may be nil
// itself. Of an update that stands on that row's version only the values that change
// are made, which is for an engine that can tell whether the row is still the same.
func (d Dialect) Compile(set *store.ChangeSet, known func(row.Key) row.Row) ([]Statement, error) {
	statements := make([]Statement, len(set.Changes))
	for i := range set.Changes {
		if err := statements[i].compile(d, &set.Changes[i], set.ID, known); err != nil {
			return nil, err
		}
	}
	return statements, nil
}

func (s *Statement) compile(d Dialect, c *store.Change, setID string, known func(row.Key) row.Row) (err error) {
	key := c.Row.RowKey()
	t, ok := TableOf(key.Table)
	if !ok {
		return fmt.Errorf("there is no table %q", key.Table)
	}
	texts := d.texts(t)
	*s = Statement{Op: c.Op, Table: t, Key: key, Row: c.Row, texts: texts, soft: c.Soft}
	switch c.Op {
	case store.OpInsert, store.OpUpdate:
		s.Text, s.Changed = texts.Insert, AllColumns
		if c.Op == store.OpUpdate {
			s.Text = texts.Update
			if known != nil {
				s.stand(known(key), c.From)
			}
		}
		if s.Args, err = t.values(c.Row, s.Changed, make([]any, 0, t.UpdateArgs()+1)); err != nil {
			return err
		}
		if c.Op == store.OpInsert {
			s.leaves = row.Stamp{Version: 1, SetID: setID}
			s.Args = append(s.Args, int64(1), setID)
			break
		}
		s.leaves = row.Stamp{Version: c.From + 1, SetID: setID}
		s.Args = append(s.Args, c.From+1, setID, c.From)
	case store.OpDelete, store.OpExpect:
		s.Text = texts.Delete
		if c.Op == store.OpExpect {
			s.Text = texts.Expect
		}
		s.Args = append(t.KeyArgs(make([]any, 0, t.keys+1), key), c.From)
	case store.OpDrop:
		s.Text = texts.Drop
		s.Args = t.KeyArgs(make([]any, 0, t.keys), key)
	default:
		return fmt.Errorf("there is no operation %d", c.Op)
	}
	return nil
}

// stand makes the update one of those columns that are not as they were in a row, if it
// stands on that row's version.
func (s *Statement) stand(before row.Row, from int64) {
	if before != nil && before.Stamped().Version == from {
		s.Text, s.Changed, s.Known = "", s.Table.Changes(before, s.Row), before
	}
}

// Complete makes the update one of all columns, whatever the row was.
func (s *Statement) Complete() error {
	stamps := s.Args[len(s.Table.columns):]
	args, err := s.Table.values(s.Row, AllColumns, make([]any, 0, cap(s.Args)))
	if err != nil {
		return err
	}
	s.Args = append(args, stamps...)
	s.Text, s.Changed, s.Known = s.texts.Update, AllColumns, nil
	return nil
}

// Judge says whether the statement won, by the number of rows that it changed,
// or returned in the case of OpExpect. The error is a *store.DuplicateError or
// store.ErrConflict.
func (s *Statement) Judge(rows int64) error {
	switch {
	case rows > 0 || s.Op == store.OpDrop:
		return nil
	case s.Op == store.OpInsert && !s.soft:
		return &store.DuplicateError{Key: s.Key}
	}
	return store.ErrConflict
}
