package conformance

import (
	"testing"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

// changePassword changes the password of a token's user; previous "" gives none.
func (e *env) changePassword(t *testing.T, token *string, previous, proposed string) error {
	t.Helper()
	in := &cip.ChangePasswordInput{AccessToken: token, ProposedPassword: &proposed}
	if previous != "" {
		in.PreviousPassword = &previous
	}
	_, err := e.ChangePassword(t.Context(), in)
	return err
}

const wrongLogin = "Incorrect username or password."

// ChangePassword with the right password: the new one signs in and the old one does
// not, and sign-ins go on.
func TestChangePassword(t *testing.T) {
	covers(t, "ChangePassword", "NotAuthorizedException", "InvalidPasswordException", "InvalidParameterException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		f.user(t, "ann")
		tokens := f.signIn(t, "ann")
		const other = "0ther-Passw0rd"
		for _, c := range []struct{ previous, proposed, code, message string }{
			{"wrong", other, "NotAuthorizedException", wrongLogin},
			{"", other, "NotAuthorizedException", wrongLogin},
			{password, "short1A", "InvalidPasswordException", "Password does not conform to policy: Password not long enough"},
			{password, "0ther-passw0rd", "InvalidPasswordException", "Password does not conform to policy: Password must have uppercase characters"},
			{password, other + " ", "InvalidParameterException", `1 validation error detected: Value at 'proposedPassword' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[\S]+.*[\S]+$`},
		} {
			wantFault(t, e.changePassword(t, tokens.AccessToken, c.previous, c.proposed), c.code, c.message)
		}
		if answer := e.wantCall(t, "ChangePassword", `{"AccessToken":"`+*tokens.AccessToken+`","PreviousPassword":"`+password+`","ProposedPassword":"`+other+`"}`, ""); len(answer) != 0 {
			t.Errorf("answered %v, want {}", answer)
		}
		_, err := f.trySignIn(t, "ann", password)
		wantFault(t, err, "NotAuthorizedException", wrongLogin)
		did(f.trySignIn(t, "ann", other))(t)
		f.own(t, tokens.AccessToken)
		f.refresh(t, *tokens.RefreshToken)
	})
}

// Wrong passwords at ChangePassword lock the account as those of sign-ins do, and all
// its calls are counted.
func TestChangePasswordIsGuessedFewTimes(t *testing.T) {
	covers(t, "ChangePassword", "LimitExceededException")
	guessing(t, func(t *testing.T, nodes []*env) {
		f := newFixture(t, nodes[0], nil)
		f.user(t, "ann")
		token := f.signIn(t, "ann").AccessToken
		counts := tally(race(200, func(i int) error {
			return nodes[i%len(nodes)].changePassword(t, token, "Wrong-Passw0rd", password)
		}))
		judged := counts["NotAuthorizedException: "+wrongLogin]
		if judged == 0 || judged > 5 {
			t.Errorf("answers %v, want at most 5 judged", counts)
		}
		for _, e := range nodes {
			wantFault(t, e.changePassword(t, token, password, password), "LimitExceededException", limitExceeded)
		}
		_, err := f.trySignIn(t, "ann", password)
		wantFault(t, err, "NotAuthorizedException", "Password attempts exceeded")
	})
	withClock(t, func(t *testing.T, e *env, c *clock) {
		f := newFixture(t, e, nil)
		f.user(t, "ann")
		token := f.signIn(t, "ann").AccessToken
		for range 5 {
			noError(t, e.changePassword(t, token, password, password))
		}
		wantFault(t, e.changePassword(t, token, password, password), "LimitExceededException", limitExceeded)
		did(f.trySignIn(t, "ann", password))(t)
		c.advance(time.Hour)
		token = f.signIn(t, "ann").AccessToken
		noError(t, e.changePassword(t, token, password, password))
	})
}
