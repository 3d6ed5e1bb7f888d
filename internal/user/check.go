package user

import (
	"strings"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
)

// Texts of refused attributes, from the service; see pool.Attribute.CheckValue
// for the reasons that it does not publish.
const (
	notInSchema      = "Attribute does not exist in the schema."
	notUpdatable     = "Attribute cannot be updated."
	nonconforming    = "Attributes did not conform to the schema: "
	badEmail         = "Invalid email address format."
	badPhone         = "Invalid phone number format."
	emailLikeName    = "Username cannot be of email format, since user pool is configured for email alias."
	phoneLikeName    = "Username cannot be of phone number format, since user pool is configured for phone number alias."
	earlyPreferred   = "Preferred username cannot be provided for unconfirmed account, since user pool is configured for preferred username alias."
	unusableAsName   = "Username contains characters that cannot be stored."
	updatePrefix     = "user."
	requiredIsNeeded = "The attribute is required"
)

// checkWrites checks a change of a stored user's attributes: permissions of all
// names first, then the schema, then formats.
func checkWrites(p *pool.Pool, w Writer, u *User, changes Attributes) error {
	if err := checkPermissions(p, w.Client, changes); err != nil {
		return err
	}
	var lines, missing strings.Builder
	for _, c := range changes {
		a, ok := p.Settings.Schema.Find(c.Name)
		switch {
		case !ok || c.Name == pool.AttrIdentities:
			lines.WriteString(updatePrefix + c.Name + ": " + notInSchema + "\n")
		case !a.Mutable && !(w.Completing && a.Required && !u.Attributes.Has(c.Name)):
			lines.WriteString(updatePrefix + c.Name + ": " + notUpdatable + "\n")
		case c.Value == "" && a.Required:
			missing.WriteString(requiredLine(c.Name))
		case c.Value != "":
			if reason := a.CheckValue(c.Value); reason != "" {
				lines.WriteString(updatePrefix + c.Name + ": " + reason + "\n")
			}
		}
	}
	if lines.Len() > 0 {
		return fault.InvalidParameter(lines.String())
	}
	if missing.Len() > 0 {
		return fault.InvalidParameter(nonconforming + missing.String())
	}
	if err := checkFormats(changes); err != nil {
		return err
	}
	return checkPreferred(p, u.Status, changes)
}

func checkPermissions(p *pool.Pool, c *pool.Client, changes Attributes) error {
	if c == nil {
		return nil
	}
	for _, x := range changes {
		if !c.CanWrite(p, x.Name) {
			return fault.NotAuthorized(unauthorizedWrite)
		}
	}
	return nil
}

// requiredLine is the line of a missing required attribute; name and address
// are shown with a part of theirs.
func requiredLine(name string) string {
	if name == "name" || name == "address" {
		return name + ".formatted: The attribute " + name + ".formatted is required\n"
	}
	return name + ": " + requiredIsNeeded + "\n"
}

func checkFormats(changes Attributes) error {
	if v := changes.Get(pool.AttrEmail); v != "" && !pool.CheckEmail(v) {
		return fault.InvalidParameter(badEmail)
	}
	if v := changes.Get(pool.AttrPhone); v != "" && !pool.CheckPhone(v) {
		return fault.InvalidParameter(badPhone)
	}
	return nil
}

// checkPreferred refuses a preferred user name, where it is an alias, that
// could be taken for another kind of name, or that comes before the user is
// confirmed.
func checkPreferred(p *pool.Pool, status Status, changes Attributes) error {
	name := changes.Get(pool.AttrPreferredUsername)
	if name == "" || !p.IsAlias(pool.AttrPreferredUsername) {
		return nil
	}
	if status == Unconfirmed {
		return fault.InvalidParameter(earlyPreferred)
	}
	return checkPlainName(p, name)
}

// checkPlainName refuses a free name that a look-up could take for an alias of
// another kind.
func checkPlainName(p *pool.Pool, name string) error {
	if _, ok := AliasKey(name, p.CaseSensitive()); !ok {
		return fault.InvalidParameter(unusableAsName)
	}
	if p.IsAlias(pool.AttrEmail) && pool.LooksLikeEmail(name) {
		return fault.InvalidParameter(emailLikeName)
	}
	if p.IsAlias(pool.AttrPhone) && pool.LooksLikePhone(name) {
		return fault.InvalidParameter(phoneLikeName)
	}
	return nil
}

// checkNew checks the attributes of a user who is being made against the
// schema. A required attribute may be missing only where an administrator, who
// has no client, makes the user.
func checkNew(p *pool.Pool, c *pool.Client, status Status, attrs Attributes) error {
	var lines strings.Builder
	for _, x := range attrs {
		a, ok := p.Settings.Schema.Find(x.Name)
		if !ok || x.Name == pool.AttrSub || x.Name == pool.AttrIdentities {
			lines.WriteString(x.Name + ": " + notInSchema + "\n")
			continue
		}
		if x.Value == "" {
			continue
		}
		if reason := a.CheckValue(x.Value); reason != "" {
			lines.WriteString(x.Name + ": " + reason + "\n")
		}
	}
	if c != nil {
		for _, name := range p.Settings.Schema.Required() {
			if attrs.Get(name) == "" {
				lines.WriteString(requiredLine(name))
			}
		}
	}
	if lines.Len() > 0 {
		return fault.InvalidParameter(nonconforming + lines.String())
	}
	if err := checkFormats(attrs); err != nil {
		return err
	}
	return checkPreferred(p, status, attrs)
}
