package conformance

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// verifies makes a pool that verifies the attributes, can send text messages,
// and, before an update, verifies those that pending names as well.
func verifies(attributes string, pending bool) func(*cip.CreateUserPoolInput) {
	return func(in *cip.CreateUserPoolInput) {
		for _, a := range []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail, types.VerifiedAttributeTypePhoneNumber} {
			if attributes == "both" || attributes == string(a) {
				in.AutoVerifiedAttributes = append(in.AutoVerifiedAttributes, a)
			}
		}
		if pending {
			in.UserAttributeUpdateSettings = &types.UserAttributeUpdateSettingsType{AttributesRequireVerificationBeforeUpdate: in.AutoVerifiedAttributes}
		}
		in.SmsConfiguration = &types.SmsConfigurationType{SnsCallerArn: aws.String("arn:aws:iam::000000000000:role/sms")}
	}
}

// number returns a phone number that no other test uses.
func number() string { return fmt.Sprintf("+1555%07d", counter.next()) }

// address returns an e-mail address that no other test uses.
func address(name string) string { return unique(name) + "@example.com" }

// contact is an e-mail address or phone number in a test that knows both.
type contact struct {
	attribute, flag, old, new, mask string
	medium                          types.DeliveryMediumType
}

func contacts() []contact {
	phone := number()
	return []contact{
		{"email", "email_verified", address("old"), address("fixture"), "f***@e***", types.DeliveryMediumTypeEmail},
		{"phone_number", "phone_number_verified", number(), phone, "+*******" + phone[len(phone)-4:], types.DeliveryMediumTypeSms},
	}
}

func wantDelivery(t *testing.T, got *types.CodeDeliveryDetailsType, c contact) {
	t.Helper()
	if aws.ToString(got.AttributeName) != c.attribute || got.DeliveryMedium != c.medium || aws.ToString(got.Destination) != c.mask {
		t.Errorf("delivery = %s by %s to %s, want %s by %s to %s", aws.ToString(got.AttributeName), got.DeliveryMedium, aws.ToString(got.Destination), c.attribute, c.medium, c.mask)
	}
}

// wantContact checks the value and the flag of a contact, in GetUser and in
// AdminGetUser.
func (f *fixture) wantContact(t *testing.T, token *string, c contact, value, verified string) {
	t.Helper()
	for name, got := range map[string]map[string]string{"GetUser": f.own(t, token), "AdminGetUser": f.attributes(t, "ann")} {
		if got[c.attribute] != value || got[c.flag] != verified {
			t.Errorf("%s: %s = %q, verified %q; want %q, %q", name, c.attribute, got[c.attribute], got[c.flag], value, verified)
		}
	}
}

// UpdateUserAttributes of an e-mail address or phone number that the pool does
// not verify: the new value counts at once, unverified, and nothing is sent.
func TestContactThatIsNotVerified(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		for _, c := range contacts() {
			f := newFixture(t, e, nil)
			f.user(t, "ann", c.attribute+"="+c.old, c.flag+"=true")
			token := f.signIn(t, "ann").AccessToken
			out := f.updated(t, token, c.attribute+"="+c.new)
			if len(out.CodeDeliveryDetailsList) != 0 || e.messages(t, c.new) != 0 {
				t.Errorf("%s: a code was sent", c.attribute)
			}
			f.wantContact(t, token, c, c.new, "false")
			f.updated(t, token, c.attribute+"=")
			f.wantContact(t, token, c, "", "")
		}
	})
}

// UpdateUserAttributes of a contact that the pool verifies: the new value
// counts at once, unverified, and a code goes to it; VerifyUserAttribute proves
// it.
func TestContactThatIsVerified(t *testing.T) {
	covers(t, "UpdateUserAttributes")
	covers(t, "VerifyUserAttribute", "CodeMismatchException", "ExpiredCodeException")
	onEachEngine(t, func(t *testing.T, e *env) {
		for _, c := range contacts() {
			f := newFixture(t, e, verifies("both", false))
			f.user(t, "ann", c.attribute+"="+c.old, c.flag+"=true")
			token := f.signIn(t, "ann").AccessToken
			out := f.updated(t, token, c.attribute+"="+c.new, "name=Ann")
			if len(out.CodeDeliveryDetailsList) != 1 {
				t.Fatalf("%s: %d deliveries", c.attribute, len(out.CodeDeliveryDetailsList))
			}
			wantDelivery(t, &out.CodeDeliveryDetailsList[0], c)
			f.wantContact(t, token, c, c.new, "false")
			if e.messages(t, c.old) != 0 || e.messages(t, c.new) != 1 {
				t.Errorf("%s: %d messages to the old value, %d to the new", c.attribute, e.messages(t, c.old), e.messages(t, c.new))
			}
			// The same value again: nothing is sent, and the code stays good.
			again := f.updated(t, token, c.attribute+"="+c.new)
			if len(again.CodeDeliveryDetailsList) != 0 || e.messages(t, c.new) != 1 {
				t.Errorf("%s: the stored value was sent a code", c.attribute)
			}
			code := e.code(t, c.new)
			wantFault(t, e.verify(t, token, c.attribute, wrongCode(code)), "CodeMismatchException", "Invalid verification code provided, please try again.")
			f.wantContact(t, token, c, c.new, "false")
			noError(t, e.verify(t, token, c.attribute, code))
			f.wantContact(t, token, c, c.new, "true")
			wantFault(t, e.verify(t, token, c.attribute, code), "ExpiredCodeException", "Invalid code provided, please request a code again.")
			f.updated(t, token, c.attribute+"="+c.new)
			f.wantContact(t, token, c, c.new, "true")
		}
	})
}

// UpdateUserAttributes of both contacts at once: two codes, each for its own.
func TestBothContactsAtOnce(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		for _, pending := range []bool{false, true} {
			both := contacts()
			f := newFixture(t, e, verifies("both", pending))
			f.user(t, "ann", "email="+both[0].old, "phone_number="+both[1].old, "email_verified=true", "phone_number_verified=true")
			token := f.signIn(t, "ann").AccessToken
			out := f.updated(t, token, "email="+both[0].new, "phone_number="+both[1].new)
			if len(out.CodeDeliveryDetailsList) != 2 {
				t.Fatalf("%d deliveries, want 2", len(out.CodeDeliveryDetailsList))
			}
			for i, c := range both {
				wantDelivery(t, &out.CodeDeliveryDetailsList[i], c)
			}
			email, phone := e.code(t, both[0].new), e.code(t, both[1].new)
			if email != phone {
				wantFault(t, e.verify(t, token, "email", phone), "CodeMismatchException", "Invalid verification code provided, please try again.")
			}
			noError(t, e.verify(t, token, "phone_number", phone))
			noError(t, e.verify(t, token, "email", email))
			for _, c := range both {
				f.wantContact(t, token, c, c.new, "true")
			}
		}
	})
}

// GetUserAttributeVerificationCode for a phone number in a pool that cannot
// send text messages.
func TestTextMessageWithoutSmsConfiguration(t *testing.T) {
	refuses(t, "GetUserAttributeVerificationCode", "CodeDeliveryFailureException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		f.user(t, "ann", "phone_number=+15551230000")
		_, err := e.askCode(t, f.signIn(t, "ann").AccessToken, "phone_number")
		wantFault(t, err, "CodeDeliveryFailureException", "Invalid phone number provided/Unable to send the message. User pool does not have SMS configuration to send messages.")
	})
}
