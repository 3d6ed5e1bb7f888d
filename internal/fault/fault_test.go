package fault_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"poolhouse.dev/internal/fault"
)

// made is one fault of every kind.
var made = map[string]*fault.Error{
	"AliasExistsException":                  fault.AliasExists("m"),
	"CodeDeliveryFailureException":          fault.CodeDeliveryFailure("m"),
	"CodeMismatchException":                 fault.CodeMismatch("m"),
	"ExpiredCodeException":                  fault.ExpiredCode("m"),
	"FeatureUnavailableInTierException":     fault.FeatureUnavailableInTier("m"),
	"InternalErrorException":                fault.Internal(),
	"InvalidOAuthFlowException":             fault.InvalidOAuthFlow("m"),
	"InvalidParameterException":             fault.InvalidParameter("m"),
	"InvalidPasswordException":              fault.InvalidPassword("m"),
	"InvalidUserPoolConfigurationException": fault.InvalidUserPoolConfiguration("m"),
	"LimitExceededException":                fault.LimitExceeded("m"),
	"NotAuthorizedException":                fault.NotAuthorized("m"),
	"PasswordResetRequiredException":        fault.PasswordResetRequired(),
	"ResourceNotFoundException":             fault.ResourceNotFoundf("%s", "m"),
	"ScopeDoesNotExistException":            fault.ScopeDoesNotExist("m"),
	"TooManyRequestsException":              fault.TooManyRequests("m"),
	"UnauthorizedException":                 fault.Unauthorized("m"),
	"UnexpectedLambdaException":             fault.UnexpectedLambda("m"),
	"UnsupportedOperationException":         fault.UnsupportedOperation("m"),
	"UnsupportedTokenTypeException":         fault.UnsupportedTokenType("m"),
	"UnsupportedUserStateException":         fault.UnsupportedUserState("m"),
	"UserNotConfirmedException":             fault.UserNotConfirmed(),
	"UserNotFoundException":                 fault.UserNotFound("m"),
	"UserPoolTaggingException":              fault.UserPoolTagging("m"),
	"UsernameExistsException":               fault.UsernameExists("m"),
}

func TestKinds(t *testing.T) {
	own := map[string]string{
		"InternalErrorException":         "Internal server error.",
		"PasswordResetRequiredException": "Password reset required for the user",
		"UserNotConfirmedException":      "User is not confirmed.",
	}
	for code, f := range made {
		want := "m"
		if text, ok := own[code]; ok {
			want = text
		}
		if f.Code != code || f.Message != want || f.Reason != "" || f.Error() != code+": "+want {
			t.Errorf("%s is %+v", code, f)
		}
		status := 400
		if strings.HasPrefix(code, "Internal") {
			status = 500
		}
		if f.Status() != status {
			t.Errorf("%s has the status %d", code, f.Status())
		}
		for other, g := range made {
			if errors.Is(f, g) != (code == other) {
				t.Errorf("%s is %s: %v", code, other, code != other)
			}
		}
	}
	if fault.New(fault.CodeInternalServer, "m").Status() != 500 {
		t.Error("InternalServerException has another status")
	}
}

func TestFormatted(t *testing.T) {
	if f := fault.NotAuthorizedf("client %s, %d", "a%sb", 7); f.Message != "client a%sb, 7" {
		t.Errorf("message %q", f.Message)
	}
	if f := fault.InvalidParameterf("%q", "x"); f.Message != `"x"` {
		t.Errorf("message %q", f.Message)
	}
	if f := fault.InvalidParameter("100%s"); f.Message != "100%s" {
		t.Errorf("a plain message is formatted: %q", f.Message)
	}
}

func TestAs(t *testing.T) {
	f := fault.UserNotFound("User does not exist.")
	if got := fault.As(fmt.Errorf("loading: %w", f)); got != f {
		t.Errorf("got %v", got)
	}
	if !errors.Is(fmt.Errorf("loading: %w", f), fault.UserNotFound("")) {
		t.Error("a wrapped fault is not of its kind")
	}
	for _, err := range []error{nil, errors.New("UserNotFoundException: x")} {
		if got := fault.As(err); got != nil {
			t.Errorf("%v is the fault %v", err, got)
		}
		if errors.Is(f, err) {
			t.Errorf("a fault is %v", err)
		}
	}
}
