package conformance

import (
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/conformance/functions"
)

// A name that nobody has looks like a user to a client that hides users, up to the end,
// while the functions are told; a disabled user does, too. Where the functions would
// let nobody in, poolhouse does not.
func TestCustomSignInsHideUsers(t *testing.T) {
	withCustom(t, func(in *cip.CreateUserPoolInput) {
		in.UsernameAttributes = []types.UsernameAttributeType{"email"}
	}, func(t *testing.T, f *fixture, r *functions.Runtime) {
		_, err := f.byQuestions(t, "nobody@example.com")
		wantFault(t, err, "UserNotFoundException", "User does not exist.")
		f.client = f.newClient(t, func(in *cip.CreateUserPoolClientInput) {
			in.ExplicitAuthFlows, in.PreventUserExistenceErrors = []types.ExplicitAuthFlowsType{"ALLOW_CUSTOM_AUTH"}, "ENABLED"
		})
		ann, off, nobody := unique("ann")+"@example.com", unique("off")+"@example.com", unique("nobody")+"@example.com"
		f.user(t, ann, "email="+ann, "email_verified=true")
		f.user(t, off, "email="+off, "email_verified=true")
		noError(t, userCalls["AdminDisableUser"](t.Context(), f.Client, &f.pool, &off))
		// seen is all that a client can tell of a sign-in with two wrong answers and a
		// last one, as often as not with the name that the challenge showed.
		type seen struct {
			Challenge types.ChallengeNameType
			Names     []string
			Session   int
			Refusal   string
		}
		look := func(name, last string) (list []seen) {
			t.Helper()
			s, err := f.byQuestions(t, name)
			shown := name
			for _, answer := range []string{"41", "40", last} {
				if err != nil {
					break
				}
				list = append(list, seen{s.challenge, slices.Sorted(maps.Keys(s.parameters)), len(aws.ToString(s.session)), ""})
				if id := s.parameters["USERNAME"]; !regexp.MustCompile("^"+uuid+"$").MatchString(id) || shown != name && id != shown {
					t.Errorf("%s is shown the user name %s after %s", name, id, shown)
				}
				shown = s.parameters["USERNAME"]
				s, err = f.says(t, s, shown, answer)
			}
			if err != nil {
				return append(list, seen{Refusal: err.Error()[len(err.Error())-len(wrongLogin):]})
			}
			return append(list, seen{Challenge: s.challenge})
		}
		known := look(ann, "39")
		for _, name := range []string{nobody, off} {
			if diff := cmp.Diff(known, look(name, "39")); diff != "" || len(known) != 4 {
				t.Errorf("%s (-known +this):\n%s", name, diff)
			}
		}
		for _, name := range []string{nobody, off} {
			got := look(name, "trust me")
			if last := got[len(got)-1]; last.Refusal != wrongLogin {
				t.Errorf("%s who is trusted: %+v", name, last)
			}
		}
		if got := look(ann, "42"); got[3].Challenge != "" || got[3].Refusal != "" {
			t.Errorf("the right answer: %+v", got)
		}
		var told int
		for _, e := range customEvents(t, f, r) {
			if unknown := e.UserName == nobody; e.Request["userNotFound"] != unknown || len(e.Request["userAttributes"].(map[string]any)) == 0 != unknown {
				t.Errorf("%s of %s is told userNotFound %v, %v", e.TriggerSource, e.UserName, e.Request["userNotFound"], e.Request["userAttributes"])
			} else if unknown {
				told++
			}
		}
		if told == 0 {
			t.Error("no function is told of nobody by the name that was typed")
		}
	})
}
