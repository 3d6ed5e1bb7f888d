package demo

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
)

func (s *story) askForAddress(ctx context.Context) error {
	return s.askFor(ctx, s.access, adaNew, "a***@w***")
}

func (s *story) keepAddress(ctx context.Context) error {
	if err := s.wantAttributes(ctx, s.access, "email", adaOld, "email_verified", "true"); err != nil {
		return err
	}
	if _, err := s.signIn(ctx, adaOld); err != nil {
		return err
	}
	_, err := s.signIn(ctx, adaNew)
	return s.wantRefused(err, "UserNotFoundException", "User does not exist.")
}

func (s *story) proveAddress(ctx context.Context) error {
	return s.prove(ctx, s.access, adaNew)
}

func (s *story) haveAddress(ctx context.Context) error {
	if err := s.wantAttributes(ctx, s.access, "email", adaNew, "email_verified", "true"); err != nil {
		return err
	}
	if _, err := s.signIn(ctx, adaNew); err != nil {
		return err
	}
	_, err := s.signIn(ctx, adaOld)
	return s.wantRefused(err, "UserNotFoundException", "User does not exist.")
}

func (s *story) takeAddress(ctx context.Context) error {
	if _, err := s.register(ctx, bob, bobOwn); err != nil {
		return err
	}
	if err := s.confirmBy(ctx, bob, bobOwn); err != nil {
		return err
	}
	access, err := s.signIn(ctx, bob)
	if err != nil {
		return err
	}
	if err := s.askFor(ctx, access, adaNew, "a***@w***"); err != nil {
		return err
	}
	err = s.prove(ctx, access, adaNew)
	if err := s.wantRefused(err, "AliasExistsException", "An account with the given email already exists."); err != nil {
		return err
	}
	return s.wantAttributes(ctx, access, "email", bobOwn)
}

func (s *story) forgeToken(ctx context.Context) error {
	forged, err := forge(s.access, `"username":"`+ada+`"`, `"username":"`+bob+`"`)
	if err != nil {
		return err
	}
	_, err = s.client.GetUser(ctx, &cip.GetUserInput{AccessToken: &forged})
	return s.wantRefused(err, "NotAuthorizedException", "Could not verify signature for Access Token")
}

// forge changes the payload of a token and keeps its header and signature.
func forge(token, from, to string) (string, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", errors.New("the access token is no JSON web token")
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", err
	}
	changed := strings.Replace(string(payload), from, to, 1)
	if changed == string(payload) {
		return "", errors.New("the access token does not name its user")
	}
	parts[1] = base64.RawURLEncoding.EncodeToString([]byte(changed))
	return strings.Join(parts, "."), nil
}
