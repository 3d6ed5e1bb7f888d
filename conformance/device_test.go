package conformance

import (
	"encoding/base64"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/google/go-cmp/cmp"
)

// A device from its first sign-in to its end: what names it, what is told of it, to the
// user and to an administrator, and what its refresh token is worth.
func TestDevices(t *testing.T) {
	for _, operation := range []string{"ConfirmDevice", "GetDevice", "UpdateDeviceStatus", "ForgetDevice", "AdminGetDevice", "AdminUpdateDeviceStatus", "AdminForgetDevice"} {
		covers(t, operation, "ResourceNotFoundException")
	}
	refuses(t, "ConfirmDevice", "DeviceKeyExistsException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, tracking(false, false))
		f.user(t, "ann")
		f.user(t, "bob")
		tokens, others := f.signIn(t, "ann"), f.signIn(t, "bob")
		meta := tokens.NewDeviceMetadata
		if !regexp.MustCompile("^us-east-1_"+uuid+"$").MatchString(*meta.DeviceKey) || !strings.HasPrefix(*meta.DeviceGroupKey, "-") {
			t.Errorf("the sign-in names %s of %s", *meta.DeviceKey, *meta.DeviceGroupKey)
		}
		if got := others.NewDeviceMetadata; *got.DeviceGroupKey != *meta.DeviceGroupKey || *got.DeviceKey == *meta.DeviceKey {
			t.Errorf("another sign-in names %s of %s", *got.DeviceKey, *got.DeviceGroupKey)
		}
		_, access := f.verified(t, *tokens.AccessToken)
		_, id := f.verified(t, *tokens.IdToken)
		if access["device_key"] != *meta.DeviceKey || id["device_key"] != nil {
			t.Errorf("device_key of the access token %v, of the ID token %v", access["device_key"], id["device_key"])
		}
		wantFault(t, deviceCalls["GetDevice"](t.Context(), e.Client, tokens.AccessToken, meta.DeviceKey), "ResourceNotFoundException", noDevice)
		wantFault(t, deviceCalls["ConfirmDevice"](t.Context(), e.Client, tokens.AccessToken, others.NewDeviceMetadata.DeviceKey), "ResourceNotFoundException", noDevice)

		began := time.Now().Add(-time.Minute)
		d, ask := f.confirmDevice(t, tokens, "Ann's phone")
		if ask {
			t.Error("the user is to be asked, although every device is remembered")
		}
		wantFault(t, deviceCalls["ConfirmDevice"](t.Context(), e.Client, tokens.AccessToken, &d.key), "DeviceKeyExistsException", "Device already exists.")
		got := did(f.GetDevice(t.Context(), &cip.GetDeviceInput{AccessToken: tokens.AccessToken, DeviceKey: &d.key}))(t).Device
		want := map[string]string{"device_status": "valid", "device_name": "Ann's phone", "dev:device_remembered_status": "remembered", "last_ip_used": "127.0.0.1"}
		if diff := cmp.Diff(want, asMap(got.DeviceAttributes)); diff != "" || *got.DeviceKey != d.key {
			t.Errorf("the device %s (-want +got):\n%s", *got.DeviceKey, diff)
		}
		for name, date := range map[string]*time.Time{"created": got.DeviceCreateDate, "modified": got.DeviceLastModifiedDate, "used": got.DeviceLastAuthenticatedDate} {
			if date == nil || date.Before(began) || date.After(time.Now().Add(time.Minute)) {
				t.Errorf("%s at %v", name, date)
			}
		}
		ann := aws.String("ann")
		if seen := did(f.AdminGetDevice(t.Context(), &cip.AdminGetDeviceInput{UserPoolId: &f.pool, Username: ann, DeviceKey: &d.key}))(t).Device; !maps.Equal(want, asMap(seen.DeviceAttributes)) {
			t.Errorf("an administrator sees %v", asMap(seen.DeviceAttributes))
		}
		status := func() string {
			t.Helper()
			d := did(f.GetDevice(t.Context(), &cip.GetDeviceInput{AccessToken: tokens.AccessToken, DeviceKey: &d.key}))(t).Device
			return asMap(d.DeviceAttributes)["dev:device_remembered_status"]
		}
		noError(t, adminDeviceCalls["AdminUpdateDeviceStatus"](t.Context(), e.Client, &f.pool, ann, &d.key))
		if got := status(); got != "not_remembered" {
			t.Errorf("after AdminUpdateDeviceStatus: %s", got)
		}
		noError(t, deviceCalls["UpdateDeviceStatus"](t.Context(), e.Client, tokens.AccessToken, &d.key))
		if got := status(); got != "remembered" {
			t.Errorf("after UpdateDeviceStatus: %s", got)
		}
		// It is nobody else's.
		for name, call := range deviceCalls {
			if name != "ListDevices" {
				wantFaultNamed(t, "bob's "+name, call(t.Context(), e.Client, others.AccessToken, &d.key), "ResourceNotFoundException", noDevice)
			}
		}
		for name, call := range adminDeviceCalls {
			if name != "AdminListDevices" {
				wantFaultNamed(t, name, call(t.Context(), e.Client, &f.pool, aws.String("bob"), &d.key), "ResourceNotFoundException", noDevice)
			}
		}
		noError(t, deviceCalls["ForgetDevice"](t.Context(), e.Client, tokens.AccessToken, &d.key))
		for _, name := range []string{"GetDevice", "UpdateDeviceStatus", "ForgetDevice", "ConfirmDevice"} {
			wantFaultNamed(t, name+" of a forgotten device", deviceCalls[name](t.Context(), e.Client, tokens.AccessToken, &d.key), "ResourceNotFoundException", noDevice)
		}
		if keys, _ := f.devicesOf(t, tokens.AccessToken, 60); keys != nil {
			t.Errorf("forgotten, and listed %v", keys)
		}
		again, _ := f.confirmDevice(t, f.signIn(t, "ann"), "")
		noError(t, adminDeviceCalls["AdminForgetDevice"](t.Context(), e.Client, &f.pool, ann, &again.key))
		wantFault(t, adminDeviceCalls["AdminGetDevice"](t.Context(), e.Client, &f.pool, ann, &again.key), "ResourceNotFoundException", noDevice)
	})
}

