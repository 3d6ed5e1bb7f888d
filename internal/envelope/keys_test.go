package envelope_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"poolhouse.dev/internal/envelope"
)

func TestParseRoute(t *testing.T) {
	for entry, want := range map[string]envelope.Target{
		"*=aws":                        {},
		"*=aws+http://127.0.0.1:4566":  {Endpoint: "http://127.0.0.1:4566"},
		"*=file:/etc/poolhouse/k":      {Path: "/etc/poolhouse/k"},
		"arn:aws:kms:*:key/a=file:a=b": {Path: "a=b"},
	} {
		r, err := envelope.ParseRoute(entry)
		if err != nil || r.Target != want {
			t.Errorf("%q: %+v, %v", entry, r.Target, err)
		}
	}
	for _, entry := range []string{"", "*", "*=", "=aws", "*=file:", "*=http://127.0.0.1", "*=aws+ftp://h", "*=aws+", "[a]=aws"} {
		if _, err := envelope.ParseRoute(entry); err == nil {
			t.Errorf("%q is taken", entry)
		}
	}
}

func TestReadLocalKey(t *testing.T) {
	write := func(text string) string {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if _, err := envelope.ReadLocalKey(write(base64.StdEncoding.EncodeToString(keyBytes) + "\n")); err != nil {
		t.Error(err)
	}
	for name, path := range map[string]string{
		"missing": filepath.Join(t.TempDir(), "none"), "no base64": write("*secret*"), "short": write("c2VjcmV0"), "empty": write(""),
	} {
		_, err := envelope.ReadLocalKey(path)
		if err == nil || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "secret") && !strings.Contains(path, "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The first route that matches has the key, and an ARN without one is named.
func TestKeys(t *testing.T) {
	var keys envelope.Keys
	for _, entry := range []string{"arn:aws:kms:eu-test-1:*=file:x", "*:key/b=file:x"} {
		r, err := envelope.ParseRoute(entry)
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, struct {
			envelope.Route
			Key envelope.Key
		}{r, localKey(t)})
	}
	_, wrapped, err := keys.NewDataKey(t.Context(), keyARN, nil)
	if err != nil || !strings.HasPrefix(string(wrapped.Info), keyARN) || wrapped.Provider != envelope.LocalNamespace {
		t.Errorf("%+v, %v", wrapped, err)
	}
	if _, _, err := keys.NewDataKey(t.Context(), "arn:aws:kms:us-east-1:1:key/a", nil); err == nil || !strings.Contains(err.Error(), "no --kms setting says where the key arn:aws:kms:us-east-1:1:key/a is") {
		t.Errorf("%v", err)
	}
}
