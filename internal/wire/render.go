package wire

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// NullElements returns the violation for a list that held null where it must
// not: list is what was left of it, nulls are the places of the others,
// counting from 0 and rising, and path is where it stands, in lower camel case.
func NullElements(path string, list any, nulls []int) *ConstraintError {
	v := reflect.ValueOf(list)
	texts := make([]string, 0, v.Len()+len(nulls))
	left := 0
	for place := range v.Len() + len(nulls) {
		if len(nulls) > 0 && nulls[0] == place {
			texts, nulls = append(texts, "null"), nulls[1:]
			continue
		}
		texts = append(texts, render(v.Index(left).Interface()))
		left++
	}
	var c checker
	c.add(path, optional, quoted(bracketed(texts)), eachMember+bracketed([]string{notNull}))
	return &ConstraintError{Message: heading(c.count) + string(c.text)}
}

func quoted(text string) string { return "'" + text + "'" }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// render returns v as the service prints it: as Java would, structures with
// the names of their members. It runs only for a request that is refused.
func render(v any) string {
	var out strings.Builder
	renderTo(&out, reflect.ValueOf(v))
	return out.String()
}

func renderTo(out *strings.Builder, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			out.WriteString("null")
			return
		}
		renderTo(out, v.Elem())
	case reflect.Slice:
		renderSlice(out, v)
	case reflect.Map:
		renderMap(out, v)
	case reflect.Struct:
		if t, ok := v.Interface().(Timestamp); ok {
			fmt.Fprint(out, t.UnixMilli())
			return
		}
		out.WriteString(v.Type().Name())
		out.WriteByte('(')
		for i := range v.NumField() {
			if i > 0 {
				out.WriteString(", ")
			}
			name := v.Type().Field(i).Name
			out.WriteString(strings.ToLower(name[:1]) + name[1:])
			out.WriteByte('=')
			renderTo(out, v.Field(i))
		}
		out.WriteByte(')')
	default:
		fmt.Fprint(out, v.Interface())
	}
}

func renderSlice(out *strings.Builder, v reflect.Value) {
	if v.IsNil() {
		out.WriteString("null")
		return
	}
	switch elems := v.Interface().(type) {
	case json.RawMessage:
		out.Write(elems)
		return
	case []byte:
		fmt.Fprintf(out, "java.nio.HeapByteBuffer[pos=0 lim=%d cap=%d]", len(elems), len(elems))
		return
	}
	out.WriteByte('[')
	for i := range v.Len() {
		if i > 0 {
			out.WriteString(", ")
		}
		renderTo(out, v.Index(i))
	}
	out.WriteByte(']')
}

// renderMap prints the entries in the order of their keys: the service's own
// order is that of a hash.
func renderMap(out *strings.Builder, v reflect.Value) {
	if v.IsNil() {
		out.WriteString("null")
		return
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(x, y reflect.Value) int { return strings.Compare(x.String(), y.String()) })
	out.WriteByte('{')
	for i, key := range keys {
		if i > 0 {
			out.WriteString(", ")
		}
		out.WriteString(key.String())
		out.WriteByte('=')
		renderTo(out, v.MapIndex(key))
	}
	out.WriteByte('}')
}
