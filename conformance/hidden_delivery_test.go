package conformance

import (
	"testing"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

// A client that hides users does not wait for the mail server, nor learns what it says of
// an address: either would tell a user from a name that nobody has. The codes arrive, and
// are good, and nobody gets one for such a name.
func TestHidingClientsDoNotWaitForMail(t *testing.T) {
	t.Parallel()
	skipElsewhere(t)
	box := newMailbox(t)
	f := newFixture(t, box.server(t), func(in *cip.CreateUserPoolInput) {
		verifies("email", false)(in)
		beginningWith("PASSWORD", "EMAIL_OTP")(in)
	})
	f.client = f.choosing(t, func(in *cip.CreateUserPoolClientInput) { in.PreventUserExistenceErrors = "ENABLED" })
	f.user(t, "ann", "email=ann@example.com", "email_verified=true")
	did(f.signUp(t, "bob", "email=bob@example.com"))(t) // which a user waits for
	box.lettersTo(t, "bob@example.com", 1)

	release := box.hold()
	defer release()
	for _, name := range []string{"ann", "eve"} {
		did(f.forgot(t, name))(t)
		if got := did(f.beginChoice(t, name, "PREFERRED_CHALLENGE", "EMAIL_OTP"))(t).ChallengeName; got != "EMAIL_OTP" {
			t.Errorf("%s is asked for %s", name, got)
		}
	}
	for _, name := range []string{"bob", "eve"} {
		did(f.resend(t, name))(t)
	}
	if n := box.count(); n != 1 {
		t.Fatalf("%d letters arrived while the mail server held them back", n-1)
	}
	release()
	box.lettersTo(t, "ann@example.com", 2)
	box.lettersTo(t, "bob@example.com", 2)
	noError(t, f.confirm(t, "bob", box.last(t, "bob@example.com").code(t)))

	box.refuse("ann@example.com")
	box.refuse("bob@example.com")
	did(f.forgot(t, "ann"))(t)
	did(f.forgot(t, "bob"))(t)
	did(f.beginChoice(t, "ann", "PREFERRED_CHALLENGE", "EMAIL_OTP"))(t)
	if n := box.count(); n != 4 {
		t.Errorf("%d letters, want 4", n)
	}
}
