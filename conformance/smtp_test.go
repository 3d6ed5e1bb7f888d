package conformance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"
)

// Every operation that sends an e-mail, through a mail server: what arrives,
// and that its code is good.
func TestMailArrives(t *testing.T) {
	for _, op := range []string{"SignUp", "ConfirmSignUp", "ResendConfirmationCode", "AdminCreateUser", "UpdateUserAttributes", "GetUserAttributeVerificationCode", "VerifyUserAttribute"} {
		covers(t, op)
	}
	box := newMailbox(t)
	e := box.server(t)
	f := newFixture(t, e, verifies("email", true))
	did(f.signUp(t, "ann", "email=ann@example.com"))(t)
	first := box.last(t, "ann@example.com")
	if diff := cmp.Diff(letter{"ann@example.com", "Your verification code", "Your confirmation code is " + first.code(t)}, first, cmp.AllowUnexported(letter{})); diff != "" {
		t.Errorf("of SignUp (-want +got):\n%s", diff)
	}
	did(f.resend(t, "ann"))(t)
	if err := f.confirm(t, "ann", box.last(t, "ann@example.com").code(t)); err != nil {
		t.Fatal(err)
	}
	token := f.signIn(t, "ann").AccessToken
	did(f.update(t, token, "email=new@example.com"))(t)
	if got := f.own(t, token)["email"]; got != "ann@example.com" {
		t.Errorf("email %s before the proof", got)
	}
	change := box.last(t, "new@example.com")
	if want := "Your verification code is " + change.code(t); change.text != want {
		t.Errorf("of UpdateUserAttributes: %q", change.text)
	}
	did(f.askCode(t, token, "email"))(t)
	if err := f.verify(t, token, "email", box.last(t, "new@example.com").code(t)); err != nil {
		t.Fatal(err)
	}
	if got := f.own(t, token); got["email"] != "new@example.com" || got["email_verified"] != "true" {
		t.Errorf("after the proof: %v", got)
	}
	did(f.invite(t, "bob", func(in *cip.AdminCreateUserInput) { byMail(in); in.TemporaryPassword = aws.String("<Wel&come1>") }, "email=bob@example.com"))(t)
	if got, want := box.last(t, "bob@example.com"), (letter{"bob@example.com", "Your temporary password", "Your username is bob and temporary password is <Wel&come1>."}); got != want {
		t.Errorf("of AdminCreateUser: %+v", got)
	}
}

// Every operation that sends an e-mail, to a recipient that the mail server
// refuses: the user is there, and so is the change that waits for its proof.
func TestRefusedRecipient(t *testing.T) {
	for _, op := range []string{"SignUp", "AdminCreateUser", "UpdateUserAttributes", "ResendConfirmationCode", "GetUserAttributeVerificationCode"} {
		refuses(t, op, "CodeDeliveryFailureException")
	}
	const code, text = "CodeDeliveryFailureException", "Invalid email provided/Unable to send the email"
	box := newMailbox(t)
	e := box.server(t)
	f := newFixture(t, e, verifies("email", true))
	for _, address := range []string{"new@refused.example", "cyd@refused.example", "later@refused.example"} {
		box.refuse(address)
	}
	_, err := f.signUp(t, "new", "email=new@refused.example")
	wantFault(t, err, code, text)
	if got := f.status(t, "new"); got != "UNCONFIRMED" {
		t.Errorf("status %s", got)
	}
	_, err = f.resend(t, "new")
	wantFault(t, err, code, text)
	_, err = f.invite(t, "cyd", byMail, "email=cyd@refused.example")
	wantFault(t, err, code, text)
	if got := f.status(t, "cyd"); got != "FORCE_CHANGE_PASSWORD" {
		t.Errorf("status %s", got)
	}
	f.user(t, "ann", "email=ann@example.com", "email_verified=true")
	token := f.signIn(t, "ann").AccessToken
	_, err = f.update(t, token, "email=later@refused.example", "name=Ann")
	wantFault(t, err, code, text)
	if got := f.own(t, token); got["email"] != "ann@example.com" || got["email_verified"] != "true" || got["name"] != "Ann" {
		t.Errorf("after a code that did not leave: %v", got)
	}
	_, err = f.askCode(t, token, "email")
	wantFault(t, err, code, text)
	// The mailbox opens: the change that was kept can be proven.
	box.mu.Lock()
	clear(box.refused)
	box.mu.Unlock()
	did(f.askCode(t, token, "email"))(t)
	if err := f.verify(t, token, "email", box.last(t, "later@refused.example").code(t)); err != nil {
		t.Fatal(err)
	}
	if got := f.own(t, token); got["email"] != "later@refused.example" || got["email_verified"] != "true" {
		t.Errorf("after the proof: %v", got)
	}
	if box.count() != 1 {
		t.Errorf("%d letters", box.count())
	}
}

// A mail server that takes its time holds up the request that waits for it, and
// no other, not even of the same user.
func TestSlowMailServer(t *testing.T) {
	box := newMailbox(t)
	e := box.server(t)
	f := newFixture(t, e, verifies("email", true))
	f.user(t, "ann", "email=ann@example.com", "email_verified=true")
	token := f.signIn(t, "ann").AccessToken
	release := box.hold()
	defer release()
	done := make(chan error, 1)
	go func() {
		_, err := e.UpdateUserAttributes(t.Context(), &cip.UpdateUserAttributesInput{AccessToken: token, UserAttributes: attrs("email=new@example.com")})
		done <- err
	}()
	select {
	case <-box.arrived:
	case err := <-done:
		t.Fatalf("UpdateUserAttributes did not wait for the mail server: %v", err)
	}
	did(f.update(t, token, "name=Ann"))(t)
	if got := f.own(t, token); got["name"] != "Ann" || got["email"] != "ann@example.com" {
		t.Errorf("while the mail server hangs: %v", got)
	}
	f.refresh(t, *f.signIn(t, "ann").RefreshToken)
	did(f.AdminUpdateUserAttributes(t.Context(), &cip.AdminUpdateUserAttributesInput{UserPoolId: &f.pool, Username: aws.String("ann"), UserAttributes: attrs("nickname=Annie")}))(t)
	did(f.setPassword(t, "ann", password, true))(t)
	f.user(t, "bob")
	select {
	case err := <-done:
		t.Fatalf("UpdateUserAttributes answered before its message was taken: %v", err)
	default:
	}
	release()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := f.verify(t, token, "email", box.last(t, "new@example.com").code(t)); err != nil {
		t.Error(err)
	}
	if got := did(f.AdminGetUser(t.Context(), &cip.AdminGetUserInput{UserPoolId: &f.pool, Username: aws.String("ann")}))(t); got.UserStatus != types.UserStatusTypeConfirmed {
		t.Errorf("status %s", got.UserStatus)
	}
}
