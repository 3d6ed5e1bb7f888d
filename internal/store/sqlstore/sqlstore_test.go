package sqlstore_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore"
	"poolhouse.dev/internal/user"
)

// scan reads a row of a table from values by the columns' names.
func scan(t *testing.T, name row.Table, values map[string]any) (row.Row, error) {
	t.Helper()
	table, ok := sqlstore.TableOf(name)
	if !ok {
		t.Fatalf("no table %s", name)
	}
	var list []any
	for _, c := range append(table.KeyColumns(), table.BodyColumns()...) {
		v, ok := values[c]
		if !ok {
			switch c {
			case "settings":
				v = "{}"
			case "attributes":
				v = "[]"
			case "factors":
				v = ""
			case "enabled":
				v = user.EnabledText
			default:
				v = "x"
				if strings.HasSuffix(c, "_at") || c == "version" || c == "sign_out_epoch" {
					v = int64(1)
				} else if c == "verifier" || c == "secret" {
					v = nil
				}
			}
		}
		list = append(list, v)
	}
	return table.Scan(list)
}

func TestDamagedRowsAreRefused(t *testing.T) {
	for _, test := range []struct {
		name          string
		table         row.Table
		column, value string
		ok            bool
	}{
		{"settings", pool.TablePools, "settings", `{"mfa":"OFF"}`, true},
		{"unknown member", pool.TablePools, "settings", `{"mfa":"OFF","later":1}`, false},
		{"unknown member below", pool.TablePools, "settings", `{"passwordPolicy":{"later":1}}`, false},
		{"member of the client", pool.TableClients, "settings", `{"schemaSize":2}`, true},
		{"unknown member of a client", pool.TableClients, "settings", `{"mfa":"OFF"}`, false},
		{"two documents", pool.TablePools, "settings", `{} {}`, false},
		{"text after the document", pool.TablePools, "settings", `{} x`, false},
		{"no document", pool.TablePools, "settings", ``, false},
		{"attributes", user.TableUsers, "attributes", `[["a","b"],["c","d"]]`, true},
		{"one of a pair", user.TableUsers, "attributes", `[["a"]]`, false},
		{"three of a pair", user.TableUsers, "attributes", `[["a","b","c"]]`, false},
		{"attributes by name", user.TableUsers, "attributes", `{"a":"b"}`, false},
		{"escaped attributes", user.TableUsers, "attributes", `[["a\"\\","\u2028\n"],["c",""]]`, true},
		{"text after the attributes", user.TableUsers, "attributes", `[["a","b"]]]`, false},
		{"attributes with a raw line break", user.TableUsers, "attributes", "[[\"a\",\"\n\"]]", false},
		{"attributes with a wrong escape", user.TableUsers, "attributes", `[["a","\x"]]`, false},
		{"attributes that end in an escape", user.TableUsers, "attributes", `[["a","\`, false},
		{"attributes that are not UTF-8", user.TableUsers, "attributes", "[[\"a\",\"\xff\"]]", false},
		{"cut attributes", user.TableUsers, "attributes", `[["a","b"]`, false},
		{"neither enabled nor disabled", user.TableUsers, "enabled", `enabled`, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := scan(t, test.table, map[string]any{test.column: test.value})
			if (err == nil) != test.ok {
				t.Errorf("the answer is %v", err)
			}
			if err != nil && test.column == "attributes" && strings.Contains(err.Error(), `"a"`) {
				t.Error("the error shows the attributes")
			}
		})
	}
	if _, err := scan(t, user.TableUsers, map[string]any{"created_at": "text"}); err == nil {
		t.Error("text was read as a time")
	}
}

// TestAttributesSurvive writes attributes of any text and reads them back in
// their order.
func TestAttributesSurvive(t *testing.T) {
	text := rapid.String().Filter(utf8.ValidString)
	rapid.Check(t, func(r *rapid.T) {
		u := &user.User{PoolID: "p", Sub: "s"}
		for range rapid.IntRange(0, 6).Draw(r, "n") {
			u.Attributes = append(u.Attributes, user.Attribute{Name: text.Draw(r, "name"), Value: text.Draw(r, "value")})
		}
		set := store.NewChangeSet()
		set.Insert(u)
		statements, err := sqlstore.SQLite.Compile(set, nil)
		if err != nil {
			r.Fatal(err)
		}
		got, err := scan(t, user.TableUsers, map[string]any{"attributes": argument(statements[0], "attributes")})
		if err != nil {
			r.Fatal(err)
		}
		if diff := cmp.Diff(u.Attributes, got.(*user.User).Attributes); diff != "" {
			r.Fatal(diff)
		}
	})
}

// argument returns the value that an insert gives a column.
func argument(s sqlstore.Statement, column string) any {
	if i := slices.Index(columnsOf(s), column); i >= 0 {
		return s.Args[i]
	}
	return nil
}

// columnsOf returns the columns that an insert names, in the order of its arguments.
func columnsOf(s sqlstore.Statement) []string {
	_, list, _ := strings.Cut(s.Text, "(")
	list, _, _ = strings.Cut(list, ")")
	return strings.Split(list, ", ")
}

func TestAttributesThatAreNoTextAreRefused(t *testing.T) {
	set := store.NewChangeSet()
	set.Insert(&user.User{PoolID: "p", Sub: "s", Attributes: user.Attributes{{Name: "name", Value: "\xff"}}})
	if _, err := sqlstore.SQLite.Compile(set, nil); err == nil {
		t.Error("an attribute that is not UTF-8 was written")
	}
}

// TestPrefixRange compares the range of a prefix query with what begins with the
// prefix.
func TestPrefixRange(t *testing.T) {
	near := rapid.OneOf(
		rapid.String().Filter(utf8.ValidString),
		rapid.StringOfN(rapid.SampledFrom([]rune{'a', 'b', 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, utf8.MaxRune}), 0, 4, -1),
	)
	rapid.Check(t, func(r *rapid.T) {
		prefix, value := near.Draw(r, "prefix"), near.Draw(r, "value")
		if rapid.Bool().Draw(r, "related") {
			value = prefix + value
		}
		sel, err := sqlstore.Postgres.Select(store.Query{
			Table: user.TableUsers, Prefix: &store.Term{Column: "username", Value: prefix}, Limit: 1,
		})
		if err != nil {
			r.Fatal(err)
		}
		// The bounds are the arguments before the limit: an end, if any, then the start.
		bounds := sel.Args[:len(sel.Args)-1]
		inside := value >= bounds[len(bounds)-1].(string)
		if len(bounds) == 2 {
			end := bounds[0].(string)
			if !utf8.ValidString(end) {
				r.Fatalf("the end %q is no text", end)
			}
			inside = inside && value < end
		}
		if want := strings.HasPrefix(value, prefix); inside != want {
			r.Fatalf("%q is in the range of %q: %v, want %v", value, prefix, inside, want)
		}
	})
}

func FuzzScanUser(f *testing.F) {
	f.Add(`[["email","a@example.com"]]`)
	f.Add(`[["a","\u0000\ud800"]]`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := scan(t, user.TableUsers, map[string]any{"attributes": text})
		if err != nil {
			return
		}
		var pairs [][2]string
		if err := json.Unmarshal([]byte(text), &pairs); err != nil {
			t.Fatalf("text that is no JSON was read: %v", err)
		}
		for i, a := range r.(*user.User).Attributes {
			if a.Name != pairs[i][0] || a.Value != pairs[i][1] {
				t.Errorf("attribute %d was read differently", i)
			}
		}
		set := store.NewChangeSet()
		set.Update(r)
		if _, err := sqlstore.SQLite.Compile(set, nil); err != nil {
			t.Errorf("attributes that were read cannot be written: %v", err)
		}
	})
}
