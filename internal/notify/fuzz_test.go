package notify_test

import (
	"html"
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

// FuzzRender fills any template with any code and name: both stand where the
// template has a place for them and nowhere else, and neither is a template or
// markup itself.
func FuzzRender(f *testing.F) {
	f.Add("Your code is {####}", "039126", "ann", true)
	f.Add("{username}{####}{####}", "{username}", "{####}", false)
	f.Add("<b>{##x##}</b> {{####}}", "<&>", "\"'\x00\xff", true)
	f.Fuzz(func(t *testing.T, template, code, name string, invites bool) {
		kind, texts := notify.SignUp, notify.Texts{EmailBody: template, SMSBody: template}
		if invites {
			kind = notify.Invitation
		}
		templates := notify.Templates{}.With(kind, texts)
		if template == "" {
			return // the service's own text
		}
		for medium, form := range map[notify.Medium]func(string) string{
			notify.Email: html.EscapeString, notify.SMS: func(s string) string { return s },
		} {
			_, body := notify.Render(kind, medium, templates, notify.Values{Code: code, Username: name})
			// What is left of the template between its places.
			rest := strings.Split(template, "{####}")
			for i, part := range rest {
				if invites {
					rest[i] = strings.Join(strings.Split(part, "{username}"), form(name))
				}
			}
			if want := strings.Join(rest, form(code)); body != want {
				t.Errorf("%s: %q became %q, want %q", medium, template, body, want)
			}
		}
	})
}
