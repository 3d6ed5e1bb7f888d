package conformance

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"
)

// group makes a group; precedence below 0 is none, role "" is none.
func (f *fixture) group(t *testing.T, name string, precedence int32, role string) {
	t.Helper()
	in := &cip.CreateGroupInput{UserPoolId: &f.pool, GroupName: &name}
	if precedence >= 0 {
		in.Precedence = &precedence
	}
	if role != "" {
		in.RoleArn = &role
	}
	did(f.CreateGroup(t.Context(), in))(t)
}

func (f *fixture) join(t *testing.T, name, group string) error {
	t.Helper()
	_, err := f.AdminAddUserToGroup(t.Context(), &cip.AdminAddUserToGroupInput{UserPoolId: &f.pool, Username: &name, GroupName: &group})
	return err
}

func (f *fixture) leave(t *testing.T, name, group string) error {
	t.Helper()
	_, err := f.AdminRemoveUserFromGroup(t.Context(), &cip.AdminRemoveUserFromGroupInput{UserPoolId: &f.pool, Username: &name, GroupName: &group})
	return err
}

// groupsOf returns the names of the groups that a user is in, over pages of two.
func (f *fixture) groupsOf(t *testing.T, name string) (names []string) {
	t.Helper()
	in := &cip.AdminListGroupsForUserInput{UserPoolId: &f.pool, Username: &name, Limit: aws.Int32(2)}
	for {
		out := did(f.AdminListGroupsForUser(t.Context(), in))(t)
		for _, g := range out.Groups {
			names = append(names, *g.GroupName)
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			return names
		}
	}
}

// members returns the names of the users in a group, over pages of two.
func (f *fixture) members(t *testing.T, group string) (names []string) {
	t.Helper()
	in := &cip.ListUsersInGroupInput{UserPoolId: &f.pool, GroupName: &group, Limit: aws.Int32(2)}
	for {
		out := did(f.ListUsersInGroup(t.Context(), in))(t)
		for _, u := range out.Users {
			names = append(names, *u.Username)
		}
		if in.NextToken = out.NextToken; in.NextToken == nil {
			return names
		}
	}
}

const (
	noGroup  = "ResourceNotFoundException: Group not found."
	noPool   = "ResourceNotFoundException: User pool us-east-1_nothing does not exist."
	roleOne  = "arn:aws:iam::000000000000:role/one"
	roleTwo  = "arn:aws:iam::000000000000:role/two"
	badToken = "Invalid pagination token given."
)

// A group from its making to its end, and what is refused.
func TestGroups(t *testing.T) {
	covers(t, "CreateGroup", "GroupExistsException", "ResourceNotFoundException", "InvalidParameterException")
	for _, operation := range []string{"GetGroup", "UpdateGroup", "DeleteGroup", "ListGroups"} {
		covers(t, operation, "ResourceNotFoundException", "InvalidParameterException")
	}
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		id := `"UserPoolId":"` + f.pool + `"`
		made := e.wantCall(t, "CreateGroup", `{`+id+`,"GroupName":"Ädmins","Description":"who may","RoleArn":"`+roleOne+`","Precedence":0}`, "")["Group"].(map[string]any)
		for _, date := range []string{"CreationDate", "LastModifiedDate"} {
			if _, ok := made[date].(float64); !ok {
				t.Errorf("%s %v", date, made[date])
			}
			delete(made, date)
		}
		want := map[string]any{"GroupName": "Ädmins", "UserPoolId": f.pool, "Description": "who may", "RoleArn": roleOne, "Precedence": 0.0}
		if diff := cmp.Diff(want, made); diff != "" {
			t.Errorf("the group (-want +got):\n%s", diff)
		}
		f.group(t, "plain", -1, "")
		plain := e.wantCall(t, "GetGroup", `{`+id+`,"GroupName":"plain"}`, "")["Group"].(map[string]any)
		if len(plain) != 4 {
			t.Errorf("members that are not set are shown: %v", plain)
		}
		f.group(t, "PLAIN", -1, "")
		changed := e.wantCall(t, "UpdateGroup", `{`+id+`,"GroupName":"Ädmins","Precedence":7}`, "")["Group"].(map[string]any)
		if changed["Precedence"] != 7.0 || changed["Description"] != "who may" || changed["RoleArn"] != roleOne {
			t.Errorf("after the update %v", changed)
		}
		for i := range 3 {
			f.group(t, fmt.Sprintf("more-%d", i), 1, "")
		}
		var names []string
		in := &cip.ListGroupsInput{UserPoolId: &f.pool, Limit: aws.Int32(4)}
		for {
			out := did(f.ListGroups(t.Context(), in))(t)
			for _, g := range out.Groups {
				names = append(names, *g.GroupName)
			}
			if in.NextToken = out.NextToken; in.NextToken == nil {
				break
			}
		}
		if diff := cmp.Diff([]string{"PLAIN", "more-0", "more-1", "more-2", "plain", "Ädmins"}, names); diff != "" {
			t.Errorf("groups (-want +got):\n%s", diff)
		}
		e.wantCall(t, "CreateGroup", `{`+id+`,"GroupName":"plain"}`, "GroupExistsException: A group with the name already exists.")
		e.wantCall(t, "CreateGroup", `{`+id+`,"GroupName":"two words"}`, invalid+`1 validation error detected: Value 'two words' at 'groupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+`)
		e.wantCall(t, "ListGroups", `{`+id+`,"NextToken":"x"}`, invalid+badToken)
		for _, operation := range []string{"GetGroup", "UpdateGroup", "DeleteGroup"} {
			e.wantCall(t, operation, `{`+id+`,"GroupName":"nothing"}`, noGroup)
			e.wantCall(t, operation, `{`+id+`}`, invalid+"1 validation error detected: Value null at 'groupName' failed to satisfy constraint: Member must not be null")
		}
		for _, operation := range []string{"CreateGroup", "GetGroup", "UpdateGroup", "DeleteGroup", "ListGroups"} {
			e.wantCall(t, operation, `{"UserPoolId":"us-east-1_nothing","GroupName":"plain"}`, noPool)
		}
		did(f.DeleteGroup(t.Context(), &cip.DeleteGroupInput{UserPoolId: &f.pool, GroupName: aws.String("plain")}))(t)
		e.wantCall(t, "GetGroup", `{`+id+`,"GroupName":"plain"}`, noGroup)
	})
}

