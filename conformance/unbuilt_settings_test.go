package conformance

import (
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

// unbuilt is a setting that is kept and not acted on, and what is refused
// because of it.
type unbuilt struct {
	setting string
	// turnOn are the members of UpdateUserPool that set it; "" where the setting
	// is the request's.
	turnOn string
	// code and names are what every refusal is and holds.
	code, names string
	// calls are all refused.
	calls refusedCalls
}

// unbuiltWorld is a pool with users in every state.
// keep are members of UpdateUserPool that leave the world's pool as it is.
const keep = `"AutoVerifiedAttributes":["email","phone_number"],` + smsRole

// unbuiltSettings has every line of settingsNotActedOn.
var unbuiltSettings = []unbuilt{
	{"KeyConfiguration CUSTOMER_MANAGED_KEY", "", "InvalidParameterException", "KeyConfiguration", refusedCalls{
		"CreateUserPool": func(t *testing.T, w *unbuiltWorld) error {
			_, err := w.CreateUserPool(t.Context(), &cip.CreateUserPoolInput{PoolName: aws.String("x"), KeyConfiguration: customerKey()})
			return err
		},
		"UpdateUserPool": func(t *testing.T, w *unbuiltWorld) error {
			_, err := w.UpdateUserPool(t.Context(), &cip.UpdateUserPoolInput{UserPoolId: &w.pool, KeyConfiguration: customerKey()})
			return err
		},
	}},
}

func customerKey() *types.KeyConfigurationType {
	return &types.KeyConfigurationType{KeyType: "CUSTOMER_MANAGED_KEY", KmsKeyArn: aws.String("arn:aws:kms:us-east-1:000000000000:key/k")}
}

// Every setting that is kept and not acted on: what needs it is refused, by a
// word that names it, and leaves everything as it was.
func TestUnbuiltSettings(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		w := newUnbuiltWorld(t, e)
		states := func() map[string]map[string]string {
			all := map[string]map[string]string{}
			for _, name := range []string{"ann", "bob", "cyd"} {
				all[name] = w.attributes(t, name)
				all[name]["status"] = string(w.status(t, name))
			}
			return all
		}
		before := states()
		for _, s := range unbuiltSettings {
			t.Run(s.setting, func(t *testing.T) {
				if s.turnOn != "" {
					e.wantCall(t, "UpdateUserPool", `{"UserPoolId":"`+w.pool+`",`+s.turnOn+`}`, "")
				}
				for name, call := range s.calls {
					wantNamed(t, name, call(t, w), s.code, s.names)
				}
				e.wantCall(t, "AdminGetUser", `{"UserPoolId":"`+w.pool+`","Username":"new"}`, "UserNotFoundException: User does not exist.")
				if diff := cmp.Diff(before, states()); diff != "" {
					t.Errorf("the users (-before +after):\n%s", diff)
				}
			})
		}
		// Without the settings every call is fine again.
		e.wantCall(t, "UpdateUserPool", `{"UserPoolId":"`+w.pool+`",`+keep+`}`, "")
		for name, call := range both(codesByMail, refreshes) {
			if err := call(t, w); err != nil {
				t.Errorf("%s without a setting: %v", name, err)
			}
		}
		w.signIn(t, "ann")
	})
}

// wantNamed wants an exception whose message has a word in it.
func wantNamed(t *testing.T, name string, err error, code, word string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code || !strings.Contains(api.ErrorMessage(), word) {
		t.Errorf("%s: got %v, want %s that names %s", name, err, code, word)
	}
}

// Every line of settingsNotActedOn has its test above.
func TestEveryUnbuiltSettingIsTested(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "run", "poolhouse.dev/cmd/poolhouse", "operations", "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Settings []struct{ Setting string } `json:"settingsNotActedOn"`
	}
	parseInto(t, out, &list)
	var want, got []string
	for _, s := range list.Settings {
		want = append(want, s.Setting)
	}
	for _, s := range unbuiltSettings {
		got = append(got, s.setting)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
		t.Errorf("settings (-printed +tested):\n%s", diff)
	}
}
