package sqlstore_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/row"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/store/sqlstore"
	"poolhouse.dev/internal/user"
)

// TestCopiesShareNothing gives every field of every noun a value, and looks for memory
// that a copy has in common with it.
func TestCopiesShareNothing(t *testing.T) {
	copied := 0
	for _, table := range sqlstore.Tables() {
		if !table.Copies() {
			continue
		}
		copied++
		from, to := table.New(), table.New()
		v := reflect.ValueOf(from).Elem()
		fill(v)
		table.Copy(to, from)
		if diff := cmp.Diff(from, to); diff != "" {
			t.Errorf("a copy of a row of %s (-want +got):\n%s", table.Name, diff)
		}
		shared(t, string(table.Name), v, reflect.ValueOf(to).Elem())
	}
	if copied < 10 {
		t.Errorf("rows of %d tables can be copied", copied)
	}
}

// fill gives v a value that is not zero.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("text")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(7)
	case reflect.Uint8:
		v.SetUint(7)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Unix(7, 0).UTC()))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	default:
		panic("no value for a " + v.Type().String())
	}
}

func shared(t *testing.T, where string, a, b reflect.Value) {
	t.Helper()
	switch a.Kind() {
	case reflect.Slice:
		if a.Pointer() == b.Pointer() {
			t.Errorf("%s is shared", where)
		}
		shared(t, where, a.Index(0), b.Index(0))
	case reflect.Pointer:
		if a.Pointer() == b.Pointer() {
			t.Errorf("%s is shared", where)
		}
		shared(t, where, a.Elem(), b.Elem())
	case reflect.Struct:
		for i := range a.NumField() {
			if a.Type() != reflect.TypeFor[time.Time]() {
				shared(t, where+"."+a.Type().Field(i).Name, a.Field(i), b.Field(i))
			}
		}
	}
}

// TestChanges tells which columns of a user a change touches.
func TestChanges(t *testing.T) {
	table, _ := sqlstore.TableOf(user.TableUsers)
	before := &user.User{PoolID: "p", Sub: "s", Attributes: user.Attributes{{Name: "name", Value: "Ann"}, {Name: "email", Value: "a@example.com"}}}
	for name, test := range map[string]struct {
		change func(u *user.User)
		want   []string
	}{
		"nothing":              {func(*user.User) {}, nil},
		"the name":             {func(u *user.User) { u.Attributes.Set("name", "Anna") }, []string{"attributes", "s_name"}},
		"an attribute apart":   {func(u *user.User) { u.Attributes.Set("custom:tier", "x") }, []string{"attributes"}},
		"a removed attribute":  {func(u *user.User) { u.Attributes.Set("email", "") }, []string{"attributes", "s_email"}},
		"an empty verifier":    {func(u *user.User) { u.Verifier = []byte{} }, []string{"verifier"}},
		"less than it can say": {func(u *user.User) { u.ModifiedAt = u.ModifiedAt.Local() }, nil},
		"the time":             {func(u *user.User) { u.ModifiedAt = time.Unix(1, 0) }, []string{"modified_at"}},
		"a factor":             {func(u *user.User) { u.Factors.SMS = true }, []string{"factors"}},
		"the key":              {func(u *user.User) { u.Sub = "other" }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			after := before.Clone()
			test.change(after)
			set := store.NewChangeSet()
			set.Insert(row.Row(after))
			statements, err := sqlstore.SQLite.Compile(set, nil)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for i, column := range columnsOf(statements[0]) {
				if table.Changes(before, after)&(1<<i) != 0 {
					got = append(got, column)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the changed columns (-want +got):\n%s", diff)
			}
		})
	}
}
