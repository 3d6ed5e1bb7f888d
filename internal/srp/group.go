package srp

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"filippo.io/bigmod"
)

// Size is the length in bytes of the group's modulus, and so of a verifier
// and of a public value.
const Size = 384

// groupPrime is the 3072-bit safe prime of RFC 5054, appendix A (RFC 3526
// group 15).
const groupPrime = "" +
	"FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74" +
	"020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437" +
	"4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED" +
	"EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05" +
	"98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB" +
	"9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B" +
	"E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718" +
	"3995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33" +
	"A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7" +
	"ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864" +
	"D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E2" +
	"08E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF"

// The generator as bytes; it is 2, hence its own shortest form.
var generatorBytes = []byte{2}

var (
	modulus    = mustModulus()
	generator  = mustNat(generatorBytes)
	multiplier = mustNat(multiplierBytes())
)

func mustModulus() *bigmod.Modulus {
	m, err := bigmod.NewModulus(primeBytes())
	if err != nil {
		panic("srp: the group's modulus: " + err.Error())
	}
	return m
}

func primeBytes() []byte {
	n, err := hex.DecodeString(groupPrime)
	if err != nil {
		panic("srp: the group's prime: " + err.Error())
	}
	return n
}

// multiplierBytes is k = H(PAD(N) | PAD(g)).
func multiplierBytes() []byte { return hash(pad(primeBytes()), pad(generatorBytes)) }

func mustNat(b []byte) *bigmod.Nat {
	n, err := bigmod.NewNat().SetBytes(b, modulus)
	if err != nil {
		panic("srp: a constant of the group: " + err.Error())
	}
	return n
}

// power is base^exponent mod N, in time that depends on the exponent's length
// only. base is reduced.
func power(base *bigmod.Nat, exponent []byte) *bigmod.Nat {
	return bigmod.NewNat().Exp(base, exponent, modulus)
}

// pad is the form in which the SDKs hash numbers: the shortest big-endian
// two's complement, as Java's BigInteger.toByteArray writes it. It is not
// padding to the length of N. Leading zeros of b do not matter.
func pad(b []byte) []byte {
	b = bytes.TrimLeft(b, "\x00")
	if len(b) == 0 || b[0]&0x80 != 0 {
		return append([]byte{0}, b...)
	}
	return b
}

func hash(parts ...[]byte) []byte {
	h := sha256.New()
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}

// PoolName returns the part of a pool id after its first underscore, which is
// what the SDKs hash in place of the whole id. It is empty when there is none.
func PoolName(poolID string) string {
	_, name, _ := strings.Cut(poolID, "_")
	return name
}
