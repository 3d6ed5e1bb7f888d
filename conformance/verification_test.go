package conformance

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

const limitExceeded = "Attempt limit exceeded, please try after some time."

// GetUserAttributeVerificationCode and VerifyUserAttribute for a stored value,
// verified or not, and for what cannot be verified.
func TestCodesForStoredValues(t *testing.T) {
	covers(t, "GetUserAttributeVerificationCode", "InvalidParameterException")
	covers(t, "VerifyUserAttribute", "InvalidParameterException", "ExpiredCodeException", "CodeMismatchException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, verifies("email", false))
		mail, phone := address("fixture"), number()
		f.user(t, "ann", "email="+mail, "name=Ann")
		token := f.signIn(t, "ann").AccessToken
		for _, name := range []string{"name", "sub", "email_verified", "custom:x", "Email"} {
			const text = "Invalid attribute name. Only phone_number and email can be verified."
			_, err := e.askCode(t, token, name)
			wantFaultNamed(t, name, err, "InvalidParameterException", text)
			wantFaultNamed(t, name, e.verify(t, token, name, "123456"), "InvalidParameterException", text)
		}
		_, err := e.askCode(t, token, "phone_number")
		wantFault(t, err, "InvalidParameterException", "User does not have a valid registered phone number")
		wantFault(t, e.verify(t, token, "email", "123456"), "ExpiredCodeException", codeExpired)
		wantFault(t, e.verify(t, token, "email", "12 456"), "InvalidParameterException", "1 validation error detected: Value '12 456' at 'code' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\S]+")

		out, err := e.askCode(t, token, "email")
		noError(t, err)
		wantDelivery(t, out.CodeDeliveryDetails, contact{attribute: "email", mask: "f***@e***", medium: types.DeliveryMediumTypeEmail})
		code := e.code(t, mail)
		if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
			t.Errorf("the code %q is not of six digits", code)
		}
		noError(t, e.verify(t, token, "email", code))
		// Verified and unchanged: a new code is sent all the same.
		_, err = e.askCode(t, token, "email")
		noError(t, err)
		noError(t, e.verify(t, token, "email", e.code(t, mail)))

		// A phone number that the pool does not verify by itself, and a code that
		// its change makes worthless.
		f.updated(t, token, "phone_number="+phone)
		_, err = e.askCode(t, token, "phone_number")
		noError(t, err)
		void := e.code(t, phone)
		f.updated(t, token, "phone_number="+number())
		wantFault(t, e.verify(t, token, "phone_number", void), "ExpiredCodeException", codeExpired)
		noError(t, f.adminUpdate(t, "ann", "phone_number="+phone))
		wantFault(t, e.verify(t, token, "phone_number", void), "ExpiredCodeException", codeExpired)
		noError(t, f.adminUpdate(t, "ann", "email="))
		_, err = e.askCode(t, token, "email")
		wantFault(t, err, "InvalidParameterException", "User does not have a valid registered email address")
	})
}

// A code is good for its user, its attribute and its value only.
func TestCodeProvesNothingElse(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, verifies("email", false))
		mails := map[string]string{"ann": address("ann"), "bob": address("bob")}
		codes, tokens := map[string]string{}, map[string]*string{}
		for name, mail := range mails {
			f.user(t, name)
			tokens[name] = f.signIn(t, name).AccessToken
			f.updated(t, tokens[name], "email="+mail)
			codes[name] = e.code(t, mail)
		}
		if codes["ann"] != codes["bob"] {
			wantFault(t, e.verify(t, tokens["bob"], "email", codes["ann"]), "CodeMismatchException", codeMismatch)
		}
		wantFault(t, e.verify(t, tokens["ann"], "phone_number", codes["ann"]), "ExpiredCodeException", codeExpired)
		for _, text := range []string{codes["ann"] + "0", codes["ann"][1:], "0" + codes["ann"], strings.Repeat("9", 2048), "１２３４５６"} {
			wantFaultNamed(t, text[:5], e.verify(t, tokens["ann"], "email", text), "CodeMismatchException", codeMismatch)
		}
		noError(t, e.verify(t, tokens["ann"], "email", codes["ann"]))
	})
}

// VerifyUserAttribute is judged 15 times an hour, right or wrong, and
// GetUserAttributeVerificationCode sends 5 codes an hour.
func TestHourlyLimits(t *testing.T) {
	refuses(t, "VerifyUserAttribute", "LimitExceededException")
	refuses(t, "GetUserAttributeVerificationCode", "LimitExceededException")
	withClock(t, func(t *testing.T, e *env, k *clock) {
		f := newFixture(t, e, verifies("both", false))
		mail := address("fixture")
		f.user(t, "ann", "email="+mail)
		token := f.signIn(t, "ann").AccessToken
		for i := range 6 {
			_, err := e.askCode(t, token, "email")
			if i < 5 && err != nil {
				t.Fatalf("code %d: %v", i, err)
			} else if i == 5 {
				wantFault(t, err, "LimitExceededException", limitExceeded)
			}
		}
		if n := e.messages(t, mail); n != 5 {
			t.Errorf("%d messages, want 5", n)
		}
		code := e.code(t, mail)
		for i := range 15 {
			wantFaultNamed(t, fmt.Sprint(i), e.verify(t, token, "email", wrongCode(code)), "CodeMismatchException", codeMismatch)
		}
		wantFault(t, e.verify(t, token, "email", code), "LimitExceededException", limitExceeded)
		wantFault(t, e.verify(t, token, "phone_number", "123456"), "LimitExceededException", limitExceeded)
		f.updated(t, token, "name=Ann") // no attempt
		k.advance(time.Hour)
		token = f.signIn(t, "ann").AccessToken
		noError(t, e.verify(t, token, "email", code))
		_, err := e.askCode(t, token, "email")
		noError(t, err)
	})
}

