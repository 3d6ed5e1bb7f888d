package telemetry_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"poolhouse.dev/internal/config"
	"poolhouse.dev/internal/telemetry"
)

const leak = "hunter2hunter2"

// logged returns what one line with attrs looks like in both formats.
func logged(t interface{ Fatal(...any) }, attrs ...any) string {
	var out bytes.Buffer
	for _, format := range []string{"text", "json"} {
		logger, err := telemetry.NewLogger(telemetry.LogOptions{Writer: &out, Level: "debug", Format: format})
		if err != nil {
			t.Fatal(err)
		}
		logger.Info("line", attrs...)
	}
	return out.String()
}

type account struct {
	ID       int
	Password string
	Nested   *account
	hidden   string
}

type secretPair struct{ A, B config.Secret }

type carrier struct{ C config.Config }

func TestNothingLeaks(t *testing.T) {
	secret := config.NewSecret(leak)
	cfg := config.Default(config.ModeServe)
	cfg.MasterKey, cfg.SMTP.Password = secret, secret
	cfg.Database = config.NewDatabaseURL("postgres://u:" + leak + "@h/d?password=" + leak)
	link := &url.URL{Scheme: "https", Host: "h", User: url.UserPassword("u", leak), RawQuery: "code=" + leak, Fragment: leak}
	self := &account{Password: leak}
	self.Nested = self
	tests := map[string]slog.Attr{
		"secret type":               slog.Any("x", secret),
		"pointer to secret":         slog.Any("x", &secret),
		"secrets in a struct":       slog.Any("x", secretPair{secret, secret}),
		"secrets in a list":         slog.Any("x", []config.Secret{secret}),
		"secrets in a map":          slog.Any("x", map[string]any{"a": secret}),
		"secret as a map's key":     slog.Any("x", map[config.Secret]int{secret: 1}),
		"database URL":              slog.Any("x", cfg.Database),
		"whole configuration":       slog.Any("x", cfg),
		"pointer to configuration":  slog.Any("x", &cfg),
		"configuration in a struct": slog.Any("x", carrier{cfg}),
		"field by name":             slog.Any("x", account{Password: leak}),
		"field behind a pointer":    slog.Any("x", account{Nested: &account{Password: leak}}),
		"unexported field":          slog.Any("x", account{hidden: leak}),
		"cycle":                     slog.Any("x", self),
		"map by key":                slog.Any("x", map[string]string{"AccessToken": leak}),
		"list of maps":              slog.Any("x", []map[string]string{{"code": leak}}),
		"header":                    slog.Any("x", http.Header{"Authorization": {leak}, "Cookie": {leak}, "X-Amz-Security-Token": {leak}}),
		"request":                   slog.Any("x", &http.Request{Header: http.Header{"X-Other": {leak}}, URL: link}),
		"cookie":                    slog.Any("x", &http.Cookie{Name: "a", Value: leak}),
		"URL":                       slog.Any("x", link),
		"URL by value":              slog.Any("x", *link),
		"user part":                 slog.Any("x", link.User),
		"bytes":                     slog.Any("x", []byte(leak)),
		"named bytes":               slog.Any("x", json.RawMessage(leak)),
		"bytes in a struct":         slog.Any("x", struct{ B []byte }{[]byte(leak)}),
		"array of bytes":            slog.Any("x", [14]byte([]byte(leak))),
		"group by name":             slog.Group("session", slog.String("id", leak)),
		"inner group by name":       slog.Group("x", slog.Group("token", slog.Group("y", slog.String("id", leak)))),
		"message as attribute key":  slog.Any("msg", map[string]string{"token": leak}),
		"level as attribute key":    slog.Any("level", struct{ Password string }{leak}),
	}
	for _, key := range []string{
		"password", "Password", "new_password", "newPassword", "PreviousPassword", "SMTPPassword", "smtp-password", "userpassword",
		"token", "access_token", "AccessToken", "accesstoken", "id_token", "RefreshToken", "X-Amz-Security-Token", "secret", "client_secret",
		"SecretHash", "SecretBlock", "code", "ConfirmationCode", "user_code", "Authorization", "proxy_authorization", "session", "Session", "session_id", "cookie",
		"Set-Cookie", "otp", "totp", "SoftwareTokenMfaCode", "private_key", "PrivateKey", "masterKey", "accessKey", "api_key", "credentials", "Signature", "salt", "verifier", "srp_a",
		"username", "user_name", "Username", "email", "Email", "phone", "phone_number", "destination", "PASSWORD_CLAIM_SIGNATURE",
	} {
		tests["key "+key] = slog.String(key, leak)
	}
	for name, attr := range tests {
		t.Run(name, func(t *testing.T) {
			out := logged(t, attr)
			if strings.Contains(out, leak) {
				t.Errorf("leaked:\n%s", out)
			}
			if strings.Count(out, "\n") != 2 || !strings.Contains(out, "line") {
				t.Errorf("not one line a format:\n%s", out)
			}
		})
	}
}

