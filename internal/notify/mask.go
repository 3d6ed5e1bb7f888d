package notify

import (
	"strings"
	"unicode/utf8"
)

// shownDigits is how many digits a masked phone number ends with.
const shownDigits = 4

// Mask returns destination as CodeDeliveryDetails shows it: `f***@e***` for an
// e-mail address, whatever the length of its parts, and `+********8920` for a
// phone number, one star for each hidden digit. A number of four digits or fewer
// is hidden whole, and so is an e-mail address without an at sign.
func Mask(medium Medium, destination string) string {
	if medium == SMS {
		return maskPhone(destination)
	}
	at := strings.LastIndexByte(destination, '@')
	if at < 0 {
		return "***"
	}
	return firstRune(destination[:at]) + "***@" + firstRune(destination[at+1:]) + "***"
}

func maskPhone(number string) string {
	digits := strings.TrimPrefix(number, "+")
	hidden := len(digits)
	if hidden > shownDigits {
		hidden -= shownDigits
	}
	return "+" + strings.Repeat("*", hidden) + digits[hidden:]
}

func firstRune(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	return s[:size]
}
