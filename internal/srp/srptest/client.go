// Package srptest is the SDKs' half of an SRP handshake, for tests of the server's
// half. It is written with math/big straight from the protocol, so that it shares
// nothing with package srp.
package srptest

import (
	"crypto/hmac"
	"crypto/sha256"
	"math/big"
)

// Client knows a password, and the secret A of one handshake.
type Client struct {
	PoolName, Username, Password string
	A                            *big.Int
}

// keySize is the length in bytes of a session key.
const keySize = 16

var two = big.NewInt(2)

// Prime is the group's N.
var Prime = groupPrime()

// groupPrime computes the 3072-bit Prime from its definition in RFC 3526:
// 2^3072 - 2^3008 - 1 + 2^64 * (floor(2^2942 * pi) + 1690314).
func groupPrime() *big.Int {
	n := new(big.Int).Lsh(big.NewInt(1), 3072)
	n.Sub(n, new(big.Int).Lsh(big.NewInt(1), 3008))
	n.Sub(n, big.NewInt(1))
	middle := scaledPi(2942)
	middle.Add(middle, big.NewInt(1690314))
	return n.Add(n, middle.Lsh(middle, 64))
}

// scaledPi is floor(2^bits * pi), by Machin's formula with guard bits.
func scaledPi(bits uint) *big.Int {
	const guard = 64
	one := new(big.Int).Lsh(big.NewInt(1), bits+guard)
	pi := new(big.Int).Mul(arctanInverse(5, one), big.NewInt(16))
	pi.Sub(pi, new(big.Int).Mul(arctanInverse(239, one), big.NewInt(4)))
	return pi.Rsh(pi, guard)
}

// arctanInverse is arctan(1/n) scaled by one.
func arctanInverse(n int64, one *big.Int) *big.Int {
	power := new(big.Int).Quo(one, big.NewInt(n))
	sum := new(big.Int).Set(power)
	square := big.NewInt(n * n)
	for i, sign := int64(3), int64(-1); power.Sign() != 0; i, sign = i+2, -sign {
		power.Quo(power, square)
		sum.Add(sum, new(big.Int).Quo(power, big.NewInt(i*sign)))
	}
	return sum
}

// Public is A as it is sent: g^a mod N.
func (c Client) Public() *big.Int { return new(big.Int).Exp(two, c.A, Prime) }

// Key is K as the client derives it: S = (B - k*g^x)^(a + u*x) mod N.
func (c Client) Key(salt []byte, public *big.Int) []byte {
	u := Sum(Pad(c.Public()), Pad(public))
	x := c.X(salt)
	k := Sum(Pad(Prime), Pad(two))
	base := new(big.Int).Exp(two, x, Prime)
	base.Mul(base, k).Sub(public, base).Mod(base, Prime)
	s := base.Exp(base, x.Mul(x, u).Add(x, c.A), Prime)
	return KeyFrom(u, s)
}

// X is the private key that the password makes with a salt.
func (c Client) X(salt []byte) *big.Int {
	identity := sha256.Sum256([]byte(c.PoolName + c.Username + ":" + c.Password))
	return Sum(Pad(new(big.Int).SetBytes(salt)), identity[:])
}

// KeyFrom derives K from the numbers u and S.
func KeyFrom(u, s *big.Int) []byte {
	return MAC(MAC(Pad(u), Pad(s)), []byte("Caldera Derived Key\x01"))[:keySize]
}

// MAC is HMAC-SHA256.
func MAC(key, message []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(message)
	return h.Sum(nil)
}

// Pad is Java's BigInteger.toByteArray of a number that is not negative.
func Pad(n *big.Int) []byte { return n.FillBytes(make([]byte, n.BitLen()/8+1)) }

// Sum is the hash of parts, as a number.
func Sum(parts ...[]byte) *big.Int {
	h := sha256.New()
	for _, part := range parts {
		h.Write(part)
	}
	return new(big.Int).SetBytes(h.Sum(nil))
}

// Claim is PASSWORD_CLAIM_SIGNATURE, before its base64, for a challenge's secret
// block and a timestamp.
func (c Client) Claim(salt []byte, public *big.Int, block []byte, timestamp string) []byte {
	message := append([]byte(c.PoolName+c.Username), block...)
	return MAC(c.Key(salt, public), append(message, timestamp...))
}
