package user

import (
	"slices"
	"strings"
	"time"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
)

// Update is what a change of attributes comes to: the user as it will be, the
// names that change hands, and the codes that have to be sent for it.
type Update struct {
	// User is the user after the change, at the version that was read.
	User *User
	// Released are names that the user gives up, Taken names that become theirs.
	Released, Taken []*Alias
	// Probe are names that must not be another user's although the change does
	// not take them yet: new sign-in names that stay pending.
	Probe []*Alias
	// Send are the codes to send, at most one for an attribute.
	Send []CodeRequest
	// Void are attributes whose pending value, and every code that proves another
	// value than the user's own, is void from now on; see Voids.
	Void []string
}

// CodeRequest asks for a code that proves an e-mail address or phone number.
type CodeRequest struct {
	// Attribute is email or phone_number.
	Attribute string
	// Target is the value that the code goes to and proves.
	Target string
	// Pending says that Target becomes the user's value only by the proof.
	Pending bool
}

// Writer is who changes attributes.
type Writer struct {
	// Client is the app client of the user's token; nil for an administrator,
	// who is not bound by a client's permissions and may set the verified flags.
	Client *pool.Client
	// Completing says that the user answers the demand for a new password and
	// may give, once, what the account still lacks: immutable attributes that are
	// required, and an e-mail address or phone number, stored as unverified.
	Completing bool
}

func (w Writer) isAdmin() bool { return w.Client == nil }

// unauthorizedWrite is the answer to a client that writes what it may not.
const unauthorizedWrite = "A client attempted to write unauthorized attribute"

// textSecondary is the answer of a replica, where profiles do not change. The
// service's own text is not known.
const textSecondary = "Users of a secondary replica are changed in the primary Region of the user pool."

// DecideUpdate decides a change of attributes, all or nothing: a value of ""
// deletes, and where a name stands twice the last value counts. The user as
// read is not changed. The checks are, in order: that the pool is no secondary
// replica (OperationNotEnabledException), the client's permission for
// every name (NotAuthorizedException), the schema for every name and value, and
// the format of e-mail addresses and phone numbers (InvalidParameterException).
//
// A new e-mail address or phone number that the pool verifies before an update
// is not stored: it comes back in Send as pending. Any other change of one
// clears its verified flag. An administrator who sets the flag to true in the
// same call vouches for the value: it is stored at once and no code is sent.
//
// Source: UpdateUserAttributes and AdminUpdateUserAttributes in the API
// reference, and the developer guide on verifying updates.
func DecideUpdate(p *pool.Pool, w Writer, u *User, changes Attributes, now time.Time) (*Update, error) {
	if p.Settings.ReplicaRole == pool.RoleSecondary {
		return nil, fault.OperationNotEnabled(textSecondary)
	}
	changes = lastOfEach(changes)
	if err := checkWrites(p, w, u, changes); err != nil {
		return nil, err
	}
	d := &Update{User: u.Clone()}
	d.User.ModifiedAt = now
	for _, c := range changes {
		switch c.Name {
		case pool.AttrEmail, pool.AttrPhone:
			d.changeContact(p, w, u, c, changes)
		case pool.AttrEmailVerified, pool.AttrPhoneVerified:
		default:
			d.User.Attributes.Set(c.Name, normalValue(p, c))
		}
	}
	if err := d.changeFlags(changes); err != nil {
		return nil, err
	}
	if err := checkSignInName(p, u, d.User); err != nil {
		return nil, err
	}
	d.Released, d.Taken = DiffClaims(p, u, d.User)
	return d, nil
}

