package vault

import (
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strings"
)

const (
	lowerAlphanumeric = "0123456789abcdefghijklmnopqrstuvwxyz"
	alphanumeric      = lowerAlphanumeric + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// NewUUID returns a random UUID (version 4) in lower case.
func NewUUID() string {
	var id [16]byte
	rand.Read(id[:]) // never fails: the runtime ends the process instead
	return UUIDOf(id)
}

// UUIDOf returns bytes in the form of a UUID (version 4) in lower case; 122 of their
// bits are in it.
func UUIDOf(id [16]byte) string {
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return uuidText(id)
}

// NewSub returns a fresh user id in the form of the service's own, for example
// 34c84488-e0e1-70ae-d2ee-991ad1a898c8 (recorded from SignUp): like a UUID, but
// with a third group that begins with 70 and a free fourth one. 120 of its
// bits are random.
func NewSub() string {
	var id [16]byte
	rand.Read(id[:])
	id[6] = 0x70
	return uuidText(id)
}

func uuidText(id [16]byte) string {
	h := hex.EncodeToString(id[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// NewPoolSuffix returns the part of a pool id after the region and the
// underscore: nine characters of [0-9A-Za-z].
func NewPoolSuffix() string { return randomText(9, alphanumeric) }

// NewClientID returns a fresh app client id: 26 characters of [0-9a-z], as
// recorded.
func NewClientID() string { return randomText(26, lowerAlphanumeric) }

// NewClientSecret returns a fresh app client secret: 52 characters of [0-9a-z],
// more than 256 bits.
func NewClientSecret() string { return randomText(52, lowerAlphanumeric) }

// randomText returns length characters of alphabet, each equally likely. The
// alphabet has at most 256 characters of one byte.
func randomText(length int, alphabet string) string {
	// Bytes from here on up would favour the alphabet's first characters.
	limit := 256 - 256%len(alphabet)
	out := make([]byte, 0, length)
	buf := make([]byte, length)
	for len(out) < length {
		rand.Read(buf)
		for _, b := range buf {
			if int(b) < limit && len(out) < length {
				out = append(out, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return string(out)
}

// NewPassword returns a random password of at least length characters, and of
// at least twelve, with an upper-case and a lower-case letter, a digit and a
// symbol, so that it meets every password policy of that length.
func NewPassword(length int) string {
	const symbols = "!@#%*-_=+?"
	classes := []string{"ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnopqrstuvwxyz", "23456789", symbols}
	all := strings.Join(classes, "")
	text := []byte(randomText(max(length, 12)-len(classes), all))
	for _, class := range classes {
		// A place for the character of each class is drawn among those that are
		// left between and around what stands already.
		at := int(randomText(1, all)[0]) % (len(text) + 1)
		text = slices.Insert(text, at, randomText(1, class)[0])
	}
	return string(text)
}

// NewAccessKeySuffix returns the random part of an access key's id: eighteen
// characters of [0-9A-Z].
func NewAccessKeySuffix() string { return randomText(18, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") }
