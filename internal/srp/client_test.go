package srp_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"math/big"

	"poolhouse.dev/internal/srp"
)

// client is the SDK's half of the handshake, written with math/big straight
// from the protocol so that it shares nothing with the package under test.
type client struct {
	poolName, username, password string
	a                            *big.Int
}

var (
	two   = big.NewInt(2)
	prime = groupPrime()
)

// groupPrime computes the 3072-bit prime from its definition in RFC 3526:
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

func (c client) public() *big.Int { return new(big.Int).Exp(two, c.a, prime) }

// key is K as the client derives it: S = (B - k*g^x)^(a + u*x) mod N.
func (c client) key(salt []byte, public *big.Int) []byte {
	u := sum(pad(c.public()), pad(public))
	x := c.x(salt)
	k := sum(pad(prime), pad(two))
	base := new(big.Int).Exp(two, x, prime)
	base.Mul(base, k).Sub(public, base).Mod(base, prime)
	s := base.Exp(base, x.Mul(x, u).Add(x, c.a), prime)
	return keyFrom(u, s)
}

func (c client) x(salt []byte) *big.Int {
	identity := sha256.Sum256([]byte(c.poolName + c.username + ":" + c.password))
	return sum(pad(new(big.Int).SetBytes(salt)), identity[:])
}

func keyFrom(u, s *big.Int) []byte {
	return mac(mac(pad(u), pad(s)), []byte("Caldera Derived Key\x01"))[:srp.KeySize]
}

func mac(key, message []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(message)
	return h.Sum(nil)
}

// pad is Java's BigInteger.toByteArray of a number that is not negative.
func pad(n *big.Int) []byte { return n.FillBytes(make([]byte, n.BitLen()/8+1)) }

func sum(parts ...[]byte) *big.Int {
	h := sha256.New()
	for _, part := range parts {
		h.Write(part)
	}
	return new(big.Int).SetBytes(h.Sum(nil))
}
