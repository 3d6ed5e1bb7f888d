package conformance

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"
)

// DeleteUserPool takes everything along; deletion protection stops it.
func TestDeleteUserPool(t *testing.T) {
	covers(t, "DeleteUserPool", "InvalidParameterException", "ResourceNotFoundException")
	covers(t, "DescribeUserPool", "ResourceNotFoundException", "InvalidParameterException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, func(in *cip.CreateUserPoolInput) { in.DeletionProtection = types.DeletionProtectionTypeActive })
		f.user(t, "ann")
		tokens := f.signIn(t, "ann")
		id := `{"UserPoolId":"` + f.pool + `"}`
		e.wantCall(t, "DeleteUserPool", id, invalid+"The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.")
		e.wantCall(t, "UpdateUserPool", `{"UserPoolId":"`+f.pool+`","DeletionProtection":"INACTIVE"}`, "")
		if answer := e.wantCall(t, "DeleteUserPool", id, ""); answer != nil {
			t.Errorf("DeleteUserPool answers %v, want no body", answer)
		}
		gone := "ResourceNotFoundException: User pool " + f.pool + " does not exist."
		for _, op := range []string{"DescribeUserPool", "DeleteUserPool", "UpdateUserPool", "ListUserPoolClients"} {
			e.wantCall(t, op, id, gone)
		}
		e.wantCall(t, "AdminGetUser", `{"UserPoolId":"`+f.pool+`","Username":"ann"}`, gone)
		e.wantCall(t, "CreateUserPoolClient", `{"UserPoolId":"`+f.pool+`","ClientName":"app"}`, gone)
		e.wantCall(t, "DescribeUserPool", `{"UserPoolId":"nonsense"}`, invalid+`1 validation error detected: Value 'nonsense' at 'userPoolId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+`)
		_, err := f.trySignIn(t, "ann", password)
		wantFault(t, err, "ResourceNotFoundException", "User pool client "+f.client+" does not exist.")
		if _, err := e.GetUser(t.Context(), &cip.GetUserInput{AccessToken: tokens.AccessToken}); err == nil {
			t.Error("a token of a deleted pool is good")
		}
		if status, _, _ := e.get(t, "/"+f.pool+"/.well-known/jwks.json"); status == 200 {
			t.Error("the keys of a deleted pool are served")
		}
	})
}

// The pools of one region do not exist under the signature of another.
func TestPoolsOfAnotherRegionAreInvisible(t *testing.T) {
	covers(t, "ListUserPools")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		f.user(t, "ann")
		abroad := newClient(e.url, func(o *cip.Options) { o.Region = "eu-west-1" })
		const code = "ResourceNotFoundException"
		message := "User pool " + f.pool + " does not exist."
		_, err := abroad.DescribeUserPool(t.Context(), &cip.DescribeUserPoolInput{UserPoolId: &f.pool})
		wantFaultNamed(t, "DescribeUserPool", err, code, message)
		_, err = abroad.UpdateUserPool(t.Context(), &cip.UpdateUserPoolInput{UserPoolId: &f.pool})
		wantFaultNamed(t, "UpdateUserPool", err, code, message)
		_, err = abroad.DeleteUserPool(t.Context(), &cip.DeleteUserPoolInput{UserPoolId: &f.pool})
		wantFaultNamed(t, "DeleteUserPool", err, code, message)
		_, err = abroad.DescribeUserPoolClient(t.Context(), &cip.DescribeUserPoolClientInput{UserPoolId: &f.pool, ClientId: &f.client})
		wantFaultNamed(t, "DescribeUserPoolClient", err, code, message)
		_, err = abroad.ListUsers(t.Context(), &cip.ListUsersInput{UserPoolId: &f.pool})
		wantFaultNamed(t, "ListUsers", err, code, message)
		_, err = abroad.AdminInitiateAuth(t.Context(), &cip.AdminInitiateAuthInput{UserPoolId: &f.pool, ClientId: &f.client, AuthFlow: "ADMIN_USER_PASSWORD_AUTH", AuthParameters: map[string]string{"USERNAME": "ann", "PASSWORD": password}})
		wantFaultNamed(t, "AdminInitiateAuth", err, code, message)
		for name, call := range userCalls {
			ann := "ann"
			wantFaultNamed(t, name, call(t.Context(), abroad, &f.pool, &ann), code, message)
		}
		made := did(abroad.CreateUserPool(t.Context(), &cip.CreateUserPoolInput{PoolName: aws.String("abroad")}))(t)
		if id := *made.UserPool.Id; id[:10] != "eu-west-1_" {
			t.Errorf("a pool made in eu-west-1 has the id %s", id)
		}
		here, there := allPools(t, e.Client, 60), allPools(t, abroad, 60)
		if !slices.Contains(here, f.pool) || slices.Contains(here, *made.UserPool.Id) || slices.Contains(there, f.pool) || !slices.Contains(there, *made.UserPool.Id) {
			t.Errorf("lists: here %v, there %v", here, there)
		}
	})
}

func allPools(t *testing.T, c *cip.Client, page int32) []string {
	t.Helper()
	var ids []string
	in := &cip.ListUserPoolsInput{MaxResults: &page}
	for {
		out := did(c.ListUserPools(t.Context(), in))(t)
		for _, p := range out.UserPools {
			ids = append(ids, *p.Id)
		}
		if out.NextToken == nil {
			return ids
		}
		if len(out.UserPools) > int(page) {
			t.Fatalf("a page of %d", len(out.UserPools))
		}
		in.NextToken = out.NextToken
	}
}

// ListUserPools pages through the pools of a region.
func TestListUserPools(t *testing.T) {
	covers(t, "ListUserPools", "InvalidParameterException")
	onEachEngine(t, func(t *testing.T, e *env) {
		region := unique("ap-test")
		c := newClient(e.url, func(o *cip.Options) { o.Region = region })
		var want []string
		for range 5 {
			want = append(want, *did(c.CreateUserPool(t.Context(), &cip.CreateUserPoolInput{PoolName: aws.String("x")}))(t).UserPool.Id)
		}
		slices.Sort(want)
		for _, page := range []int32{1, 2, 5, 60} {
			got := allPools(t, c, page)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("in pages of %d (-want +got):\n%s", page, diff)
			}
		}
		first := did(c.ListUserPools(t.Context(), &cip.ListUserPoolsInput{MaxResults: aws.Int32(1)}))(t)
		e.wantCall(t, "ListUserPools", `{"MaxResults":1,"NextToken":`+quote(*first.NextToken)+`}`, invalid+"Invalid pagination token given.")
		e.wantCall(t, "ListUserPools", `{"MaxResults":1,"NextToken":"x"}`, invalid+"Invalid pagination token given.")
		const violation = invalid + "1 validation error detected: "
		e.wantCall(t, "ListUserPools", `{}`, violation+"Value null at 'maxResults' failed to satisfy constraint: Member must not be null")
		e.wantCall(t, "ListUserPools", `{"MaxResults":0}`, violation+"Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1")
		e.wantCall(t, "ListUserPools", `{"MaxResults":61}`, violation+"Value '61' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 60")
		pools, _ := e.wantCall(t, "ListUserPools", `{"MaxResults":60}`, "")["UserPools"].([]any)
		for _, item := range pools {
			members, _ := item.(map[string]any)
			if len(members) != 5 || members["LambdaConfig"] == nil {
				t.Errorf("an item of the list is %v", members)
			}
		}
	})
}
