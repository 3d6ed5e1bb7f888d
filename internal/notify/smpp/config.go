package smpp

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
)

// Config is what a Driver works with.
type Config struct {
	Host string
	Port int
	// SystemID, Password and SystemType are what the message centre knows this
	// server by, up to 15, 8 and 12 bytes.
	SystemID, Password, SystemType string
	// Source is the sender that people see: a number in E.164 form with its plus
	// sign, a short code of up to 8 digits, or up to 11 letters, digits and blanks.
	// "" leaves the choice to the message centre.
	Source string
	// TLS encrypts the connection; the message centre proves to be Host by a
	// certificate that Roots know, or the machine's own authorities if that is nil.
	TLS   bool
	Roots *x509.CertPool
	// Dial opens the connection.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// address is a source or destination (5.2.5, 5.2.6).
type address struct {
	ton, npi byte
	text     string
}

// Types of numbers and numbering plans.
const (
	tonUnknown       = 0
	tonInternational = 1
	tonNetwork       = 3
	tonAlphanumeric  = 5
	npiUnknown       = 0
	npiE164          = 1
)

// check returns what is wrong with c, and the source address.
func (c Config) check() (source address, err error) {
	var problems []error
	for _, field := range []struct {
		name, value string
		most        int
	}{{"system id", c.SystemID, 15}, {"password", c.Password, 8}, {"system type", c.SystemType, 12}} {
		switch {
		case len(field.value) > field.most:
			problems = append(problems, fmt.Errorf("the %s has more than %d bytes", field.name, field.most))
		case strings.ContainsFunc(field.value, func(r rune) bool { return r < ' ' || r > '~' }):
			problems = append(problems, fmt.Errorf("the %s has other characters than those of ASCII", field.name))
		}
	}
	if c.SystemID == "" {
		problems = append(problems, errors.New("the system id is missing"))
	}
	source, err = sourceOf(c.Source)
	return source, errors.Join(append(problems, err)...)
}

// sourceOf reads the sender.
func sourceOf(text string) (address, error) {
	digits, international := strings.CutPrefix(text, "+")
	switch isNumber := isDigits(digits); {
	case text == "":
		return address{tonUnknown, npiUnknown, ""}, nil
	case international && isNumber && len(digits) <= 15:
		return address{tonInternational, npiE164, digits}, nil
	case isNumber && len(digits) <= 8:
		return address{tonNetwork, npiUnknown, digits}, nil
	case len(text) <= 11 && !isNumber && !strings.ContainsFunc(text, isOdd):
		return address{tonAlphanumeric, npiUnknown, text}, nil
	}
	return address{}, fmt.Errorf("the sender %q is neither a number such as +15550100, nor a short code of up to 8 digits, nor up to 11 letters and digits", text)
}

func isDigits(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// isOdd reports whether r cannot stand in a sender that is a name.
func isOdd(r rune) bool {
	return r != ' ' && r != '-' && r != '.' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}
