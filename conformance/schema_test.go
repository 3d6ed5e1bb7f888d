package conformance

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// typed is a pool with an attribute of each type, each limited.
func typed(in *cip.CreateUserPoolInput) {
	in.Schema = append(schema("plan.", "rank!", "free"),
		types.SchemaAttributeType{Name: aws.String("word"), AttributeDataType: types.AttributeDataTypeString, Mutable: aws.Bool(true),
			StringAttributeConstraints: &types.StringAttributeConstraintsType{MinLength: aws.String("2"), MaxLength: aws.String("4")}},
		types.SchemaAttributeType{Name: aws.String("size"), AttributeDataType: types.AttributeDataTypeNumber, Mutable: aws.Bool(true),
			NumberAttributeConstraints: &types.NumberAttributeConstraintsType{MinValue: aws.String("-3"), MaxValue: aws.String("12")}},
		types.SchemaAttributeType{Name: aws.String("flag"), AttributeDataType: types.AttributeDataTypeBoolean, Mutable: aws.Bool(true)},
		types.SchemaAttributeType{Name: aws.String("when"), AttributeDataType: types.AttributeDataTypeDatetime, Mutable: aws.Bool(true)},
		types.SchemaAttributeType{Name: aws.String("family_name"), AttributeDataType: types.AttributeDataTypeString, Required: aws.Bool(true), Mutable: aws.Bool(true)},
		types.SchemaAttributeType{Name: aws.String("gender"), AttributeDataType: types.AttributeDataTypeString, Mutable: aws.Bool(false)},
	)
}

// invalidWrites are changes that user and administrator are refused alike.
var invalidWrites = []struct{ name, write, message string }{
	{"unknown", "custom:unknown=x", "user.custom:unknown: Attribute does not exist in the schema.\n"},
	{"unknown without a prefix", "colour=x", "user.colour: Attribute does not exist in the schema.\n"},
	{"unknown, removed", "custom:unknown=", "user.custom:unknown: Attribute does not exist in the schema.\n"},
	{"two unknown", "custom:a=x custom:b=x", "user.custom:a: Attribute does not exist in the schema.\nuser.custom:b: Attribute does not exist in the schema.\n"},
	{"without its prefix", "word=abc", "user.word: Attribute does not exist in the schema.\n"},
	{"immutable", "custom:plan=pro", "user.custom:plan: Attribute cannot be updated.\n"},
	{"immutable, the same value", "custom:plan=basic", "user.custom:plan: Attribute cannot be updated.\n"},
	{"immutable, removed", "custom:plan=", "user.custom:plan: Attribute cannot be updated.\n"},
	{"immutable and never set", "gender=x", "user.gender: Attribute cannot be updated.\n"},
	{"too long", "custom:word=abcde", "user.custom:word: String must be no longer than 4 characters\n"},
	{"too short", "custom:word=a", "user.custom:word: String must be no shorter than 2 characters\n"},
	{"too small", "custom:size=-4", "user.custom:size: Value must be no less than -3\n"},
	{"too large", "custom:size=13", "user.custom:size: Value must be no greater than 12\n"},
	{"no number", "custom:size=1.5", "user.custom:size: Value must be an integer.\n"},
	{"no boolean", "custom:flag=yes", "user.custom:flag: Value must be true or false.\n"},
	{"no date and time", "custom:when=soon", "user.custom:when: Value must be an ISO 8601 date and time or a number of seconds since 1970.\n"},
	{"birthdate of another form", "birthdate=31/12/2000", "user.birthdate: Value must be a date of the form YYYY-MM-DD.\n"},
	{"birthdate that is none", "birthdate=2001-02-29", "user.birthdate: Value must be a date of the form YYYY-MM-DD.\n"},
	{"updated_at", "updated_at=-1", "user.updated_at: Value must be no less than 0\n"},
	{"required, removed", "family_name=", "Attributes did not conform to the schema: family_name: The attribute is required\n"},
	{"NUL", "nickname=a\x00b", "user.nickname: Value must not contain the character U+0000.\n"},
	{"e-mail without a domain", "email=ann", "Invalid email address format."},
	{"e-mail with a blank", "email=an n@example.com", "Invalid email address format."},
	{"e-mail with two addresses", "email=a@example.com,b@example.com", "Invalid email address format."},
	{"e-mail with a line break", "email=a@example.com\r\nBcc:b@example.com", "Invalid email address format."},
	{"phone without a plus sign", "phone_number=15551234567", "Invalid phone number format."},
	{"phone with dashes", "phone_number=+1-555-123", "Invalid phone number format."},
	{"phone with letters", "phone_number=+1555CALL", "Invalid phone number format."},
}

