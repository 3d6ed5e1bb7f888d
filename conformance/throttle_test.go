package conformance

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"poolhouse.dev/internal/wire"
	"poolhouse.dev/poolhousetest"
)

// lowest are rates at which every category lets one request through, and then
// none for a quarter of an hour.
var lowest = func() string {
	var rates []string
	for _, category := range []string{
		"UserAuthentication", "UserCreation", "UserAccountRecovery", "UserRead", "UserUpdate", "UserToken", "UserResourceRead", "UserResourceUpdate",
		"UserList", "UserPoolRead", "UserPoolUpdate", "UserPoolResourceRead", "UserPoolResourceUpdate", "UserPoolClientRead", "UserPoolClientUpdate",
	} {
		rates = append(rates, category+"=0.001")
	}
	return strings.Join(rates, ",")
}()

// Every operation beyond the rate of its category.
func TestRatesOfCategories(t *testing.T) {
	skipElsewhere(t)
	srv := poolhousetest.Start(t, poolhousetest.Options{RateLimits: lowest})
	e := &env{Client: newClient(srv.URL), url: srv.URL, srv: srv}
	for i := range wire.Operations {
		op := &wire.Operations[i]
		if !slices.Contains(op.Errors, "TooManyRequestsException") {
			continue
		}
		_, _, answer := e.raw(t, op.Name, "{}")
		if bytes.Contains(answer, []byte("UnknownOperationException")) {
			continue
		}
		refuses(t, op.Name, "TooManyRequestsException")
		var code, message string
		for try := 0; try < 8 && code != "TooManyRequestsException"; try++ {
			code, message = e.refusal(t, op)
		}
		if code != "TooManyRequestsException" || message != "Rate exceeded" {
			t.Errorf("%s: %s: %s", op.Name, code, message)
		}
	}
}

// refusal sends an empty request, signed where the operation asks for it.
func (e *env) refusal(t *testing.T, op *wire.Operation) (code, message string) {
	t.Helper()
	var header []string
	if op.Auth == wire.AuthSigV4 {
		header = e.signed(t, op.Name, "{}")
	}
	status, _, answer := e.raw(t, op.Name, "{}", header...)
	var f struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal(answer, &f); err != nil && status != http.StatusOK {
		t.Fatalf("%s answered %d %s", op.Name, status, answer)
	}
	return f.Type, f.Message
}

// One user is written ten times a second and read ten times a second,
// whichever operations do it; another user is not held up.
func TestRatesOfOneUser(t *testing.T) {
	skipElsewhere(t)
	c := &clock{}
	c.stop(t)
	srv := poolhousetest.Start(t, poolhousetest.Options{RateLimits: "UserUpdate=10000,UserRead=10000,UserAuthentication=10000,UserCreation=10000", Now: c.now})
	e := &env{Client: newClient(srv.URL, func(o *cip.Options) { o.HTTPSignerV4 = c }), url: srv.URL, srv: srv}
	f := newFixture(t, e, nil)
	f.user(t, "ann")
	f.user(t, "bob")
	ann, bob := f.signIn(t, "ann").AccessToken, f.signIn(t, "bob").AccessToken
	c.advance(time.Second)
	const refused = "TooManyRequestsException: Too many requests"
	wantTally(t, race(30, func(i int) error {
		if i%2 == 0 {
			return f.adminUpdate(t, "ann", "name=Ann")
		}
		return setAttribute(t, e, ann, "name", "Ann")
	}), map[string]int{"": 10, refused: 20})
	wantTally(t, race(30, func(i int) error { return tokenCalls["GetUser"](t.Context(), e.Client, ann) }), map[string]int{"": 10, refused: 20})
	noError(t, setAttribute(t, e, bob, "name", "Bob"))
	c.advance(time.Second)
	noError(t, setAttribute(t, e, ann, "name", "Ann"))
}

// Two nodes pass in sum what one would.
func TestNodesShareRates(t *testing.T) {
	skipElsewhere(t)
	c := &clock{}
	c.stop(t)
	o := poolhousetest.Options{
		Database: poolhousetest.PostgresURL(t), MasterKey: newMasterKey(), PublicURL: "http://id.example",
		RateLimits: "UserList=20", Now: c.now,
	}
	var nodes [2]*fixture
	for i := range nodes {
		srv := poolhousetest.Start(t, o)
		e := &env{Client: newClient(srv.URL, func(o *cip.Options) { o.HTTPSignerV4 = c }), url: srv.URL, srv: srv}
		if i == 0 {
			nodes[0] = newFixture(t, e, nil)
		} else {
			nodes[1] = &fixture{env: e, pool: nodes[0].pool, client: nodes[0].client}
		}
	}
	for _, want := range []int{20, 10} {
		wantTally(t, race(80, func(i int) error {
			_, err := nodes[i%2].ListUsers(t.Context(), &cip.ListUsersInput{UserPoolId: &nodes[0].pool})
			return err
		}), map[string]int{"": want, "TooManyRequestsException: Rate exceeded": 80 - want})
		c.advance(500 * time.Millisecond)
	}
}

// Pools with rates of their own are counted apart from each other and from the
// server's rates, however a call names its pool.
func TestRatesOfPools(t *testing.T) {
	skipElsewhere(t)
	c := &clock{}
	c.stop(t)
	srv := poolhousetest.Start(t, poolhousetest.Options{PoolRateLimits: []string{"*:UserRead=3,UserUpdate=2,UserCreation=4"}, Now: c.now})
	e := &env{Client: newClient(srv.URL, func(o *cip.Options) { o.HTTPSignerV4 = c }), url: srv.URL, srv: srv}
	const refused = "TooManyRequestsException: Rate exceeded"
	for range 2 {
		f := newFixture(t, e, nil)
		f.user(t, "ann")
		token := f.signIn(t, "ann").AccessToken
		c.advance(2 * time.Second)
		wantTally(t, race(8, func(i int) error {
			if i%2 == 0 {
				return tokenCalls["GetUser"](t.Context(), e.Client, token)
			}
			_, err := f.AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: &f.pool, Username: aws.String("ann")})
			return err
		}), map[string]int{"": 3, refused: 5})
		wantTally(t, race(6, func(int) error { return setAttribute(t, e, token, "name", "Ann") }), map[string]int{"": 2, refused: 4})
		wantTally(t, race(10, func(int) error { _, err := f.signUp(t, unique("new")); return err }), map[string]int{"": 4, refused: 6})
		// Nothing is there to count for.
		wantTally(t, race(10, func(int) error {
			_, err := f.AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: aws.String("us-east-1_nothing"), Username: aws.String("ann")})
			return err
		}), map[string]int{"ResourceNotFoundException: User pool us-east-1_nothing does not exist.": 10})
	}
}
