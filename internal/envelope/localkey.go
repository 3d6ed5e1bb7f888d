package envelope

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
)

// LocalNamespace is the key namespace (the provider id) of local keys in a raw
// AES keyring of AWS's libraries; the key name is the ARN of LambdaConfig.KMSKeyID.
const LocalNamespace = "poolhouse"

// LocalKey wraps data keys with AES-256-GCM, as the raw AES keyring of AWS's
// libraries does. One key stands for every ARN that leads to it.
type LocalKey struct{ seal cipher.AEAD }

// NewLocalKey returns the key with the given 32 bytes.
func NewLocalKey(key []byte) (*LocalKey, error) {
	if len(key) != DataKeySize {
		return nil, fmt.Errorf("a key has %d bytes, not %d", DataKeySize, len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	seal, err := cipher.NewGCM(block)
	return &LocalKey{seal}, err
}

// ReadLocalKey reads a key from a file that holds its 32 bytes in base64.
func ReadLocalKey(path string) (*LocalKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, errors.New(path + " holds no base64; make a key with: head -c 32 /dev/urandom | base64")
	}
	k, err := NewLocalKey(key)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; make a key with: head -c 32 /dev/urandom | base64", path, err)
	}
	return k, nil
}

// NewDataKey implements [Key].
func (k *LocalKey) NewDataKey(_ context.Context, arn string, bound map[string]string) ([]byte, WrappedKey, error) {
	plain, nonce := make([]byte, DataKeySize), make([]byte, nonceSize)
	_, _ = rand.Read(plain)
	_, _ = rand.Read(nonce)
	info := binary.BigEndian.AppendUint32([]byte(arn), uint32(k.seal.Overhead()*8))
	info = append(binary.BigEndian.AppendUint32(info, nonceSize), nonce...)
	return plain, WrappedKey{
		Provider: LocalNamespace, Info: info, Ciphertext: k.seal.Seal(nil, nonce, plain, contextBytes(bound)),
	}, nil
}
