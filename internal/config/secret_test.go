package config_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"

	"poolhouse.dev/internal/config"
)

// everySecret is a Config whose secrets all hold the text leak.
func everySecret() config.Config {
	c := config.Default(config.ModeServe)
	c.MasterKey = config.NewSecret(leak)
	c.Root.SecretAccessKey = config.NewSecret(leak)
	c.SMTP.Password = config.NewSecret(leak)
	c.SMS.WebhookSecret = config.NewSecret(leak)
	c.Database = config.NewDatabaseURL("postgres://u:" + leak + "@h/d?password=" + leak)
	return c
}

func TestSecretsNeverPrint(t *testing.T) {
	c := everySecret()
	values := map[string]any{
		"Secret": c.MasterKey, "pointer": &c.MasterKey, "DatabaseURL": c.Database, "Config": c, "pointer to Config": &c,
		"slice": []config.Secret{c.MasterKey}, "map": map[config.Secret]config.Secret{c.MasterKey: c.MasterKey}, "SMTP": c.SMTP,
		"unexported field": struct{ c config.Config }{c},
	}
	for name, v := range values {
		t.Run(name, func(t *testing.T) {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%10.3f", "%c", "%U", "%w"} {
				refuseLeak(t, verb, fmt.Sprintf(verb, v))
			}
			for kind, marshal := range map[string]func() ([]byte, error){
				"json":   func() ([]byte, error) { return json.Marshal(v) },
				"jsonv2": func() ([]byte, error) { return jsonv2.Marshal(v) },
				"xml":    func() ([]byte, error) { return xml.Marshal(v) },
			} {
				// Not every value has every form; what comes out must be clean.
				out, err := marshal()
				if err != nil && kind == "json" {
					t.Error(err)
				}
				refuseLeak(t, kind, string(out))
			}
			var log bytes.Buffer
			slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
			slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
			refuseLeak(t, "slog", log.String())
		})
	}
}

func refuseLeak(t *testing.T, how, out string) {
	t.Helper()
	if strings.Contains(out, leak) || strings.Contains(strings.ToLower(out), fmt.Sprintf("%x", leak)) {
		t.Errorf("%s shows the secret: %s", how, out)
	}
}

func TestSecretPrintsTheSame(t *testing.T) {
	for _, s := range []config.Secret{{}, config.NewSecret(leak)} {
		got := fmt.Sprintf("%v %d %s %s", s, s, s.String(), s.GoString())
		if want := "[redacted] [redacted] [redacted] [redacted]"; got != want {
			t.Errorf("got %s", got)
		}
		if text, _ := s.MarshalText(); string(text) != "[redacted]" {
			t.Errorf("MarshalText = %s", text)
		}
	}
	if config.NewSecret(leak).Reveal() != leak {
		t.Error("Reveal does not give the secret")
	}
}

func TestDatabaseURLPrintsWithoutPassword(t *testing.T) {
	tests := map[string]struct {
		url  string
		want string
	}{
		"password":        {"postgres://u:" + leak + "@h:5432/d", "postgres://u:xxxxx@h:5432/d"},
		"query":           {"postgres://u@h/d?password=" + leak, "postgres://u@h/d"},
		"unescaped slash": {"postgres://u:1/" + leak + "@h/d", "[redacted]"},
		"unescaped hash":  {"postgres://u:1#" + leak + "@h/d", "[redacted]"},
		"unescaped ?":     {"postgres://u:1?" + leak + "@h/d", "[redacted]"},
		"bad escape":      {"postgres://u:%" + leak + "@h/d", "[redacted]"},
		"keywords":        {"host=h password=" + leak, "[redacted]"},
		"empty":           {"", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := fmt.Sprintf("%v", config.NewDatabaseURL(tt.url)); got != tt.want {
				t.Errorf("%%v = %s, want %s", got, tt.want)
			}
			if config.NewDatabaseURL(tt.url).Reveal() != tt.url {
				t.Error("Reveal changed the URL")
			}
			refuseLeak(t, "LogValue", config.NewDatabaseURL(tt.url).LogValue().String())
		})
	}
}
