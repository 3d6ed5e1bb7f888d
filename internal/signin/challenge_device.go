package signin

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"poolhouse.dev/internal/caller"
	"poolhouse.dev/internal/directory"
	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/srp"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/vault"
)

// Challenges by which a remembered device takes the place of a second factor.
const (
	DeviceSRP      = "DEVICE_SRP_AUTH"
	DeviceVerifier = "DEVICE_PASSWORD_VERIFIER"
)

// noDevice is known from clients: they forget the device and answer once more.
const noDevice = "Device does not exist."

// device reads a device of a user.
func (m *Machine) device(ctx context.Context, r Request, sub user.Sub, key string) (*user.Device, error) {
	d := &user.Device{PoolID: r.Pool.ID, Sub: sub, Key: key}
	return d, m.Store.Read(ctx, d)
}

// knowsDevice refuses a device that the user does not have.
func (m *Machine) knowsDevice(ctx context.Context, r Request, sub user.Sub) error {
	d, err := m.device(ctx, r, sub, r.DeviceKey)
	if err == nil && !d.Confirmed() {
		err = fault.ResourceNotFoundf(noDevice)
	}
	return err
}

// remembered returns the device that may take the place of a second factor; nil for
// none.
func (m *Machine) remembered(ctx context.Context, w way, u *user.User) (*user.Device, error) {
	settings := w.Pool.Settings.Devices
	if settings == nil || !settings.ChallengeRequiredOnNewDevice || w.Claimed == "" || w.Device {
		return nil, nil
	}
	d, err := m.device(ctx, w.Request, u.Sub, w.Claimed)
	if err != nil || !d.Confirmed() || !d.Remembered {
		return nil, err
	}
	return d, nil
}

// askDevice demands that a device proves to be the one it says it is.
func (m *Machine) askDevice(w way, u *user.User, d *user.Device) (*next, error) {
	c, err := m.ask(m.newStep(w, u, DeviceSRP), map[string]string{"USERNAME": u.Username, "DEVICE_KEY": d.Key})
	if err != nil {
		return nil, err
	}
	return &next{way: w, user: u, challenge: c}, nil
}

// bind binds a session to the device it comes from, in a pool that tracks devices: a
// confirmed one that the client named, or a new one that it is told of.
func (m *Machine) bind(ctx context.Context, w way, u *user.User, s *user.Session, set *store.ChangeSet) (*NewDevice, error) {
	if w.Pool.Settings.Devices == nil {
		return nil, nil
	}
	if w.Claimed != "" {
		d, err := m.device(ctx, w.Request, u.Sub, w.Claimed)
		if err != nil {
			return nil, err
		}
		if d.Confirmed() {
			s.DeviceKey = d.Key
			d.UsedAt, d.LastIP = m.Now(), caller.From(ctx).SourceIP
			set.Update(d)
			return nil, nil
		}
	}
	s.DeviceKey = w.Pool.Region + "_" + vault.NewUUID()
	return &NewDevice{Key: s.DeviceKey, GroupKey: m.Directory.DeviceGroup(w.Pool)}, nil
}

