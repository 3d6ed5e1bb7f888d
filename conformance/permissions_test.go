package conformance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"
)

const unauthorizedWrite = "A client attempted to write unauthorized attribute"

// schema makes custom attributes from names; "role!" is for developers only,
// "plan." cannot be changed.
func schema(names ...string) []types.SchemaAttributeType {
	list := make([]types.SchemaAttributeType, len(names))
	for i, name := range names {
		last := name[len(name)-1]
		a := types.SchemaAttributeType{AttributeDataType: types.AttributeDataTypeString, Mutable: aws.Bool(last != '.'), DeveloperOnlyAttribute: aws.Bool(last == '!')}
		if last == '.' || last == '!' {
			name = name[:len(name)-1]
		}
		a.Name = aws.String(name)
		list[i] = a
	}
	return list
}

func withSchema(names ...string) func(*cip.CreateUserPoolInput) {
	return func(in *cip.CreateUserPoolInput) { in.Schema = schema(names...) }
}

// UpdateUserAttributes and DeleteUserAttributes, by what the client may write:
// WriteAttributes, or without a list every standard and custom attribute that
// there was when the client was saved.
func TestClientMayWriteOnlyItsAttributes(t *testing.T) {
	covers(t, "UpdateUserAttributes", "NotAuthorizedException")
	covers(t, "DeleteUserAttributes", "NotAuthorizedException")
	covers(t, "AddCustomAttributes")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, withSchema("team", "rank!"))
		f.user(t, "ann", "email=ann@example.com", "name=Ann", "custom:team=red", "dev:custom:rank=1")
		usual := f.signIn(t, "ann").AccessToken
		f.client = f.newClient(t, func(in *cip.CreateUserPoolClientInput) { in.WriteAttributes = []string{"name", "custom:team"} })
		listed := f.signIn(t, "ann").AccessToken
		f.client = f.newClient(t, func(in *cip.CreateUserPoolClientInput) { in.WriteAttributes = []string{"nickname"} })
		narrow := f.signIn(t, "ann").AccessToken
		_, err := f.AddCustomAttributes(t.Context(), &cip.AddCustomAttributesInput{UserPoolId: &f.pool, CustomAttributes: schema("later")})
		noError(t, err)
		f.client = f.newClient(t, nil)
		newer := f.signIn(t, "ann").AccessToken
		for _, c := range []struct {
			name  string
			token *string
			write string
			fine  bool
		}{
			{"without a list, standard", usual, "given_name=A", true},
			{"without a list, custom", usual, "custom:team=blue", true},
			{"without a list, an attribute of later", usual, "custom:later=x", false},
			{"saved later, an attribute of later", newer, "custom:later=x", true},
			{"listed, standard", listed, "name=Anna", true},
			{"listed, custom", listed, "custom:team=green", true},
			{"listed, another", listed, "nickname=x", false},
			{"listed, unknown", listed, "custom:unknown=x", false},
			{"narrow, its own", narrow, "nickname=y", true},
			{"narrow, another", narrow, "name=Eve", false},
			{"narrow, an e-mail address", narrow, "email=eve@example.com", false},
			{"for developers", usual, "dev:custom:rank=9", false},
			{"a verified flag", usual, "email_verified=true", false},
			{"a verified flag of the phone", usual, "phone_number_verified=true", false},
			{"a verified flag, removed", usual, "email_verified=", false},
			{"the sub", usual, "sub=1", false},
			{"identities", usual, "identities=[]", false},
		} {
			before := f.attributes(t, "ann")
			if _, err := e.update(t, c.token, c.write); c.fine {
				if err != nil {
					t.Errorf("%s: %v", c.name, err)
				}
				continue
			} else {
				wantFaultNamed(t, c.name, err, "NotAuthorizedException", unauthorizedWrite)
			}
			wantSame(t, c.name, f.attributes(t, "ann"), before)
			attribute := *attrs(c.write)[0].Name
			_, err := e.DeleteUserAttributes(t.Context(), &cip.DeleteUserAttributesInput{AccessToken: c.token, UserAttributeNames: []string{attribute}})
			wantFaultNamed(t, c.name+", deleted", err, "NotAuthorizedException", unauthorizedWrite)
		}
		_, err = e.DeleteUserAttributes(t.Context(), &cip.DeleteUserAttributesInput{AccessToken: listed, UserAttributeNames: []string{"custom:team"}})
		noError(t, err)
		if got, ok := f.attributes(t, "ann")["custom:team"]; ok {
			t.Errorf("custom:team = %q after it was deleted", got)
		}
	})
}

// UpdateUserAttributes of a required attribute, which is always writable.
func TestRequiredAttributeIsAlwaysWritable(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, func(in *cip.CreateUserPoolInput) {
			in.Schema = []types.SchemaAttributeType{{Name: aws.String("family_name"), AttributeDataType: types.AttributeDataTypeString, Required: aws.Bool(true), Mutable: aws.Bool(true)}}
		})
		f.user(t, "ann", "family_name=A")
		_, err := f.CreateUserPoolClient(t.Context(), &cip.CreateUserPoolClientInput{UserPoolId: &f.pool, ClientName: aws.String("x"), WriteAttributes: []string{"name"}})
		wantFault(t, err, "InvalidParameterException", "Invalid write attributes specified while creating a client")
		_, err = e.update(t, f.signIn(t, "ann").AccessToken, "family_name=B")
		noError(t, err)
	})
}

// GetUser shows what the token's client may read; AdminGetUser shows all.
func TestClientReadsOnlyItsAttributes(t *testing.T) {
	covers(t, "GetUser")
	covers(t, "AdminGetUser")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, withSchema("team", "rank!"))
		f.user(t, "ann", "email=ann@example.com", "name=Ann", "custom:team=red", "dev:custom:rank=1")
		all := f.attributes(t, "ann")
		wantSame(t, "AdminGetUser", all, map[string]string{
			"sub": all["sub"], "email": "ann@example.com", "email_verified": "false", "name": "Ann", "custom:team": "red", "dev:custom:rank": "1",
		})
		usual := f.own(t, f.signIn(t, "ann").AccessToken)
		delete(all, "dev:custom:rank")
		wantSame(t, "without a list", usual, all)
		f.client = f.newClient(t, func(in *cip.CreateUserPoolClientInput) { in.ReadAttributes = []string{"email", "name"} })
		wantSame(t, "with a list", f.own(t, f.signIn(t, "ann").AccessToken), map[string]string{"sub": all["sub"], "email": "ann@example.com", "name": "Ann"})
		_, err := f.AddCustomAttributes(t.Context(), &cip.AddCustomAttributesInput{UserPoolId: &f.pool, CustomAttributes: schema("later")})
		noError(t, err)
		noError(t, f.adminUpdate(t, "ann", "custom:later=x"))
		f.client = f.newClient(t, nil)
		if got := f.own(t, f.signIn(t, "ann").AccessToken)["custom:later"]; got != "x" {
			t.Errorf("a client saved after the attribute reads %q", got)
		}
	})
}

func wantSame(t *testing.T, name string, got, want map[string]string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}
