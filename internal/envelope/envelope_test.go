package envelope_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/envelope"
)

const keyARN = "arn:aws:kms:eu-test-1:123456789012:key/1234-abcd"

var keyBytes = bytes.Repeat([]byte{7}, envelope.DataKeySize)

func localKey(t *testing.T) *envelope.LocalKey {
	t.Helper()
	k, err := envelope.NewLocalKey(keyBytes)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// AWS's own library decrypts what Encrypt makes, with the encryption context.
func TestAWSDecrypts(t *testing.T) {
	if out, err := exec.CommandContext(t.Context(), "python3", "-c", "import aws_encryption_sdk").CombinedOutput(); err != nil {
		if os.Getenv("POOLHOUSE_REQUIRE_CLIENTS") == "1" {
			t.Fatalf("the AWS Encryption SDK for Python is not installed (pip install aws-encryption-sdk): %s", out)
		}
		t.Skip("skipped: the AWS Encryption SDK for Python is not installed on this machine (pip install aws-encryption-sdk)")
	}
	type line struct {
		Plain   string            `json:"plain"`
		Context map[string]string `json:"context"`
	}
	want := []line{
		{"039126", map[string]string{"userpool-id": "eu-test-1_abcdefghi"}},
		{"&lt;b&gt;ß 密码", map[string]string{"b": "2", "a": "ü"}},
		{strings.Repeat("x", envelope.MaxPlaintext), map[string]string{}},
		{"", map[string]string{}},
	}
	var in bytes.Buffer
	for _, l := range want {
		message, err := envelope.Encrypt(t.Context(), localKey(t), keyARN, l.Context, []byte(l.Plain))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.NewEncoder(&in).Encode(map[string][]byte{"message": message}); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "python3", filepath.Join("testdata", "decrypt.py"), base64.StdEncoding.EncodeToString(keyBytes), keyARN)
	var said bytes.Buffer
	cmd.Stdin, cmd.Stderr = &in, &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	var got []line
	for text := range strings.Lines(string(out)) {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatal(err)
		}
		got = append(got, l)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The fields that are the same in every message, and those that never are.
func TestForm(t *testing.T) {
	encrypt := func() []byte {
		m, err := envelope.Encrypt(t.Context(), localKey(t), keyARN, map[string]string{"k": "v"}, []byte("039126"))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	m, again := encrypt(), encrypt()
	if len(m) != len(again) || bytes.Contains(m, []byte("039126")) {
		t.Errorf("%d and %d bytes: %x", len(m), len(again), m)
	}
	if !bytes.Equal(m[:4], []byte{1, 0x80, 1, 0x78}) {
		t.Errorf("begins with %x", m[:4])
	}
	if bytes.Equal(m[4:20], again[4:20]) {
		t.Error("two messages have one id")
	}
	if bound := m[20:30]; !bytes.Equal(bound, []byte("\x00\x08\x00\x01\x00\x01k\x00\x01v")) {
		t.Errorf("encryption context %q", bound)
	}
	if n := binary.BigEndian.Uint16(m[30:]); n != 1 || !bytes.HasPrefix(m[32:], []byte("\x00\x09poolhouse")) {
		t.Errorf("%d keys, the first of %q", n, m[32:43])
	}
}

func TestEncryptRefuses(t *testing.T) {
	broken := errors.New("broken")
	for name, test := range map[string]struct {
		key   envelope.Key
		plain string
		arn   string
		want  string
	}{
		"too long":          {localKey(t), strings.Repeat("x", envelope.MaxPlaintext+1), keyARN, "4097 bytes are more than 4096"},
		"a key that is not": {failing{broken}, "x", keyARN, "broken"},
		"a name too long":   {localKey(t), "x", strings.Repeat("x", 1<<16), "does not fit the format"},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := envelope.Encrypt(t.Context(), test.key, test.arn, nil, []byte(test.plain))
			if m != nil || err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%d bytes, %v", len(m), err)
			}
		})
	}
}

type failing struct{ err error }

func (f failing) NewDataKey(context.Context, string, map[string]string) ([]byte, envelope.WrappedKey, error) {
	return nil, envelope.WrappedKey{}, f.err
}
