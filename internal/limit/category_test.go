package limit_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/limit"
)

// The table is complete: every operation of the pinned model has a category.
func TestEveryOperationHasACategory(t *testing.T) {
	data, err := os.ReadFile("../../model/cognito-idp.model.json")
	if err != nil {
		t.Fatal(err)
	}
	var model struct {
		Operations map[string]json.RawMessage `json:"operations"`
	}
	if err := json.Unmarshal(data, &model); err != nil {
		t.Fatal(err)
	}
	if len(model.Operations) < 140 {
		t.Fatalf("the model has %d operations, want at least 140", len(model.Operations))
	}
	for operation := range model.Operations {
		if _, ok := limit.CategoryOf(operation); !ok {
			t.Errorf("%s has no category", operation)
		}
	}
	if category, ok := limit.CategoryOf("Nothing"); ok {
		t.Errorf("an unknown operation is in %s", category)
	}
}

func TestCategoryOf(t *testing.T) {
	for operation, want := range map[string]limit.Category{
		"InitiateAuth": limit.UserAuthentication, "AdminRespondToAuthChallenge": limit.UserAuthentication,
		"SignUp": limit.UserCreation, "AdminConfirmSignUp": limit.UserCreation,
		"ForgotPassword": limit.UserAccountRecovery, "ChangePassword": limit.UserAccountRecovery,
		"AdminGetUser": limit.UserRead, "GlobalSignOut": limit.UserUpdate, "VerifyUserAttribute": limit.UserUpdate,
		"RevokeToken": limit.UserToken, "GetTokensFromRefreshToken": limit.UserToken,
		"ResendConfirmationCode": limit.UserResourceRead, "ListUserSessions": limit.UserResourceRead,
		"ConfirmDevice": limit.UserResourceUpdate, "AdminDeleteSoftwareToken": limit.UserResourceUpdate,
		"ListUsersInGroup": limit.UserList, "ListUserPools": limit.UserPoolRead, "DeleteUserPool": limit.UserPoolUpdate,
		"GetCSVHeader": limit.UserPoolResourceRead, "DescribeTermsByClient": limit.UserPoolResourceRead,
		"UntagResource": limit.UserPoolResourceUpdate, "CreateTerms": limit.UserPoolResourceUpdate,
		"ListUserPoolClientSecrets": limit.UserPoolClientRead, "AddUserPoolClientSecret": limit.UserPoolClientUpdate,
		"GetClientToken": limit.ClientAuthentication, "GetProvisionedLimit": limit.LimitManagement,
	} {
		if got, _ := limit.CategoryOf(operation); got != want {
			t.Errorf("%s is in %q, want %q", operation, got, want)
		}
	}
}

func TestDefaultRates(t *testing.T) {
	want := map[limit.Category]float64{
		"UserAuthentication": 120, "UserCreation": 50, "UserFederation": 25, "UserAccountRecovery": 30, "UserRead": 120,
		"UserUpdate": 25, "UserToken": 120, "UserResourceRead": 50, "UserResourceUpdate": 25, "UserList": 30,
		"UserPoolRead": 15, "UserPoolUpdate": 15, "UserPoolResourceRead": 20, "UserPoolResourceUpdate": 15,
		"UserPoolClientRead": 15, "UserPoolClientUpdate": 15, "ClientAuthentication": 150, "LimitManagement": 1,
		"Nothing": 0,
	}
	for category, rate := range want {
		if got := category.DefaultRate(); got != rate {
			t.Errorf("default of %s is %v, want %v", category, got, rate)
		}
	}
}

func TestParseRates(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want map[limit.Category]float64
	}{
		"nothing": {" ", map[limit.Category]float64{}},
		"two":     {"UserRead=500,UserUpdate=100", map[limit.Category]float64{limit.UserRead: 500, limit.UserUpdate: 100}},
		"blanks":  {" UserRead = 0.5 , UserList=1e3", map[limit.Category]float64{limit.UserRead: 0.5, limit.UserList: 1000}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := limit.ParseRates(c.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseRatesNamesTheBadEntry(t *testing.T) {
	for bad, reason := range map[string]string{
		"UserWrite=1":   `no category "UserWrite"`,
		"userread=1":    `no category "userread"`,
		"UserList":      "want Category=number",
		"UserList=":     `"" is no number`,
		"UserList=fast": `"fast" is no number`,
		"UserList=0":    "above 0",
		"UserList=-1":   "above 0",
		"UserList=NaN":  "above 0",
		"UserList=Inf":  "above 0",
		"UserRead=2":    "given twice",
		"":              "want Category=number",
	} {
		_, err := limit.ParseRates("UserRead=1," + bad)
		if err == nil || !strings.Contains(err.Error(), `"`+bad+`"`) || !strings.Contains(err.Error(), reason) {
			t.Errorf("%q: got %v, want the entry and %q", bad, err, reason)
		}
	}
}

func FuzzParseRates(f *testing.F) {
	f.Add("UserRead=500,UserUpdate=100")
	f.Add("UserRead=NaN,=,,")
	f.Fuzz(func(t *testing.T, text string) {
		rates, err := limit.ParseRates(text)
		if err != nil {
			return
		}
		if _, err := limit.New(limit.Config{Rates: rates}); err != nil {
			t.Errorf("%q is parsed but not usable: %v", text, err)
		}
	})
}
