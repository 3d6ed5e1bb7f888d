package user_test

import (
	"strings"
	"testing"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

const (
	unauthorized = "A client attempted to write unauthorized attribute"
	nonconform   = "Attributes did not conform to the schema: "
)

func TestDecideUpdateRefuses(t *testing.T) {
	const admin, app = true, false
	preferred := newPool(aliases("email", "phone_number", "preferred_username"))
	tests := map[string]struct {
		pool       *pool.Pool
		admin      bool
		write      []string // the client's own list
		status     user.Status
		changes    user.Attributes
		code, text string
	}{
		"verified flag from an app": {
			pool: newPool(), changes: attrs("email_verified", "true"), code: notAuthorized, text: unauthorized,
		},
		"verified flag from an app beside its e-mail": {
			pool: newPool(), changes: attrs("email", "new@example.com", "email_verified", "true"), code: notAuthorized, text: unauthorized,
		},
		"blank verified flag from an app": {
			pool: newPool(), changes: attrs("phone_number_verified", ""), code: notAuthorized, text: unauthorized,
		},
		"sub from an app": {
			pool: newPool(), changes: attrs("sub", "x"), code: notAuthorized, text: unauthorized,
		},
		"identities from an app": {
			pool: newPool(), changes: attrs("identities", "[]"), code: notAuthorized, text: unauthorized,
		},
		"developers' attribute from an app": {
			pool: newPool(), changes: attrs("dev:custom:rank", "1"), code: notAuthorized, text: unauthorized,
		},
		"outside the client's list": {
			pool: newPool(), write: []string{"name"}, changes: attrs("name", "A", "custom:tier", "gold"), code: notAuthorized, text: unauthorized,
		},
		"unknown name outside the client's list": {
			pool: newPool(), write: []string{"name"}, changes: attrs("phonenumber", "1"), code: notAuthorized, text: unauthorized,
		},
		"deleting is writing": {
			pool: newPool(), write: []string{"name"}, changes: attrs("custom:tier", ""), code: notAuthorized, text: unauthorized,
		},
		"permission before the schema": {
			pool: newPool(), write: []string{"name"}, changes: attrs("name", strings.Repeat("x", 2049), "custom:tier", "gold"), code: notAuthorized, text: unauthorized,
		},
		"the client's list does not bind an administrator, the schema does": {
			pool: newPool(), admin: admin, write: []string{"name"}, changes: attrs("custom:address", "x"),
			code: invalidParameter, text: "user.custom:address: Attribute does not exist in the schema.\n",
		},
		"unknown names, a line each": {
			pool: newPool(), admin: app, changes: attrs("nope", "1", "name", "A", "nor_this", ""),
			code: invalidParameter, text: "user.nope: Attribute does not exist in the schema.\nuser.nor_this: Attribute does not exist in the schema.\n",
		},
		"identities from an administrator": {
			pool: newPool(), admin: admin, changes: attrs("identities", "[]"),
			code: invalidParameter, text: "user.identities: Attribute does not exist in the schema.\n",
		},
		"sub from an administrator": {
			pool: newPool(), admin: admin, changes: attrs("sub", "x"),
			code: invalidParameter, text: "user.sub: Attribute cannot be updated.\n",
		},
		"immutable, never set": {
			pool: newPool(), changes: attrs("custom:badge", "7"),
			code: invalidParameter, text: "user.custom:badge: Attribute cannot be updated.\n",
		},
		"immutable, removed": {
			pool: newPool(), changes: attrs("custom:badge", ""),
			code: invalidParameter, text: "user.custom:badge: Attribute cannot be updated.\n",
		},
		"immutable e-mail, also for an administrator who vouches": {
			pool: newPool(immutable("email")), admin: admin, changes: attrs("email", "new@example.com", "email_verified", "true"),
			code: invalidParameter, text: "user.email: Attribute cannot be updated.\n",
		},
		"required, blanked": {
			pool: newPool(required("email")), changes: attrs("email", ""),
			code: invalidParameter, text: nonconform + "email: The attribute is required\n",
		},
		"required, with texts of their own": {
			pool: newPool(required("name", "address", "nickname")), changes: attrs("name", "", "address", "", "nickname", ""),
			code: invalidParameter, text: nonconform + "name.formatted: The attribute name.formatted is required\n" +
				"address.formatted: The attribute address.formatted is required\nnickname: The attribute is required\n",
		},
		"e-mail format": {
			pool: newPool(), changes: attrs("email", "ann"), code: invalidParameter, text: "Invalid email address format.",
		},
		"e-mail with a line end": {
			pool: newPool(), changes: attrs("email", "ann@example.com\r\nBcc: x@example.com"), code: invalidParameter, text: "Invalid email address format.",
		},
		"e-mail that is not UTF-8": {
			pool: newPool(), changes: attrs("email", "a\xff@example.com"), code: invalidParameter, text: "Invalid email address format.",
		},
		"phone format": {
			pool: newPool(), changes: attrs("phone_number", "555 0100"), code: invalidParameter, text: "Invalid phone number format.",
		},
		"too long": {
			pool: newPool(), changes: attrs("custom:tier", "platin"),
			code: invalidParameter, text: "user.custom:tier: String must be no longer than 5 characters\n",
		},
		"too short": {
			pool: newPool(), changes: attrs("custom:tier", "p"),
			code: invalidParameter, text: "user.custom:tier: String must be no shorter than 2 characters\n",
		},
		"out of range and no number": {
			pool: newPool(), changes: attrs("custom:age", "151", "updated_at", "1.5"),
			code: invalidParameter, text: "user.custom:age: Value must be no greater than 150\nuser.updated_at: Value must be an integer.\n",
		},
		"no boolean": {
			pool: newPool(), admin: admin, changes: attrs("email_verified", "yes"),
			code: invalidParameter, text: "user.email_verified: Value must be true or false.\n",
		},
		"no date": {
			pool: newPool(), changes: attrs("birthdate", "02/29/2000"),
			code: invalidParameter, text: "user.birthdate: Value must be a date of the form YYYY-MM-DD.\n",
		},
		"NUL": {
			pool: newPool(), changes: attrs("name", "A\x00"),
			code: invalidParameter, text: "user.name: Value must not contain the character U+0000.\n",
		},
		"flag without its e-mail": {
			pool: newPool(), admin: admin, changes: attrs("email", "", "email_verified", "true"),
			code: invalidParameter, text: "Email is required to verify/un-verify an email",
		},
		"flag without its phone": {
			pool: newPool(), admin: admin, changes: attrs("phone_number", "", "phone_number_verified", "false"),
			code: invalidParameter, text: "Phone Number is required to verify/un-verify a phone number",
		},
		"preferred name that looks like an e-mail": {
			pool: preferred, changes: attrs("preferred_username", "x@example.com"),
			code: invalidParameter, text: "Username cannot be of email format, since user pool is configured for email alias.",
		},
		"preferred name that looks like a phone number": {
			pool: preferred, changes: attrs("preferred_username", "+15550100"),
			code: invalidParameter, text: "Username cannot be of phone number format, since user pool is configured for phone number alias.",
		},
		"preferred name of an unconfirmed user": {
			pool: preferred, admin: admin, status: user.Unconfirmed, changes: attrs("preferred_username", "annie"),
			code: invalidParameter, text: "Preferred username cannot be provided for unconfirmed account, since user pool is configured for preferred username alias.",
		},
		"removing the sign-in name": {
			pool: newPool(named("email")), changes: attrs("email", ""),
			code: invalidParameter, text: "user.email: Attribute cannot be removed, since the user signs in with it.\n",
		},
		"removing both sign-in names": {
			pool: newPool(named("email", "phone_number")), admin: admin, changes: attrs("email", "", "phone_number", ""),
			code: invalidParameter, text: "user.email: Attribute cannot be removed, since the user signs in with it.\n",
		},
		"one bad attribute of ten": {
			pool: newPool(verifyFirst("email")),
			changes: attrs("name", "A", "given_name", "B", "family_name", "C", "nickname", "D", "email", "new@example.com",
				"phone_number", "+15550199", "gender", "E", "locale", "F", "custom:age", "0", "website", "G"),
			code: invalidParameter, text: "user.custom:age: Value must be no less than 1\n",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := user.Writer{Client: newClient(test.pool, test.write...)}
			if test.admin {
				w.Client = nil
			}
			u, same := newAnn(test.pool, contacts...), newAnn(test.pool, contacts...)
			if test.status != "" {
				u.Status, same.Status = test.status, test.status
			}
			d, err := user.DecideUpdate(test.pool, w, u, test.changes, now)
			wantFault(t, err, test.code, test.text)
			if d != nil {
				t.Errorf("something is to be stored or sent: %+v", d)
			}
			wantSame(t, "the user as read", same, u)
		})
	}
}

