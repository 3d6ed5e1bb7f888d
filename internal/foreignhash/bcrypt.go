package foreignhash

import (
	"encoding/base64"
	"fmt"

	"golang.org/x/crypto/bcrypt"
)

const (
	// maxBcryptCost is some two seconds of one CPU; each step doubles it.
	maxBcryptCost = 15
	// maxBcryptPassword is how much of a password counts, in bytes.
	maxBcryptPassword = 72
	// bcrypt's texts are 16 bytes of salt and the first 23 of a hash.
	bcryptSaltText = 22
	bcryptKeyText  = 31
)

var bcryptBase64 = base64.NewEncoding("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789").WithPadding(base64.NoPadding)

// bcryptHash is the whole text. The three letters of the version are one
// algorithm: they tell apart programs that had bugs from those that did not,
// and $2x$, which is such a bug, is not read.
type bcryptHash string

func parseBcrypt(version, rest string) (scheme, error) {
	f, err := fields("bcrypt", rest, 2)
	if err != nil {
		return nil, err
	}
	cost, ok := bcryptCost(f[0])
	if !ok {
		return nil, formError("bcrypt: the cost is not a number of two digits from 04 on")
	}
	if cost > maxBcryptCost {
		return nil, costError("bcrypt", "the cost", fmt.Sprint(maxBcryptCost))
	}
	if len(f[1]) != bcryptSaltText+bcryptKeyText {
		return nil, formError("bcrypt: salt and hash have not %d characters", bcryptSaltText+bcryptKeyText)
	}
	salt, err := bcryptBase64.DecodeString(f[1][:bcryptSaltText])
	if err != nil {
		return nil, formError("bcrypt: the salt is not in bcrypt's base64")
	}
	key, err := bcryptBase64.DecodeString(f[1][bcryptSaltText:])
	if err != nil {
		return nil, formError("bcrypt: the hash is not in bcrypt's base64")
	}
	// Written anew, since some programs set the bits that follow the salt.
	return bcryptHash(fmt.Sprintf("$%s$%02d$%s%s", version, cost, bcryptBase64.EncodeToString(salt), bcryptBase64.EncodeToString(key))), nil
}

func bcryptCost(digits string) (int, bool) {
	if len(digits) != 2 || digits[0] < '0' || digits[0] > '9' || digits[1] < '0' || digits[1] > '9' {
		return 0, false
	}
	cost := 10*int(digits[0]-'0') + int(digits[1]-'0')
	return cost, cost >= bcrypt.MinCost
}

func (h bcryptHash) algorithm() string { return "bcrypt" }

func (h bcryptHash) text() string { return string(h) }

func (h bcryptHash) matches(password string) bool {
	if len(password) > maxBcryptPassword {
		password = password[:maxBcryptPassword]
	}
	return bcrypt.CompareHashAndPassword([]byte(h), []byte(password)) == nil
}