// split takes a case's changes apart; values with blanks stand alone.
func split(write string) []string {
	if strings.Count(write, "=") > 1 && !strings.Contains(write, "@") {
		return strings.Fields(write)
	}
	return []string{write}
}

// UpdateUserAttributes and AdminUpdateUserAttributes of what the schema does
// not take. A good change beside the bad one is not stored either.
func TestSchemaIsHeld(t *testing.T) {
	covers(t, "UpdateUserAttributes", "InvalidParameterException")
	covers(t, "AdminUpdateUserAttributes", "InvalidParameterException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, typed)
		f.user(t, "ann", "family_name=A", "custom:plan=basic", "email=ann@example.com")
		token := f.signIn(t, "ann").AccessToken
		before := f.attributes(t, "ann")
		for _, c := range invalidWrites {
			writes := append([]string{"nickname=stays out"}, split(c.write)...)
			if strings.HasPrefix(c.write, "nickname") {
				writes = writes[1:]
			}
			_, err := e.update(t, token, writes...)
			wantFaultNamed(t, c.name, err, "InvalidParameterException", c.message)
			wantFaultNamed(t, c.name+", by an administrator", f.adminUpdate(t, "ann", writes...), "InvalidParameterException", c.message)
		}
		wantFault(t, f.adminUpdate(t, "ann", "sub=x"), "InvalidParameterException", "user.sub: Attribute cannot be updated.\n")
		wantFault(t, f.adminUpdate(t, "ann", "email_verified=maybe"), "InvalidParameterException", "user.email_verified: Value must be true or false.\n")
		wantFault(t, f.adminUpdate(t, "ann", "phone_number_verified=true"), "InvalidParameterException", "Phone Number is required to verify/un-verify a phone number")
		wantSame(t, "after all", f.attributes(t, "ann"), before)
	})
}

// UpdateUserAttributes of values that the schema takes, to their limits.
func TestSchemaTakesWhatItAllows(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, typed)
		f.user(t, "ann", "family_name=A")
		token := f.signIn(t, "ann").AccessToken
		long := strings.Repeat("é", 2048)
		for _, c := range []struct{ name, value, want string }{
			{"custom:word", "ab", "ab"}, {"custom:word", "äöüß", "äöüß"}, {"custom:size", "-3", "-3"}, {"custom:size", "12", "12"},
			{"custom:flag", "TRUE", "true"}, {"custom:flag", "False", "false"}, {"custom:when", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"},
			{"custom:when", "1767323045", "1767323045"}, {"birthdate", "2000-02-29", "2000-02-29"}, {"updated_at", "0", "0"}, {"custom:free", long, long},
			{"nickname", " two  blanks ", " two  blanks "}, {"nickname", "😀", "😀"}, {"address", "line\nline", "line\nline"}, {"family_name", "B", "B"},
			{"email", "ann+tag@sub.example.co.uk", "ann+tag@sub.example.co.uk"}, {"phone_number", "+14325551212", "+14325551212"},
		} {
			if _, err := e.update(t, token, c.name+"="+c.value); err != nil {
				t.Errorf("%s = %.20q: %v", c.name, c.value, err)
			}
			if got := f.attributes(t, "ann")[c.name]; got != c.want {
				t.Errorf("%s = %.20q, want %.20q", c.name, got, c.want)
			}
		}
		noError(t, f.adminUpdate(t, "ann", "dev:custom:rank=9"))
		_, err := e.update(t, token, "nickname=first", "name=N", "nickname=last")
		noError(t, err)
		if got := f.attributes(t, "ann"); got["nickname"] != "last" || got["dev:custom:rank"] != "9" {
			t.Errorf("after a name that stands twice: %v", got)
		}
	})
}

