package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/smithy-go"
)

// register signs a user up.
func (s *story) register(ctx context.Context, name, email string) (*cip.SignUpOutput, error) {
	return s.client.SignUp(ctx, &cip.SignUpInput{
		ClientId: s.clientID, Username: aws.String(name), Password: aws.String(password),
		UserAttributes: attributes("email", email),
	})
}

// confirmBy confirms a sign-up with the code that was mailed to email.
func (s *story) confirmBy(ctx context.Context, name, email string) error {
	code, err := s.mailedCode(ctx, email)
	if err != nil {
		return err
	}
	_, err = s.client.ConfirmSignUp(ctx, &cip.ConfirmSignUpInput{
		ClientId: s.clientID, Username: aws.String(name), ConfirmationCode: &code,
	})
	return err
}

// signIn signs a user in and returns the access token.
func (s *story) signIn(ctx context.Context, name string) (string, error) {
	out, err := s.client.InitiateAuth(ctx, &cip.InitiateAuthInput{
		ClientId: s.clientID, AuthFlow: types.AuthFlowTypeUserPasswordAuth,
		AuthParameters: map[string]string{"USERNAME": name, "PASSWORD": password},
	})
	switch {
	case err != nil:
		return "", err
	case out.AuthenticationResult == nil || out.AuthenticationResult.AccessToken == nil:
		return "", errors.New("signing in brought no access token")
	}
	s.checked("%s signs in", name)
	return *out.AuthenticationResult.AccessToken, nil
}

// askFor asks for another e-mail address and checks that its code was mailed to
// the address that masked shows.
func (s *story) askFor(ctx context.Context, access, email, masked string) error {
	out, err := s.client.UpdateUserAttributes(ctx, &cip.UpdateUserAttributesInput{
		AccessToken: &access, UserAttributes: attributes("email", email),
	})
	if err != nil {
		return err
	}
	if n := len(out.CodeDeliveryDetailsList); n != 1 {
		return fmt.Errorf("%d codes were sent, want 1", n)
	}
	return s.mailed("UpdateUserAttributes", &out.CodeDeliveryDetailsList[0], masked)
}

// prove gives the code that was mailed to email.
func (s *story) prove(ctx context.Context, access, email string) error {
	code, err := s.mailedCode(ctx, email)
	if err != nil {
		return err
	}
	_, err = s.client.VerifyUserAttribute(ctx, &cip.VerifyUserAttributeInput{
		AccessToken: &access, AttributeName: aws.String("email"), Code: &code,
	})
	return err
}

// mailedCode returns the code in the newest message to an address.
func (s *story) mailedCode(ctx context.Context, to string) (string, error) {
	address := s.url + "/_poolhouse/inbox.json?to=" + url.QueryEscape(to)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return "", fmt.Errorf("reading the inbox: %w", err)
	}
	defer resp.Body.Close()
	var box struct {
		Messages []struct {
			Code string `json:"code"`
		} `json:"messages"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&box); err != nil {
		return "", fmt.Errorf("reading the inbox: %s: %w", resp.Status, err)
	}
	if len(box.Messages) == 0 || box.Messages[0].Code == "" {
		return "", fmt.Errorf("no code was mailed to %s", to)
	}
	return box.Messages[0].Code, nil
}

// mailed checks where an operation says that it mailed a code.
func (s *story) mailed(operation string, d *types.CodeDeliveryDetailsType, masked string) error {
	if d == nil {
		return fmt.Errorf("%s does not say where the code went", operation)
	}
	medium, to, attr := d.DeliveryMedium, aws.ToString(d.Destination), aws.ToString(d.AttributeName)
	if medium != types.DeliveryMediumTypeEmail || to != masked || attr != "email" {
		return fmt.Errorf("%s sent the code for %s by %s to %s, want email by EMAIL to %s", operation, attr, medium, to, masked)
	}
	s.checked("a code was mailed to %s", masked)
	return nil
}

// wantAttributes checks attributes of the signed-in user, given as names and
// values in turn.
func (s *story) wantAttributes(ctx context.Context, access string, want ...string) error {
	out, err := s.client.GetUser(ctx, &cip.GetUserInput{AccessToken: &access})
	if err != nil {
		return err
	}
	got := map[string]string{}
	for _, a := range out.UserAttributes {
		got[aws.ToString(a.Name)] = aws.ToString(a.Value)
	}
	for _, a := range attributes(want...) {
		if got[*a.Name] != *a.Value {
			return fmt.Errorf("%s is %q, want %q", *a.Name, got[*a.Name], *a.Value)
		}
		s.checked("%s is %s", *a.Name, *a.Value)
	}
	return nil
}

// wantRefused checks that a call was refused with this very exception.
func (s *story) wantRefused(err error, exception, message string) error {
	var refusal smithy.APIError
	switch {
	case err == nil:
		return fmt.Errorf("the call succeeded, want %s", exception)
	case !errors.As(err, &refusal) || refusal.ErrorCode() != exception || refusal.ErrorMessage() != message:
		return fmt.Errorf("got %w, want %s: %s", err, exception, message)
	}
	s.checked("refused with %s", exception)
	return nil
}

// attributes returns attributes from names and values in turn.
func attributes(pairs ...string) []types.AttributeType {
	var list []types.AttributeType
	for i := 0; i+1 < len(pairs); i += 2 {
		list = append(list, types.AttributeType{Name: &pairs[i], Value: &pairs[i+1]})
	}
	return list
}
