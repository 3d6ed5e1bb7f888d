package notify_test

import (
	"strings"
	"testing"

	"poolhouse.dev/internal/notify"
)

// FuzzParseSender looks for a sender that passes and yet spans two lines or
// holds more than one address.
func FuzzParseSender(f *testing.F) {
	for _, s := range []string{
		"a@example.com", "Team <a@example.com>", `"A, B" <a@example.com>`, "=?utf-8?q?A=0D=0A?= <a@example.com>",
		`"a b"@example.com`, "a@example.com, b@example.com", "group: a@example.com;", "a@[127.0.0.1]", "a@example.com\r\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		sender, err := notify.ParseSender(s)
		if err != nil {
			return
		}
		if strings.ContainsAny(sender.Name+sender.Address, "\r\n\x00") {
			t.Errorf("%q spans lines: %q", s, sender)
		}
		if strings.Count(sender.Address, "@") != 1 || strings.ContainsAny(sender.Address, " <>\"(),;:[]\\") {
			t.Errorf("%q is no plain address: %q", s, sender.Address)
		}
	})
}
