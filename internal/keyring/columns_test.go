package keyring_test

import (
	"reflect"
	"slices"
	"testing"

	"poolhouse.dev/internal/keyring"
	"poolhouse.dev/internal/store/sqlstore"
)

// otherBytes are the columns of bytes that nothing is sealed in, or that no walk needs
// to seal anew; the comment says why.
var otherBytes = []string{
	"material.Value",         // the keyset itself, and names
	"codes.Hash",             // a keyed hash, by a key that stays
	"passkeys.Credential",    // public keys
	"signing_keys.PublicKey", // public
	"challenges.State",       // gone within the hour
}

// Every column of bytes is one that a walk seals anew or one that is known not to need
// it, so that no sealed column is forgotten when the old key goes.
func TestEverySealedColumnIsWalked(t *testing.T) {
	seen := 0
	for _, table := range sqlstore.Tables() {
		r := table.New()
		columns, _ := keyring.SealedColumns(r)
		v := reflect.ValueOf(r).Elem()
		for i := range v.NumField() {
			field, ok := v.Field(i).Addr().Interface().(*[]byte)
			if !ok {
				continue
			}
			name := string(table.Name) + "." + v.Type().Field(i).Name
			seen++
			if slices.Contains(columns, field) == slices.Contains(otherBytes, name) {
				t.Errorf("%s has to be among the sealed columns of the walk or among those that nothing is sealed in", name)
			}
		}
	}
	if seen < 14 {
		t.Errorf("only %d columns of bytes were found", seen)
	}
}
