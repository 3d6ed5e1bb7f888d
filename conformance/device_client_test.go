package conformance

import (
	"context"
	"encoding/base64"
	"maps"
	"math/big"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

const (
	noDevice    = "Device does not exist."
	notTracked  = "The user pool does not track devices: it has no DeviceConfiguration."
	badRefresh  = "Invalid Refresh Token"
	noDeviceKey = "us-east-1_11111111-2222-3333-4444-555555555555"
)

// deviceCalls are the operations on a device that an access token authorises.
var deviceCalls = map[string]func(ctx context.Context, c *cip.Client, token, key *string) error{
	"ConfirmDevice": func(ctx context.Context, c *cip.Client, token, key *string) error {
		_, err := c.ConfirmDevice(ctx, &cip.ConfirmDeviceInput{AccessToken: token, DeviceKey: key, DeviceSecretVerifierConfig: &types.DeviceSecretVerifierConfigType{
			Salt: aws.String("c2FsdA=="), PasswordVerifier: aws.String("dmVyaWZpZXI="),
		}})
		return err
	},
	"GetDevice": func(ctx context.Context, c *cip.Client, token, key *string) error {
		_, err := c.GetDevice(ctx, &cip.GetDeviceInput{AccessToken: token, DeviceKey: key})
		return err
	},
	"ListDevices": func(ctx context.Context, c *cip.Client, token, _ *string) error {
		_, err := c.ListDevices(ctx, &cip.ListDevicesInput{AccessToken: token})
		return err
	},
	"UpdateDeviceStatus": func(ctx context.Context, c *cip.Client, token, key *string) error {
		_, err := c.UpdateDeviceStatus(ctx, &cip.UpdateDeviceStatusInput{AccessToken: token, DeviceKey: key, DeviceRememberedStatus: "remembered"})
		return err
	},
	"ForgetDevice": func(ctx context.Context, c *cip.Client, token, key *string) error {
		_, err := c.ForgetDevice(ctx, &cip.ForgetDeviceInput{AccessToken: token, DeviceKey: key})
		return err
	},
}

// adminDeviceCalls are the administrator's operations on a device of a user.
var adminDeviceCalls = map[string]func(ctx context.Context, c *cip.Client, pool, name, key *string) error{
	"AdminGetDevice": func(ctx context.Context, c *cip.Client, pool, name, key *string) error {
		_, err := c.AdminGetDevice(ctx, &cip.AdminGetDeviceInput{UserPoolId: pool, Username: name, DeviceKey: key})
		return err
	},
	"AdminListDevices": func(ctx context.Context, c *cip.Client, pool, name, _ *string) error {
		_, err := c.AdminListDevices(ctx, &cip.AdminListDevicesInput{UserPoolId: pool, Username: name})
		return err
	},
	"AdminUpdateDeviceStatus": func(ctx context.Context, c *cip.Client, pool, name, key *string) error {
		_, err := c.AdminUpdateDeviceStatus(ctx, &cip.AdminUpdateDeviceStatusInput{UserPoolId: pool, Username: name, DeviceKey: key, DeviceRememberedStatus: "not_remembered"})
		return err
	},
	"AdminForgetDevice": func(ctx context.Context, c *cip.Client, pool, name, key *string) error {
		_, err := c.AdminForgetDevice(ctx, &cip.AdminForgetDeviceInput{UserPoolId: pool, Username: name, DeviceKey: key})
		return err
	},
}

// The tests of access tokens call the operations on devices, too.
func init() {
	for name, call := range deviceCalls {
		tokenCalls[name] = func(ctx context.Context, c *cip.Client, token *string) error {
			return call(ctx, c, token, aws.String(noDeviceKey))
		}
	}
}

// tracking has a pool track devices.
func tracking(challenge, onPrompt bool) func(*cip.CreateUserPoolInput) {
	return func(in *cip.CreateUserPoolInput) {
		in.DeviceConfiguration = &types.DeviceConfigurationType{ChallengeRequiredOnNewDevice: challenge, DeviceOnlyRememberedOnUserPrompt: onPrompt}
	}
}

// device is one that a test signs in from. Its secret is its own.
type device struct {
	*prover
	key string
}

// newDevice makes what a client makes for a device that a sign-in named.
func newDevice(m *types.NewDeviceMetadataType) *device {
	secret := base64.StdEncoding.EncodeToString(randomBytes(40))
	return &device{newProver(*m.DeviceGroupKey, *m.DeviceKey, secret), *m.DeviceKey}
}

// confirmDevice confirms the device that a sign-in named, and tells whether the user is
// to be asked.
func (f *fixture) confirmDevice(t *testing.T, tokens *types.AuthenticationResultType, name string) (d *device, ask bool) {
	t.Helper()
	if tokens.NewDeviceMetadata == nil {
		t.Fatal("the sign-in names no device")
	}
	d = newDevice(tokens.NewDeviceMetadata)
	salt := new(big.Int).SetBytes(randomBytes(16))
	encoded := func(n *big.Int) *string { return aws.String(base64.StdEncoding.EncodeToString(signedBytes(n))) }
	in := &cip.ConfirmDeviceInput{
		AccessToken: tokens.AccessToken, DeviceKey: &d.key,
		DeviceSecretVerifierConfig: &types.DeviceSecretVerifierConfigType{Salt: encoded(salt), PasswordVerifier: encoded(d.verifier(salt))},
	}
	if name != "" {
		in.DeviceName = &name
	}
	return d, did(f.ConfirmDevice(t.Context(), in))(t).UserConfirmationNecessary
}

// named are responses or parameters that name the device.
func (d *device) named(pairs ...string) map[string]string {
	m := map[string]string{"DEVICE_KEY": d.key}
	maps.Copy(m, wish(pairs...))
	return m
}

// devicesOf returns the keys of all devices of a token's user, over pages.
func (f *fixture) devicesOf(t *testing.T, token *string, size int32) (keys []string, pages int) {
	t.Helper()
	in := &cip.ListDevicesInput{AccessToken: token, Limit: &size}
	for {
		out := did(f.ListDevices(t.Context(), in))(t)
		if len(out.Devices) > int(size) {
			t.Errorf("%d devices on a page of %d", len(out.Devices), size)
		}
		for _, d := range out.Devices {
			keys = append(keys, *d.DeviceKey)
		}
		pages++
		if in.PaginationToken = out.PaginationToken; in.PaginationToken == nil {
			return keys, pages
		}
	}
}
