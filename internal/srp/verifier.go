package srp

import (
	"crypto/subtle"
)

// Verifier returns v = g^x mod N, [Size] bytes long, for a password under
// salt, where x = H(PAD(salt) | H(poolName | username ":" password)).
//
// The password counts as the bytes sent; nothing is normalised. The result
// holds for this pool name and this user name only, so neither may change
// later. For a remembered device they are the device group key and the device
// key, and the password is the device's secret. One modular exponentiation.
func Verifier(poolName, username, password string, salt []byte) []byte {
	x := privateKey(poolName, username, password, salt)
	return power(generator, x).Bytes(modulus)
}

// Match reports whether password is the one that verifier was made from, with
// the same pool name, user name and salt. Its time tells nothing about either
// secret, and it costs one modular exponentiation whatever the answer.
func Match(poolName, username, password string, salt, verifier []byte) bool {
	v := Verifier(poolName, username, password, salt)
	return subtle.ConstantTimeCompare(v, verifier) == 1
}

// privateKey is x, always 32 bytes.
func privateKey(poolName, username, password string, salt []byte) []byte {
	identity := hash([]byte(poolName), []byte(username), []byte(":"), []byte(password))
	return hash(pad(salt), identity)
}
