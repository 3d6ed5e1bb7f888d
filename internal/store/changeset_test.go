package store_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
)

func stored(sub user.Sub, version int64) *user.User {
	u := &user.User{PoolID: "p", Sub: sub}
	u.Stamp = row.Stamp{Version: version, SetID: "earlier"}
	return u
}

func TestChangeSetTakesVersionsAsRead(t *testing.T) {
	fresh, read := stored("fresh", 0), stored("read", 7)
	tests := map[string]struct {
		build func(*store.ChangeSet)
		want  store.Change
	}{
		"insert":            {func(s *store.ChangeSet) { s.Insert(fresh) }, store.Change{Op: store.OpInsert, Row: fresh}},
		"update":            {func(s *store.ChangeSet) { s.Update(read) }, store.Change{Op: store.OpUpdate, Row: read, From: 7}},
		"delete":            {func(s *store.ChangeSet) { s.Delete(read) }, store.Change{Op: store.OpDelete, Row: read, From: 7}},
		"drop":              {func(s *store.ChangeSet) { s.Drop(read) }, store.Change{Op: store.OpDrop, Row: read}},
		"expect":            {func(s *store.ChangeSet) { s.Expect(read) }, store.Change{Op: store.OpExpect, Row: read, From: 7}},
		"put, read":         {func(s *store.ChangeSet) { s.Put(read) }, store.Change{Op: store.OpUpdate, Row: read, From: 7}},
		"put, absent":       {func(s *store.ChangeSet) { s.Put(fresh) }, store.Change{Op: store.OpInsert, Row: fresh, Soft: true}},
		"put, read and not": {func(s *store.ChangeSet) { s.Put(fresh, read) }, store.Change{Op: store.OpInsert, Row: fresh, Soft: true}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := store.NewChangeSet()
			if !s.Empty() {
				t.Error("a new set is not empty")
			}
			test.build(s)
			if s.Empty() {
				t.Fatal("the set is empty")
			}
			if diff := cmp.Diff(test.want, s.Changes[0]); diff != "" {
				t.Errorf("change (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAppliedStamps(t *testing.T) {
	inserted, updated, deleted, dropped, expected := stored("a", 0), stored("b", 7), stored("c", 7), stored("d", 7), stored("e", 7)
	s := store.NewChangeSet()
	s.Insert(inserted)
	s.Update(updated)
	s.Delete(deleted)
	s.Drop(dropped)
	s.Expect(expected)
	s.Applied()
	for name, test := range map[string]struct {
		got  *user.User
		want row.Stamp
	}{
		"inserted": {inserted, row.Stamp{Version: 1, SetID: s.ID}},
		"updated":  {updated, row.Stamp{Version: 8, SetID: s.ID}},
		"deleted":  {deleted, row.Stamp{}},
		"dropped":  {dropped, row.Stamp{}},
		"expected": {expected, row.Stamp{Version: 7, SetID: "earlier"}},
	} {
		if test.got.Stamp != test.want {
			t.Errorf("%s: %+v, want %+v", name, test.got.Stamp, test.want)
		}
	}
}

func TestEnqueueNamesMessagesByTheSet(t *testing.T) {
	s := store.NewChangeSet()
	first, second := &user.Outgoing{PoolID: "p", Sub: "a"}, &user.Outgoing{PoolID: "p", Sub: "a"}
	s.Enqueue(first)
	s.Insert(stored("a", 0))
	s.Enqueue(second)
	if first.ID != s.ID+"-0" || second.ID != s.ID+"-1" {
		t.Errorf("ids %q and %q in set %q", first.ID, second.ID, s.ID)
	}
	if c := s.Changes[2]; c.Op != store.OpInsert || c.Soft || c.Row != second {
		t.Errorf("a message is written by %+v", c)
	}
}

func TestSetIDs(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id := store.NewChangeSet().ID
		if b, err := base64.RawURLEncoding.DecodeString(id); err != nil || len(b) != 12 || seen[id] {
			t.Fatalf("set id %q", id)
		}
		seen[id] = true
	}
}

func TestDuplicate(t *testing.T) {
	key := row.Key{Table: "aliases", Parts: [3]string{"p", "email", "ann@example.com"}}
	err := fmt.Errorf("committing: %w", &store.DuplicateError{Key: key})
	if got, ok := store.Duplicate(err); !ok || got != key {
		t.Errorf("Duplicate: %v, %v", got, ok)
	}
	if strings.Contains(err.Error(), "ann") || !strings.Contains(err.Error(), "aliases") {
		t.Errorf("the text is %q", err)
	}
	for _, err := range []error{nil, store.ErrConflict, errors.New("a key of table aliases is taken")} {
		if _, ok := store.Duplicate(err); ok {
			t.Errorf("%v is a duplicate", err)
		}
	}
}