// UpdateUserAttributes with requests that the model does not allow.
func TestModelConstraintsOfUpdateUserAttributes(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		f.user(t, "ann")
		token := *f.signIn(t, "ann").AccessToken
		for _, c := range []struct{ name, attributes, message string }{
			{"no list", `null`, "1 validation error detected: Value null at 'userAttributes' failed to satisfy constraint: Member must not be null"},
			{"no name", `[{"Value":"x"}]`, "1 validation error detected: Value null at 'userAttributes.1.member.name' failed to satisfy constraint: Member must not be null"},
			{"long name", `[{"Name":"` + strings.Repeat("n", 33) + `","Value":"x"}]`, "1 validation error detected: Value '" + strings.Repeat("n", 33) + "' at 'userAttributes.1.member.name' failed to satisfy constraint: Member must have length less than or equal to 32"},
			{"long value", `[{"Name":"name","Value":"` + strings.Repeat("v", 2049) + `"}]`, "1 validation error detected: Value at 'userAttributes.1.member.value' failed to satisfy constraint: Member must have length less than or equal to 2048"},
			{"long value, second", `[{"Name":"name","Value":"x"},{"Name":"nickname","Value":"` + strings.Repeat("v", 2049) + `"}]`, "1 validation error detected: Value at 'userAttributes.2.member.value' failed to satisfy constraint: Member must have length less than or equal to 2048"},
		} {
			code, message := e.rawFault(t, "UpdateUserAttributes", fmt.Sprintf(`{"AccessToken":%q,"UserAttributes":%s}`, token, c.attributes))
			if code != "InvalidParameterException" || message != c.message {
				t.Errorf("%s: %s: %s", c.name, code, message)
			}
		}
		status, _, answer := e.raw(t, "UpdateUserAttributes", fmt.Sprintf(`{"AccessToken":%q,"UserAttributes":[]}`, token))
		if status != http.StatusOK || strings.TrimSpace(string(answer)) != `{"CodeDeliveryDetailsList":[]}` {
			t.Errorf("an empty list: %d %s", status, answer)
		}
	})
}

// A blank value and an absent one delete an attribute (C3), as
// DeleteUserAttributes and AdminDeleteUserAttributes do; one that is not set is
// no error.
func TestAttributesAreDeleted(t *testing.T) {
	covers(t, "DeleteUserAttributes", "InvalidParameterException")
	covers(t, "AdminDeleteUserAttributes", "InvalidParameterException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, typed)
		f.user(t, "ann", "family_name=A", "custom:plan=basic", "email=ann@example.com", "email_verified=true", "phone_number=+15551230000", "custom:word=abc", "nickname=N", "name=Ann", "dev:custom:rank=1")
		token := f.signIn(t, "ann").AccessToken
		_, err := e.update(t, token, "custom:word=", "email=")
		noError(t, err)
		status, _, answer := e.raw(t, "UpdateUserAttributes", fmt.Sprintf(`{"AccessToken":%q,"UserAttributes":[{"Name":"nickname"},{"Name":"middle_name"}]}`, *token))
		if status != http.StatusOK {
			t.Fatalf("an absent value: %d %s", status, answer)
		}
		want := map[string]string{"family_name": "A", "custom:plan": "basic", "phone_number": "+15551230000", "phone_number_verified": "false", "name": "Ann", "dev:custom:rank": "1"}
		want["sub"] = f.attributes(t, "ann")["sub"]
		wantSame(t, "blank", f.attributes(t, "ann"), want)

		body := fmt.Sprintf(`{"AccessToken":%q,"UserAttributeNames":["phone_number","zoneinfo"]}`, *token)
		if status, _, answer := e.raw(t, "DeleteUserAttributes", body); status != http.StatusOK || strings.TrimSpace(string(answer)) != "{}" {
			t.Errorf("DeleteUserAttributes: %d %s", status, answer)
		}
		delete(want, "phone_number")
		delete(want, "phone_number_verified")
		wantSame(t, "DeleteUserAttributes", f.attributes(t, "ann"), want)
		remove := func(names ...string) error {
			_, err := f.AdminDeleteUserAttributes(t.Context(), &cip.AdminDeleteUserAttributesInput{UserPoolId: &f.pool, Username: aws.String("ann"), UserAttributeNames: names})
			return err
		}
		noError(t, remove("dev:custom:rank", "name", "name"))
		delete(want, "dev:custom:rank")
		delete(want, "name")
		for _, c := range []struct{ name, message string }{
			{"custom:x", "user.custom:x: Attribute does not exist in the schema.\n"},
			{"sub", "user.sub: Attribute cannot be updated.\n"},
			{"custom:plan", "user.custom:plan: Attribute cannot be updated.\n"},
			{"family_name", "Attributes did not conform to the schema: family_name: The attribute is required\n"},
		} {
			wantFaultNamed(t, c.name, remove("nickname", c.name), "InvalidParameterException", c.message)
			if c.name != "sub" {
				_, err := e.DeleteUserAttributes(t.Context(), &cip.DeleteUserAttributesInput{AccessToken: token, UserAttributeNames: []string{c.name}})
				wantFaultNamed(t, c.name, err, "InvalidParameterException", c.message)
			}
		}
		wantSame(t, "AdminDeleteUserAttributes", f.attributes(t, "ann"), want)
	})
}
