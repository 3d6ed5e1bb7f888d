package foreignhash

import (
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"
	"strings"
)

// maxPBKDF2Work bounds iterations times blocks of output; it is some three
// seconds of one CPU, and four times what is recommended today.
const maxPBKDF2Work = 5_000_000

var digests = map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New}

type pbkdf2Hash struct {
	digest     string // a key of digests
	iterations int
	salt, key  []byte
}

// parsePBKDF2 reads both the PHC form, whose first field has names, and
// passlib's, where it is a number alone.
func parsePBKDF2(digest, rest string) (scheme, error) {
	name, err := pbkdf2Name(digest)
	if err != nil {
		return nil, err
	}
	f, err := fields(name, rest, 3)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(f[0], "=") {
		plus := strings.NewReplacer(".", "+")
		return newPBKDF2(digest, f[0], 0, plus.Replace(f[1]), plus.Replace(f[2]))
	}
	iterations, length, found := strings.Cut(f[0], ",")
	digits, ok := strings.CutPrefix(iterations, "i=")
	if !ok {
		return nil, formError("%s: its parameters are not i and l", name)
	}
	if !found {
		return newPBKDF2(digest, digits, 0, f[1], f[2])
	}
	size, err := parameters(name, length, "l")
	if err != nil {
		return nil, err
	}
	return newPBKDF2(digest, digits, size[0], f[1], f[2])
}

// parseDjango reads what follows "pbkdf2_sha256$": the salt is text, and the
// hash has padding.
func parseDjango(digest, rest string) (scheme, error) {
	name, err := pbkdf2Name(digest)
	if err != nil {
		return nil, err
	}
	f, err := fields(name, rest, 3)
	if err != nil {
		return nil, err
	}
	return newPBKDF2(digest, f[0], 0, encode([]byte(f[1])), f[2])
}

func pbkdf2Name(digest string) (string, error) {
	if digests[digest] == nil {
		return "", formError("pbkdf2: its digest is none of sha1, sha256 and sha512")
	}
	return "pbkdf2-" + digest, nil
}

// newPBKDF2 checks the parts of a hash; size is the length that the text says
// the hash has, 0 when it does not say.
func newPBKDF2(digest, iterations string, size int, salt, key string) (scheme, error) {
	h := pbkdf2Hash{digest: digest}
	var err error
	if h.iterations, err = number(h.algorithm(), "i", iterations); err != nil {
		return nil, err
	}
	if h.salt, h.key, err = saltAndKey(h.algorithm(), salt, key, 1); err != nil {
		return nil, err
	}
	if size != 0 && size != len(h.key) {
		return nil, formError("%s: l is not the length of the hash", h.algorithm())
	}
	block := digests[digest]().Size()
	if blocks := (len(h.key) + block - 1) / block; h.iterations*blocks > maxPBKDF2Work {
		return nil, costError(h.algorithm(), "i", fmt.Sprintf("%d for a hash of %d bytes", maxPBKDF2Work/blocks, len(h.key)))
	}
	return h, nil
}

func (h pbkdf2Hash) algorithm() string { return "pbkdf2-" + h.digest }

func (h pbkdf2Hash) text() string {
	return fmt.Sprintf("$%s$i=%d,l=%d$%s$%s", h.algorithm(), h.iterations, len(h.key), encode(h.salt), encode(h.key))
}

func (h pbkdf2Hash) matches(password string) bool {
	key, err := pbkdf2.Key(digests[h.digest], password, h.salt, h.iterations, len(h.key))
	return err == nil && equal(h.key, key)
}