// TestFlagNeedsItsContact sets a flag on a user without the contact, and then
// together with it.
func TestFlagNeedsItsContact(t *testing.T) {
	p := newPool()
	_, err := user.DecideUpdate(p, user.Writer{}, newAnn(p), attrs("email_verified", "true"), now)
	wantFault(t, err, invalidParameter, "Email is required to verify/un-verify an email")
	_, err = user.DecideUpdate(p, user.Writer{}, newAnn(p), attrs("phone_number_verified", "true"), now)
	wantFault(t, err, invalidParameter, "Phone Number is required to verify/un-verify a phone number")
	d, err := user.DecideUpdate(p, user.Writer{}, newAnn(p), attrs("email_verified", "true", "email", "ann@example.com"), now)
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "attributes", attrs("email", "ann@example.com", "email_verified", "true"), d.User.Attributes)
}

// TestClientOlderThanAnAttribute has a client that was saved before the pool
// got its custom attributes.
func TestClientOlderThanAnAttribute(t *testing.T) {
	p := newPool()
	c := newClient(p)
	c.Settings.SchemaSize = len(pool.StandardSchema())
	_, err := user.DecideUpdate(p, user.Writer{Client: c}, newAnn(p), attrs("custom:tier", "gold"), now)
	wantFault(t, err, notAuthorized, unauthorized)
	_, err = user.DecideUpdate(p, user.Writer{Client: c}, newAnn(p), attrs("name", "Ann"), now)
	wantFault(t, err, "", "")
}

// TestRequiredAttributeIsWritable writes a required attribute that is not in the
// client's list.
func TestRequiredAttributeIsWritable(t *testing.T) {
	p := newPool(required("name"))
	_, err := user.DecideUpdate(p, user.Writer{Client: newClient(p, "nickname")}, newAnn(p), attrs("name", "Ann"), now)
	wantFault(t, err, "", "")
}

// TestOneOfTwoSignInNamesMayGo removes the phone number of a user who also has
// an e-mail address to sign in with.
func TestOneOfTwoSignInNamesMayGo(t *testing.T) {
	p := newPool(named("email", "phone_number"))
	d, err := user.DecideUpdate(p, user.Writer{Client: newClient(p)}, newAnn(p, contacts...), attrs("phone_number", ""), now)
	if err != nil {
		t.Fatal(err)
	}
	wantSame(t, "released", []string{"phone=+15550100"}, names(d.Released))
}
