package breach

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
)

const (
	hashDigits = 2 * sha1.Size
	maxCount   = 18 // digits
	// maxLine is the length of the longest line with a colon and its end.
	maxLine int64 = hashDigits + 1 + maxCount + int64(len("\r\n"))
)

// line is one line of the file, from its offset start up to end.
type line struct {
	start, end int64
	hash       [sha1.Size]byte
	padding    bool // the line counts 0
}

// parse reads a line with whatever ends it, and returns what is wrong with it,
// or nothing.
func (l *line) parse(text []byte) string {
	text = bytes.TrimSuffix(text, []byte("\n"))
	text = bytes.TrimSuffix(text, []byte("\r"))
	digits, count, found := bytes.Cut(text, []byte(":"))
	switch {
	case len(text) == 0:
		return "it is empty"
	case !found:
		return "it has no colon between hash and count"
	case len(digits) != hashDigits:
		return fmt.Sprintf("%d characters are before its colon, not the %d of a SHA-1 hash", len(digits), hashDigits)
	}
	if _, err := hex.Decode(l.hash[:], digits); err != nil {
		return "its hash is not hexadecimal"
	}
	if len(count) == 0 || len(count) > maxCount || len(bytes.Trim(count, "0123456789")) > 0 {
		return "its count is not a number"
	}
	l.padding = len(bytes.Trim(count, "0")) == 0
	return ""
}

func lineError(offset int64, reason string) error {
	return fmt.Errorf("%w: the line at byte %d: %s", ErrFile, offset, reason)
}