// Users join and leave groups, and leave with a group or with their account; a group
// that is made again is empty.
func TestMemberships(t *testing.T) {
	for _, operation := range []string{"AdminAddUserToGroup", "AdminRemoveUserFromGroup", "AdminListGroupsForUser"} {
		covers(t, operation, "ResourceNotFoundException", "UserNotFoundException", "InvalidParameterException")
	}
	covers(t, "ListUsersInGroup", "ResourceNotFoundException", "InvalidParameterException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		for _, name := range []string{"ann", "bob", "cyd"} {
			f.user(t, name)
		}
		for _, name := range []string{"a", "b", "c"} {
			f.group(t, name, -1, "")
			for range 2 { // the second time it is so already
				noError(t, f.join(t, "ann", name))
			}
		}
		noError(t, f.join(t, f.attributes(t, "bob")["sub"], "a"))
		noError(t, f.join(t, "cyd", "a"))
		if diff := cmp.Diff([]string{"a", "b", "c"}, f.groupsOf(t, "ann")); diff != "" {
			t.Error(diff)
		}
		if got := f.members(t, "a"); len(got) != 3 {
			t.Errorf("members %v", got)
		}
		for range 2 {
			noError(t, f.leave(t, "ann", "b"))
		}
		did(f.DeleteGroup(t.Context(), &cip.DeleteGroupInput{UserPoolId: &f.pool, GroupName: aws.String("c")}))(t)
		f.group(t, "c", -1, "")
		if diff := cmp.Diff([]string{"a"}, f.groupsOf(t, "ann")); diff != "" {
			t.Error(diff)
		}
		if got := f.members(t, "c"); got != nil {
			t.Errorf("the new group has %v", got)
		}
		noError(t, f.join(t, "ann", "c"))
		did(f.AdminDeleteUser(t.Context(), &cip.AdminDeleteUserInput{UserPoolId: &f.pool, Username: aws.String("cyd")}))(t)
		f.user(t, "cyd")
		if got := f.groupsOf(t, "cyd"); got != nil || len(f.members(t, "a")) != 2 {
			t.Errorf("a new user is in %v, and the group has %v", got, f.members(t, "a"))
		}
		for _, operation := range []string{"AdminAddUserToGroup", "AdminRemoveUserFromGroup"} {
			e.wantCall(t, operation, `{"UserPoolId":"`+f.pool+`","Username":"ann","GroupName":"nothing"}`, noGroup)
			e.wantCall(t, operation, `{"UserPoolId":"`+f.pool+`","Username":"nobody","GroupName":"a"}`, "UserNotFoundException: User does not exist.")
			e.wantCall(t, operation, `{"UserPoolId":"us-east-1_nothing","Username":"ann","GroupName":"a"}`, noPool)
			e.wantCall(t, operation, `{"UserPoolId":"`+f.pool+`","Username":"ann"}`, invalid+"1 validation error detected: Value null at 'groupName' failed to satisfy constraint: Member must not be null")
		}
		e.wantCall(t, "AdminListGroupsForUser", `{"UserPoolId":"`+f.pool+`","Username":"nobody"}`, "UserNotFoundException: User does not exist.")
		e.wantCall(t, "AdminListGroupsForUser", `{"UserPoolId":"us-east-1_nothing","Username":"ann"}`, noPool)
		e.wantCall(t, "AdminListGroupsForUser", `{"UserPoolId":"`+f.pool+`","Username":"ann","NextToken":"x"}`, invalid+badToken)
		e.wantCall(t, "ListUsersInGroup", `{"UserPoolId":"`+f.pool+`","GroupName":"nothing"}`, noGroup)
		e.wantCall(t, "ListUsersInGroup", `{"UserPoolId":"`+f.pool+`","GroupName":"a","Limit":61}`, invalid+"1 validation error detected: Value '61' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 60")
		// A page goes on only with the question that it answered.
		f.group(t, "d", -1, "")
		noError(t, f.join(t, "ann", "d"))
		next := did(f.AdminListGroupsForUser(t.Context(), &cip.AdminListGroupsForUserInput{UserPoolId: &f.pool, Username: aws.String("ann"), Limit: aws.Int32(1)}))(t).NextToken
		_, err := f.AdminListGroupsForUser(t.Context(), &cip.AdminListGroupsForUserInput{UserPoolId: &f.pool, Username: aws.String("bob"), NextToken: next})
		wantFault(t, err, "InvalidParameterException", badToken)
	})
}

