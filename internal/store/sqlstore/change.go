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
	Row  row.Row
	Text string
	// Args are the arguments of Text, $1 first: string, int64, []byte or nil.
	Args []any
	soft bool
	// leaves is the stamp of an insert or an update.
	leaves row.Stamp
}

// Compile turns the changes of a set into statements, in the set's order. The
// set is applied when every statement has passed Judge.
func Compile(set *store.ChangeSet) ([]Statement, error) {
	statements := make([]Statement, len(set.Changes))
	for i := range set.Changes {
		if err := statements[i].compile(&set.Changes[i], set.ID); err != nil {
			return nil, err
		}
	}
	return statements, nil
}

func (s *Statement) compile(c *store.Change, setID string) (err error) {
	key := c.Row.RowKey()
	t, ok := TableOf(key.Table)
	if !ok {
		return fmt.Errorf("there is no table %q", key.Table)
	}
	*s = Statement{Op: c.Op, Table: t, Key: key, Row: c.Row, soft: c.Soft}
	switch c.Op {
	case store.OpInsert, store.OpUpdate:
		s.Text = t.Texts.Insert
		if s.Args, err = t.values(c.Row, make([]any, 0, t.UpdateArgs()+1)); err != nil {
			return err
		}
		if c.Op == store.OpInsert {
			s.leaves = row.Stamp{Version: 1, SetID: setID}
			s.Args = append(s.Args, int64(1), setID)
			break
		}
		s.Text = t.Texts.Update
		s.leaves = row.Stamp{Version: c.From + 1, SetID: setID}
		s.Args = append(s.Args, c.From+1, setID, c.From)
	case store.OpDelete, store.OpExpect:
		s.Text = t.Texts.Delete
		if c.Op == store.OpExpect {
			s.Text = t.Texts.Expect
		}
		s.Args = append(t.KeyArgs(make([]any, 0, t.keys+1), key), c.From)
	case store.OpDrop:
		s.Text = t.Texts.Drop
		s.Args = t.KeyArgs(make([]any, 0, t.keys), key)
	default:
		return fmt.Errorf("there is no operation %d", c.Op)
	}
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
