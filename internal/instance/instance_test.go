package instance_test

import (
	"testing"

	"poolhouse.dev/internal/instance"
	"poolhouse.dev/internal/row"
)

func TestRowKeys(t *testing.T) {
	for want, got := range map[row.Key]row.Row{
		{Table: "material", Parts: [3]string{"keyset"}}:    &instance.Material{Name: instance.MaterialKeyset, Value: []byte("v")},
		{Table: "access_keys", Parts: [3]string{"AKIA01"}}: &instance.AccessKey{ID: "AKIA01", SealedSecret: []byte("s")},
	} {
		if got.RowKey() != want || got.Stamped().Stored() {
			t.Errorf("%T has the key %v, want %v", got, got.RowKey(), want)
		}
	}
	if instance.MaterialKeyset == instance.MaterialRootKey {
		t.Error("two kinds of material share a name")
	}
}
