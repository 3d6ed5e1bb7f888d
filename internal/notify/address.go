package notify

import (
	"errors"
	"net/mail"
	"strings"
)

// Limits of RFC 5321, in bytes.
const (
	maxLocalPart = 64
	maxAddress   = 254
	maxLabel     = 63
)

var (
	errAddressForm   = errors.New("not a plain e-mail address")
	errAddressLength = errors.New("e-mail address too long")
	errSenderForm    = errors.New("neither an address nor Name <address>")
)

// CheckEmailAddress returns an error unless s is a bare address in the plain
// form that every relay reads alike: an unquoted ASCII local part and a domain
// of letters, digits and hyphens. Quoted local parts, comments, address literals
// and non-ASCII spellings are refused, since two readers may disagree about where
// such a message goes; an internationalised domain is written in its xn-- form.
// The error does not repeat the address.
func CheckEmailAddress(s string) error {
	if len(s) > maxAddress {
		return errAddressLength
	}
	local, domain, ok := strings.Cut(s, "@")
	if !ok || !isLocalPart(local) || !isDomain(domain) {
		return errAddressForm
	}
	if len(local) > maxLocalPart {
		return errAddressLength
	}
	return nil
}

// ParseSender reads a sender as pools hold it, an address or `Name <address>`.
// The address obeys [CheckEmailAddress]; the name may be any text of one line.
// The error does not repeat the sender.
func ParseSender(s string) (*mail.Address, error) {
	if !IsOneLine(s) {
		return nil, errSenderForm
	}
	a, err := mail.ParseAddress(s)
	if err != nil {
		return nil, errSenderForm
	}
	// The parser decodes encoded words, so a line end may appear only now.
	if !IsOneLine(a.Name) {
		return nil, errSenderForm
	}
	if err := CheckEmailAddress(a.Address); err != nil {
		return nil, err
	}
	return a, nil
}

func isLocalPart(s string) bool {
	for atom := range strings.SplitSeq(s, ".") {
		if atom == "" || strings.ContainsFunc(atom, notAtomText) {
			return false
		}
	}
	return true
}

func notAtomText(r rune) bool {
	return !isLetterOrDigit(r) && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
}

func isDomain(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.ContainsFunc(label, func(r rune) bool { return !isLetterOrDigit(r) && r != '-' }) {
			return false
		}
	}
	return true
}

func isLetterOrDigit(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// isPhoneNumber reports whether s is a plus sign and 1 to 15 digits.
func isPhoneNumber(s string) bool {
	digits, ok := strings.CutPrefix(s, "+")
	return ok && len(digits) >= 1 && len(digits) <= 15 &&
		!strings.ContainsFunc(digits, func(r rune) bool { return r < '0' || r > '9' })
}
