package conformance

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/conformance/functions"
)

// A refresh token is good on its device alone, confirmed or not, and no more when the
// device was forgotten; the access tokens go on.
func TestRefreshIsBoundToTheDevice(t *testing.T) {
	refuses(t, "InitiateAuth", "NotAuthorizedException")
	refuses(t, "GetTokensFromRefreshToken", "NotAuthorizedException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, tracking(false, false))
		f.user(t, "ann")
		rotating := f.byRotation(t, 0)
		for _, client := range []string{f.client, rotating} {
			f.client = client
			for _, confirmed := range []bool{false, true} {
				tokens := f.signIn(t, "ann")
				key := *tokens.NewDeviceMetadata.DeviceKey
				other, _ := f.confirmDevice(t, f.signIn(t, "ann"), "")
				if confirmed {
					f.confirmDevice(t, tokens, "")
				}
				exchange := func(key *string) (*types.AuthenticationResultType, error) {
					out, err := f.GetTokensFromRefreshToken(t.Context(), &cip.GetTokensFromRefreshTokenInput{ClientId: &f.client, RefreshToken: tokens.RefreshToken, DeviceKey: key})
					if err != nil {
						return nil, err
					}
					return out.AuthenticationResult, nil
				}
				refresh := func(key *string) (*types.AuthenticationResultType, error) {
					parameters := wish("REFRESH_TOKEN", *tokens.RefreshToken)
					if key != nil {
						parameters["DEVICE_KEY"] = *key
					}
					s, err := f.enterBy(t, "REFRESH_TOKEN_AUTH", parameters)
					if err != nil {
						return nil, err
					}
					return s.tokens, nil
				}
				ways := []func(*string) (*types.AuthenticationResultType, error){exchange, refresh}
				if client == rotating {
					ways = ways[:1]
				}
				for _, refresh := range ways {
					for _, wrong := range []*string{nil, &other.key, aws.String(noDeviceKey)} {
						_, err := refresh(wrong)
						wantFault(t, err, "NotAuthorizedException", badRefresh)
					}
					again := did(refresh(&key))(t)
					if got := parseJWT(t, *again.AccessToken).claims["device_key"]; got != key || again.NewDeviceMetadata != nil {
						t.Errorf("refreshed for %v, and a new device %v", got, again.NewDeviceMetadata)
					}
					if again.RefreshToken != nil {
						tokens.RefreshToken = again.RefreshToken
					}
				}
				if !confirmed {
					continue
				}
				noError(t, deviceCalls["ForgetDevice"](t.Context(), e.Client, tokens.AccessToken, &key))
				for _, refresh := range ways {
					for _, gone := range []*string{&key, nil} {
						_, err := refresh(gone)
						wantFault(t, err, "NotAuthorizedException", badRefresh)
					}
				}
				if client != rotating {
					_, err := refresh(aws.String("forgotten")) // which is no key
					wantFault(t, err, "NotAuthorizedException", badRefresh)
				}
				f.own(t, tokens.AccessToken)
			}
		}
	})
}

// The function after a sign-in is told whether the device is new.
func TestNewDeviceUsed(t *testing.T) {
	withFunctions(t, func(in *cip.CreateUserPoolInput) {
		atSignIn(in)
		tracking(false, false)(in)
	}, func(t *testing.T, f *fixture, r *functions.Runtime) {
		f.user(t, "ann")
		d, _ := f.confirmDevice(t, f.signIn(t, "ann"), "")
		f.wantOn(t, d, f.byPassword(t, d))
		f.signIn(t, "ann")
		var got []any
		for _, event := range r.Events(f.pool) {
			var e struct {
				TriggerSource string
				Request       map[string]any
			}
			noError(t, json.Unmarshal(event, &e))
			if e.TriggerSource == "PostAuthentication_Authentication" {
				got = append(got, e.Request["newDeviceUsed"])
			}
		}
		if diff := cmp.Diff([]any{true, false, true}, got); diff != "" {
			t.Errorf("newDeviceUsed (-want +got):\n%s", diff)
		}
	})
}
