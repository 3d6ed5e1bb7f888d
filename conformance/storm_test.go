package conformance

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"poolhouse.dev/internal/store/storetest/pgtest"
	"poolhouse.dev/poolhousetest"
)

// In a storm transactions are serializable and fail with 40001, at statements and
// commits, and connections break before and after the server did what it was asked.
// Who calls the API notices nothing but, rarely, an InternalErrorException, and asks
// again, as SDKs do by themselves.
//
// With POOLHOUSE_STORM=1 every test that runs on each engine runs in a storm
// instead; otherwise TestInAStorm does for some.
func init() {
	if os.Getenv("POOLHOUSE_STORM") == "1" {
		engines = []*engine{stormy}
	}
}

func TestInAStorm(t *testing.T) {
	skipElsewhere(t)
	before := engines
	engines = []*engine{stormy}
	defer func() { engines = before }()
	for name, test := range map[string]func(*testing.T){
		"SignUp":                            TestSignUp,
		"SignUpByEmailAddress":              TestSignUpByEmailAddress,
		"UpdateUserAttributesChangesAName":  TestUpdateUserAttributesChangesAName,
		"AliasFollowsItsValue":              TestAliasFollowsItsValue,
		"AliasOfAnotherUser":                TestAliasOfAnotherUser,
		"PreferredUsername":                 TestPreferredUsername,
		"PendingValue":                      TestPendingValue,
		"PendingValueIsReplaced":            TestPendingValueIsReplaced,
		"GetTokensFromRefreshToken":         TestGetTokensFromRefreshToken,
		"RevokeToken":                       TestRevokeToken,
		"GlobalSignOut":                     TestGlobalSignOut,
		"RaceOfMigrations":                  TestRaceOfMigrations,
		"UpdateUserPoolMeetsWhatThePoolHas": TestUpdateUserPoolMeetsWhatThePoolHas,
	} {
		t.Run(name, test)
	}
	if weather != nil {
		t.Logf("%d connections broke", weather.Broken())
	}
}

// launchInStorm starts the server, and the weather once it is ready.
func (e *engine) launchInStorm(t *testing.T) *env {
	t.Helper()
	if weather == nil {
		weather = pgtest.NewStorm(t)
	}
	env := e.launch(t, poolhousetest.Options{Database: weather.URL})
	weather.Begin(40)
	env.Client = newClient(e.url, func(o *cip.Options) { o.HTTPClient = patient{} })
	return env
}

// patient is an HTTP client that asks again after an InternalErrorException. What
// was to be deleted and is then not found is deleted.
type patient struct{}

func (patient) Do(req *http.Request) (*http.Response, error) {
	asked, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		req.Body = io.NopCloser(bytes.NewReader(asked))
		resp, err := web.Do(req)
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil {
			return nil, err
		}
		gone := try > 1 && strings.Contains(req.Header.Get("X-Amz-Target"), "Delete") && bytes.Contains(body, []byte("NotFoundException"))
		if gone {
			resp.StatusCode, resp.Status, body = http.StatusOK, "200 OK", []byte("{}")
		}
		if resp.StatusCode != http.StatusInternalServerError || try == 3 {
			resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			return resp, nil
		}
	}
}

// checkStorm ends the weather and returns code, or 1 when the server failed for
// another reason than a commit whose outcome nobody could know.
func checkStorm(code int) int {
	if weather == nil {
		return code
	}
	for line := range strings.Lines(stormLog) {
		if strings.Contains(line, `"level":"ERROR"`) && !strings.Contains(line, "the outcome of a commit is not known") {
			os.Stderr.WriteString("in a storm: " + line)
			code = 1
		}
	}
	if weather.Broken() == 0 {
		os.Stderr.WriteString("there was no storm\n")
		code = 1
	}
	weather.Close()
	return code
}

// stormLog is what the server in the storm logged.
var stormLog string
