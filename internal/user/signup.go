package user

import (
	"slices"
	"time"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
)

// Draft is a user who is about to be made.
type Draft struct {
	// User is complete but for the password verifier.
	User *User
	// Claims are the names that the user takes at once.
	Claims []*Alias
}

// Admission is what a PreSignUp trigger decides about a new user.
type Admission struct {
	// Confirm makes the user CONFIRMED at once.
	Confirm bool
	// VerifyEmail and VerifyPhone mark the address or number verified.
	VerifyEmail, VerifyPhone bool
}

// Admit gives the draft what a trigger decided. The fault, for a flag without its
// attribute, is InvalidParameterException.
func (d *Draft) Admit(p *pool.Pool, a Admission) error {
	for attr, verify := range map[string]bool{pool.AttrEmail: a.VerifyEmail, pool.AttrPhone: a.VerifyPhone} {
		if !verify {
			continue
		}
		d.User.Attributes.Set(pool.VerifiedFlag(attr), "true")
		if err := settleFlag(d.User, attr); err != nil {
			return err
		}
	}
	if a.Confirm {
		d.User.Status = Confirmed
	}
	d.Claims = Claims(p, d.User)
	return nil
}

// Given returns the draft's attributes without the flags that nobody set.
func (d *Draft) Given() Attributes {
	return slices.DeleteFunc(slices.Clone(d.User.Attributes), func(a Attribute) bool {
		return a.Value == "false" && (a.Name == pool.AttrEmailVerified || a.Name == pool.AttrPhoneVerified)
	})
}

// DecideSignUp decides a sign-up: who the new user is to be. sub is fresh. The
// faults are NotAuthorizedException where sign-up is closed or the client may
// not write an attribute, and InvalidParameterException for everything about
// names and attributes. That the names are free is for the commit to find out.
func DecideSignUp(p *pool.Pool, c *pool.Client, sub Sub, username string, attrs Attributes, now time.Time) (*Draft, error) {
	if p.Settings.Invite.AdminOnly {
		return nil, fault.NotAuthorized("SignUp is not permitted for this user pool")
	}
	return decideNew(p, c, Unconfirmed, sub, username, attrs, now)
}

// DecideAdminCreate decides the making of a user by an administrator: required
// attributes may be missing, the verified flags may be set, and the user has to
// change the password at the first sign-in.
func DecideAdminCreate(p *pool.Pool, sub Sub, username string, attrs Attributes, now time.Time) (*Draft, error) {
	return decideNew(p, nil, ForceChangePassword, sub, username, attrs, now)
}

func decideNew(p *pool.Pool, c *pool.Client, status Status, sub Sub, username string, attrs Attributes, now time.Time) (*Draft, error) {
	given := lastOfEach(attrs)
	name, attrs, err := nameNew(p, sub, username, given)
	if err != nil {
		return nil, err
	}
	// The address that is copied from the user name is written by the service,
	// so that the client needs no permission for it.
	if err := checkPermissions(p, c, given); err != nil {
		return nil, err
	}
	if err := checkNew(p, c, status, attrs); err != nil {
		return nil, err
	}
	u := &User{PoolID: p.ID, Sub: sub, Username: name, Status: status, PasswordSetAt: now, CreatedAt: now, ModifiedAt: now}
	for _, a := range attrs {
		u.Attributes.Set(a.Name, normalValue(p, a))
	}
	for _, attr := range []string{pool.AttrEmail, pool.AttrPhone} {
		if err := settleFlag(u, attr); err != nil {
			return nil, err
		}
	}
	return &Draft{User: u, Claims: Claims(p, u)}, nil
}

// settleFlag makes the verified flag of a new user's contact say something
// exactly when there is a contact.
func settleFlag(u *User, attr string) error {
	flag := pool.VerifiedFlag(attr)
	switch {
	case u.Attributes.Has(attr) && !u.Attributes.Has(flag):
		u.Attributes.Set(flag, "false")
	case !u.Attributes.Has(attr) && isTrue(u.Attributes.Get(flag)):
		if attr == pool.AttrEmail {
			return fault.InvalidParameter("Email is required to verify/un-verify an email")
		}
		return fault.InvalidParameter("Phone Number is required to verify/un-verify a phone number")
	case !u.Attributes.Has(attr):
		u.Attributes.Set(flag, "")
	}
	return nil
}

