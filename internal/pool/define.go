package pool

import (
	"math/big"
	"slices"
	"strings"

	"poolhouse.dev/internal/fault"
)

// MaxCustomAttributes is how many attributes a pool can have besides the
// standard ones, those for developers included.
const MaxCustomAttributes = 50

// maxStringLimit is the greatest length that a schema can allow.
const maxStringLimit = 2048

// AttributeDraft is an attribute as an administrator describes it. Name has no
// prefix; nil and "" are members that were left out.
type AttributeDraft struct {
	Name          string
	Type          string
	Mutable       *bool
	Required      *bool
	DeveloperOnly bool
	String        *Limits
	Number        *Limits
}

// DefineSchema returns the schema of a new pool: the standard attributes, as
// the drafts that name one change them, and behind them the custom ones in the
// order of the drafts.
func DefineSchema(drafts []AttributeDraft) (Schema, error) {
	schema := StandardSchema()
	var custom []AttributeDraft
	changed := map[string]bool{}
	for _, d := range drafts {
		a, ok := schema.Find(d.Name)
		if !ok {
			custom = append(custom, d)
			continue
		}
		if changed[d.Name] {
			return nil, fault.InvalidParameterf(textDuplicateStandard, d.Name)
		}
		changed[d.Name] = true
		if err := a.override(d); err != nil {
			return nil, err
		}
	}
	return schema.Extend(custom)
}

// override changes a standard attribute. What the draft leaves out stays; sub
// stays as it is altogether, since the service alone sets it.
func (a *Attribute) override(d AttributeDraft) error {
	if d.DeveloperOnly || d.Type != "" && d.Type != a.Type {
		return fault.InvalidParameterf("You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute %s", a.Name)
	}
	if a.Name == AttrSub {
		return nil
	}
	if d.Mutable != nil {
		a.Mutable = *d.Mutable
	}
	if d.Required != nil {
		a.Required = *d.Required
	}
	if a.Type == TypeString && d.String != nil {
		a.String = d.String
	}
	if a.Type == TypeNumber && d.Number != nil {
		a.Number = d.Number
	}
	return a.checkLimits()
}

// Extend returns the schema with custom attributes appended. The receiver is
// not changed.
func (s Schema) Extend(drafts []AttributeDraft) (Schema, error) {
	schema := slices.Clone(s)
	seen := map[string]bool{}
	for _, d := range drafts {
		a, err := d.attribute()
		if err != nil {
			return nil, err
		}
		if seen[d.Name] {
			return nil, fault.InvalidParameterf("Duplicate custom attribute names %s are not allowed in a user pool schema.", CustomPrefix+d.Name)
		}
		seen[d.Name] = true
		for _, name := range []string{CustomPrefix + d.Name, DeveloperPrefix + CustomPrefix + d.Name} {
			if _, ok := s.Find(name); ok {
				return nil, fault.InvalidParameterf("%s: Existing attribute already has name %s.", a.Name, name)
			}
		}
		schema = append(schema, a)
	}
	if schema.customs() > MaxCustomAttributes {
		return nil, fault.InvalidParameter(textTooManyCustom)
	}
	return schema, nil
}

func (s Schema) customs() int {
	n := 0
	for i := range s {
		if IsCustom(s[i].Name) {
			n++
		}
	}
	return n
}

// attribute returns the custom attribute that the draft describes. One that
// does not say so is immutable.
func (d AttributeDraft) attribute() (Attribute, error) {
	a := Attribute{Name: CustomPrefix + d.Name, Type: d.Type, DeveloperOnly: d.DeveloperOnly, Mutable: d.Mutable != nil && *d.Mutable}
	if d.DeveloperOnly {
		a.Name = DeveloperPrefix + a.Name
	}
	switch {
	case d.Name == "":
		return a, fault.InvalidParameter(textNoAttributeName)
	case d.Type == "":
		return a, fault.InvalidParameter("Invalid AttributeDataType input, consider using the provided AttributeDataType enum.")
	case d.Required != nil && *d.Required:
		return a, fault.InvalidParameter("Required custom attributes are not supported currently.")
	case d.Type == TypeString:
		a.String = limitsOrNone(d.String)
	case d.Type == TypeNumber:
		a.Number = limitsOrNone(d.Number)
	}
	return a, a.checkLimits()
}

// limitsOrNone keeps limits as they were given, so that a look at the pool
// shows the same; no limits are shown as an empty structure.
func limitsOrNone(l *Limits) *Limits {
	if l == nil {
		return &Limits{}
	}
	return l
}

func (a *Attribute) checkLimits() error {
	if a.String != nil {
		low, high, err := a.parse(a.String)
		if err != nil {
			return err
		}
		for _, n := range []*big.Int{low, high} {
			if n != nil && n.Sign() < 0 {
				return fault.InvalidParameterf(textBadLimit, a.Name)
			}
			if n != nil && n.Cmp(big.NewInt(maxStringLimit)) > 0 {
				return fault.InvalidParameterf(textLimitTooLong, a.Name)
			}
		}
		if low != nil && high != nil && low.Cmp(high) > 0 {
			return fault.InvalidParameterf("Attribute %s cannot have a max length shorter than it's min length", a.Name)
		}
	}
	if a.Number != nil {
		low, high, err := a.parse(a.Number)
		if err != nil {
			return err
		}
		if low != nil && high != nil && low.Cmp(high) > 0 {
			return fault.InvalidParameterf("Attribute %s cannot have a max value smaller than it's min value", a.Name)
		}
	}
	return nil
}

// maxLimitDigits keeps a limit a number that is cheap to compare.
const maxLimitDigits = 64

func (a *Attribute) parse(l *Limits) (low, high *big.Int, err error) {
	for _, text := range []*string{l.Min, l.Max} {
		if text != nil && (len(*text) > maxLimitDigits || !integer.MatchString(*text) || strings.HasPrefix(*text, "+")) {
			return nil, nil, fault.InvalidParameterf(textBadLimit, a.Name)
		}
	}
	return bound(l.Min), bound(l.Max), nil
}
