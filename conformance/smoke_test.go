package conformance

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

func TestUpdateUserAttributesChangesAName(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, nil)
		f.user(t, "ann", "email=ann@example.com")
		access := f.signIn(t, "ann").AccessToken
		out, err := f.UpdateUserAttributes(t.Context(), &cip.UpdateUserAttributesInput{AccessToken: access, UserAttributes: attrs("name=Ann")})
		if err != nil {
			t.Fatal(err)
		}
		if out.CodeDeliveryDetailsList == nil || len(out.CodeDeliveryDetailsList) != 0 {
			t.Errorf("CodeDeliveryDetailsList = %v, want an empty list", out.CodeDeliveryDetailsList)
		}
		if got := f.attributes(t, "ann")["name"]; got != "Ann" {
			t.Errorf("name = %q", got)
		}
		_, err = f.UpdateUserAttributes(t.Context(), &cip.UpdateUserAttributesInput{AccessToken: access, UserAttributes: attrs("email_verified=true", "name=Eve")})
		wantFault(t, err, "NotAuthorizedException", "A client attempted to write unauthorized attribute")
		if got := f.attributes(t, "ann")["name"]; got != "Ann" {
			t.Errorf("name = %q after a refused change", got)
		}
		_, err = f.GetUser(t.Context(), &cip.GetUserInput{AccessToken: aws.String("a.b.c")})
		wantFault(t, err, "NotAuthorizedException", "Invalid Access Token")
	})
}