// nameNew decides what a new user is called. In pools whose users are named by
// an e-mail address or phone number, the name given becomes that attribute and
// the user name is the sub.
func nameNew(p *pool.Pool, sub Sub, username string, attrs Attributes) (string, Attributes, error) {
	if !p.UsesUsernameAttributes() {
		return username, attrs, checkPlainName(p, username)
	}
	attr, err := signInAttribute(p, username)
	if err != nil {
		return "", nil, err
	}
	if given := attrs.Get(attr); given != "" && given != username {
		return "", nil, fault.InvalidParameterf("The attribute %s must equal the username.", attr)
	}
	named := append(Attributes{}, attrs...)
	if named.index(attr) < 0 {
		named = append(Attributes{{Name: attr, Value: username}}, named...)
	}
	named.Set(attr, username)
	return string(sub), named, nil
}

// signInAttribute returns the attribute that a name stands for in a pool whose
// users are named by an attribute.
func signInAttribute(p *pool.Pool, name string) (string, error) {
	email, phone := p.IsUsernameAttribute(pool.AttrEmail), p.IsUsernameAttribute(pool.AttrPhone)
	switch {
	case email && pool.CheckEmail(name):
		return pool.AttrEmail, nil
	case phone && pool.CheckPhone(name):
		return pool.AttrPhone, nil
	case email && phone:
		return "", fault.InvalidParameter("Username should be either an email or a phone number.")
	case email:
		return "", fault.InvalidParameter("Username should be an email.")
	}
	return "", fault.InvalidParameter("Username should be a phone number.")
}

// SignUpContact returns where a new or unconfirmed user's confirmation code
// goes: the phone number where it is verified automatically, else the e-mail
// address, else nowhere (false). Only one of them gets a code.
func SignUpContact(p *pool.Pool, u *User) (CodeRequest, bool) {
	for _, attr := range []string{pool.AttrPhone, pool.AttrEmail} {
		if p.IsAutoVerified(attr) && u.Attributes.Has(attr) && !u.Attributes.IsVerified(attr) {
			return CodeRequest{Attribute: attr, Target: u.Attributes.Get(attr)}, true
		}
	}
	return CodeRequest{}, false
}

// DecideConfirm confirms an unconfirmed user and, when code is not nil, marks
// verified what the code proved. Aliases that other users hold are for the
// caller to see to.
func DecideConfirm(p *pool.Pool, u *User, code *Code, now time.Time) (*Update, error) {
	if u.Status != Unconfirmed {
		return nil, fault.NotAuthorizedf("User cannot be confirmed. Current status is %s", u.Status)
	}
	d := &Update{User: u.Clone()}
	d.User.Status = Confirmed
	d.User.ModifiedAt = now
	if code != nil {
		if u.Attributes.Get(code.Attribute) != code.Target {
			return nil, fault.ExpiredCode(ExpiredCodeText)
		}
		d.User.Attributes.Set(pool.VerifiedFlag(code.Attribute), "true")
	}
	d.Released, d.Taken = DiffClaims(p, u, d.User)
	return d, nil
}

// DecideVerify applies a right code for attr: a pending value becomes the
// user's, and the value is verified.
func DecideVerify(p *pool.Pool, u *User, code *Code, now time.Time) (*Update, error) {
	if !code.Pending && u.Attributes.Get(code.Attribute) != code.Target {
		return nil, fault.ExpiredCode(ExpiredCodeText)
	}
	d := &Update{User: u.Clone()}
	d.User.ModifiedAt = now
	d.User.Attributes.Set(code.Attribute, code.Target)
	d.User.Attributes.Set(pool.VerifiedFlag(code.Attribute), "true")
	d.Released, d.Taken = DiffClaims(p, u, d.User)
	return d, nil
}

// Texts of refused codes.
const (
	ExpiredCodeText  = "Invalid code provided, please request a code again."
	CodeMismatchText = "Invalid verification code provided, please try again."
)

// TakenText is the message for an attribute value that names another user.
func TakenText(attr string) string {
	return "An account with the given " + attr + " already exists."
}

// AttributeOfAlias returns the attribute whose value an alias key stands for,
// or "" when it is the user name itself.
func AttributeOfAlias(p *pool.Pool, u *User, kind AliasKind, key string) string {
	switch kind {
	case AliasEmail:
		return pool.AttrEmail
	case AliasPhone:
		return pool.AttrPhone
	}
	if own, ok := AliasKey(u.Username, p.CaseSensitive()); ok && own == key {
		return ""
	}
	return pool.AttrPreferredUsername
}

// DecidePassword gives a user a password that an administrator chose, or the user.
// A permanent one confirms the user; any other has to be changed at sign-in.
func DecidePassword(p *pool.Pool, u *User, verifier []byte, permanent bool, now time.Time) *Update {
	d := &Update{User: u.Clone()}
	d.User.Verifier = verifier
	d.User.PasswordSetAt = now
	d.User.ModifiedAt = now
	d.User.Status = ForceChangePassword
	if permanent {
		d.User.Status = Confirmed
	}
	d.Released, d.Taken = DiffClaims(p, u, d.User)
	return d
}
