package conformance

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

// Every operation on one user by an administrator, for a pool and a user that
// there are not, and with requests that the model does not allow.
func TestAdministratorNamesNobody(t *testing.T) {
	for name := range userCalls {
		refuses(t, name, "ResourceNotFoundException", "UserNotFoundException", "InvalidParameterException")
	}
	onEachEngine(t, func(t *testing.T, e *env) {
		f, other := newFixture(t, e, nil), newFixture(t, e, nil)
		other.user(t, "bob")
		for name, call := range userCalls {
			unknown := "us-east-1_unknown00"
			wantFaultNamed(t, name, call(t.Context(), e.Client, &unknown, aws.String("ann")), "ResourceNotFoundException", "User pool us-east-1_unknown00 does not exist.")
			for _, nobody := range []string{"ann", "bob", "bob@example.com", other.attributes(t, "bob")["sub"]} {
				wantFaultNamed(t, name, call(t.Context(), e.Client, &f.pool, &nobody), "UserNotFoundException", "User does not exist.")
			}
			wantFaultNamed(t, name, call(t.Context(), e.Client, &f.pool, aws.String(strings.Repeat("n", 129))), "InvalidParameterException",
				"1 validation error detected: Value at 'username' failed to satisfy constraint: Member must have length less than or equal to 128")
			wantFaultNamed(t, name, call(t.Context(), e.Client, aws.String("pool"), aws.String("ann")), "InvalidParameterException",
				"1 validation error detected: Value 'pool' at 'userPoolId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w-]+_[0-9a-zA-Z]+")
			body := `{"UserPoolId":"` + f.pool + `","Username":"ann","UserAttributes":[],"UserAttributeNames":[]}`
			if status, _, answer := e.raw(t, name, body); status == http.StatusOK || strings.Contains(string(answer), "UserNotFound") {
				t.Errorf("%s unsigned: %d %s", name, status, answer)
			}
		}
	})
}

// Every operation on one user by an administrator takes any of the user's
// names: the user name, the sub, an active alias.
func TestAdministratorNamesAUser(t *testing.T) {
	for name := range userCalls {
		covers(t, name)
	}
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, aliases(false))
		for name, call := range userCalls {
			mail := address("ann")
			for _, named := range []string{"ann", mail, "annie", "sub"} {
				f.user(t, "ann", "email="+mail, "email_verified=true", "preferred_username=annie")
				if named == "sub" {
					named = f.attributes(t, "ann")["sub"]
				}
				if err := call(t.Context(), e.Client, &f.pool, &named); err != nil {
					t.Errorf("%s of %s: %v", name, named, err)
				}
				if name != "AdminDeleteUser" {
					noError(t, userCalls["AdminDeleteUser"](t.Context(), e.Client, &f.pool, &named))
				}
			}
		}
	})
}

// AdminGetUser and GetUser show what they say and no more.
func TestUserIsShown(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		f.user(t, "ann", "email=ann@example.com")
		user := f.shown(t, "ann")
		if user.Username == nil || *user.Username != "ann" || !user.Enabled || user.UserStatus != "CONFIRMED" {
			t.Errorf("AdminGetUser: %+v", user)
		}
		if age := time.Since(aws.ToTime(user.UserCreateDate)); age < -time.Minute || age > time.Minute || user.UserLastModifiedDate.Before(*user.UserCreateDate) {
			t.Errorf("created %v, modified %v", user.UserCreateDate, user.UserLastModifiedDate)
		}
		if aws.ToString(user.UserAttributes[0].Name) != "sub" {
			t.Errorf("the first attribute is %s", aws.ToString(user.UserAttributes[0].Name))
		}
		body := `{"AccessToken":"` + *f.signIn(t, "ann").AccessToken + `"}`
		_, _, answer := e.raw(t, "GetUser", body)
		for _, member := range []string{"MFAOptions", "PreferredMfaSetting", "UserMFASettingList", "UserStatus", "Enabled", "UserCreateDate"} {
			if strings.Contains(string(answer), `"`+member+`"`) {
				t.Errorf("GetUser shows %s: %s", member, answer)
			}
		}
		named := newFixture(t, e, usernames(false, "email"))
		mail := address("ann")
		named.user(t, mail)
		token := named.signIn(t, mail).AccessToken
		out, err := e.GetUser(t.Context(), &cip.GetUserInput{AccessToken: token})
		noError(t, err)
		got := asMap(out.UserAttributes)
		if aws.ToString(out.Username) != got["sub"] || got["email"] != mail {
			t.Errorf("GetUser of a user who is named by an address: %s, %v", aws.ToString(out.Username), got)
		}
	})
}

