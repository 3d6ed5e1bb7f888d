package conformance

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

const aliasTaken = "AliasExistsException: " + emailTaken

// VerifyUserAttribute: 64 users prove one e-mail address, which is an alias, at
// the same time. One has it; the others have what they had.
func TestManyProofsOfOneAlias(t *testing.T) {
	contest(t, func(t *testing.T, nodes []*env) {
		f := newFixture(t, nodes[0], aliases(true))
		wanted := address("wanted")
		tokens := f.people(t, crowd, func(i int) string { return fmt.Sprintf("user%d", i) })
		codes := make([]string, crowd)
		for i, token := range tokens {
			f.updated(t, token, "email="+wanted)
			codes[i] = f.code(t, wanted)
		}
		tries := race(crowd, func(i int) error {
			return nodes[i%len(nodes)].verify(t, tokens[i], "email", codes[i])
		})
		wantTally(t, tries, map[string]int{"": 1, aliasTaken: crowd - 1})
		for i, r := range tries {
			got := f.own(t, tokens[i])
			if r.err != nil && got["email"] != "" || r.err == nil && (got["email"] != wanted || got["email_verified"] != "true") {
				t.Errorf("user %d, told %v, has %v", i, r.err, got)
			}
			if r.err == nil && parseJWT(t, *f.signIn(t, wanted).IdToken).claims["sub"] != got["sub"] {
				t.Error("the address signs another in than its winner")
			}
		}
	})
}

// UpdateUserAttributes: 64 users, who are named by their e-mail address, take
// one address at the same time.
func TestManyTakersOfOneUsername(t *testing.T) {
	contest(t, func(t *testing.T, nodes []*env) {
		f := newFixture(t, nodes[0], usernames(false, types.UsernameAttributeTypeEmail))
		wanted := address("wanted")
		old := make([]string, crowd)
		for i := range old {
			old[i] = address("old")
		}
		tokens := f.people(t, crowd, func(i int) string { return old[i] })
		tries := race(crowd, func(i int) error {
			return setAttribute(t, nodes[i%len(nodes)], tokens[i], "email", wanted)
		})
		wantTally(t, tries, map[string]int{"": 1, aliasTaken: crowd - 1})
		winner := parseJWT(t, *f.signIn(t, wanted).IdToken).claims["sub"]
		for i, r := range tries {
			got := f.own(t, tokens[i])
			if r.err == nil && (got["email"] != wanted || got["sub"] != winner) || r.err != nil && got["email"] != old[i] {
				t.Errorf("user %d, told %v, has %v", i, r.err, got)
			}
		}
		if n := f.messages(t, wanted); len(nodes) == 1 && n != 1 {
			t.Errorf("%d messages to the address, want the winner's", n)
		}
	})
}

// AdminUpdateUserAttributes: 64 users are given one verified address.
func TestManyGrantsOfOneAlias(t *testing.T) {
	contest(t, func(t *testing.T, nodes []*env) {
		f := newFixture(t, nodes[0], aliases(false))
		wanted := address("wanted")
		for _, r := range race(crowd, func(i int) error {
			_, err := f.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{UserPoolId: &f.pool, Username: aws.String(fmt.Sprintf("user%d", i))})
			return err
		}) {
			noError(t, r.err)
		}
		wantTally(t, race(crowd, func(i int) error {
			g := *f
			g.env = nodes[i%len(nodes)]
			return g.adminUpdate(t, fmt.Sprintf("user%d", i), "email="+wanted, "email_verified=true")
		}), map[string]int{"": 1, aliasTaken: crowd - 1})
		if holders := f.list(t, `email = "`+wanted+`"`); len(holders) != 1 {
			t.Errorf("%v hold the address", holders)
		}
	})
}
