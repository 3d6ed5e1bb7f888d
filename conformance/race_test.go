package conformance

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

// try is one of many calls at the same time.
type try struct {
	err         error
	began, done time.Time
}

// race makes n calls at the same time.
func race(n int, call func(i int) error) []try {
	tries := make([]try, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range tries {
		all.Go(func() {
			<-start
			tries[i].began = time.Now()
			tries[i].err = call(i)
			tries[i].done = time.Now()
		})
	}
	close(start)
	all.Wait()
	return tries
}

// tally counts the answers; a success is "".
func tally(tries []try) map[string]int {
	counts := map[string]int{}
	for _, r := range tries {
		switch f := faultOf(r.err); {
		case r.err == nil:
			counts[""]++
		case f == nil:
			counts[r.err.Error()]++
		default:
			counts[f.ErrorCode()+": "+f.ErrorMessage()]++
		}
	}
	return counts
}

// wantTally fails the test unless the answers are the given ones, so often.
func wantTally(t *testing.T, tries []try, want map[string]int) {
	t.Helper()
	got := tally(tries)
	same := len(got) == len(want)
	for answer, n := range want {
		same = same && got[answer] == n
	}
	if !same {
		t.Errorf("answers %v, want %v", got, want)
	}
}

// crowd is the number of callers of a contest.
const crowd = 64

// contest runs a contest on each engine, and with every second call on another
// node of the same PostgreSQL database. Callers take their turns on the nodes
// by their numbers.
func contest(t *testing.T, f func(t *testing.T, nodes []*env)) {
	t.Helper()
	onEachEngine(t, func(t *testing.T, e *env) { f(t, []*env{e}) })
	t.Run("two nodes", func(t *testing.T) { f(t, twoNodes(t)) })
}

// people makes n confirmed users at once, named by the function, and signs them
// in.
func (f *fixture) people(t *testing.T, n int, named func(i int) string) []*string {
	t.Helper()
	tokens := make([]*string, n)
	for i, r := range race(n, func(i int) error {
		name := named(i)
		_, err := f.SignUp(t.Context(), &cip.SignUpInput{ClientId: &f.client, Username: &name, Password: aws.String(password)})
		if err == nil {
			_, err = f.AdminConfirmSignUp(t.Context(), &cip.AdminConfirmSignUpInput{UserPoolId: &f.pool, Username: &name})
		}
		if err != nil {
			return err
		}
		out, err := f.trySignIn(t, name, password)
		if err == nil {
			tokens[i] = out.AuthenticationResult.AccessToken
		}
		return err
	}) {
		if r.err != nil {
			t.Fatalf("making user %d: %v", i, r.err)
		}
	}
	return tokens
}

// setAttribute is UpdateUserAttributes of one attribute, from any goroutine.
func setAttribute(t *testing.T, e *env, token *string, name, value string) error {
	_, err := e.UpdateUserAttributes(t.Context(), &cip.UpdateUserAttributesInput{AccessToken: token, UserAttributes: attrs(name + "=" + value)})
	return err
}

// UpdateUserAttributes: 64 clients, each with an attribute of its own, change
// one user. All are told that it is done, and all is there.
func TestManyAttributesOfOneUser(t *testing.T) {
	contest(t, func(t *testing.T, nodes []*env) {
		names := []string{"name", "given_name", "family_name", "middle_name", "nickname", "profile", "picture", "website", "gender", "zoneinfo", "locale", "address", "preferred_username", "birthdate"}
		var custom []string
		for i := range crowd - len(names) {
			custom = append(custom, fmt.Sprintf("a%d", i))
			names = append(names, "custom:a"+fmt.Sprint(i))
		}
		f := newFixture(t, nodes[0], withSchema(custom...))
		f.user(t, "ann")
		token := f.signIn(t, "ann").AccessToken
		value := func(i int) string { return fmt.Sprintf("2000-01-%02d", i%28+1) }
		wantTally(t, race(crowd, func(i int) error {
			return setAttribute(t, nodes[i%len(nodes)], token, names[i], value(i))
		}), map[string]int{"": crowd})
		got := f.own(t, token)
		for i, name := range names {
			if got[name] != value(i) {
				t.Errorf("%s = %q, want %q", name, got[name], value(i))
			}
		}
	})
}

// UpdateUserAttributes: 64 clients write one attribute. The last word stands: a
// value that another write began after cannot be the one that is left.
func TestManyWritersOfOneAttribute(t *testing.T) {
	contest(t, func(t *testing.T, nodes []*env) {
		f := newFixture(t, nodes[0], nil)
		f.user(t, "ann")
		token := f.signIn(t, "ann").AccessToken
		tries := race(crowd, func(i int) error {
			return setAttribute(t, nodes[i%len(nodes)], token, "name", fmt.Sprintf("w%d", i))
		})
		wantTally(t, tries, map[string]int{"": crowd})
		var last int
		if _, err := fmt.Sscanf(f.own(t, token)["name"], "w%d", &last); err != nil || last >= crowd {
			t.Fatalf("name = %q", f.own(t, token)["name"])
		}
		for i, other := range tries {
			if other.began.After(tries[last].done) {
				t.Errorf("w%d stands although w%d was written after it", last, i)
			}
		}
		for i := range 8 {
			value := fmt.Sprintf("alone%d", i)
			noError(t, setAttribute(t, nodes[i%len(nodes)], token, "name", value))
			for _, e := range nodes {
				if got := e.own(t, token)["name"]; got != value {
					t.Errorf("name = %q right after %q was written", got, value)
				}
			}
		}
	})
}
