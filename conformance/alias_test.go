package conformance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

const (
	emailTaken     = "An account with the given email already exists."
	phoneTaken     = "An account with the given phone_number already exists."
	preferredTaken = "An account with the given preferred_username already exists."
)

// aliases makes a pool whose users may sign in with all three kinds of alias.
func aliases(pending bool) func(*cip.CreateUserPoolInput) {
	return func(in *cip.CreateUserPoolInput) {
		verifies("both", pending)(in)
		in.AliasAttributes = []types.AliasAttributeType{"email", "phone_number", "preferred_username"}
	}
}

// usernames makes a pool whose users are named by an e-mail address or a phone
// number.
func usernames(pending bool, attributes ...types.UsernameAttributeType) func(*cip.CreateUserPoolInput) {
	return func(in *cip.CreateUserPoolInput) {
		verifies("both", pending)(in)
		in.UsernameAttributes = attributes
	}
}

// wantSignIn checks under which names a user can and cannot sign in.
func (f *fixture) wantSignIn(t *testing.T, can []string, cannot ...string) {
	t.Helper()
	for _, name := range can {
		f.signIn(t, name)
	}
	for _, name := range cannot {
		_, err := f.trySignIn(t, name, password)
		wantFaultNamed(t, "signing in as "+name, err, "UserNotFoundException", "User does not exist.")
	}
}

// An alias is active while its value is verified, and goes with the value.
func TestAliasFollowsItsValue(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		for _, c := range contacts() {
			f := newFixture(t, e, aliases(false))
			f.user(t, "ann", c.attribute+"="+c.old, c.flag+"=true")
			token := f.signIn(t, c.old).AccessToken
			f.updated(t, token, c.attribute+"="+c.new)
			f.wantSignIn(t, []string{"ann"}, c.old, c.new) // the new one is not verified yet
			noError(t, e.verify(t, token, c.attribute, e.code(t, c.new)))
			f.wantSignIn(t, []string{"ann", c.new}, c.old)
			f.updated(t, token, c.attribute+"=")
			f.wantSignIn(t, []string{"ann"}, c.old, c.new)

			f = newFixture(t, e, aliases(true))
			c.new = address("pending")
			if c.attribute != "email" {
				c.new = number()
			}
			f.user(t, "ann", c.attribute+"="+c.old, c.flag+"=true")
			token = f.signIn(t, c.old).AccessToken
			f.updated(t, token, c.attribute+"="+c.new)
			f.wantSignIn(t, []string{"ann", c.old}, c.new)
			noError(t, e.verify(t, token, c.attribute, e.code(t, c.new)))
			f.wantSignIn(t, []string{"ann", c.new}, c.old)
		}
	})
}

// An alias that another user has: the update is fine, the proof is refused, an
// administrator's word is refused; nobody loses what they have. When it is
// free again the same code proves it.
func TestAliasOfAnotherUser(t *testing.T) {
	refuses(t, "VerifyUserAttribute", "AliasExistsException")
	refuses(t, "AdminUpdateUserAttributes", "AliasExistsException")
	onEachEngine(t, func(t *testing.T, e *env) {
		for _, pending := range []bool{false, true} {
			for _, c := range contacts() {
				text := emailTaken
				if c.attribute != "email" {
					text = phoneTaken
				}
				f := newFixture(t, e, aliases(pending))
				f.user(t, "bob", c.attribute+"="+c.new, c.flag+"=true")
				f.user(t, "ann", c.attribute+"="+c.old, c.flag+"=true")
				token := f.signIn(t, "ann").AccessToken
				wantFault(t, f.adminUpdate(t, "ann", c.attribute+"="+c.new, c.flag+"=true", "name=x"), "AliasExistsException", text)
				f.wantContact(t, token, c, c.old, "true")
				f.updated(t, token, c.attribute+"="+c.new)
				before := f.attributes(t, "ann")
				code := e.code(t, c.new)
				wantFault(t, e.verify(t, token, c.attribute, code), "AliasExistsException", text)
				wantSame(t, "after the refusal", f.attributes(t, "ann"), before)
				if got := f.attributes(t, "bob"); got[c.attribute] != c.new || got[c.flag] != "true" {
					t.Errorf("the holder has %v", got)
				}
				if got := parseJWT(t, *f.signIn(t, c.new).IdToken).claims["cognito:username"]; got != "bob" {
					t.Errorf("the name signs %v in", got)
				}
				noError(t, userCalls["AdminDeleteUser"](t.Context(), e.Client, &f.pool, aws.String("bob")))
				noError(t, e.verify(t, token, c.attribute, code))
				f.wantContact(t, token, c, c.new, "true")
				f.wantSignIn(t, []string{c.new})
			}
		}
	})
}

