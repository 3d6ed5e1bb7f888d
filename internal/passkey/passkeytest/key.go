package passkeytest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"math/big"
)

// Algorithms of keys, by their numbers in COSE.
const (
	ES256 = -7
	EdDSA = -8
	RS256 = -257
)

// coordinate is the length of a number of P-256.
const coordinate = 32

func newKey(algorithm, rsaBits int) (crypto.Signer, error) {
	switch algorithm {
	case ES256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case RS256:
		return rsa.GenerateKey(rand.Reader, rsaBits)
	case EdDSA:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	}
	return nil, fmt.Errorf("no algorithm %d", algorithm)
}

// coseKey is the public half as authenticators encode it.
func coseKey(key crypto.Signer) ([]byte, error) {
	switch k := key.Public().(type) {
	case *ecdsa.PublicKey:
		point, err := k.Bytes() // 4, x, y
		if err != nil {
			return nil, err
		}
		x, y := point[1:1+coordinate], point[1+coordinate:]
		return object(
			number(1), number(2), // key type: elliptic curve with both coordinates
			number(3), number(ES256),
			number(-1), number(1), // curve: P-256
			number(-2), octets(x),
			number(-3), octets(y),
		), nil
	case *rsa.PublicKey:
		return object(
			number(1), number(3), // key type: RSA
			number(3), number(RS256),
			number(-1), octets(k.N.Bytes()),
			number(-2), octets(big.NewInt(int64(k.E)).Bytes()),
		), nil
	case ed25519.PublicKey:
		return object(
			number(1), number(1), // key type: octet key pair
			number(3), number(EdDSA),
			number(-1), number(6), // curve: Ed25519
			number(-2), octets(k),
		), nil
	default:
		return nil, fmt.Errorf("no encoding for %T", k)
	}
}

func sign(key crypto.Signer, message []byte) ([]byte, error) {
	if _, ok := key.(ed25519.PrivateKey); ok {
		return key.Sign(rand.Reader, message, crypto.Hash(0))
	}
	digest := sha256.Sum256(message)
	return key.Sign(rand.Reader, digest[:], crypto.SHA256)
}
