// Package totp makes and judges time-based one-time codes (RFC 6238) as the
// service uses them: HMAC-SHA1, periods of 30 seconds, six digits. It tells which
// period a code is of, so that its caller can take each only once.
package totp

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"time"
)

const (
	// SecretSize is the length of a new secret in bytes; its text has 52 characters.
	SecretSize = 32
	period     = 30
	digits     = 6
	modulus    = 1_000_000
	// skew is how many periods before and after the present one count.
	skew = 1
)

// NewSecret returns a random secret.
func NewSecret() []byte {
	secret := make([]byte, SecretSize)
	rand.Read(secret) // never fails: the runtime ends the process instead
	return secret
}

// Text returns a secret as apps take it, in base32 without padding.
func Text(secret []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

// Step returns the period that a time falls into.
func Step(t time.Time) int64 { return t.Unix() / period }

// Code returns the code of a period.
func Code(secret []byte, step int64) string {
	mac := hmac.New(sha1.New, secret)
	_ = binary.Write(mac, binary.BigEndian, uint64(step)) // a hash takes everything
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0x0f
	n := binary.BigEndian.Uint32(sum[offset:]) & 0x7fff_ffff
	return fmt.Sprintf("%0*d", digits, n%modulus)
}

// Match returns the period whose code was given, among the present one and its
// neighbours, and whether there is one. It takes the same time for every code.
func Match(secret []byte, code string, now time.Time) (step int64, ok bool) {
	for s := Step(now) - skew; s <= Step(now)+skew; s++ {
		if subtle.ConstantTimeCompare([]byte(Code(secret, s)), []byte(code)) == 1 {
			step, ok = s, true
		}
	}
	return step, ok
}