// Lists of devices page, for the user and for an administrator, and a page's token is
// good for its own list alone.
func TestListsOfDevices(t *testing.T) {
	covers(t, "ListDevices", "InvalidParameterException")
	covers(t, "AdminListDevices", "InvalidParameterException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, tracking(true, true))
		f.user(t, "ann")
		f.user(t, "bob")
		token, bobs := f.signIn(t, "ann").AccessToken, f.signIn(t, "bob").AccessToken
		if keys, pages := f.devicesOf(t, token, 3); keys != nil || pages != 1 {
			t.Errorf("devices that were not confirmed are listed: %v", keys)
		}
		var want []string
		for range 5 {
			d, ask := f.confirmDevice(t, f.signIn(t, "ann"), "")
			if !ask {
				t.Error("the user is not to be asked")
			}
			want = append(want, d.key)
		}
		slices.Sort(want)
		for size, n := range map[int32]int{2: 3, 5: 1, 60: 1} {
			keys, pages := f.devicesOf(t, token, size)
			slices.Sort(keys)
			if diff := cmp.Diff(want, keys); diff != "" || pages != n {
				t.Errorf("in %d pages of %d (-want +got):\n%s", pages, size, diff)
			}
		}
		id := `"UserPoolId":"` + f.pool + `","Username":"ann"`
		first := did(f.ListDevices(t.Context(), &cip.ListDevicesInput{AccessToken: token, Limit: aws.Int32(2)}))(t)
		second := did(f.AdminListDevices(t.Context(), &cip.AdminListDevicesInput{UserPoolId: &f.pool, Username: aws.String("ann"), Limit: aws.Int32(3)}))(t)
		third := did(f.AdminListDevices(t.Context(), &cip.AdminListDevicesInput{UserPoolId: &f.pool, Username: aws.String("ann"), PaginationToken: second.PaginationToken}))(t)
		if len(second.Devices) != 3 || len(third.Devices) != 2 || third.PaginationToken != nil {
			t.Errorf("an administrator's pages have %d and %d devices", len(second.Devices), len(third.Devices))
		}
		const wrong = invalid + badToken
		mine := `"AccessToken":"` + *token + `"`
		e.wantCall(t, "ListDevices", `{`+mine+`,"PaginationToken":"x"}`, wrong)
		e.wantCall(t, "ListDevices", `{"AccessToken":"`+*bobs+`","PaginationToken":"`+*first.PaginationToken+`"}`, wrong)
		e.wantCall(t, "ListDevices", `{`+mine+`,"PaginationToken":"`+*second.PaginationToken+`"}`, wrong)
		e.wantCall(t, "AdminListDevices", `{`+id+`,"PaginationToken":"`+*first.PaginationToken+`"}`, wrong)
		e.wantCall(t, "ListDevices", `{`+mine+`,"Limit":61}`, invalid+"1 validation error detected: Value '61' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 60")
		all := e.wantCall(t, "ListDevices", `{`+mine+`,"Limit":0}`, "")
		if got := all["Devices"].([]any); len(got) != 5 {
			t.Errorf("a limit of 0 shows %d devices", len(got))
		}
	})
}

