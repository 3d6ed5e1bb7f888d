package pool

import (
	"errors"
	"math/big"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
)

// Reason texts of values that an attribute does not take. Amazon's own texts
// for these are not known; they are kept in this one place.
const (
	reasonTooLong  = "String must be no longer than "
	reasonTooShort = "String must be no shorter than "
	reasonNumber   = "Value must be an integer."
	reasonTooSmall = "Value must be no less than "
	reasonTooLarge = "Value must be no greater than "
	reasonBoolean  = "Value must be true or false."
	reasonDate     = "Value must be a date of the form YYYY-MM-DD."
	reasonNUL      = "Value must not contain the character U+0000."
	reasonDateTime = "Value must be an ISO 8601 date and time or a number of seconds since 1970."
)

var integer = regexp.MustCompile(`^[+-]?[0-9]+$`)

// CheckValue returns why the attribute does not take value, or "" when it does.
// The format of e-mail addresses and phone numbers is judged by CheckEmail and
// CheckPhone, since those refusals have texts of their own.
func (a *Attribute) CheckValue(value string) string {
	if strings.ContainsRune(value, 0) {
		return reasonNUL
	}
	switch a.Type {
	case TypeNumber:
		return a.checkNumber(value)
	case TypeBoolean:
		if v := strings.ToLower(value); v != "true" && v != "false" {
			return reasonBoolean
		}
		return ""
	case TypeDateTime:
		return checkDateTime(value)
	}
	if a.Name == "birthdate" {
		if _, err := time.Parse(time.DateOnly, value); err != nil {
			return reasonDate
		}
	}
	return a.checkLength(value)
}

func (a *Attribute) checkLength(value string) string {
	if a.String == nil {
		return ""
	}
	n := int64(0)
	for _, r := range value {
		n += int64(utf16.RuneLen(r))
	}
	if high, ok := lengthBound(a.String.Max); ok && n > high {
		return reasonTooLong + bound(a.String.Max).String() + " characters"
	}
	if low, ok := lengthBound(a.String.Min); ok && n < low {
		return reasonTooShort + bound(a.String.Min).String() + " characters"
	}
	return ""
}

// lengthBound is bound for a length. One that is too large for an integer of the
// machine is as good as the largest of those.
func lengthBound(text *string) (n int64, ok bool) {
	if text == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(*text, 10, 64)
	return n, err == nil || errors.Is(err, strconv.ErrRange)
}

func (a *Attribute) checkNumber(value string) string {
	if !integer.MatchString(value) {
		return reasonNumber
	}
	n, _ := new(big.Int).SetString(value, 10)
	if a.Number == nil {
		return ""
	}
	if low := bound(a.Number.Min); low != nil && n.Cmp(low) < 0 {
		return reasonTooSmall + low.String()
	}
	if high := bound(a.Number.Max); high != nil && n.Cmp(high) > 0 {
		return reasonTooLarge + high.String()
	}
	return ""
}

func bound(text *string) *big.Int {
	if text == nil {
		return nil
	}
	n, ok := new(big.Int).SetString(*text, 10)
	if !ok {
		return nil
	}
	return n
}

func checkDateTime(value string) string {
	if integer.MatchString(value) {
		return ""
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly, "2006-01-02T15:04:05"} {
		if _, err := time.Parse(layout, value); err == nil {
			return ""
		}
	}
	return reasonDateTime
}

// CheckEmail reports whether value has the form of an e-mail address that a
// message can be sent to. Quoted local parts, control characters and blanks are
// refused: they have been used to smuggle recipients past mail servers.
func CheckEmail(value string) bool {
	local, domain, ok := strings.Cut(value, "@")
	if !ok || local == "" || domain == "" || len(local) > 64 || len(value) > 254 {
		return false
	}
	if strings.ContainsAny(value, "\"\\<>()[]:;, ") || strings.ContainsFunc(value, notGraphic) {
		return false
	}
	if !strings.Contains(domain, ".") && domain != "localhost" || strings.HasPrefix(domain, "-") || strings.HasPrefix(domain, ".") || strings.HasSuffix(domain, ".") || strings.Contains(domain, "..") {
		return false
	}
	addr, err := mail.ParseAddress(value)
	return err == nil && addr.Address == value
}

func notGraphic(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }

var e164 = regexp.MustCompile(`^\+[0-9]{1,15}$`)

// CheckPhone reports whether value is a phone number as the service takes it: a
// plus sign and digits, at most fifteen.
func CheckPhone(value string) bool { return e164.MatchString(value) }

// LooksLikeEmail reports whether a user name could be taken for an e-mail address.
func LooksLikeEmail(name string) bool { return CheckEmail(name) }

// LooksLikePhone reports whether a user name could be taken for a phone number.
func LooksLikePhone(name string) bool { return CheckPhone(name) }
