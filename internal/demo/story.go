package demo

import (
	"context"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// The people of the story. Both sign up; Bob then wants Ada's new address.
const (
	ada, adaOld, adaNew = "ada", "ada@home.example", "ada@work.example"
	bob, bobOwn         = "bob", "bob@home.example"
	password            = "Correct-Horse-7"
	team                = "custom:team"
)

// story is the story as far as it has been told.
type story struct {
	*teller
	url    string
	http   *http.Client
	client *cip.Client

	poolID, clientID *string
	// access is Ada's access token.
	access string
}

// play tells the story step by step, up to the first step that fails.
func (s *story) play(ctx context.Context) error {
	steps := []struct {
		title string
		play  func(context.Context) error
	}{
		{"An administrator creates a user pool: e-mail addresses sign in, and only once verified.", s.createPool},
		{"The administrator creates an app client in it.", s.createClient},
		{"Ada signs up.", s.signUp},
		{"Ada confirms with the code that was mailed to her.", s.confirm},
		{"Ada signs in with her e-mail address.", s.signsIn},
		{"Ada changes her name and an attribute that the pool defined itself.", s.changeProfile},
		{"Ada asks for a new e-mail address. It waits for its proof.", s.askForAddress},
		{"Until then the old address is hers and signs her in.", s.keepAddress},
		{"Ada proves the new address with the code that was mailed there.", s.proveAddress},
		{"The new address is hers now and signs her in; the old one does not any more.", s.haveAddress},
		{"Bob signs up and asks for Ada's address. He may ask, but he cannot have it.", s.takeAddress},
		{"Somebody changes Ada's access token to be Bob's.", s.forgeToken},
	}
	for i, step := range steps {
		s.step(step.title)
		if err := step.play(ctx); err != nil {
			return fmt.Errorf("step %d (%s): %w", i+1, step.title, err)
		}
	}
	return nil
}

func (s *story) createPool(ctx context.Context) error {
	out, err := s.client.CreateUserPool(ctx, &cip.CreateUserPoolInput{
		PoolName:               aws.String("demo"),
		AliasAttributes:        []types.AliasAttributeType{types.AliasAttributeTypeEmail},
		AutoVerifiedAttributes: []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail},
		UserAttributeUpdateSettings: &types.UserAttributeUpdateSettingsType{
			AttributesRequireVerificationBeforeUpdate: []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail},
		},
		Schema: []types.SchemaAttributeType{
			{Name: aws.String("team"), AttributeDataType: types.AttributeDataTypeString, Mutable: aws.Bool(true)},
		},
	})
	if err != nil {
		return err
	}
	s.poolID = out.UserPool.Id
	s.checked("the pool is %s", aws.ToString(s.poolID))
	return nil
}

func (s *story) createClient(ctx context.Context) error {
	out, err := s.client.CreateUserPoolClient(ctx, &cip.CreateUserPoolClientInput{
		UserPoolId:        s.poolID,
		ClientName:        aws.String("web"),
		ExplicitAuthFlows: []types.ExplicitAuthFlowsType{types.ExplicitAuthFlowsTypeAllowUserPasswordAuth, types.ExplicitAuthFlowsTypeAllowRefreshTokenAuth},
	})
	if err != nil {
		return err
	}
	s.clientID = out.UserPoolClient.ClientId
	s.checked("the client is %s", aws.ToString(s.clientID))
	return nil
}

func (s *story) signUp(ctx context.Context) error {
	out, err := s.register(ctx, ada, adaOld)
	if err != nil {
		return err
	}
	return s.mailed("SignUp", out.CodeDeliveryDetails, "a***@h***")
}

func (s *story) confirm(ctx context.Context) error {
	return s.confirmBy(ctx, ada, adaOld)
}

func (s *story) signsIn(ctx context.Context) (err error) {
	s.access, err = s.signIn(ctx, adaOld)
	return err
}

func (s *story) changeProfile(ctx context.Context) error {
	out, err := s.client.UpdateUserAttributes(ctx, &cip.UpdateUserAttributesInput{
		AccessToken:    &s.access,
		UserAttributes: attributes("name", "Ada Lovelace", team, "engines"),
	})
	if err != nil {
		return err
	}
	if n := len(out.CodeDeliveryDetailsList); n > 0 {
		return fmt.Errorf("%d codes were sent, want none", n)
	}
	return s.wantAttributes(ctx, s.access, "name", "Ada Lovelace", team, "engines", "email", adaOld, "email_verified", "true")
}
