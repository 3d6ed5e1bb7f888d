package user

import (
	"time"

	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/row"
)

// TableDevices is the table of [Device].
const TableDevices row.Table = "devices"

// Device is a device that a user signs in from.
type Device struct {
	row.Stamp
	PoolID pool.ID
	Sub    Sub
	// Key is the device's name in the API, the region and a UUID, and GroupKey what
	// its proofs are made with beside it.
	Key      string
	GroupKey string
	Name     string
	// Verifier is what the device proves itself by, sealed for column "verifier"; nil
	// for one that was named at a sign-in and never confirmed.
	Verifier []byte
	// Remembered says that the device takes the place of a second factor.
	Remembered bool
	// LastIP is the address of its last sign-in.
	LastIP     string
	CreatedAt  time.Time
	ModifiedAt time.Time
	UsedAt     time.Time
}

// RowKey implements row.Row.
func (d *Device) RowKey() row.Key {
	return row.Key{Table: TableDevices, Parts: [3]string{string(d.PoolID), string(d.Sub), d.Key}}
}

// Confirmed reports whether the user's client has confirmed the device.
func (d *Device) Confirmed() bool { return d.Stored() && d.Verifier != nil }
