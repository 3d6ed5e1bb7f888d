package conformance

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

func inOrder(list []string) []string { return slices.Sorted(slices.Values(list)) }

// ListUsers page by page: every user once, whatever the page's size, also in
// the order of a search by beginning.
func TestListUsersPages(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		var want []string
		for i := range 7 {
			name := fmt.Sprintf("user%d", i)
			_, err := f.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{UserPoolId: &f.pool, Username: &name, MessageAction: "SUPPRESS", UserAttributes: attrs("name=same", fmt.Sprintf("family_name=f%d", 9-i))})
			noError(t, err)
			want = append(want, name)
		}
		for _, filter := range []string{``, `name = "same"`, `name ^= "sa"`, `family_name ^= "f"`, `username ^= "user"`, `status = "Enabled"`} {
			for _, size := range []int32{1, 3, 7} {
				got := f.pages(t, cip.ListUsersInput{Filter: &filter, Limit: &size})
				if !slices.Equal(inOrder(got), want) {
					t.Errorf("%s by %d: %v", filter, size, got)
				}
				if filter == `family_name ^= "f"` && (got[0] != "user6" || got[6] != "user0") {
					t.Errorf("%s by %d is not in the order of the attribute: %v", filter, size, got)
				}
			}
		}
		if out := f.listed(t, &cip.ListUsersInput{Limit: aws.Int32(0)}); len(out.Users) != 7 || out.PaginationToken != nil {
			t.Errorf("limit 0: %d users, a token: %v", len(out.Users), out.PaginationToken != nil)
		}
	})
}

// pages reads a list to its end.
func (f *fixture) pages(t *testing.T, in cip.ListUsersInput) []string {
	t.Helper()
	var got []string
	for range 20 {
		out := f.listed(t, &in)
		got = append(got, names(out)...)
		if in.PaginationToken = out.PaginationToken; in.PaginationToken == nil {
			return got
		}
	}
	t.Fatal("the list has no end")
	return nil
}

// ListUsers with tokens that answered another question, or are none.
func TestListUsersTokensAreBound(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f, other := newFixture(t, e, nil), newFixture(t, e, nil)
		for _, name := range []string{"ann", "bob"} {
			for _, x := range []*fixture{f, other} {
				_, err := x.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{UserPoolId: &x.pool, Username: &name, MessageAction: "SUPPRESS", UserAttributes: attrs("name=n")})
				noError(t, err)
			}
		}
		asked := cip.ListUsersInput{UserPoolId: &f.pool, Limit: aws.Int32(1), Filter: aws.String(`name = "n"`), AttributesToGet: []string{"name", "email"}}
		token := f.listed(t, &asked).PaginationToken
		for name, change := range map[string]func(*cip.ListUsersInput){
			"another pool":         func(in *cip.ListUsersInput) { in.UserPoolId = &other.pool },
			"another filter":       func(in *cip.ListUsersInput) { in.Filter = aws.String(`name ^= "n"`) },
			"no filter":            func(in *cip.ListUsersInput) { in.Filter = nil },
			"other attributes":     func(in *cip.ListUsersInput) { in.AttributesToGet = []string{"name"} },
			"all attributes":       func(in *cip.ListUsersInput) { in.AttributesToGet = nil },
			"a made-up token":      func(in *cip.ListUsersInput) { in.PaginationToken = aws.String("token") },
			"a changed token":      func(in *cip.ListUsersInput) { in.PaginationToken = aws.String(flip((*token)[:1]) + (*token)[1:]) },
			"a token of ListPools": func(in *cip.ListUsersInput) { in.PaginationToken = poolsToken(t, e) },
		} {
			in := asked
			in.PaginationToken = token
			change(&in)
			_, err := f.ListUsers(t.Context(), &in)
			wantFaultNamed(t, name, err, "InvalidParameterException", "Invalid pagination token given.")
		}
		in := asked
		in.PaginationToken, in.Limit = token, aws.Int32(60)
		if got := names(f.listed(t, &in)); len(got) != 1 {
			t.Errorf("the next page, of another size: %v", got)
		}
	})
}

// poolsToken returns a token of another list.
func poolsToken(t *testing.T, e *env) *string {
	t.Helper()
	out, err := e.ListUserPools(t.Context(), &cip.ListUserPoolsInput{MaxResults: aws.Int32(1)})
	if err != nil || out.NextToken == nil {
		t.Fatalf("ListUserPools: %v", err)
	}
	return out.NextToken
}

// A token of ListUsers is good for an hour.
func TestListUsersTokensRunOut(t *testing.T) {
	withClock(t, func(t *testing.T, e *env, c *clock) {
		f := newFixture(t, e, nil)
		f.user(t, "ann")
		f.user(t, "bob")
		token := f.listed(t, &cip.ListUsersInput{Limit: aws.Int32(1)}).PaginationToken
		c.advance(time.Hour - time.Minute)
		f.listed(t, &cip.ListUsersInput{PaginationToken: token})
		c.advance(time.Minute)
		_, err := f.ListUsers(t.Context(), &cip.ListUsersInput{UserPoolId: &f.pool, PaginationToken: token})
		wantFault(t, err, "InvalidParameterException", "Invalid pagination token given.")
	})
}
