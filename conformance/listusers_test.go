package conformance

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/google/go-cmp/cmp"
)

// list returns the names of the users that a filter finds, in the order of the
// answer.
func (f *fixture) list(t *testing.T, filter string) []string {
	t.Helper()
	out, err := f.ListUsers(t.Context(), &cip.ListUsersInput{UserPoolId: &f.pool, Filter: &filter})
	if err != nil {
		t.Fatalf("ListUsers %s: %v", filter, err)
	}
	return names(out)
}

func names(out *cip.ListUsersOutput) []string {
	list := []string{}
	for _, u := range out.Users {
		list = append(list, aws.ToString(u.Username))
	}
	return list
}

// ListUsers by every attribute that can be searched, whole and by its
// beginning, with and without regard to case.
func TestListUsersFilters(t *testing.T) {
	covers(t, "ListUsers")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, withSchema("team"))
		f.user(t, "Ann", "email=Ann@Example.com", "phone_number=+15550001", "name=Ann B", "given_name=Ann", "family_name=Bee", "preferred_username=annie", "custom:team=red", "nickname=n")
		f.user(t, "bob", "email=bob@example.com", "phone_number=+15550002", "name=Bob \"the\" \\ B", "given_name=Zoë", "family_name=Straße")
		_, err := f.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{UserPoolId: &f.pool, Username: aws.String("cy"), MessageAction: "SUPPRESS"})
		noError(t, err)
		noError(t, userCalls["AdminDisableUser"](t.Context(), f.Client, &f.pool, aws.String("bob")))
		sub := f.attributes(t, "Ann")["sub"]
		for _, c := range []struct {
			filter string
			want   string
		}{
			{``, "Ann bob cy"}, {`   `, "Ann bob cy"},
			{`username = "Ann"`, "Ann"}, {`username = "ann"`, ""}, {`username ^= "A"`, "Ann"}, {`username ^= "a"`, ""}, {`username="bob"`, "bob"},
			{`username = "Ann@Example.com"`, ""},
			{`sub = "` + sub + `"`, "Ann"}, {`sub ^= "` + sub[:8] + `"`, "Ann"}, {`sub = "x"`, ""},
			{`email = "ann@example.COM"`, "Ann"}, {`email ^= "ANN@"`, "Ann"}, {`email^="b"`, "bob"}, {`email = "ann"`, ""},
			{`phone_number = "+15550002"`, "bob"}, {`phone_number ^= "+1555"`, "Ann bob"},
			{`name = "ann b"`, "Ann"}, {`name ^= "ann "`, "Ann"}, {`name = "bob \"THE\" \\ b"`, "bob"},
			{`given_name = "ann"`, "Ann"}, {`given_name = "ZOË"`, "bob"}, {`given_name = "ZOE` + "\u0308" + `"`, "bob"},
			{`family_name ^= "be"`, "Ann"}, {`family_name = "STRASSE"`, "bob"},
			{`preferred_username = "ANNIE"`, "Ann"}, {`preferred_username ^= "an"`, "Ann"},
			{`cognito:user_status = "confirmed"`, "Ann bob"}, {`cognito:user_status = "FORCE_CHANGE_PASSWORD"`, "cy"}, {`cognito:user_status ^= "force"`, "cy"},
			{`status = "Enabled"`, "Ann cy"}, {`status = "Disabled"`, "bob"}, {`status = "enabled"`, ""}, {`status ^= "Dis"`, "bob"},
			{`email = "%"`, ""}, {`email ^= "%"`, ""}, {`email ^= "_"`, ""}, {`name = ""`, ""}, {`email ^= "' OR 1=1 --"`, ""},
		} {
			got := f.list(t, c.filter)
			if strings.Join(inOrder(got), " ") != c.want {
				t.Errorf("%s finds %v, want %s", c.filter, got, c.want)
			}
		}
		if got := f.list(t, `phone_number ^= "+"`); !cmp.Equal(got, []string{"Ann", "bob"}) {
			t.Errorf("a search by beginning is not in order: %v", got)
		}
	})
}