// What is refused of devices: in pools that do not track them, of users and pools that
// are not there, and for what cannot be a key or a secret.
func TestDeviceRefusals(t *testing.T) {
	for name := range deviceCalls {
		refuses(t, name, "InvalidUserPoolConfigurationException", "InvalidParameterException")
	}
	for name := range adminDeviceCalls {
		refuses(t, name, "InvalidUserPoolConfigurationException", "InvalidParameterException", "ResourceNotFoundException")
	}
	refuses(t, "AdminUpdateDeviceStatus", "UserNotFoundException")
	refuses(t, "AdminForgetDevice", "UserNotFoundException")
	onEachEngine(t, func(t *testing.T, e *env) {
		f, plain := newFixture(t, e, tracking(true, false)), newFixture(t, e, nil)
		plain.user(t, "ann")
		f.user(t, "ann")
		untracked, tokens := plain.signIn(t, "ann"), f.signIn(t, "ann")
		if untracked.NewDeviceMetadata != nil {
			t.Error("a sign-in to a pool without tracking names a device")
		}
		ann, key := aws.String("ann"), aws.String(noDeviceKey)
		malformed := "1 validation error detected: Value 'us-east-1' at 'deviceKey' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w-]+_[0-9a-f-]+"
		for name, call := range deviceCalls {
			wantFaultNamed(t, name, call(t.Context(), e.Client, untracked.AccessToken, key), "InvalidUserPoolConfigurationException", notTracked)
			if name != "ListDevices" {
				wantFaultNamed(t, name, call(t.Context(), e.Client, tokens.AccessToken, aws.String("us-east-1")), "InvalidParameterException", malformed)
			}
		}
		for name, call := range adminDeviceCalls {
			wantFaultNamed(t, name, call(t.Context(), e.Client, &plain.pool, ann, key), "InvalidUserPoolConfigurationException", notTracked)
			wantFaultNamed(t, name, call(t.Context(), e.Client, aws.String("us-east-1_nothing"), ann, key), "ResourceNotFoundException", "User pool us-east-1_nothing does not exist.")
			// Those that read do not model UserNotFoundException.
			code := "ResourceNotFoundException"
			if name == "AdminUpdateDeviceStatus" || name == "AdminForgetDevice" {
				code = "UserNotFoundException"
			}
			wantFaultNamed(t, name, call(t.Context(), e.Client, &f.pool, aws.String("nobody"), key), code, "User does not exist.")
			if name != "AdminListDevices" {
				wantFaultNamed(t, name, call(t.Context(), e.Client, &f.pool, ann, aws.String("us-east-1")), "InvalidParameterException", malformed)
			}
		}
		for name, members := range map[string]string{
			"no secret":       ``,
			"half a secret":   `,"DeviceSecretVerifierConfig":{"Salt":"c2FsdA=="}`,
			"not base64":      `,"DeviceSecretVerifierConfig":{"Salt":"c2FsdA==","PasswordVerifier":"*"}`,
			"nothing":         `,"DeviceSecretVerifierConfig":{"Salt":"c2FsdA==","PasswordVerifier":"AAAA"}`,
			"too long a salt": `,"DeviceSecretVerifierConfig":{"Salt":"` + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("s", 17))) + `","PasswordVerifier":"dg=="}`,
			"too much":        `,"DeviceSecretVerifierConfig":{"Salt":"c2FsdA==","PasswordVerifier":"` + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("v", 385))) + `"}`,
		} {
			_, refusal := e.call(t, "ConfirmDevice", `{"AccessToken":"`+*tokens.AccessToken+`","DeviceKey":"`+*tokens.NewDeviceMetadata.DeviceKey+`"`+members+`}`)
			if !strings.HasPrefix(refusal, invalid+"DeviceSecretVerifierConfig is not usable: ") {
				t.Errorf("%s: %s", name, refusal)
			}
		}
		e.wantCall(t, "UpdateDeviceStatus", `{"AccessToken":"`+*tokens.AccessToken+`","DeviceKey":"`+noDeviceKey+`","DeviceRememberedStatus":"maybe"}`,
			invalid+"1 validation error detected: Value 'maybe' at 'deviceRememberedStatus' failed to satisfy constraint: Member must satisfy enum value set: [remembered, not_remembered]")
		f.confirmDevice(t, tokens, "") // none of it was half done
	})
}

