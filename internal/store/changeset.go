package store

import (
	"crypto/rand"
	"encoding/base64"
	"strconv"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/user"
)

// Op is what a change does.
type Op int

// Operations of a change set.
const (
	// OpInsert adds a row whose key must be free.
	OpInsert Op = iota
	// OpUpdate replaces a row that must be at version From.
	OpUpdate
	// OpDelete removes a row that must be at version From.
	OpDelete
	// OpDrop removes a row whatever its version; an absent row is fine.
	OpDrop
	// OpExpect demands that a row is at version From, under a lock that no
	// writer of that row gets past before the set is committed.
	OpExpect
)

// Change is one row's part of a change set.
type Change struct {
	Op  Op
	Row row.Row
	// From is the version that the row must have for OpUpdate, OpDelete and OpExpect.
	From int64
	// Soft, for OpInsert: a taken key is ErrConflict, since the row was read as
	// absent and another writer was faster.
	Soft bool
}

// ChangeSet is all that one request writes. It is built by one goroutine and
// committed once; its rows must not be changed until Commit returns.
type ChangeSet struct {
	// ID is unique and random. Every row that the set writes carries it.
	ID       string
	Changes  []Change
	enqueued int
}

// NewChangeSet returns an empty set.
func NewChangeSet() *ChangeSet {
	var id [12]byte
	rand.Read(id[:])
	return &ChangeSet{ID: base64.RawURLEncoding.EncodeToString(id[:])}
}

// Insert adds rows whose keys must be free; a taken one is a *DuplicateError.
func (s *ChangeSet) Insert(rows ...row.Row) {
	for _, r := range rows {
		s.Changes = append(s.Changes, Change{Op: OpInsert, Row: r})
	}
}

// Update replaces rows, each of which must still be at the version that it was
// read at.
func (s *ChangeSet) Update(rows ...row.Row) {
	for _, r := range rows {
		s.Changes = append(s.Changes, Change{Op: OpUpdate, Row: r, From: r.Stamped().Version})
	}
}

// Put writes rows as they were read: a stored one is updated, an absent one is
// inserted. Another writer in between is ErrConflict either way.
func (s *ChangeSet) Put(rows ...row.Row) {
	for _, r := range rows {
		if r.Stamped().Stored() {
			s.Update(r)
			continue
		}
		s.Changes = append(s.Changes, Change{Op: OpInsert, Row: r, Soft: true})
	}
}

// Delete removes rows, each of which must still be at the version that it was
// read at.
func (s *ChangeSet) Delete(rows ...row.Row) {
	for _, r := range rows {
		s.Changes = append(s.Changes, Change{Op: OpDelete, Row: r, From: r.Stamped().Version})
	}
}

// Drop removes rows by their keys, whatever their versions, present or not.
func (s *ChangeSet) Drop(rows ...row.Row) {
	for _, r := range rows {
		s.Changes = append(s.Changes, Change{Op: OpDrop, Row: r})
	}
}

// Expect demands that rows are still at the version that they were read at.
// There is no expecting of absence: absence that matters is an Insert.
func (s *ChangeSet) Expect(rows ...row.Row) {
	for _, r := range rows {
		s.Changes = append(s.Changes, Change{Op: OpExpect, Row: r, From: r.Stamped().Version})
	}
}

// Enqueue adds a message to the outbox. Its id derives from the set's.
func (s *ChangeSet) Enqueue(m *user.Outgoing) {
	m.ID = s.ID + "-" + strconv.Itoa(s.enqueued)
	s.enqueued++
	s.Insert(m)
}

// Empty reports whether the set holds no change; committing it does nothing.
func (s *ChangeSet) Empty() bool { return len(s.Changes) == 0 }

// Applied sets the stamps of the set's rows to what the commit stored. Engines
// call it once, when the set is durable.
func (s *ChangeSet) Applied() {
	for _, c := range s.Changes {
		st := c.Row.Stamped()
		switch c.Op {
		case OpInsert:
			*st = row.Stamp{Version: 1, SetID: s.ID}
		case OpUpdate:
			*st = row.Stamp{Version: c.From + 1, SetID: s.ID}
		case OpDelete, OpDrop:
			*st = row.Stamp{}
		}
	}
}
