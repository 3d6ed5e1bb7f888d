package conformance

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

const (
	codeMismatch = "Invalid verification code provided, please try again."
	codeExpired  = "Invalid code provided, please request a code again."
)

// newPending makes a pool that verifies before it updates, with a user whose
// contact is verified, and signs the user in.
func newPending(t *testing.T, e *env, c contact) (*fixture, *string) {
	t.Helper()
	f := newFixture(t, e, verifies("both", true))
	f.user(t, "ann", c.attribute+"="+c.old, c.flag+"=true")
	return f, f.signIn(t, "ann").AccessToken
}

// UpdateUserAttributes and VerifyUserAttribute where a contact is verified
// before it is updated (C10, C11): the old value stands, verified, in every
// view until the new one is proved.
func TestPendingValue(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		for _, c := range contacts() {
			f, token := newPending(t, e, c)
			out := f.updated(t, token, c.attribute+"="+c.new, "name=Ann")
			if len(out.CodeDeliveryDetailsList) != 1 {
				t.Fatalf("%s: %d deliveries", c.attribute, len(out.CodeDeliveryDetailsList))
			}
			wantDelivery(t, &out.CodeDeliveryDetailsList[0], c)
			f.wantContact(t, token, c, c.old, "true")
			if got := f.attributes(t, "ann")["name"]; got != "Ann" {
				t.Errorf("the attribute beside it: %q", got)
			}
			claims := parseJWT(t, *f.signIn(t, "ann").IdToken).claims
			if claims[c.attribute] != c.old || claims[c.flag] != true {
				t.Errorf("ID token: %v, %v", claims[c.attribute], claims[c.flag])
			}
			if found := f.list(t, c.attribute+` = "`+c.new+`"`); len(found) != 0 {
				t.Errorf("ListUsers finds a pending value: %v", found)
			}
			if e.messages(t, c.old) != 0 {
				t.Errorf("%s: a message to the old value", c.attribute)
			}
			code := e.code(t, c.new)
			wantFault(t, e.verify(t, token, c.attribute, wrongCode(code)), "CodeMismatchException", codeMismatch)
			noError(t, e.verify(t, token, c.attribute, code))
			f.wantContact(t, token, c, c.new, "true")
			claims = parseJWT(t, *f.signIn(t, "ann").IdToken).claims
			if claims[c.attribute] != c.new || claims[c.flag] != true {
				t.Errorf("ID token after the proof: %v, %v", claims[c.attribute], claims[c.flag])
			}
			wantFault(t, e.verify(t, token, c.attribute, code), "ExpiredCodeException", codeExpired)
		}
	})
}

// A second new value takes the place of the first, whose code is void; a code
// is asked for again and goes to the pending value.
func TestPendingValueIsReplaced(t *testing.T) {
	covers(t, "GetUserAttributeVerificationCode")
	onEachEngine(t, func(t *testing.T, e *env) {
		c := contacts()[0]
		f, token := newPending(t, e, c)
		first := address("first")
		f.updated(t, token, "email="+first)
		void := e.code(t, first)
		f.updated(t, token, "email="+c.new)
		current := e.code(t, c.new)
		if void != current {
			wantFault(t, e.verify(t, token, "email", void), "CodeMismatchException", codeMismatch)
		}
		out, err := e.askCode(t, token, "email")
		noError(t, err)
		wantDelivery(t, out.CodeDeliveryDetails, c)
		again := e.code(t, c.new)
		if e.messages(t, c.new) != 2 || e.messages(t, c.old) != 0 {
			t.Errorf("%d messages to the pending value, %d to the old", e.messages(t, c.new), e.messages(t, c.old))
		}
		if again != current {
			wantFault(t, e.verify(t, token, "email", current), "CodeMismatchException", codeMismatch)
		}
		noError(t, e.verify(t, token, "email", again))
		f.wantContact(t, token, c, c.new, "true")
	})
}