func (f *fixture) shown(t *testing.T, name string) *cip.AdminGetUserOutput {
	t.Helper()
	out, err := f.AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: &f.pool, Username: &name})
	if err != nil {
		t.Fatalf("AdminGetUser: %v", err)
	}
	return out
}

// AdminDisableUser and AdminEnableUser, each also twice.
func TestUserIsDisabledAndEnabled(t *testing.T) {
	covers(t, "AdminDisableUser")
	covers(t, "AdminEnableUser")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		f.user(t, "ann")
		ann := aws.String("ann")
		for range 2 {
			noError(t, userCalls["AdminDisableUser"](t.Context(), e.Client, &f.pool, ann))
			if f.shown(t, "ann").Enabled {
				t.Error("a disabled user is shown as enabled")
			}
			_, err := f.trySignIn(t, "ann", password)
			wantFault(t, err, "NotAuthorizedException", "User is disabled.")
		}
		noError(t, f.adminUpdate(t, "ann", "name=Ann")) // works on a disabled user
		for range 2 {
			noError(t, userCalls["AdminEnableUser"](t.Context(), e.Client, &f.pool, ann))
			if !f.shown(t, "ann").Enabled {
				t.Error("an enabled user is shown as disabled")
			}
			f.own(t, f.signIn(t, "ann").AccessToken)
		}
	})
}

// AdminUpdateUserAttributes works in any state, and confirms nobody.
func TestAdminUpdateOfAnUnconfirmedUser(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, verifies("email", false))
		mail := address("ann")
		_, err := f.SignUp(t.Context(), &cip.SignUpInput{ClientId: &f.client, Username: aws.String("ann"), Password: aws.String(password), UserAttributes: attrs("email=" + mail)})
		noError(t, err)
		noError(t, f.adminUpdate(t, "ann", "name=Ann", "email_verified=true"))
		if got := f.shown(t, "ann"); got.UserStatus != "UNCONFIRMED" || asMap(got.UserAttributes)["email_verified"] != "true" {
			t.Errorf("%s, %v", got.UserStatus, asMap(got.UserAttributes))
		}
	})
}

// DeleteUser and AdminDeleteUser: nothing is left, and every name is free at
// once.
func TestDeletedUserLeavesNothing(t *testing.T) {
	covers(t, "DeleteUser")
	covers(t, "AdminDeleteUser")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, aliases(true))
		mail, wanted := address("ann"), address("wanted")
		for round := range 3 {
			f.user(t, "ann", "email="+mail, "email_verified=true", "preferred_username=annie")
			tokens := f.signIn(t, mail)
			f.updated(t, tokens.AccessToken, "email="+wanted)
			code := e.code(t, wanted)
			if round > 0 {
				noError(t, userCalls["AdminDeleteUser"](t.Context(), e.Client, &f.pool, aws.String("annie")))
			} else if status, _, answer := e.raw(t, "DeleteUser", `{"AccessToken":"`+*tokens.AccessToken+`"}`); status != http.StatusOK || len(answer) != 0 {
				t.Errorf("DeleteUser: %d %q", status, answer)
			}
			wantFault(t, e.verify(t, tokens.AccessToken, "email", code), "UserNotFoundException", "User does not exist.")
			f.wantSignIn(t, nil, "ann", mail, "annie", wanted)
			if left := f.list(t, ""); len(left) != 0 {
				t.Errorf("ListUsers still finds %v", left)
			}
		}
	})
}