// ListUsers with filters and attributes that it does not take.
func TestListUsersRefusals(t *testing.T) {
	refuses(t, "ListUsers", "InvalidParameterException", "ResourceNotFoundException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, withSchema("team"))
		ask := func(change func(*cip.ListUsersInput)) error {
			in := &cip.ListUsersInput{UserPoolId: &f.pool}
			change(in)
			_, err := f.ListUsers(t.Context(), in)
			return err
		}
		for _, filter := range []string{
			`username = foo`, `username=`, `username`, `= "x"`, `username "x"`, `username == "x"`, `username != "x"`, `username = "x`,
			`username = 'x'`, `username = "x" and email = "y"`, `username = "x" email = "y"`, `username = "a\b"`, `username = "a\"`, `"username" = "x"`, `username ^ = "x"`,
		} {
			wantFaultNamed(t, filter, ask(func(in *cip.ListUsersInput) { in.Filter = &filter }), "InvalidParameterException", "Error while parsing filter.")
		}
		for _, name := range []string{"custom:team", "nickname", "Email", "address", "unknown"} {
			wantFaultNamed(t, name, ask(func(in *cip.ListUsersInput) { in.Filter = aws.String(name + ` = "x"`) }), "InvalidParameterException", "Invalid search attribute: "+name)
		}
		wantFault(t, ask(func(in *cip.ListUsersInput) { in.AttributesToGet = []string{"email", "custom:unknown"} }), "InvalidParameterException", "One or more requested attributes do not exist.")
		wantFault(t, ask(func(in *cip.ListUsersInput) { in.UserPoolId = aws.String("us-east-1_unknown00") }), "ResourceNotFoundException", "User pool us-east-1_unknown00 does not exist.")
		wantFault(t, ask(func(in *cip.ListUsersInput) { in.Limit = aws.Int32(61) }), "InvalidParameterException", "1 validation error detected: Value '61' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 60")
		long := `name = "` + strings.Repeat("x", 250) + `"`
		wantFault(t, ask(func(in *cip.ListUsersInput) { in.Filter = &long }), "InvalidParameterException", "1 validation error detected: Value '"+long+"' at 'filter' failed to satisfy constraint: Member must have length less than or equal to 256")
	})
}

// ListUsers shows a user as AdminGetUser does, with the attributes asked for.
func TestListUsersShowsUsers(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, withSchema("team", "rank!"))
		f.user(t, "ann", "email=ann@example.com", "custom:team=red", "dev:custom:rank=1", "nickname=n")
		all := f.attributes(t, "ann")
		for _, c := range []struct{ ask, want []string }{
			{nil, []string{"sub", "email", "email_verified", "custom:team", "dev:custom:rank", "nickname"}},
			{[]string{}, []string{"sub", "email", "email_verified", "custom:team", "dev:custom:rank", "nickname"}},
			{[]string{"email"}, []string{"email"}},
			{[]string{"nickname", "sub", "nickname"}, []string{"sub", "nickname"}},
			{[]string{"phone_number", "custom:team"}, []string{"custom:team"}},
		} {
			out := f.listed(t, &cip.ListUsersInput{AttributesToGet: c.ask})
			want := map[string]string{}
			for _, name := range c.want {
				want[name] = all[name]
			}
			u := out.Users[0]
			wantSame(t, strings.Join(c.ask, ","), asMap(u.Attributes), want)
			if aws.ToString(u.Username) != "ann" || !u.Enabled || u.UserStatus != "CONFIRMED" || u.UserCreateDate == nil || u.UserLastModifiedDate == nil {
				t.Errorf("the user: %+v", u)
			}
		}
		if first := aws.ToString(f.listed(t, &cip.ListUsersInput{}).Users[0].Attributes[0].Name); first != "sub" {
			t.Errorf("the first attribute is %s", first)
		}
	})
}

// listed asks for a page of the fixture's pool.
func (f *fixture) listed(t *testing.T, in *cip.ListUsersInput) *cip.ListUsersOutput {
	t.Helper()
	in.UserPoolId = &f.pool
	out, err := f.ListUsers(t.Context(), in)
	if err != nil {
		t.Fatalf("ListUsers: %v", err)
	}
	return out
}
