package foreignhash

import (
	"crypto/aes"
	"crypto/cipher"
	"fmt"
)

// firebaseKeySize is the length of the AES key that scrypt derives.
const firebaseKeySize = 32

// firebaseHash is Firebase Authentication's scrypt: what scrypt derives from
// password, salt and the project's separator is an AES-256 key, and the hash
// is the project's signer key, encrypted with it in counter mode from zero.
type firebaseHash struct {
	cost      scryptCost
	salt, key []byte
	separator []byte // may be empty
	signer    []byte
}

func parseFirebase(rest string) (scheme, error) {
	const name = "firescrypt"
	f, err := fields(name, rest, 5)
	if err != nil {
		return nil, err
	}
	var h firebaseHash
	if h.cost, err = parseScryptCost(name, f[0]); err != nil {
		return nil, err
	}
	if h.salt, h.key, err = saltAndKey(name, f[1], f[2], 1); err != nil {
		return nil, err
	}
	if h.separator, err = decode(name, "salt separator", f[3]); err != nil {
		return nil, err
	}
	if len(h.separator) > maxSalt {
		return nil, formError("%s: the salt separator has more than %d bytes", name, maxSalt)
	}
	if h.signer, err = decode(name, "signer key", f[4]); err != nil {
		return nil, err
	}
	if len(h.signer) != len(h.key) {
		return nil, formError("%s: hash and signer key differ in length", name)
	}
	return h, nil
}

func (h firebaseHash) algorithm() string { return "firescrypt" }

func (h firebaseHash) text() string {
	return fmt.Sprintf("$firescrypt$%s$%s$%s$%s$%s", h.cost.text(), encode(h.salt), encode(h.key), encode(h.separator), encode(h.signer))
}

func (h firebaseHash) matches(password string) bool {
	salt := append(h.salt[:len(h.salt):len(h.salt)], h.separator...)
	block, err := aes.NewCipher(h.cost.derive(password, salt, firebaseKeySize))
	if err != nil {
		return false
	}
	sealed := make([]byte, len(h.signer))
	cipher.NewCTR(block, make([]byte, aes.BlockSize)).XORKeyStream(sealed, h.signer)
	return equal(h.key, sealed)
}
