package conformance

import "testing"

// RespondToAuthChallenge and AdminRespondToAuthChallenge that take a name of
// another user beside the new password: nothing is changed, and the session is
// good for another answer.
func TestNewPasswordWithATakenName(t *testing.T) {
	covers(t, "RespondToAuthChallenge", "AliasExistsException")
	covers(t, "AdminRespondToAuthChallenge", "AliasExistsException")
	onEachEngine(t, func(t *testing.T, e *env) {
		for _, admin := range []bool{false, true} {
			f := newFixture(t, e, aliases(false))
			f.user(t, "bob", "preferred_username=bobby")
			session := f.invited(t, "ann").Session
			_, err := f.respond(t, admin, session, "ann", "userAttributes.preferred_username", "bobby")
			wantFault(t, err, "AliasExistsException", preferredTaken)
			if got := f.shown(t, "ann"); got.UserStatus != "FORCE_CHANGE_PASSWORD" || asMap(got.UserAttributes)["preferred_username"] != "" {
				t.Errorf("after the refusal: %s, %v", got.UserStatus, asMap(got.UserAttributes))
			}
			_, err = f.respond(t, admin, session, "ann", "userAttributes.preferred_username", "annie")
			noError(t, err)
			f.wantSignIn(t, []string{"ann", "annie", "bobby"})
		}
	})
}
