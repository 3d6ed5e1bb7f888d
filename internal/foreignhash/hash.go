package foreignhash

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"strings"
)

// maxText is the longest text that is looked at, in bytes.
const maxText = 4096

// maxMemory is what checking one password may need, in bytes.
const maxMemory = 256 << 20

// The lengths in bytes of a salt and of a hash. With fewer than 16 a password
// would match by chance, or by search, too easily.
const (
	maxSalt = 1024
	minKey  = 16
	maxKey  = 128
)

var (
	// ErrForm says that a text is no hash in a form that this package reads.
	ErrForm = errors.New("not a password hash in a known form")
	// ErrCost says that checking a password would cost more than the server
	// is ready to spend. The text of the error names parameter and limit.
	ErrCost = errors.New("the password hash costs too much to check")
)

// scheme is a hash of one algorithm. Its fields have been checked.
type scheme interface {
	algorithm() string
	text() string
	matches(password string) bool
}

// Hash is a password hash that another system made. The zero Hash matches
// nothing. A Hash may be used by several goroutines at once. To compare two,
// compare their texts.
type Hash struct {
	_      [0]func() // not comparable: two of the same hash would differ, or panic
	scheme scheme
}

// Parse reads a hash in one of these forms, salt and hash in unpadded base64
// where nothing else is said; padding is accepted:
//
//	$2a$10$…, $2b$10$…, $2y$10$…                  bcrypt, in its own alphabet
//	$argon2id$v=19$m=65536,t=3,p=4$salt$hash
//	$scrypt$ln=16,r=8,p=1$salt$hash
//	$firescrypt$ln=14,r=8,p=1$salt$hash$sep$key   Firebase, with the project's salt separator and signer key
//	$pbkdf2-sha256$i=600000,l=32$salt$hash        also -sha1, -sha512; l may be missing
//	$pbkdf2-sha256$29000$salt$hash                passlib, with . for +; $pbkdf2$ is its SHA-1
//	pbkdf2_sha256$600000$salt$hash                Django, with the salt as it is; also sha1, sha512
//
// It returns an error with [ErrForm] in its chain for anything else, and one
// with [ErrCost] when a parameter is above its limit. The error says what is
// wrong, not what the text is.
func Parse(text string) (Hash, error) {
	if len(text) > maxText {
		return Hash{}, formError("the text is longer than %d bytes", maxText)
	}
	for i := range len(text) {
		if text[i] <= ' ' || text[i] > '~' {
			return Hash{}, formError("the text holds a space, a control character or a character outside of ASCII")
		}
	}
	s, err := parse(text)
	if err != nil {
		return Hash{}, err
	}
	return Hash{scheme: s}, nil
}

func parse(text string) (scheme, error) {
	rest, phc := strings.CutPrefix(text, "$")
	name, rest, _ := strings.Cut(rest, "$")
	if !phc {
		if digest, ok := strings.CutPrefix(name, "pbkdf2_"); ok {
			return parseDjango(digest, rest)
		}
		return nil, errUnknown
	}
	switch name {
	case "2a", "2b", "2y":
		return parseBcrypt(name, rest)
	case "argon2id":
		return parseArgon2id(rest)
	case "scrypt":
		return parseScrypt(rest)
	case "firescrypt":
		return parseFirebase(rest)
	case "pbkdf2":
		return parsePBKDF2("sha1", rest)
	}
	if digest, ok := strings.CutPrefix(name, "pbkdf2-"); ok {
		return parsePBKDF2(digest, rest)
	}
	return nil, errUnknown
}

// Matches reports whether password, byte for byte, is the one that h was made
// from. The time that the comparison takes does not depend on where the two
// differ. bcrypt has always ignored what follows the 72nd byte, and so does
// this: whoever set a longer password elsewhere signs in with it.
//
// It takes the memory and the time that the hash's parameters ask for.
func (h Hash) Matches(password string) bool {
	return h.scheme != nil && h.scheme.matches(password)
}

// String returns the hash as text that [Parse] reads as the same Hash. There
// is one text for every Hash: what passlib and Django wrote comes back as
// $pbkdf2-…$i=…,l=…$salt$hash. It is empty for the zero Hash.
func (h Hash) String() string {
	if h.scheme == nil {
		return ""
	}
	return h.scheme.text()
}

// Algorithm returns "bcrypt", "argon2id", "scrypt", "firescrypt",
// "pbkdf2-sha1", "pbkdf2-sha256" or "pbkdf2-sha512", and nothing for the zero
// Hash.
func (h Hash) Algorithm() string {
	if h.scheme == nil {
		return ""
	}
	return h.scheme.algorithm()
}

// LogValue is the algorithm alone, so that no hash gets into a log.
func (h Hash) LogValue() slog.Value { return slog.StringValue(h.Algorithm()) }

var errUnknown = formError("it begins with none of $2a$, $2b$, $2y$, $argon2id$, $scrypt$, $firescrypt$, $pbkdf2- and pbkdf2_")

func formError(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrForm, fmt.Sprintf(format, args...))
}

// costError says that parameter is above limit.
func costError(algorithm, parameter, limit string) error {
	return fmt.Errorf("%w: %s: %s is above %s", ErrCost, algorithm, parameter, limit)
}

func equal(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }
