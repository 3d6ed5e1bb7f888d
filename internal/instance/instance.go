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
// every node, reads back.
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
	// MaterialNextKeyset is the same keyset sealed by the master key that is to take the
	// place of the present one; it is there while that change goes on.
	MaterialNextKeyset = "keyset-next"
	// MaterialGeneration is the generation of the keyset as a decimal number, so that
	// nodes see a change of it without a master key; it is not there for the first.
	MaterialGeneration = "keyset-generation"
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
