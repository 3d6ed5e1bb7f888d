package devices

import (
	"context"
	"encoding/base64"
	"errors"

	"poolhouse.dev/internal/caller"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/token"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
	"poolhouse.dev/internal/wire"
)

// ConfirmDevice makes the device that a sign-in was told to be one of the user's, with
// the verifier of a secret that the device keeps. Where the pool remembers every device
// it is remembered at once; else the user is to be asked.
func (a *API) ConfirmDevice(ctx context.Context, in *wire.ConfirmDeviceRequest) (*wire.ConfirmDeviceResponse, error) {
	salt, verifier, err := numbers(in.DeviceSecretVerifierConfig)
	if err != nil {
		return nil, err
	}
	n := named{key: *in.DeviceKey}
	asked := false
	err = a.Subjects.Self(ctx, *in.AccessToken, nil, n.fresh, func(ctx context.Context, g *token.Grant) error {
		if err := tracked(g.Pool); err != nil {
			return err
		}
		if n.device.Stored() {
			return fault.DeviceKeyExists(keyExists)
		}
		if g.Session.DeviceKey != n.key {
			return fault.ResourceNotFoundf(noDevice)
		}
		d := n.device
		if d.Verifier, err = a.Vault.SealVerifier(directory.PlaceOf(d, "verifier"), salt, verifier); err != nil {
			if errors.Is(err, vault.ErrVerifierForm) {
				return fault.InvalidParameter("DeviceSecretVerifierConfig is not usable: " + err.Error() + ".")
			}
			return err
		}
		asked = g.Pool.Settings.Devices.RememberOnlyOnUserPrompt
		d.GroupKey, d.Name = a.Directory.DeviceGroup(g.Pool), wire.Deref(in.DeviceName)
		d.Remembered, d.LastIP = !asked, caller.From(ctx).SourceIP
		d.CreatedAt, d.UsedAt = a.Now(), a.Now()
		return a.commit(ctx, d)
	})
	if err != nil {
		return nil, err
	}
	return &wire.ConfirmDeviceResponse{UserConfirmationNecessary: &asked}, nil
}

// numbers reads what a device proves itself by.
func numbers(c *wire.DeviceSecretVerifierConfigType) (salt, verifier []byte, err error) {
	if c == nil || c.Salt == nil || c.PasswordVerifier == nil {
		return nil, nil, fault.InvalidParameter(badVerifier)
	}
	salt, err = base64.StdEncoding.DecodeString(*c.Salt)
	if err == nil {
		verifier, err = base64.StdEncoding.DecodeString(*c.PasswordVerifier)
	}
	if err != nil {
		return nil, nil, fault.InvalidParameter(badVerifier)
	}
	return salt, verifier, nil
}

// UpdateDeviceStatus remembers a device of the user whose access token is given, or
// does so no longer.
func (a *API) UpdateDeviceStatus(ctx context.Context, in *wire.UpdateDeviceStatusRequest) (*wire.UpdateDeviceStatusResponse, error) {
	if err := a.own(ctx, in.AccessToken, in.DeviceKey, a.remember(in.DeviceRememberedStatus)); err != nil {
		return nil, err
	}
	return &wire.UpdateDeviceStatusResponse{}, nil
}

// AdminUpdateDeviceStatus is UpdateDeviceStatus for an administrator.
func (a *API) AdminUpdateDeviceStatus(ctx context.Context, in *wire.AdminUpdateDeviceStatusRequest) (*wire.AdminUpdateDeviceStatusResponse, error) {
	if err := a.administered(ctx, in.UserPoolId, in.Username, in.DeviceKey, a.remember(in.DeviceRememberedStatus)); err != nil {
		return nil, err
	}
	return &wire.AdminUpdateDeviceStatusResponse{}, nil
}

// remember changes whether a device is remembered; nothing given changes nothing.
func (a *API) remember(status *wire.DeviceRememberedStatusType) func(context.Context, *user.Device) error {
	return func(ctx context.Context, d *user.Device) error {
		if status == nil {
			return nil
		}
		d.Remembered = *status == "remembered"
		return a.commit(ctx, d)
	}
}

// ForgetDevice removes a device of the user whose access token is given, and with it the
// refresh tokens that are bound to it.
func (a *API) ForgetDevice(ctx context.Context, in *wire.ForgetDeviceRequest) error {
	if in.AccessToken == nil {
		return fault.InvalidParameter("Missing required parameter AccessToken")
	}
	return a.own(ctx, in.AccessToken, in.DeviceKey, a.forget)
}

// AdminForgetDevice is ForgetDevice for an administrator.
func (a *API) AdminForgetDevice(ctx context.Context, in *wire.AdminForgetDeviceRequest) error {
	return a.administered(ctx, in.UserPoolId, in.Username, in.DeviceKey, a.forget)
}
