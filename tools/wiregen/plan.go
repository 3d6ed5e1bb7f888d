package main

import (
	"bytes"
	"cmp"
	"fmt"
	"go/format"
	"maps"
	"slices"
	"strings"
	"text/template"
)

// plan is what the templates print.
type plan struct {
	SHA256     string
	Structs    []structPlan
	Enums      []enumPlan
	Patterns   []patternPlan
	Shapes     []shapePlan
	Checks     []checkPlan
	Operations []operationPlan
}

type structPlan struct {
	Name, Doc string
	Fields    []fieldPlan
}

type fieldPlan struct{ Name, Type, Tag string }

type enumPlan struct {
	Name   string
	Values []enumValue
}

type enumValue struct{ Const, Text string }

type patternPlan struct {
	Name, Text, Expr string
	Class            *runeClass
}

// shapePlan is one row of the constraint table; Min and Max hold Go text.
type shapePlan struct {
	Name, Min, Max, Pattern, Key, Elem string
	Enum                               []string
}

type checkPlan struct {
	Name  string
	Input bool
	Lines []string
}

type operationPlan struct {
	Name, Input, Output, Auth string
	Errors                    []string
	// Pool are the members that tell which pool a request is for.
	Pool []poolMember
}

// poolMember is a member of an input, and the field of wire.PoolNames it fills.
type poolMember struct{ Member, Field string }

// poolMembers are those that name a pool, each in its way.
var poolMembers = []poolMember{{"UserPoolId", "PoolID"}, {"ClientId", "ClientID"}, {"AccessToken", "AccessToken"}}

// generate returns the generated files by name.
func generate(m *model) (map[string][]byte, error) {
	b, err := newBuilder(m)
	if err != nil {
		return nil, err
	}
	p, err := b.plan()
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for name, text := range templates {
		t, err := template.New(name).Funcs(template.FuncMap{"raw": raw, "extension": func(name string) string { return extensions[name] }, "join": quotedList}).Parse(header + text)
		if err != nil {
			return nil, err
		}
		var out bytes.Buffer
		if err := t.Execute(&out, p); err != nil {
			return nil, err
		}
		if files[name], err = format.Source(out.Bytes()); err != nil {
			return nil, fmt.Errorf("formatting %s: %w", name, err)
		}
	}
	return files, nil
}

// extensions are structures with a member of poolhouse's own, and its type.
var extensions = map[string]string{"AdminGetUserResponse": "AdminGetUserExtension"}

// builder holds the model and what is known about its shapes.
type builder struct {
	*model
	all, inputs map[string]bool     // shapes reachable from operations, from inputs
	roles       map[string]string   // input and output structures: their doc comment
	checks      map[string][]string // structures by name: their lines of checks
	patterns    map[string]string   // pattern text: the variable that holds it
}

func newBuilder(m *model) (*builder, error) {
	b := &builder{model: m, roles: map[string]string{}, checks: map[string][]string{}, patterns: map[string]string{}}
	var inputs, outputs []string
	for name, op := range m.Operations {
		b.roles[op.Input] = "is the input of " + name + "."
		inputs = append(inputs, op.Input)
		if op.Output != "" {
			b.roles[op.Output] = "is the output of " + name + "."
			outputs = append(outputs, op.Output)
		}
	}
	var err error
	if b.inputs, err = m.reachable(inputs...); err != nil {
		return nil, err
	}
	if b.all, err = m.reachable(append(inputs, outputs...)...); err != nil {
		return nil, err
	}
	return b, nil
}

// poolMembers returns the members of an input that tell which pool it is for.
func (b *builder) poolMembers(input string) (list []poolMember) {
	for _, f := range b.structure(input, b.Shapes[input]).Fields {
		i := slices.IndexFunc(poolMembers, func(m poolMember) bool { return m.Member == f.Name && f.Type == "*string" })
		if i >= 0 {
			list = append(list, poolMembers[i])
		}
	}
	return list
}

func (b *builder) plan() (*plan, error) {
	p := &plan{SHA256: modelSHA256}
	for _, name := range slices.Sorted(maps.Keys(b.all)) {
		s := b.Shapes[name]
		if s.Type == "structure" && !s.Document {
			p.Structs = append(p.Structs, b.structure(name, s))
		}
		if len(s.Enum) > 0 {
			p.Enums = append(p.Enums, enum(name, s))
		}
		if err := b.checkTables(p, name, s); err != nil {
			return nil, err
		}
	}
	for name, op := range b.Operations {
		auth := "AuthSigV4"
		if op.Auth == "none" {
			auth = "AuthNone"
		}
		p.Operations = append(p.Operations, operationPlan{name, op.Input, op.Output, auth, op.Errors, b.poolMembers(op.Input)})
	}
	slices.SortFunc(p.Operations, func(x, y operationPlan) int { return cmp.Compare(x.Name, y.Name) })
	return p, nil
}

// checkTables adds what the check of the shape called name needs.
func (b *builder) checkTables(p *plan, name string, s *shape) error {
	if !b.inputs[name] {
		return nil
	}
	if s.Type == "structure" {
		lines, err := b.lines(name)
		if err != nil {
			return err
		}
		input := strings.HasPrefix(b.roles[name], "is the input")
		if len(lines) > 0 || input {
			p.Checks = append(p.Checks, checkPlan{name, input, lines})
		}
		return nil
	}
	if !b.inTable(name) {
		return nil
	}
	row, err := b.row(p, name)
	p.Shapes = append(p.Shapes, row)
	return err
}

func (b *builder) structure(name string, s *shape) structPlan {
	out := structPlan{Name: name, Doc: b.roles[name]}
	if out.Doc == "" {
		out.Doc = "is a structure of the service model."
	}
	for _, mem := range s.Members {
		out.Fields = append(out.Fields, fieldPlan{
			Name: exported(mem.Name),
			Type: b.memberType(mem.Shape),
			Tag:  fmt.Sprintf("`json:\"%s,omitzero\"%s`", mem.Name, b.decodeRule(mem.Shape)),
		})
	}
	return out
}

// decodeRule returns the tag that tells the decoder of a special case: an
// unboxed boolean refuses null, and one list refuses null elements.
func (b *builder) decodeRule(name string) string {
	switch s := b.Shapes[name]; {
	case s.Type == "boolean" && !strings.HasPrefix(name, "Wrapped"):
		return ` wire:"primitive"`
	case name == "AssetListType":
		return ` wire:"nonull"`
	}
	return ""
}

// memberType returns the Go type of a member with the shape called name.
func (b *builder) memberType(name string) string {
	switch s := b.Shapes[name]; {
	case s.Document, s.Type == "list", s.Type == "map", s.Type == "blob":
		return b.elemType(name)
	default:
		return "*" + b.elemType(name)
	}
}

// elemType returns the Go type of a value with the shape called name.
func (b *builder) elemType(name string) string {
	switch s := b.Shapes[name]; s.Type {
	case "structure":
		if s.Document {
			return "json.RawMessage"
		}
		return name
	case "string":
		if len(s.Enum) > 0 {
			return name
		}
		return "string"
	case "list":
		return "[]" + b.elemType(s.Member)
	case "map":
		return "map[" + b.elemType(s.Key) + "]" + b.elemType(s.Value)
	default:
		goType, ok := map[string]string{
			"boolean": "bool", "integer": "int32", "long": "int64", "blob": "[]byte", "timestamp": "Timestamp",
		}[s.Type]
		if !ok {
			panic("shape " + name + " has the unknown type " + s.Type)
		}
		return goType
	}
}
