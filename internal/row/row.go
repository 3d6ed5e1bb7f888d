// Package row is what every stored noun has in common: the table it belongs
// to, its primary key, and the stamp that its last writer left.
//
// The nouns themselves live in pool, user and instance; package store commits
// them in change sets and package sqlstore knows their columns. Standard
// library only.
package row

import "strings"

// Table names a kind of row. Each table has one noun.
type Table string

// Key is a row's primary key: its table and up to three parts, in the order of
// the table's key columns; unused parts are "". Keys are comparable.
type Key struct {
	Table Table
	Parts [3]string
}

// String returns the key's parts joined by "/", for error texts and for the
// associated data of sealed columns. Parts hold no "/" but for alias keys, which
// seal nothing.
func (k Key) String() string {
	n := len(k.Parts)
	for n > 1 && k.Parts[n-1] == "" {
		n--
	}
	return strings.Join(k.Parts[:n], "/")
}

// Compare orders keys by table and then by parts, byte by byte. Engines take
// locks in this order.
func (k Key) Compare(o Key) int {
	if c := strings.Compare(string(k.Table), string(o.Table)); c != 0 {
		return c
	}
	for i := range k.Parts {
		if c := strings.Compare(k.Parts[i], o.Parts[i]); c != 0 {
			return c
		}
	}
	return 0
}

// Stamp is what a commit leaves on a row. The zero Stamp belongs to a row that
// is not stored.
type Stamp struct {
	// Version is 1 at the insert and grows by one with every update.
	Version int64
	// SetID names the change set that wrote this version. Engines compare it to
	// learn whether a commit whose answer was lost took effect.
	SetID string
}

// Stamped returns the row's stamp, to read or to set.
func (s *Stamp) Stamped() *Stamp { return s }

// Stored reports whether the row was read from, or committed to, a store.
func (s *Stamp) Stored() bool { return s.Version > 0 }

// Row is a stored noun. Nouns implement it by a RowKey method and an embedded
// Stamp, both on the pointer.
type Row interface {
	RowKey() Key
	Stamped() *Stamp
}
