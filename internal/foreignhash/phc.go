package foreignhash

import (
	"encoding/base64"
	"strings"
)

// maxDigits keeps every number within 31 bits.
const maxDigits = 9

// fields splits what follows the algorithm's name at its dollar signs.
func fields(algorithm, text string, want int) ([]string, error) {
	f := strings.Split(text, "$")
	if len(f) != want {
		return nil, formError("%s: %d fields follow the name, not %d", algorithm, len(f), want)
	}
	return f, nil
}

// parameters reads "a=1,b=2" with exactly the given names in their order.
func parameters(algorithm, text string, names ...string) ([]int, error) {
	parts := strings.Split(text, ",")
	if len(parts) != len(names) {
		return nil, formError("%s: its parameters are not %s", algorithm, strings.Join(names, ", "))
	}
	values := make([]int, len(names))
	for i, part := range parts {
		digits, ok := strings.CutPrefix(part, names[i]+"=")
		if !ok {
			return nil, formError("%s: its parameters are not %s", algorithm, strings.Join(names, ", "))
		}
		n, err := number(algorithm, names[i], digits)
		if err != nil {
			return nil, err
		}
		values[i] = n
	}
	return values, nil
}

// number reads a decimal number of at least 1 without leading zeros.
func number(algorithm, name, digits string) (int, error) {
	if digits == "" || digits[0] == '0' {
		return 0, formError("%s: %s is not a number from 1 on, without leading zeros", algorithm, name)
	}
	n := 0
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return 0, formError("%s: %s is not a number", algorithm, name)
		}
		if i == maxDigits {
			return 0, costError(algorithm, name, "999999999")
		}
		n = 10*n + int(digits[i]-'0')
	}
	return n, nil
}

// decode reads base64 in the standard alphabet. Padding may be there, and the
// bits after the last whole byte may be anything; encode leaves both out.
func decode(algorithm, name, text string) ([]byte, error) {
	b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil, formError("%s: the %s is not base64", algorithm, name)
	}
	return b, nil
}

func encode(b []byte) string { return base64.RawStdEncoding.EncodeToString(b) }

// saltAndKey decodes a salt of at least minSalt bytes and a hash.
func saltAndKey(algorithm, saltText, keyText string, minSalt int) (salt, key []byte, err error) {
	if salt, err = decode(algorithm, "salt", saltText); err != nil {
		return nil, nil, err
	}
	if key, err = decode(algorithm, "hash", keyText); err != nil {
		return nil, nil, err
	}
	return salt, key, checkLengths(algorithm, salt, key, minSalt)
}

func checkLengths(algorithm string, salt, key []byte, minSalt int) error {
	if len(salt) < minSalt || len(salt) > maxSalt {
		return formError("%s: the salt has not %d to %d bytes", algorithm, minSalt, maxSalt)
	}
	if len(key) < minKey || len(key) > maxKey {
		return formError("%s: the hash has not %d to %d bytes", algorithm, minKey, maxKey)
	}
	return nil
}
