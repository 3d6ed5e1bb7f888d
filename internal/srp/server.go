package srp

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"filippo.io/bigmod"
)

// KeySize is the length in bytes of a session key.
const KeySize = 16

// SecretSize is the length in bytes of the server's ephemeral secret b. A
// secret of the modulus' length would cost nine times the work for nothing.
const SecretSize = 32

const keyInfo = "Caldera Derived Key"

var (
	// ErrPublicValue says that the client's public value A is no number of
	// the group: not hexadecimal, too long, or zero modulo N. With the last,
	// anyone could sign in without the password.
	ErrPublicValue = errors.New("srp: the client's public value is not acceptable")
	// ErrVerifier says that a verifier is not a reduced number of the group.
	ErrVerifier = errors.New("srp: the verifier is not a number of the group")
)

// NewSecret returns a fresh ephemeral secret b of [SecretSize] bytes. It must
// serve one sign-in only.
func NewSecret() []byte {
	b := make([]byte, SecretSize)
	rand.Read(b) // never fails: the runtime ends the process instead
	return b
}

// ParsePublic reads the client's public value A from hexadecimal text as the
// SDKs send it: either case, an odd number of digits and leading zeros are
// fine. The result has no leading zeros. It returns [ErrPublicValue] for
// anything else, for a number longer than N, and for A = 0 mod N.
func ParsePublic(text string) ([]byte, error) {
	digits := strings.TrimLeft(text, "0")
	if len(digits) > 2*Size {
		return nil, ErrPublicValue
	}
	if len(digits)%2 == 1 {
		digits = "0" + digits
	}
	a, err := hex.DecodeString(digits)
	if err != nil {
		return nil, ErrPublicValue
	}
	if _, err := publicNumber(a); err != nil {
		return nil, err
	}
	return a, nil
}

// publicNumber is A mod N, refused when it is zero.
func publicNumber(a []byte) (*bigmod.Nat, error) {
	n, err := bigmod.NewNat().SetOverflowingBytes(a, modulus)
	if err != nil || n.IsZero() == 1 {
		return nil, ErrPublicValue
	}
	return n, nil
}

// IsVerifier reports whether bytes of [Size] can be a verifier: a number from 1 to N-1.
func IsVerifier(b []byte) bool {
	v, err := bigmod.NewNat().SetBytes(b, modulus)
	return err == nil && v.IsZero() == 0
}

// Public returns the server's public value B = k*v + g^b mod N, [Size] bytes
// long. It returns [ErrVerifier] when verifier is not below N. One modular
// exponentiation.
func Public(verifier, secret []byte) ([]byte, error) {
	v, err := bigmod.NewNat().SetBytes(verifier, modulus)
	if err != nil {
		return nil, ErrVerifier
	}
	return power(generator, secret).Add(v.Mul(multiplier, modulus), modulus).Bytes(modulus), nil
}

// SessionKey returns the key K, [KeySize] bytes long, that a client who knows
// the password shares with the server: S = (A * v^u)^b mod N with
// u = H(PAD(A) | PAD(B)), and K by HKDF from PAD(S) salted with PAD(u).
//
// public is what [Public] returned for the same verifier and secret. It
// returns [ErrPublicValue] when A = 0 mod N or u = 0, and [ErrVerifier] when
// verifier is not below N. Two modular exponentiations.
func SessionKey(a, public, verifier, secret []byte) ([]byte, error) {
	clientPublic, err := publicNumber(a)
	if err != nil {
		return nil, err
	}
	v, err := bigmod.NewNat().SetBytes(verifier, modulus)
	if err != nil {
		return nil, ErrVerifier
	}
	u := hash(pad(a), pad(public))
	if hmac.Equal(u, make([]byte, len(u))) {
		return nil, ErrPublicValue
	}
	base := power(v, u).Mul(clientPublic, modulus)
	s := power(base, secret).Bytes(modulus)
	key, err := hkdf.Key(sha256.New, pad(s), pad(u), keyInfo, KeySize)
	if err != nil {
		return nil, fmt.Errorf("deriving the session key: %w", err)
	}
	return key, nil
}

// ClaimSignature returns HMAC-SHA256 under the session key over pool name,
// user name, secret block and timestamp: PASSWORD_CLAIM_SIGNATURE before its
// base64. secretBlock is decoded, timestamp is the text as sent.
func ClaimSignature(key []byte, poolName, username string, secretBlock []byte, timestamp string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(poolName))
	mac.Write([]byte(username))
	mac.Write(secretBlock)
	mac.Write([]byte(timestamp))
	return mac.Sum(nil)
}

// MatchClaim reports in constant time whether signature is the claim
// signature of the other arguments; see [ClaimSignature].
func MatchClaim(key []byte, poolName, username string, secretBlock []byte, timestamp string, signature []byte) bool {
	return hmac.Equal(ClaimSignature(key, poolName, username, secretBlock, timestamp), signature)
}
