package vault_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"poolhouse.dev/internal/vault"
)

func TestParseMasterKey(t *testing.T) {
	key := vault.NewMasterKey()
	text := key.Text()
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(raw) != 32 {
		t.Fatalf("a key's text holds %d bytes, %v", len(raw), err)
	}
	for _, c := range []struct {
		name, text string
		ok         bool
	}{
		{"as written", text, true},
		{"with a newline", text + "\n", true},
		{"with blanks around", " \t" + text + "\r\n", true},
		{"empty", "", false},
		{"without padding", strings.TrimRight(text, "="), false},
		{"one byte short", base64.StdEncoding.EncodeToString(raw[:31]), false},
		{"one byte long", base64.StdEncoding.EncodeToString(append(raw[:32:32], 0)), false},
		{"hexadecimal", fmt.Sprintf("%x", raw), false},
		{"zeros", base64.StdEncoding.EncodeToString(make([]byte, 32)), false},
		{"not canonical", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := vault.ParseMasterKey(c.text)
			if c.ok != (err == nil) {
				t.Fatalf("error is %v, want success: %t", err, c.ok)
			}
			if c.ok && got != key {
				t.Error("another key was read")
			}
			if given := strings.TrimSpace(c.text); err != nil && given != "" && strings.Contains(err.Error(), given) {
				t.Error("the error quotes the key")
			}
		})
	}
}

func TestMasterKeysAreFresh(t *testing.T) {
	first, second := vault.NewMasterKey(), vault.NewMasterKey()
	if first == second {
		t.Error("two new keys are equal")
	}
}

func TestMasterKeyIsNotPrinted(t *testing.T) {
	key := vault.NewMasterKey()
	raw, err := base64.StdEncoding.DecodeString(key.Text())
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&out, verb, key)
		fmt.Fprintf(&out, verb, &key)
		fmt.Fprintf(&out, verb, struct{ Key vault.MasterKey }{key})
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("start", "key", key)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("start", "key", key)
	for _, form := range []string{key.Text(), fmt.Sprintf("%x", raw[:4]), fmt.Sprintf("%X", raw[:4]), fmt.Sprint(raw[0], raw[1], raw[2])} {
		if strings.Contains(out.String(), form) {
			t.Errorf("the key shows in %s", out.String())
		}
	}
}

func TestMasterKeyWraps(t *testing.T) {
	ctx := t.Context()
	key := vault.NewMasterKey()
	wrapped, err := key.Wrap(ctx, []byte("plain"), []byte("purpose"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := key.Unwrap(ctx, wrapped, []byte("purpose")); err != nil || string(got) != "plain" {
		t.Errorf("unwrapped %q, %v", got, err)
	}
	flipped := bytes.Clone(wrapped)
	flipped[len(flipped)-1] ^= 1
	for _, c := range []struct {
		name         string
		key          vault.MasterKey
		wrapped, aad []byte
	}{
		{"another key", vault.NewMasterKey(), wrapped, []byte("purpose")},
		{"another purpose", key, wrapped, []byte("porpoise")},
		{"a flipped bit", key, flipped, []byte("purpose")},
		{"a stump", key, wrapped[:5], []byte("purpose")},
		{"nothing", key, nil, []byte("purpose")},
	} {
		if _, err := c.key.Unwrap(ctx, c.wrapped, c.aad); !errors.Is(err, vault.ErrWrongKey) {
			t.Errorf("%s: %v, want ErrWrongKey", c.name, err)
		}
	}
}

func TestMasterKeyOfZeroValueRefuses(t *testing.T) {
	var none vault.MasterKey
	if _, err := none.Wrap(context.Background(), []byte("plain"), nil); err == nil {
		t.Error("the zero master key sealed something")
	}
	if _, err := none.Unwrap(context.Background(), make([]byte, 64), nil); err == nil || errors.Is(err, vault.ErrWrongKey) {
		t.Errorf("the zero master key says %v", err)
	}
}

func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	if _, err := vault.LoadKeyFile(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("loading no file: %v, want fs.ErrNotExist", err)
	}
	key, err := vault.CreateKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v, %v, want 0600", info.Mode(), err)
	}
	if _, err := vault.CreateKeyFile(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("creating it again: %v, want fs.ErrExist", err)
	}
	if got, err := vault.LoadKeyFile(path); err != nil || got != key {
		t.Errorf("another key was loaded, %v", err)
	}
	if _, err := vault.CreateKeyFile(filepath.Join(t.TempDir(), "none", "master.key")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("creating it in no folder: %v, want fs.ErrNotExist", err)
	}
}

func TestKeyFileIsForItsOwnerOnly(t *testing.T) {
	for mode, ok := range map[fs.FileMode]bool{
		0o600: true, 0o400: true,
		0o640: false, 0o604: false, 0o620: false, 0o602: false, 0o610: false, 0o644: false, 0o666: false,
	} {
		t.Run(mode.String(), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "master.key")
			if _, err := vault.CreateKeyFile(path); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
			_, err := vault.LoadKeyFile(path)
			if ok != (err == nil) {
				t.Fatalf("loading: %v, want success: %t", err, ok)
			}
			if err != nil && !strings.Contains(err.Error(), "chmod 600") {
				t.Errorf("the error %q does not say what to do", err)
			}
		})
	}
}

func TestKeyFileRefusesOtherContent(t *testing.T) {
	for name, content := range map[string]string{
		"empty":    "",
		"no key":   "secret-but-not-a-key",
		"too long": vault.NewMasterKey().Text() + strings.Repeat("\n", 2000),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "master.key")
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := vault.LoadKeyFile(path)
			if err == nil {
				t.Fatal("it was loaded")
			}
			if content != "" && strings.Contains(err.Error(), content) {
				t.Errorf("the error %q quotes the file", err)
			}
		})
	}
	folder := filepath.Join(t.TempDir(), "folder")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.LoadKeyFile(folder); err == nil {
		t.Error("a folder was loaded")
	}
}
