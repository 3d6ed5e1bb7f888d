// Package instance holds the nouns of the installation itself: the material
// that its first start makes, and the access keys that sign administrators'
// calls.
package instance

import (
	"time"

	"poolhouse.dev/internal/row"
)

// Tables of this package's nouns.
const (
	TableMaterial   row.Table = "material"
	TableAccessKeys row.Table = "access_keys"
)

// Material is something that the first start makes and every later start, on
// every node, reads back: it is inserted once and never changed.
type Material struct {
	row.Stamp
	Name  string
	Value []byte
}

// RowKey implements row.Row.
func (m *Material) RowKey() row.Key {
	return row.Key{Table: TableMaterial, Parts: [3]string{m.Name}}
}

// Names of material.
const (
	// MaterialKeyset is the data keyset, sealed by the master key. Opening it is
	// the check that a node has the right master key.
	MaterialKeyset = "keyset"
	// MaterialRootKey is the id of the root access key that the first start made.
	MaterialRootKey = "root-access-key"
)

// AccessKey signs administrators' calls.
type AccessKey struct {
	row.Stamp
	ID string
	// SealedSecret is sealed for column "secret".
	SealedSecret []byte
	CreatedAt    time.Time
}

// RowKey implements row.Row.
func (k *AccessKey) RowKey() row.Key {
	return row.Key{Table: TableAccessKeys, Parts: [3]string{k.ID}}
}
