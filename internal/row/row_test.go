package row_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"poolhouse.dev/internal/row"
)

func key(table row.Table, parts ...string) row.Key {
	k := row.Key{Table: table}
	copy(k.Parts[:], parts)
	return k
}

func TestKeyString(t *testing.T) {
	for want, k := range map[string]row.Key{
		"":       key("t"),
		"a":      key("t", "a"),
		"a/b":    key("t", "a", "b"),
		"a/b/c":  key("t", "a", "b", "c"),
		"a//c":   key("t", "a", "", "c"),
		"a/b/c/": key("t", "a", "b", "c/"),
	} {
		if got := k.String(); got != want {
			t.Errorf("%v: %q, want %q", k.Parts, got, want)
		}
	}
}

func TestKeyOrder(t *testing.T) {
	sorted := []row.Key{
		key("aliases", "p", "email", "z"), key("users", "", "b"), key("users", "p"), key("users", "p", "A"), key("users", "p", "a"),
		key("users", "p", "a", "x"), key("users", "p", "\u00e9"), key("users", "q"),
	}
	for i, a := range sorted {
		for j, b := range sorted {
			if got, want := a.Compare(b), cmpInt(i, j); got != want {
				t.Errorf("%v against %v: %d, want %d", a, b, got, want)
			}
		}
	}
}

func cmpInt(i, j int) int {
	switch {
	case i < j:
		return -1
	case i > j:
		return 1
	}
	return 0
}

// TestKeyOrderIsTotal keeps locks in one order for everybody.
func TestKeyOrderIsTotal(t *testing.T) {
	part := rapid.SampledFrom([]string{"", "a", "b", "a/b", "\x00", "\xff"})
	keys := rapid.Custom(func(t *rapid.T) row.Key {
		return key(row.Table(rapid.SampledFrom([]string{"t", "u"}).Draw(t, "table")), part.Draw(t, "1"), part.Draw(t, "2"), part.Draw(t, "3"))
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := keys.Draw(t, "a"), keys.Draw(t, "b"), keys.Draw(t, "c")
		if a.Compare(b) != -b.Compare(a) || (a.Compare(b) == 0) != (a == b) {
			t.Fatalf("%v and %v compare %d and %d", a, b, a.Compare(b), b.Compare(a))
		}
		list := []row.Key{a, b, c}
		slices.SortFunc(list, row.Key.Compare)
		if list[0].Compare(list[2]) > 0 {
			t.Fatalf("the order has a circle: %v", list)
		}
	})
}

func TestStamp(t *testing.T) {
	type noun struct{ row.Stamp }
	n := &noun{}
	if n.Stored() {
		t.Error("a new row is stored")
	}
	*n.Stamped() = row.Stamp{Version: 1, SetID: "s"}
	if !n.Stored() || n.Version != 1 || n.SetID != "s" {
		t.Errorf("the stamp is %+v", n.Stamp)
	}
}