func TestKeysOfPrivateKindAreRedacted(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []any{ec, ed} {
		if out := logged(t, slog.Any("x", key)); !strings.Contains(out, "x=[redacted]") || !strings.Contains(out, `"x":"[redacted]"`) {
			t.Errorf("%T: %s", key, out)
		}
	}
}

// Whatever surrounds a sensitive key, its value stays out of the log.
func TestRedactionHoldsAtAnyDepth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var value any = map[string]string{rapid.SampledFrom([]string{"password", "myToken", "OTP"}).Draw(t, "key"): leak}
		for range rapid.IntRange(0, 8).Draw(t, "depth") {
			switch rapid.IntRange(0, 4).Draw(t, "wrap") {
			case 0:
				value = []any{value}
			case 1:
				value = map[string]any{"m": value}
			case 2:
				value = struct{ F any }{value}
			case 3:
				inner := value
				value = &inner
			case 4:
				value = slog.GroupValue(slog.Any("g", value))
			}
		}
		if out := logged(t, slog.Any("x", value)); strings.Contains(out, leak) {
			t.Fatalf("leaked: %s", out)
		}
	})
}

func TestWithAttributesAndGroups(t *testing.T) {
	var out bytes.Buffer
	logger, err := telemetry.NewLogger(telemetry.LogOptions{Writer: &out, Level: "info", Format: "json"})
	if err != nil {
		t.Fatal(err)
	}
	logger.With("token", leak).WithGroup("session").With("a", leak).Info("line", "b", leak)
	if strings.Contains(out.String(), leak) {
		t.Errorf("leaked: %s", out.String())
	}
}

func TestHarmlessValuesStay(t *testing.T) {
	var out bytes.Buffer
	logger, err := telemetry.NewLogger(telemetry.LogOptions{Writer: &out, Level: "info", Format: "json"})
	if err != nil {
		t.Fatal(err)
	}
	logger.Info("started",
		"operation", "SignUp", "status_code", 400, "pool", "us-east-1_abc", "error", errors.New("boom"), "took", time.Second,
		"prefix", netip.MustParsePrefix("10.0.0.0/8"), "nil", nil, "nilptr", (*account)(nil), "url", &url.URL{Scheme: "https", Host: "h", Path: "/p"},
		"list", []string{"a", "b"}, "map", map[string]int{"n": 1}, "struct", struct {
			N int
			S string
			F float64
			B bool
			U uint8
		}{1, "s", 1.5, true, 2}, "bytes", []byte("abc"), "encode", true, "keyboard", "k", "func", func() {})
	var got map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	delete(got, "time")
	want := map[string]any{
		"level": "INFO", "msg": "started", "operation": "SignUp", "status_code": 400.0, "pool": "us-east-1_abc", "error": "boom", "took": 1e9,
		"prefix": "10.0.0.0/8", "nil": "<nil>", "nilptr": "<nil>", "url": "https://h/p",
		"list": map[string]any{"0": "a", "1": "b"}, "map": map[string]any{"n": 1.0},
		"struct": map[string]any{"N": 1.0, "S": "s", "F": 1.5, "B": true, "U": 2.0}, "bytes": "[3 bytes]", "encode": true, "keyboard": "k", "func": "func()",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLongListsAreCut(t *testing.T) {
	out := logged(t, slog.Any("x", make([]int, 1000)))
	if !strings.Contains(out, "x.omitted=950") || strings.Contains(out, "x.50=") {
		t.Errorf("not cut: %s", out)
	}
}

func TestLevels(t *testing.T) {
	for level, want := range map[string]int{"debug": 4, "info": 3, "warn": 2, "error": 1} {
		var out bytes.Buffer
		logger, err := telemetry.NewLogger(telemetry.LogOptions{Writer: &out, Level: level, Format: "text"})
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
			logger.Log(context.Background(), l, "x")
		}
		if got := strings.Count(out.String(), "\n"); got != want {
			t.Errorf("%s: %d lines, want %d", level, got, want)
		}
	}
}

func TestUnknownOptions(t *testing.T) {
	for _, o := range []telemetry.LogOptions{{Level: "loud", Format: "json"}, {Level: "info", Format: "xml"}, {}} {
		if _, err := telemetry.NewLogger(o); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
}