// The groups of a user are in the tokens of each sign-in and refresh from then on, by
// precedence, with their roles in the ID token.
func TestGroupsInTokens(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		f.user(t, "ann")
		f.group(t, "none", -1, "")
		f.group(t, "late", 5, roleTwo)
		f.group(t, "first", 0, roleOne)
		f.group(t, "tied", 0, roleTwo)
		tokens := f.signIn(t, "ann")
		claims := func(r *types.AuthenticationResultType) (id, access map[string]any) {
			return parseJWT(t, *r.IdToken).claims, parseJWT(t, *r.AccessToken).claims
		}
		check := func(what string, groups, roles []any, preferred any) {
			t.Helper()
			id, access := claims(f.refresh(t, *tokens.RefreshToken))
			for _, c := range []struct {
				name string
				got  any
				want any
			}{
				{"groups of the ID token", id["cognito:groups"], groups}, {"groups of the access token", access["cognito:groups"], groups},
				{"roles", id["cognito:roles"], roles}, {"preferred role", id["cognito:preferred_role"], preferred},
				{"roles of the access token", access["cognito:roles"], []any(nil)},
			} {
				if list, ok := c.want.([]any); ok && list == nil {
					c.want = nil
				}
				if diff := cmp.Diff(c.want, c.got); diff != "" {
					t.Errorf("%s, %s (-want +got):\n%s", what, c.name, diff)
				}
			}
		}
		check("no groups", nil, nil, nil)
		noError(t, f.join(t, "ann", "none"))
		check("a group without a role", []any{"none"}, nil, nil)
		noError(t, f.join(t, "ann", "late"))
		check("the only role", []any{"late", "none"}, []any{roleTwo}, roleTwo)
		noError(t, f.join(t, "ann", "first"))
		check("the first", []any{"first", "late", "none"}, []any{roleOne, roleTwo}, roleOne)
		noError(t, f.join(t, "ann", "tied"))
		check("two firsts", []any{"first", "tied", "late", "none"}, []any{roleOne, roleTwo}, nil)
		if id, access := claims(f.signIn(t, "ann")); id["cognito:groups"] == nil || access["cognito:groups"] == nil {
			t.Error("a sign-in has no groups")
		}
		did(f.DeleteGroup(t.Context(), &cip.DeleteGroupInput{UserPoolId: &f.pool, GroupName: aws.String("first")}))(t)
		check("a deleted group", []any{"tied", "late", "none"}, []any{roleTwo}, roleTwo)
		f.own(t, f.refresh(t, *tokens.RefreshToken).AccessToken)
	})
}