// answerDevice answers DEVICE_SRP_AUTH with the public value of a device.
func (m *Machine) answerDevice(ctx context.Context, r Request, session string, responses map[string]string) (*Outcome, error) {
	s, _, err := m.resume(ctx, r, DeviceSRP, session, responses["USERNAME"])
	if err != nil {
		return nil, err
	}
	public, err := srp.ParsePublic(responses["SRP_A"])
	if err != nil {
		return nil, fault.InvalidParameter(badPublicValue)
	}
	d, err := m.namedDevice(ctx, r, s)
	if err != nil {
		return nil, err
	}
	u, err := m.spendStep(ctx, s, s.judge)
	if err != nil {
		return nil, err
	}
	h, salt, err := m.Vault.BeginSRP(ctx, directory.PlaceOf(d, "verifier"), d.Verifier, public)
	if err != nil {
		return nil, err
	}
	after := m.newStep(s.way(r), u, DeviceVerifier)
	block, err := m.Vault.SealBlock(handshakeState{
		ID: after.ID, PoolID: s.PoolID, ClientID: s.ClientID, Sub: s.Sub, Username: d.Key, Handshake: h, ExpiresAt: after.ExpiresAt,
		Session: true, Pad: strings.Repeat(" ", longestSub-len(s.Sub)),
	})
	if err != nil {
		return nil, err
	}
	c, err := m.ask(after, map[string]string{
		"SALT": hex.EncodeToString(salt), "SRP_B": hex.EncodeToString(h.Server), "SECRET_BLOCK": base64.StdEncoding.EncodeToString(block),
		"DEVICE_KEY": d.Key, "USERNAME": u.Username,
	})
	if err != nil {
		return nil, err
	}
	return &Outcome{Challenge: c}, nil
}

// namedDevice returns the device that a step asks to prove itself, which the answer
// has to name.
func (m *Machine) namedDevice(ctx context.Context, r Request, s step) (*user.Device, error) {
	if r.DeviceKey != s.Progress.Claimed {
		return nil, fault.ResourceNotFoundf(noDevice)
	}
	d, err := m.device(ctx, r, s.Sub, r.DeviceKey)
	if err == nil && (!d.Confirmed() || !d.Remembered) {
		err = fault.ResourceNotFoundf(noDevice)
	}
	return d, err
}

// verifyDevice answers DEVICE_PASSWORD_VERIFIER.
func (m *Machine) verifyDevice(ctx context.Context, r Request, session string, responses map[string]string) (*Outcome, error) {
	s, _, err := m.resume(ctx, r, DeviceVerifier, session, responses["USERNAME"])
	if err != nil {
		return nil, err
	}
	d, err := m.namedDevice(ctx, r, s)
	if err != nil {
		return nil, err
	}
	var state handshakeState
	block, err := decodeBlock(responses["PASSWORD_CLAIM_SECRET_BLOCK"])
	if err != nil || m.Vault.OpenBlock(block, &state) != nil || state.ID != s.ID || state.Sub != s.Sub || state.Username != d.Key {
		return nil, fault.NotAuthorized(wrongPassword)
	}
	claim := vault.Claim{Block: block, Timestamp: responses["TIMESTAMP"]}
	claim.Signature, _ = base64.StdEncoding.DecodeString(responses["PASSWORD_CLAIM_SIGNATURE"])
	return m.inLane(ctx, s.Sub, func(ctx context.Context) (*next, error) {
		return m.judgeDevice(ctx, r, s, state.Handshake, claim)
	})
}

// judgeDevice is verifyDevice in the user's lane.
func (m *Machine) judgeDevice(ctx context.Context, r Request, s step, h vault.Handshake, claim vault.Claim) (*next, error) {
	u, spent := s.rows()
	attempts := &user.Attempts{PoolID: s.PoolID, Sub: s.Sub, Kind: user.AttemptPassword}
	if err := m.Store.Read(ctx, u, spent, attempts); err != nil {
		return nil, err
	}
	if err := s.judge(u, spent); err != nil {
		return nil, err
	}
	d, err := m.namedDevice(ctx, r, s)
	if err != nil {
		return nil, err
	}
	t, err := m.count(ctx, attempts)
	if err != nil {
		return nil, err
	}
	right, err := m.Vault.FinishSRP(ctx, directory.PlaceOf(d, "verifier"), d.Verifier, d.GroupKey, d.Key, h, claim)
	if err != nil {
		return nil, err
	}
	if !right {
		return nil, fault.NotAuthorized(wrongPassword)
	}
	w := s.way(r)
	w.Device = true
	w.passed(DeviceVerifier)
	return m.advance(ctx, w, u, t, store.NewChangeSet(), spent)
}