// preferred_username as an alias: active at once, unique together with user
// names and subs, and not to be mistaken for an address.
func TestPreferredUsername(t *testing.T) {
	refuses(t, "UpdateUserAttributes", "AliasExistsException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, aliases(false))
		f.user(t, "bob", "preferred_username=bobby")
		f.user(t, "ann")
		token := f.signIn(t, "ann").AccessToken
		bob := f.attributes(t, "bob")["sub"]
		for _, taken := range []string{"bobby", "bob", bob} {
			_, err := e.update(t, token, "preferred_username="+taken, "name=x")
			wantFaultNamed(t, taken, err, "AliasExistsException", preferredTaken)
			wantFaultNamed(t, taken, f.adminUpdate(t, "ann", "preferred_username="+taken), "AliasExistsException", preferredTaken)
		}
		_, err := e.update(t, token, "preferred_username=ann@example.com")
		wantFault(t, err, "InvalidParameterException", "Username cannot be of email format, since user pool is configured for email alias.")
		_, err = e.update(t, token, "preferred_username=+15550001")
		wantFault(t, err, "InvalidParameterException", "Username cannot be of phone number format, since user pool is configured for phone number alias.")
		f.updated(t, token, "preferred_username=annie")
		f.wantSignIn(t, []string{"ann", "annie"})
		f.updated(t, token, "preferred_username=anna")
		f.wantSignIn(t, []string{"ann", "anna"}, "annie")
		f.updated(t, f.signIn(t, "bob").AccessToken, "preferred_username=annie")
		f.updated(t, token, "preferred_username=")
		f.wantSignIn(t, []string{"ann", "annie"}, "anna")
		f.updated(t, token, "preferred_username=ann") // the own name
		f.wantSignIn(t, []string{"ann"})

		plain := newFixture(t, e, nil) // where it is no alias
		plain.user(t, "bob", "preferred_username=same")
		plain.user(t, "ann", "preferred_username=same")
		plain.wantSignIn(t, []string{"ann"}, "same")
	})
}

// In pools whose users are named by an attribute, the new value is the
// sign-in name at once, and another user's is refused at once.
func TestUsernameAttribute(t *testing.T) {
	refuses(t, "UpdateUserAttributes", "AliasExistsException")
	refuses(t, "AdminUpdateUserAttributes", "AliasExistsException")
	onEachEngine(t, func(t *testing.T, e *env) {
		for _, pending := range []bool{false, true} {
			for _, c := range contacts() {
				text := emailTaken
				if c.attribute != "email" {
					text = phoneTaken
				}
				f := newFixture(t, e, usernames(pending, types.UsernameAttributeType(c.attribute)))
				taken := address("taken")
				if c.attribute != "email" {
					taken = number()
				}
				f.user(t, taken)
				f.user(t, c.old, c.flag+"=true")
				token := f.signIn(t, c.old).AccessToken
				_, err := e.update(t, token, c.attribute+"="+taken, "name=x")
				wantFault(t, err, "AliasExistsException", text)
				wantFault(t, f.adminUpdate(t, c.old, c.attribute+"="+taken, c.flag+"=true"), "AliasExistsException", text)
				if got := f.own(t, token); got[c.attribute] != c.old || got["name"] != "" {
					t.Errorf("after the refusals: %v", got)
				}
				f.updated(t, token, c.attribute+"="+c.new)
				if pending {
					f.wantSignIn(t, []string{c.old}, c.new)
				} else {
					f.wantSignIn(t, []string{c.new}, c.old)
				}
				noError(t, e.verify(t, token, c.attribute, e.code(t, c.new)))
				f.wantSignIn(t, []string{c.new}, c.old)
				_, err = e.update(t, token, c.attribute+"=")
				wantFault(t, err, "InvalidParameterException", "user."+c.attribute+": Attribute cannot be removed, since the user signs in with it.\n")
			}
		}
	})
}

// A pending sign-in name that another user takes before it is proved.
func TestPendingUsernameTakenMeanwhile(t *testing.T) {
	refuses(t, "VerifyUserAttribute", "AliasExistsException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, usernames(true, "email"))
		old, wanted := address("old"), address("wanted")
		f.user(t, old, "email_verified=true")
		token := f.signIn(t, old).AccessToken
		f.updated(t, token, "email="+wanted)
		code := e.code(t, wanted)
		f.user(t, wanted)
		wantFault(t, e.verify(t, token, "email", code), "AliasExistsException", emailTaken)
		if got := f.own(t, token); got["email"] != old || got["email_verified"] != "true" {
			t.Errorf("after the refusal: %v", got)
		}
		f.wantSignIn(t, []string{old, wanted})
	})
}