// What takes a pending value back: the stored value sent again, a blank one,
// and an administrator's writes. Its code proves nothing from then on.
func TestPendingValueIsTakenBack(t *testing.T) {
	covers(t, "AdminUpdateUserAttributes")
	onEachEngine(t, func(t *testing.T, e *env) {
		for name, take := range map[string]func(t *testing.T, f *fixture, token *string, c contact) (value, verified string){
			"the stored value again": func(t *testing.T, f *fixture, token *string, c contact) (string, string) {
				if out := f.updated(t, token, "email="+c.old); len(out.CodeDeliveryDetailsList) != 0 {
					t.Error("a code was sent")
				}
				return c.old, "true"
			},
			"a blank value": func(t *testing.T, f *fixture, token *string, c contact) (string, string) {
				f.updated(t, token, "email=")
				return "", ""
			},
			"DeleteUserAttributes": func(t *testing.T, f *fixture, token *string, c contact) (string, string) {
				_, err := f.DeleteUserAttributes(t.Context(), &cip.DeleteUserAttributesInput{AccessToken: token, UserAttributeNames: []string{"email"}})
				noError(t, err)
				return "", ""
			},
			"another value, vouched for": func(t *testing.T, f *fixture, token *string, c contact) (string, string) {
				noError(t, f.adminUpdate(t, "ann", "email=vouched@example.com", "email_verified=true"))
				return "vouched@example.com", "true"
			},
			"the pending value, vouched for": func(t *testing.T, f *fixture, token *string, c contact) (string, string) {
				noError(t, f.adminUpdate(t, "ann", "email="+c.new, "email_verified=true"))
				return c.new, "true"
			},
			"an administrator's deletion": func(t *testing.T, f *fixture, token *string, c contact) (string, string) {
				_, err := f.AdminDeleteUserAttributes(t.Context(), &cip.AdminDeleteUserAttributesInput{UserPoolId: &f.pool, Username: aws.String("ann"), UserAttributeNames: []string{"email"}})
				noError(t, err)
				return "", ""
			},
		} {
			t.Run(name, func(t *testing.T) {
				c := contacts()[0]
				f, token := newPending(t, e, c)
				f.updated(t, token, "email="+c.new)
				code := e.code(t, c.new)
				value, verified := take(t, f, token, c)
				if name != "the pending value, vouched for" {
					wantFault(t, e.verify(t, token, "email", code), "ExpiredCodeException", codeExpired)
				}
				f.wantContact(t, token, c, value, verified)
				if e.messages(t, c.new) != 1 {
					t.Errorf("%d messages to the pending value", e.messages(t, c.new))
				}
			})
		}
	})
}

// AdminUpdateUserAttributes of a contact that is verified before the update:
// pending and a message, unless the flag is set in the same call.
func TestPendingValueOfAnAdministrator(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		c := contacts()[0]
		f, token := newPending(t, e, c)
		noError(t, f.adminUpdate(t, "ann", "email="+c.new))
		f.wantContact(t, token, c, c.old, "true")
		noError(t, e.verify(t, token, "email", e.code(t, c.new)))
		f.wantContact(t, token, c, c.new, "true")
		vouched := address("vouched")
		noError(t, f.adminUpdate(t, "ann", "email="+vouched, "email_verified=True"))
		f.wantContact(t, token, c, vouched, "true")
		if e.messages(t, vouched) != 0 {
			t.Error("a message to a value that was vouched for")
		}
		unsure := address("unsure")
		noError(t, f.adminUpdate(t, "ann", "email="+unsure, "email_verified=false"))
		f.wantContact(t, token, c, vouched, "true")
		noError(t, e.verify(t, token, "email", e.code(t, unsure)))
		f.wantContact(t, token, c, unsure, "true")
	})
}

// A code lives for a day; after it the pending value is never applied.
func TestCodeRunsOut(t *testing.T) {
	withClock(t, func(t *testing.T, e *env, k *clock) {
		for _, pending := range []bool{false, true} {
			f := newFixture(t, e, verifies("both", pending))
			c := contacts()[0]
			f.user(t, "ann", "email="+c.old, "email_verified=true")
			f.client = f.newClient(t, func(in *cip.CreateUserPoolClientInput) {
				in.AccessTokenValidity = aws.Int32(24)
				in.TokenValidityUnits = &types.TokenValidityUnitsType{AccessToken: types.TimeUnitsTypeHours}
			})
			f.updated(t, f.signIn(t, "ann").AccessToken, "email="+c.new)
			code := e.code(t, c.new)
			k.advance(24*time.Hour - time.Minute)
			token := f.signIn(t, "ann").AccessToken
			wantFault(t, e.verify(t, token, "email", wrongCode(code)), "CodeMismatchException", codeMismatch)
			k.advance(time.Minute)
			wantFault(t, e.verify(t, token, "email", code), "ExpiredCodeException", codeExpired)
			want, verified := c.new, "false"
			if pending {
				want, verified = c.old, "true"
			}
			f.wantContact(t, token, c, want, verified)
			if _, err := e.askCode(t, token, "email"); err != nil {
				t.Error(err)
			}
			noError(t, e.verify(t, token, "email", e.code(t, want)))
			f.wantContact(t, token, c, want, "true")
		}
	})
}
