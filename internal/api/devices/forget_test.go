package devices_test

import (
	"fmt"
	"testing"
	"time"

	"poolhouse.dev/internal/api/apitest"
	"poolhouse.dev/internal/api/devices"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store/faulty"
	"poolhouse.dev/internal/user"
	"poolhouse.dev/internal/wire"
)

const key = "eu-test-1_11111111-2222-3333-4444-555555555555"

// newWorld returns a world in which ann has a device and more sign-ins on it than are
// read at a time, and one on another.
func newWorld(t *testing.T) (*apitest.World, *devices.API, []*user.Session) {
	t.Helper()
	w := apitest.Embedded(t, func(s *pool.Settings) { s.Devices = &pool.DeviceSettings{} })
	ops := devices.New(devices.Deps{Store: w.Store, Directory: w.Directory, Subjects: w.Subjects, Vault: w.Vault, Now: w.Now})
	ann := w.AddUser("ann", "Passw0rd!", nil)
	w.Insert(&user.Device{PoolID: ann.PoolID, Sub: ann.Sub, Key: key, Verifier: []byte("v"), Remembered: true, CreatedAt: w.Now(), ModifiedAt: w.Now(), UsedAt: w.Now()})
	var list []*user.Session
	for i := range 450 {
		x := &user.Session{
			PoolID: ann.PoolID, Sub: ann.Sub, ID: fmt.Sprintf("%04d", i), ClientID: w.Client.ID, DeviceKey: key, AuthTime: w.Now(), RotatedAt: w.Now(), ExpiresAt: w.Now().Add(time.Hour),
		}
		if i == 225 {
			x.DeviceKey = key[:len(key)-1] + "6"
		}
		w.Insert(x)
		list = append(list, x)
	}
	return w, ops, list
}

// Forgetting a device ends the refresh tokens of every sign-in on it, however many there
// are, and of no other; a commit that fails forgets nothing.
func TestForgettingADeviceReachesEverySignIn(t *testing.T) {
	w, ops, list := newWorld(t)
	in := &wire.AdminForgetDeviceRequest{UserPoolId: wire.Ptr(string(w.Pool.ID)), Username: wire.Ptr("ann"), DeviceKey: wire.Ptr(key)}
	refreshable := func() (n int) {
		for _, x := range list {
			if apitest.Read(w, &user.Session{PoolID: x.PoolID, Sub: x.Sub, ID: x.ID}).RefreshableBy(x.DeviceKey) {
				n++
			}
		}
		return n
	}
	w.FailOnce(user.TableDevices, faulty.Unavailable)
	if err := ops.AdminForgetDevice(t.Context(), in); err == nil || refreshable() != len(list) {
		t.Errorf("without a store: %v, and %d sign-ins are left", err, refreshable())
	}
	w.FailOnce(user.TableDevices, faulty.Conflict)
	if err := ops.AdminForgetDevice(t.Context(), in); err != nil || refreshable() != 1 {
		t.Errorf("forgetting: %v, and %d sign-ins are left", err, refreshable())
	}
}
