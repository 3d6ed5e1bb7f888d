package signin_test

import (
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"testing"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/passkey"
	"poolhouse.dev/internal/passkey/passkeytest"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/signin"
	"poolhouse.dev/internal/srp"
	"poolhouse.dev/internal/srp/srptest"
	"poolhouse.dev/internal/user"
)

// The device that users of the table have, and what it proves itself by.
const (
	deviceKey      = "eu-test-1_11111111-2222-4333-8444-555555555555"
	devicePassword = "what only the device knows"
)

var (
	deviceSalt   = []byte("a device's salt.")
	deviceSecret = big.NewInt(1234567)
)

// found returns the user of a name, nil for a name that nobody has.
func found(t *testing.T, w *apitest.World, name string) *user.User {
	t.Helper()
	u, err := w.Directory.User(t.Context(), w.Pool, name)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// beginByPasskey gives the user a passkey of a pool where passkeys are one factor or
// two, and signs in with it.
func beginByPasskey(factors string) func(*testing.T, *apitest.World, string, string) (*signin.Outcome, error) {
	return func(t *testing.T, w *apitest.World, name, _ string) (*signin.Outcome, error) {
		s := &w.Pool.Settings
		s.Passkeys = &pool.PasskeySettings{RelyingPartyID: "shop.example", Verification: "required", Factors: factors}
		if s.MFA != pool.MFAOn || factors == pool.PasskeyTwoFactors {
			s.FirstFactors = append(s.FirstFactors, signin.WebAuthn)
		}
		w.Update(w.Pool)
		device := passkeytest.New("https://shop.example")
		if u := found(t, w, name); u != nil {
			w.Insert(newPasskey(t, w, u, device))
		}
		o, err := w.SignIn.BeginChoice(t.Context(), w.Request(), name, signin.Choice{Name: signin.WebAuthn})
		if err != nil || o.Challenge.Name != signin.WebAuthn {
			return o, err
		}
		proof, err := device.Get([]byte(o.Challenge.Parameters["CREDENTIAL_REQUEST_OPTIONS"]))
		if err != nil {
			t.Fatal(err)
		}
		return w.SignIn.Respond(t.Context(), w.Request(), signin.WebAuthn, &o.Challenge.Session, map[string]string{"USERNAME": name, "CREDENTIAL": string(proof)})
	}
}

// newPasskey has a device make a passkey for the user.
func newPasskey(t *testing.T, w *apitest.World, u *user.User, device *passkeytest.Authenticator) *user.Passkey {
	t.Helper()
	rp, err := passkey.Of(w.Pool)
	if err != nil {
		t.Fatal(err)
	}
	options, challenge, err := passkey.BeginRegistration(rp, passkey.PersonOf(u), nil)
	if err != nil {
		t.Fatal(err)
	}
	made, err := device.Create(options)
	if err != nil {
		t.Fatal(err)
	}
	c, err := passkey.FinishRegistration(rp, passkey.PersonOf(u), challenge, made)
	if err != nil {
		t.Fatal(err)
	}
	k := &user.Passkey{PoolID: u.PoolID, Sub: u.Sub, CreatedAt: w.Now()}
	if err := c.Keep(k); err != nil {
		t.Fatal(err)
	}
	return k
}

// beginCustomBySRP begins a custom sign-in with the proof of the password, as a device
// says that it is the one of a key; "" says nothing.
func beginCustomBySRP(key string) func(*testing.T, *apitest.World, string, string) (*signin.Outcome, error) {
	return func(t *testing.T, w *apitest.World, name, password string) (*signin.Outcome, error) {
		h := &handshake{w: w, secret: big.NewInt(7654321)}
		r := w.Request()
		r.DeviceKey = key
		o, err := w.SignIn.BeginCustom(t.Context(), r, name, srptest.Client{A: h.secret}.Public().Text(16))
		if err != nil {
			return nil, err
		}
		h.Parameters = o.Challenge.Parameters
		return w.SignIn.Respond(t.Context(), r, signin.PasswordVerifier, &o.Challenge.Session, h.answers(t, password))
	}
}

// beginCustomOnDevice is beginCustomBySRP on a device that the user has remembered.
func beginCustomOnDevice(t *testing.T, w *apitest.World, name, password string) (*signin.Outcome, error) {
	remember(t, w, name)
	return beginCustomBySRP(deviceKey)(t, w, name, password)
}

// beginOnDevice signs in with a password, on a device that the user has remembered.
func beginOnDevice(t *testing.T, w *apitest.World, name, password string) (*signin.Outcome, error) {
	remember(t, w, name)
	r := w.Request()
	r.DeviceKey = deviceKey
	return w.SignIn.Password(t.Context(), r, name, password)
}

// remember makes the pool track devices, and the user remember one.
func remember(t *testing.T, w *apitest.World, name string) {
	t.Helper()
	w.Pool.Settings.Devices = &pool.DeviceSettings{ChallengeRequiredOnNewDevice: true}
	w.Update(w.Pool)
	if u := found(t, w, name); u != nil {
		keepDevice(t, w, u, true)
	}
}

// keepDevice gives u a device that is confirmed, and remembered or not.
func keepDevice(t *testing.T, w *apitest.World, u *user.User, remembered bool) {
	t.Helper()
	d := &user.Device{
		PoolID: u.PoolID, Sub: u.Sub, Key: deviceKey, GroupKey: w.Directory.DeviceGroup(w.Pool), Remembered: remembered,
		CreatedAt: w.Now(), ModifiedAt: w.Now(), UsedAt: w.Now(),
	}
	var err error
	d.Verifier, err = w.Vault.SealVerifier(directory.PlaceOf(d, "verifier"), deviceSalt, srp.Verifier(d.GroupKey, d.Key, devicePassword, deviceSalt))
	if err != nil {
		t.Fatal(err)
	}
	w.Insert(d)
}

// deviceAnswer answers the challenges of the device.
func deviceAnswer(t *testing.T, w *apitest.World, c *signin.Challenge, r map[string]string) {
	t.Helper()
	r["DEVICE_KEY"] = deviceKey
	client := srptest.Client{PoolName: w.Directory.DeviceGroup(w.Pool), Username: deviceKey, Password: devicePassword, A: deviceSecret}
	if c.Name == signin.DeviceSRP {
		r["SRP_A"] = client.Public().Text(16)
		return
	}
	salt, err := hex.DecodeString(c.Parameters["SALT"])
	block, err2 := base64.StdEncoding.DecodeString(c.Parameters["SECRET_BLOCK"])
	public, ok := new(big.Int).SetString(c.Parameters["SRP_B"], 16)
	if err != nil || err2 != nil || !ok {
		t.Fatalf("parameters %v", c.Parameters)
	}
	r["TIMESTAMP"], r["PASSWORD_CLAIM_SECRET_BLOCK"] = timestamp, c.Parameters["SECRET_BLOCK"]
	r["PASSWORD_CLAIM_SIGNATURE"] = base64.StdEncoding.EncodeToString(client.Claim(salt, public, block, timestamp))
}

// beginByRefresh signs the user in while nothing is in the way, and refreshes when the
// user and the pool are what the table wants.
func beginByRefresh(t *testing.T, w *apitest.World, name, _ string) (*signin.Outcome, error) {
	text := "nobody's"
	if u := found(t, w, name); u != nil {
		wanted, settings := *u, w.Pool.Settings
		u.Status, u.Disabled = user.Confirmed, false
		w.Pool.Settings.MFA = pool.MFAOff
		w.Update(w.Pool, u)
		o, err := w.SignIn.Password(t.Context(), w.Request(), name, right)
		if err != nil {
			t.Fatal(err)
		}
		text = o.Tokens.Refresh
		u = w.User(u)
		u.Status, u.Disabled = wanted.Status, wanted.Disabled
		w.Pool.Settings = settings
		w.Update(w.Pool, u)
	}
	return w.SignIn.Refresh(t.Context(), w.Request(), text, nil)
}