// changeContact decides a change of the e-mail address or phone number.
func (d *Update) changeContact(p *pool.Pool, w Writer, u *User, c Attribute, changes Attributes) {
	flag := pool.VerifiedFlag(c.Name)
	vouched := w.isAdmin() && isTrue(changes.Get(flag))
	switch {
	case c.Value == "":
		d.User.Attributes.Set(c.Name, "")
		d.User.Attributes.Set(flag, "")
		d.Void = append(d.Void, c.Name)
	case c.Value == u.Attributes.Get(c.Name):
		// The value that is already stored: nothing is sent, and a pending value
		// that it takes back is void.
		d.Void = append(d.Void, c.Name)
	case p.VerifiesBeforeUpdate(c.Name) && !vouched && !w.Completing:
		d.Send = append(d.Send, CodeRequest{Attribute: c.Name, Target: c.Value, Pending: true})
		if p.IsUsernameAttribute(c.Name) {
			if a := NewAlias(p, KindOf(c.Name), c.Value, u.Sub); a != nil {
				d.Probe = append(d.Probe, a)
			}
		}
	default:
		d.User.Attributes.Set(c.Name, c.Value)
		d.User.Attributes.Set(flag, "false")
		d.Void = append(d.Void, c.Name)
		if p.IsAutoVerified(c.Name) && !vouched && !w.Completing {
			d.Send = append(d.Send, CodeRequest{Attribute: c.Name, Target: c.Value})
		}
	}
}

// changeFlags sets the verified flags that an administrator gives. A flag needs
// its attribute; beside a value that stays pending it says nothing about the
// stored one.
func (d *Update) changeFlags(changes Attributes) error {
	for _, attr := range []string{pool.AttrEmail, pool.AttrPhone} {
		flag := pool.VerifiedFlag(attr)
		if !changes.Has(flag) || d.keepsPending(attr) {
			continue
		}
		value := changes.Get(flag)
		if value == "" {
			d.User.Attributes.Set(flag, "")
			continue
		}
		if !d.User.Attributes.Has(attr) {
			if attr == pool.AttrEmail {
				return fault.InvalidParameter("Email is required to verify/un-verify an email")
			}
			return fault.InvalidParameter("Phone Number is required to verify/un-verify a phone number")
		}
		d.User.Attributes.Set(flag, strings.ToLower(value))
	}
	return nil
}

// Sends reports whether the change asks for a code for attr.
func (d *Update) Sends(attr string) bool {
	return slices.ContainsFunc(d.Send, func(r CodeRequest) bool { return r.Attribute == attr })
}

// Voids reports whether the change makes c, the outstanding code of an attribute,
// worthless without putting another in its place. A code that proves what the
// user has after the change stays good, so that saving a profile unchanged does
// not spoil the code that is on its way.
func (d *Update) Voids(c *Code) bool {
	return slices.Contains(d.Void, c.Attribute) && !d.Sends(c.Attribute) &&
		(c.Pending || c.Target != d.User.Attributes.Get(c.Attribute))
}

// keepsPending reports whether the change leaves a new value of attr pending.
func (d *Update) keepsPending(attr string) bool {
	return slices.ContainsFunc(d.Send, func(r CodeRequest) bool { return r.Attribute == attr && r.Pending })
}

// Text of the refusal to take away the only name by which a user can sign in.
const lastSignInName = "user.%s: Attribute cannot be removed, since the user signs in with it.\n"

// checkSignInName refuses a user who could not be named any more.
func checkSignInName(p *pool.Pool, before, after *User) error {
	var lost string
	for _, attr := range p.Settings.UsernameAttributes {
		if after.Attributes.Has(attr) {
			return nil
		}
		if lost == "" && before.Attributes.Has(attr) {
			lost = attr
		}
	}
	if lost == "" {
		return nil
	}
	return fault.InvalidParameterf(lastSignInName, lost)
}

// lastOfEach keeps the last value of every name, in the order of the first.
func lastOfEach(changes Attributes) Attributes {
	var kept Attributes
	for _, c := range changes {
		if i := kept.index(c.Name); i >= 0 {
			kept[i].Value = c.Value
			continue
		}
		kept = append(kept, c)
	}
	return kept
}

func (a Attributes) index(name string) int {
	for i := range a {
		if a[i].Name == name {
			return i
		}
	}
	return -1
}

func isTrue(value string) bool { return strings.EqualFold(value, "true") }

// normalValue is a value as it is stored: booleans in lower case, all else as
// it was sent.
func normalValue(p *pool.Pool, c Attribute) string {
	if a, ok := p.Settings.Schema.Find(c.Name); ok && a.Type == pool.TypeBoolean {
		return strings.ToLower(c.Value)
	}
	return c.Value
}