// Devices go with their user, and those of a pool that tracks devices no longer are
// kept from sight until it does again.
func TestDevicesGoWithTheirUser(t *testing.T) {
	onEachEngine(t, func(t *testing.T, e *env) {
		f := newFixture(t, e, tracking(false, false))
		f.user(t, "ann")
		tokens := f.signIn(t, "ann")
		d, _ := f.confirmDevice(t, tokens, "")
		e.wantCall(t, "UpdateUserPool", `{"UserPoolId":"`+f.pool+`"}`, "")
		wantFault(t, deviceCalls["ListDevices"](t.Context(), e.Client, tokens.AccessToken, nil), "InvalidUserPoolConfigurationException", notTracked)
		f.refresh(t, *tokens.RefreshToken) // without the key, which is asked for no more
		e.wantCall(t, "UpdateUserPool", `{"UserPoolId":"`+f.pool+`","DeviceConfiguration":{"ChallengeRequiredOnNewDevice":true}}`, "")
		if keys, _ := f.devicesOf(t, tokens.AccessToken, 10); len(keys) != 1 || keys[0] != d.key {
			t.Errorf("devices %v", keys)
		}
		did(f.AdminDeleteUser(t.Context(), &cip.AdminDeleteUserInput{UserPoolId: &f.pool, Username: aws.String("ann")}))(t)
		f.user(t, "ann")
		wantFault(t, adminDeviceCalls["AdminGetDevice"](t.Context(), e.Client, &f.pool, aws.String("ann"), &d.key), "ResourceNotFoundException", noDevice)
		s := did(f.enterBy(t, "USER_PASSWORD_AUTH", d.named("USERNAME", "ann", "PASSWORD", password)))(t)
		if s.tokens == nil || s.tokens.NewDeviceMetadata == nil {
			t.Error("the device of a deleted user counts for a new one of the name")
		}
	})
}
