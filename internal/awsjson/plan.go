package awsjson

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"poolhouse.dev/internal/wire"
)

// structurePlan says how the members of a structure are read.
type structurePlan struct {
	members map[string]*memberPlan // by the name in the body
}

// memberPlan says how a value of one type is read. That of a member has the
// place of its field; that of an element is the inside of a container's plan.
type memberPlan struct {
	index int
	name  string // as messages spell it
	// primitive says that null is refused, noNull that null elements are.
	primitive, noNull bool

	read reader
	elem *memberPlan
	// structure is made when it is first needed.
	structure func() *structurePlan
	// scalar says that the value is neither a structure nor holds any.
	scalar bool
}

// reader reads the next value, which is not null, into v. The error for a
// value of another type is wrong.
type reader func(d *decoder, v reflect.Value, m *memberPlan, wrong error) error

var plans sync.Map // reflect.Type: *structurePlan

// planOf returns the plan of a structure of package wire.
func planOf(t reflect.Type) *structurePlan {
	if p, ok := plans.Load(t); ok {
		return p.(*structurePlan)
	}
	p := &structurePlan{members: make(map[string]*memberPlan, t.NumField())}
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		m := valuePlan(field.Type)
		m.index, m.name = i, strings.ToLower(name[:1])+name[1:]
		m.primitive = field.Tag.Get("wire") == "primitive"
		m.noNull = m.elem != nil && m.elem.scalar || field.Tag.Get("wire") == "nonull"
		p.members[name] = m
	}
	made, _ := plans.LoadOrStore(t, p)
	return made.(*structurePlan)
}

// valuePlan returns the plan for values of type t. It panics for a type that
// requests do not have; a test visits them all.
func valuePlan(t reflect.Type) *memberPlan {
	switch {
	case t == reflect.TypeFor[json.RawMessage]():
		return &memberPlan{read: readDocument}
	case t == reflect.TypeFor[[]byte]():
		return &memberPlan{read: readBlob}
	case t == reflect.TypeFor[*string]():
		return &memberPlan{read: readString}
	}
	switch t.Kind() {
	case reflect.Pointer:
		elem := valuePlan(t.Elem())
		return &memberPlan{read: readPointer, elem: elem, structure: elem.structure}
	case reflect.String:
		return &memberPlan{read: readText, scalar: true}
	case reflect.Bool:
		return &memberPlan{read: readBoolean, scalar: true}
	case reflect.Int32, reflect.Int64:
		return &memberPlan{read: readInteger, scalar: true}
	case reflect.Slice:
		return &memberPlan{read: readList, elem: valuePlan(t.Elem())}
	case reflect.Map:
		return &memberPlan{read: readMap, elem: valuePlan(t.Elem())}
	case reflect.Struct:
		return &memberPlan{read: readStructure, structure: sync.OnceValue(func() *structurePlan { return planOf(t) })}
	}
	panic(fmt.Sprintf("awsjson: no way to read a %s", t))
}

func readString(d *decoder, v reflect.Value, _ *memberPlan, wrong error) error {
	text, err := d.textOr(wrong)
	if err != nil {
		return err
	}
	v.Set(reflect.ValueOf(wire.Ptr(string(text))))
	return nil
}

func readText(d *decoder, v reflect.Value, _ *memberPlan, wrong error) error {
	text, err := d.textOr(wrong)
	if err != nil {
		return err
	}
	v.SetString(string(text))
	return nil
}

func readBoolean(d *decoder, v reflect.Value, _ *memberPlan, wrong error) error {
	value, err := d.boolean(wrong)
	v.SetBool(value)
	return err
}

func readInteger(d *decoder, v reflect.Value, _ *memberPlan, wrong error) error {
	value, err := d.integer(v.Type().Bits(), wrong)
	v.SetInt(value)
	return err
}

func readBlob(d *decoder, v reflect.Value, _ *memberPlan, wrong error) error {
	text, err := d.textOr(wrong)
	if err != nil {
		return err
	}
	blob := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(blob, text)
	if err != nil {
		return errBase64
	}
	v.SetBytes(blob[:n])
	return nil
}

func readDocument(d *decoder, v reflect.Value, _ *memberPlan, wrong error) error {
	value, err := d.document(wrong)
	v.SetBytes(value)
	return err
}

func readPointer(d *decoder, v reflect.Value, m *memberPlan, wrong error) error {
	target := reflect.New(v.Type().Elem())
	v.Set(target)
	return m.elem.read(d, target.Elem(), m.elem, wrong)
}

func readStructure(d *decoder, v reflect.Value, m *memberPlan, wrong error) error {
	if d.json.PeekKind() != '{' {
		return d.refuse(wrong)
	}
	return d.members(v, m.structure())
}

// readList reads a list. Null elements are left out, and noted when the list
// must not have them.
func readList(d *decoder, v reflect.Value, m *memberPlan, wrong error) error {
	if d.json.PeekKind() != '[' {
		return d.refuse(wrong)
	}
	if _, err := d.json.ReadToken(); err != nil {
		return err
	}
	list := reflect.MakeSlice(v.Type(), 0, 0)
	zero := reflect.Zero(v.Type().Elem())
	var nulls []int
	for place := 0; d.json.PeekKind() != ']'; place++ {
		switch {
		case place == maxElements:
			return errElements
		case d.json.PeekKind() == 'n':
			nulls = append(nulls, place)
			if err := d.json.SkipValue(); err != nil {
				return err
			}
			continue
		}
		list = reflect.Append(list, zero)
		d.path = append(d.path, step{index: list.Len()})
		if err := m.elem.read(d, list.Index(list.Len()-1), m.elem, errElement); err != nil {
			return err
		}
		d.path = d.path[:len(d.path)-1]
	}
	v.Set(list)
	if m.noNull && len(nulls) > 0 && d.nulls == nil {
		d.nulls = wire.NullElements(d.where(), list.Interface(), nulls)
	}
	_, err := d.json.ReadToken()
	return err
}

// readMap reads a map. An entry with null is left out.
func readMap(d *decoder, v reflect.Value, m *memberPlan, wrong error) error {
	if d.json.PeekKind() != '{' {
		return d.refuse(wrong)
	}
	if _, err := d.json.ReadToken(); err != nil {
		return err
	}
	entries := reflect.MakeMap(v.Type())
	for count := 0; d.json.PeekKind() == '"'; count++ {
		if count == maxElements {
			return errElements
		}
		name, err := d.string()
		if err != nil {
			return err
		}
		key := reflect.ValueOf(string(name))
		if d.json.PeekKind() == 'n' {
			entries.SetMapIndex(key, reflect.Value{}) // the last of two entries counts
			if err := d.json.SkipValue(); err != nil {
				return err
			}
			continue
		}
		value := reflect.New(v.Type().Elem()).Elem()
		d.path = append(d.path, step{name: key.String()})
		if err := m.elem.read(d, value, m.elem, errElement); err != nil {
			return err
		}
		d.path = d.path[:len(d.path)-1]
		entries.SetMapIndex(key, value)
	}
	v.Set(entries)
	_, err := d.json.ReadToken()
	return err
}
