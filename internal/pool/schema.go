package pool

import (
	"slices"
	"strings"
)

// Data types of attributes.
const (
	TypeString   = "String"
	TypeNumber   = "Number"
	TypeBoolean  = "Boolean"
	TypeDateTime = "DateTime"
)

// Prefixes of attributes that are not standard.
const (
	CustomPrefix    = "custom:"
	DeveloperPrefix = "dev:"
)

// Attribute describes one attribute of a pool's users.
type Attribute struct {
	// Name is the name on the wire: email, custom:tier, dev:custom:rank.
	Name          string `json:"name"`
	Type          string `json:"type"`
	Mutable       bool   `json:"mutable"`
	Required      bool   `json:"required"`
	DeveloperOnly bool   `json:"developerOnly,omitempty"`
	// String and Number hold the limits as they were given; nil where the
	// service shows no constraints.
	String *Limits `json:"string,omitempty"`
	Number *Limits `json:"number,omitempty"`
}

// Limits are a lower and an upper bound in decimal; nil is no bound.
type Limits struct {
	Min *string `json:"min,omitempty"`
	Max *string `json:"max,omitempty"`
}

// Schema is the ordered list of a pool's attributes. Attributes are only ever
// appended, so that a position names the same attribute for ever.
type Schema []Attribute

// Find returns the attribute with the given name.
func (s Schema) Find(name string) (*Attribute, bool) {
	if i := s.index(name); i >= 0 {
		return &s[i], true
	}
	return nil, false
}

// index returns the place of the attribute with the given name, -1 for none.
func (s Schema) index(name string) int {
	for i := range s {
		if s[i].Name == name {
			return i
		}
	}
	return -1
}

// Required returns the names of the attributes that every user must have, but
// for sub, which the service assigns.
func (s Schema) Required() []string {
	var names []string
	for i := range s {
		if s[i].Required && s[i].Name != AttrSub {
			names = append(names, s[i].Name)
		}
	}
	return names
}

// StandardSchema returns the twenty standard attributes with their defaults, in
// the order in which the service lists them.
func StandardSchema() Schema {
	text := func(name string) Attribute {
		return Attribute{Name: name, Type: TypeString, Mutable: true, String: limits("0", "2048")}
	}
	flag := func(name string) Attribute {
		return Attribute{Name: name, Type: TypeBoolean, Mutable: true}
	}
	zero := "0"
	return Schema{
		{Name: AttrSub, Type: TypeString, Required: true, String: limits("1", "2048")},
		text("name"), text("given_name"), text("family_name"), text("middle_name"), text("nickname"),
		text(AttrPreferredUsername), text("profile"), text("picture"), text("website"),
		text(AttrEmail), flag(AttrEmailVerified), text("gender"),
		{Name: "birthdate", Type: TypeString, Mutable: true, String: limits("10", "10")},
		text("zoneinfo"), text("locale"),
		text(AttrPhone), flag(AttrPhoneVerified), text("address"),
		{Name: "updated_at", Type: TypeNumber, Mutable: true, Number: &Limits{Min: &zero}},
	}
}

func limits(low, high string) *Limits { return &Limits{Min: &low, Max: &high} }

// IsCustom reports whether name has the form of a custom attribute, for
// developers only or not.
func IsCustom(name string) bool {
	return strings.HasPrefix(name, CustomPrefix) || strings.HasPrefix(name, DeveloperPrefix)
}

// neverWritable are the attributes that no app client may write or list as
// writable: the service sets them, or an administrator does.
var neverWritable = []string{AttrSub, AttrEmailVerified, AttrPhoneVerified, AttrIdentities}

// IsNeverWritable reports whether name can never be written by an app client.
func IsNeverWritable(name string) bool {
	return slices.Contains(neverWritable, name) || strings.HasPrefix(name, DeveloperPrefix)
}

// CanWrite reports whether users of the client may write the attribute. A
// client without a list of its own may write every standard attribute and the
// custom ones that existed when the client was last saved; a name that the
// schema lacks passes there, for the schema to refuse. Required attributes are
// always writable.
func (c *Client) CanWrite(p *Pool, name string) bool {
	if IsNeverWritable(name) {
		return false
	}
	if a, ok := p.Settings.Schema.Find(name); ok && a.Required {
		return true
	}
	return c.listed(p, c.Settings.WriteAttributes, name)
}

// CanRead reports whether users of the client see the attribute; sub always.
func (c *Client) CanRead(p *Pool, name string) bool {
	if name == AttrSub {
		return true
	}
	if strings.HasPrefix(name, DeveloperPrefix) {
		return false
	}
	return c.listed(p, c.Settings.ReadAttributes, name)
}

func (c *Client) listed(p *Pool, list []string, name string) bool {
	if list != nil {
		return slices.Contains(list, name)
	}
	return !strings.Contains(name, ":") || p.Settings.Schema.index(name) < c.Settings.SchemaSize
}
