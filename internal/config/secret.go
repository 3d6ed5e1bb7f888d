package config

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"
)

const redacted = "[redacted]"

// Secret is a text that never prints: every way of formatting, encoding or
// logging it gives "[redacted]", whether it is set or not. Where package fmt
// cannot ask its methods (an unexported field, the verb %w) it shows an
// address, because the text is behind a pointer. The zero Secret is not set.
type Secret struct{ text *string }

// NewSecret returns a Secret that holds text; "" gives the zero Secret.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{text: &text}
}

// Reveal returns the secret itself, for the one place that uses it.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsSet reports whether there is a secret.
func (s Secret) IsSet() bool { return s.text != nil }

// Equal reports whether both hold the same text, in a time that tells only
// whether their lengths differ.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// String returns "[redacted]".
func (Secret) String() string { return redacted }

// GoString returns "[redacted]".
func (Secret) GoString() string { return redacted }

// Format writes "[redacted]" for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText returns "[redacted]"; encoders of map keys, XML and the like use
// it.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON returns "[redacted]" as a JSON string.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// LogValue returns "[redacted]".
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// DatabaseURL is a PostgreSQL connection URL. It prints without its password
// and without its query, which may hold another. The zero DatabaseURL is not
// set.
type DatabaseURL struct{ url Secret }

// NewDatabaseURL returns a DatabaseURL that holds text; "" gives the zero one.
func NewDatabaseURL(text string) DatabaseURL { return DatabaseURL{url: NewSecret(text)} }

// UnmarshalText takes the URL as it is; the check of the whole Config judges
// it.
func (d *DatabaseURL) UnmarshalText(text []byte) error {
	*d = NewDatabaseURL(string(text))
	return nil
}

// Reveal returns the whole URL, password included, for opening the database.
func (d DatabaseURL) Reveal() string { return d.url.Reveal() }

// IsSet reports whether there is a URL.
func (d DatabaseURL) IsSet() bool { return d.url.IsSet() }

// Equal reports whether both hold the same text.
func (d DatabaseURL) Equal(other DatabaseURL) bool { return d.url.Equal(other.url) }

// String returns the URL with its password replaced, "[redacted]" if it is not
// certain which part the password is, or "" if it is not set.
func (d DatabaseURL) String() string {
	if !d.IsSet() {
		return ""
	}
	u, ok := parseDatabaseURL(d.Reveal())
	if !ok {
		return redacted
	}
	u.RawQuery, u.ForceQuery = "", false
	return u.Redacted()
}

// parseDatabaseURL returns text's parts if they are certain. An "@" behind the
// host is the rest of a password with an unescaped "/", "?" or "#", which began
// the path, query or fragment too early.
func parseDatabaseURL(text string) (*url.URL, bool) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || u.Opaque != "" || u.Fragment != "" || strings.Contains(u.Path+u.RawQuery, "@") {
		return nil, false
	}
	return u, true
}

// GoString returns what String does.
func (d DatabaseURL) GoString() string { return d.String() }

// Format writes what String returns, for every verb.
func (d DatabaseURL) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, d.String()) }

// MarshalText returns what String does; encoding/json uses it too.
func (d DatabaseURL) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// LogValue returns what String does.
func (d DatabaseURL) LogValue() slog.Value { return slog.StringValue(d.String()) }
