package conformance

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// spellings are pairs of names and whether they are one name where case does
// not count, and where it does.
var spellings = []struct {
	name, a, b          string
	insensitive, strict bool
}{
	{"case", "gary", "GARY", true, false},
	{"accent in both forms", "ren\u00e9", "rene\u0301", true, true},
	{"accent and case", "REN\u00c9", "rene\u0301", true, false},
	{"sharp s", "stra\u00dfe", "STRASSE", true, false},
	{"long s", "\u017fam", "sam", true, false},
	{"Kelvin sign", "\u212aate", "kate", true, false},
	{"Kelvin sign and K", "\u212aate", "Kate", true, true},
	{"dotted capital I", "\u0130van", "i\u0307van", true, false},
	{"dotless i", "\u0131van", "ivan", false, false},
	{"final sigma", "\u03bf\u03c2", "\u039f\u03a3", true, false},
	{"wide letters", "\uff41nn", "ann", false, false},
	{"Cyrillic look-alike", "\u0430nn", "ann", false, false},
	{"zero-width space", "ann", "ann\u200b", false, false},
}

// The same name in two spellings is one name or two, as UpdateUserAttributes
// takes it for an alias: the second user is refused exactly where it is one.
func TestSpellingsOfAName(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		for _, sensitive := range []bool{false, true} {
			f := newFixture(t, e, func(in *cip.CreateUserPoolInput) {
				aliases(false)(in)
				in.UsernameConfiguration = &types.UsernameConfigurationType{CaseSensitive: &sensitive}
			})
			f.user(t, "first")
			f.user(t, "second")
			first, second := f.signIn(t, "first").AccessToken, f.signIn(t, "second").AccessToken
			for _, c := range spellings {
				same := c.insensitive
				if sensitive {
					same = c.strict
				}
				f.updated(t, first, "preferred_username="+c.a)
				_, err := e.update(t, second, "preferred_username="+c.b)
				if same {
					wantFaultNamed(t, c.name, err, "AliasExistsException", preferredTaken)
					f.wantSignIn(t, []string{c.a, c.b})
				} else if err != nil {
					t.Errorf("%s, case sensitive %v: %v", c.name, sensitive, err)
				}
				if got := f.own(t, first)["preferred_username"]; got != c.a {
					t.Errorf("%s is stored as %q", c.a, got)
				}
				f.updated(t, first, "preferred_username=")
				f.updated(t, second, "preferred_username=")
			}
		}
	})
}

// Case in e-mail addresses: two users or one, by the pool's setting; mail goes
// to the stored value, not to what a request spelled.
func TestCaseOfAddresses(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		for _, sensitive := range []bool{false, true} {
			f := newFixture(t, e, func(in *cip.CreateUserPoolInput) {
				usernames(false, "email")(in)
				in.UsernameConfiguration = &types.UsernameConfigurationType{CaseSensitive: &sensitive}
			})
			gary := address("gary")
			shout := "GARY" + gary[4:]
			f.user(t, gary)
			f.user(t, "eve"+gary)
			_, err := e.update(t, f.signIn(t, "eve"+gary).AccessToken, "email="+shout)
			if sensitive {
				noError(t, err)
				f.wantSignIn(t, []string{gary, shout})
				continue
			}
			wantFault(t, err, "AliasExistsException", emailTaken)
			token := f.signIn(t, shout).AccessToken
			if got := f.own(t, token)["email"]; got != gary {
				t.Errorf("email = %q", got)
			}
			before := e.messages(t, "")
			f.updated(t, token, "email="+shout) // the same name, spelled anew
			if got := f.own(t, token); got["email"] != shout || got["email_verified"] != "false" {
				t.Errorf("after a change of case: %v", got)
			}
			if e.messages(t, "") != before+1 || e.messages(t, shout) != 1 {
				t.Error("the code did not go to the value as it is stored")
			}
		}
	})
}

// Names that cannot be stored are refused in every operation that takes one.
func TestNamesThatCannotBeStored(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, aliases(false))
		f.user(t, "ann")
		token := f.signIn(t, "ann").AccessToken
		_, err := e.update(t, token, "preferred_username=a\x00b")
		wantFault(t, err, "InvalidParameterException", "user.preferred_username: Value must not contain the character U+0000.\n")
		for name, text := range map[string]string{"a blank at the end": "ann ", "a NUL": "ann\x00", "nothing": ""} {
			_, err := f.AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: &f.pool, Username: aws.String(text)})
			var code string
			if f := faultOf(err); f != nil {
				code = f.ErrorCode()
			}
			if code != "InvalidParameterException" {
				t.Errorf("%s: %v", name, err)
			}
		}
		quoted, _ := json.Marshal(*token)
		status, _, answer := e.raw(t, "UpdateUserAttributes", `{"AccessToken":`+string(quoted)+`,"UserAttributes":[{"Name":"name","Value":"`+"\xff"+`"}]}`)
		if status != 400 || len(f.own(t, token)["name"]) != 0 {
			t.Errorf("text that is not UTF-8: %d %s", status, answer)
		}
	})
}