// ClientMetadata is accepted wherever a message could come of a call, is not
// validated, and leaves no trace (C13-C16).
func TestClientMetadataIsAccepted(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		f.user(t, "ann", "email=ann@example.com")
		token := *f.signIn(t, "ann").AccessToken
		metadata := `"ClientMetadata":{"any":"thing","":"","long":"` + strings.Repeat("m", 5000) + `"}`
		for operation, body := range map[string]string{
			"UpdateUserAttributes":             `{"AccessToken":"` + token + `","UserAttributes":[{"Name":"name","Value":"Ann"}],` + metadata + `}`,
			"GetUserAttributeVerificationCode": `{"AccessToken":"` + token + `","AttributeName":"email",` + metadata + `}`,
			"AdminUpdateUserAttributes":        `{"UserPoolId":"` + f.pool + `","Username":"ann","UserAttributes":[{"Name":"name","Value":"Ann"}],` + metadata + `}`,
		} {
			if status, _, answer := e.raw(t, operation, body, e.signed(t, operation, body)...); status != 200 {
				t.Errorf("%s: %d %s", operation, status, answer)
			}
		}
		if got := f.attributes(t, "ann"); len(got) != 4 || got["name"] != "Ann" {
			t.Errorf("attributes: %v", got)
		}
	})
}

// One bad attribute of ten: nothing is stored and nothing sent, whatever is
// wrong with it.
func TestAllOrNothing(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, func(in *cip.CreateUserPoolInput) {
			typed(in)
			verifies("both", false)(in)
			in.AliasAttributes = []types.AliasAttributeType{"preferred_username"}
		})
		f.user(t, "bob", "family_name=B", "preferred_username=taken")
		f.user(t, "ann", "family_name=A", "email=ann@example.com", "custom:plan=basic", "nickname=old")
		token := f.signIn(t, "ann").AccessToken
		before, mail, phone := f.attributes(t, "ann"), address("new"), number()
		good := []string{"email=" + mail, "phone_number=" + phone, "name=Ann", "nickname=", "given_name=A", "custom:word=abc", "custom:size=1", "family_name=C", "locale=en"}
		for _, c := range []struct{ name, write, code, message string }{
			{"unknown", "custom:x=1", "InvalidParameterException", "user.custom:x: Attribute does not exist in the schema.\n"},
			{"immutable", "custom:plan=x", "InvalidParameterException", "user.custom:plan: Attribute cannot be updated.\n"},
			{"a value", "custom:flag=x", "InvalidParameterException", "user.custom:flag: Value must be true or false.\n"},
			{"no permission", "email_verified=true", "NotAuthorizedException", unauthorizedWrite},
			{"a name that is taken", "preferred_username=taken", "AliasExistsException", "An account with the given preferred_username already exists."},
		} {
			for _, writes := range [][]string{append([]string{c.write}, good...), append(good[:len(good):len(good)], c.write)} {
				_, err := e.update(t, token, writes...)
				wantFaultNamed(t, c.name, err, c.code, c.message)
			}
			wantSame(t, c.name, f.attributes(t, "ann"), before)
		}
		if e.messages(t, mail)+e.messages(t, phone) != 0 {
			t.Error("a message was sent")
		}
		if out := f.updated(t, token, good...); len(out.CodeDeliveryDetailsList) != 2 {
			t.Errorf("%d deliveries of the good ones", len(out.CodeDeliveryDetailsList))
		}
		if got := f.attributes(t, "ann"); got["email"] != mail || got["custom:size"] != "1" || got["nickname"] != "" {
			t.Errorf("the good ones: %v", got)
		}
	})
}

// UserLastModifiedDate grows with a change.
func TestLastModifiedDate(t *testing.T) {
	withClock(t, func(t *testing.T, e *env, k *clock) {
		f := newFixture(t, e, nil)
		f.user(t, "ann")
		dates := func() (created, modified time.Time) {
			u := f.listed(t, &cip.ListUsersInput{}).Users[0]
			return aws.ToTime(u.UserCreateDate), aws.ToTime(u.UserLastModifiedDate)
		}
		created, before := dates()
		k.advance(time.Minute)
		f.updated(t, f.signIn(t, "ann").AccessToken, "name=Ann")
		again, after := dates()
		if !again.Equal(created) || after.Sub(before) < time.Minute {
			t.Errorf("created %v, then %v; modified %v, then %v", created, again, before, after)
		}
	})
}
