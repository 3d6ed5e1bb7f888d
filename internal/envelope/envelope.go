// Package envelope encrypts what leaves for a pool's own senders: messages in
// the format of the AWS Encryption SDK, which AWS's libraries for every language
// decrypt. Each message has a data key of its own, wrapped by a key of AWS KMS
// (package awskms) or by a local one ([LocalKey]); which ARN is which is told by
// [Keys].
//
// Source: "AWS Encryption SDK message format reference", version 1.
//
// Start with [Encrypt].
package envelope

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
)

// Key wraps data keys. It is safe for concurrent use.
type Key interface {
	// NewDataKey returns a new data key of DataKeySize bytes, and the same key as
	// the key that an ARN names has wrapped it, bound to an encryption context.
	// The error holds no secret.
	NewDataKey(ctx context.Context, arn string, bound map[string]string) (plain []byte, wrapped WrappedKey, err error)
}

// WrappedKey is a data key as a message carries it.
type WrappedKey struct {
	// Provider names the kind of key that wrapped it, and Info the very key.
	Provider   string
	Info       []byte
	Ciphertext []byte
}

// DataKeySize is the length of a data key in bytes.
const DataKeySize = 32

// Fields of the format. The suite encrypts with AES-256-GCM under a key that
// HKDF-SHA256 derives from the data key; it does not sign, and does not commit to
// the key, so that the decrypting clients of AWS's documentation take it with
// their policy REQUIRE_ENCRYPT_ALLOW_DECRYPT.
const (
	formatVersion = 1
	messageType   = 0x80
	suite         = 0x0178
	contentFramed = 2
	frameLength   = 4096
	nonceSize     = 12
	messageIDSize = 16
	lastFrame     = 0xffffffff
	lastFrameText = "AWSKMSEncryptionClient Final Frame"
)

// MaxPlaintext is the most bytes that Encrypt takes: those of one frame.
const MaxPlaintext = frameLength

// Encrypt returns a message that holds plain, at most MaxPlaintext bytes, for
// whoever may use the key. The encryption context is readable in the message,
// and cannot be changed.
func Encrypt(ctx context.Context, key Key, arn string, bound map[string]string, plain []byte) ([]byte, error) {
	if len(plain) > MaxPlaintext {
		return nil, fmt.Errorf("encrypting a message: %d bytes are more than %d", len(plain), MaxPlaintext)
	}
	data, wrapped, err := key.NewDataKey(ctx, arn, bound)
	if err != nil {
		return nil, err
	}
	defer clear(data)
	var id [messageIDSize]byte
	_, _ = rand.Read(id[:]) // never fails: the program ends first
	seal, err := sealer(data, id)
	if err != nil {
		return nil, fmt.Errorf("encrypting a message: %w", err)
	}
	m, err := header(id, bound, wrapped)
	if err != nil {
		return nil, err
	}
	// The header's tag and the only frame: their nonces are the numbers of frames.
	var none, first [nonceSize]byte
	first[nonceSize-1] = 1
	tag := seal.Seal(nil, none[:], nil, m)
	m = append(append(m, none[:]...), tag...)
	m = binary.BigEndian.AppendUint32(m, lastFrame)
	m = binary.BigEndian.AppendUint32(m, 1)
	m = append(m, first[:]...)
	m = binary.BigEndian.AppendUint32(m, uint32(len(plain)))
	about := append(id[:len(id):len(id)], lastFrameText...)
	about = binary.BigEndian.AppendUint32(about, 1)
	about = binary.BigEndian.AppendUint64(about, uint64(len(plain)))
	return seal.Seal(m, first[:], plain, about), nil
}

// sealer derives the message's own key.
func sealer(data []byte, id [messageIDSize]byte) (cipher.AEAD, error) {
	info := append(binary.BigEndian.AppendUint16(nil, suite), id[:]...)
	derived, err := hkdf.Key(sha256.New, data, nil, string(info), DataKeySize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// header returns all that stands before the header's nonce and tag.
func header(id [messageIDSize]byte, bound map[string]string, wrapped WrappedKey) ([]byte, error) {
	m := []byte{formatVersion, messageType}
	m = binary.BigEndian.AppendUint16(m, suite)
	m = append(m, id[:]...)
	m, err := appendShort(m, contextBytes(bound))
	m = binary.BigEndian.AppendUint16(m, 1) // wrapped keys
	for _, field := range [][]byte{[]byte(wrapped.Provider), wrapped.Info, wrapped.Ciphertext} {
		if err == nil {
			m, err = appendShort(m, field)
		}
	}
	m = append(m, contentFramed)
	m = binary.BigEndian.AppendUint32(m, 0) // reserved
	m = append(m, nonceSize)
	return binary.BigEndian.AppendUint32(m, frameLength), err
}

// contextBytes returns an encryption context as the format spells it: nothing
// for an empty one.
func contextBytes(bound map[string]string) []byte {
	if len(bound) == 0 {
		return nil
	}
	out := binary.BigEndian.AppendUint16(nil, uint16(len(bound)))
	for _, name := range slices.Sorted(maps.Keys(bound)) {
		for _, text := range []string{name, bound[name]} {
			out = binary.BigEndian.AppendUint16(out, uint16(len(text)))
			out = append(out, text...)
		}
	}
	return out
}

// appendShort appends a field behind its length in two bytes.
func appendShort(m, field []byte) ([]byte, error) {
	if len(field) > math.MaxUint16 {
		return m, fmt.Errorf("encrypting a message: a field of %d bytes does not fit the format", len(field))
	}
	m = binary.BigEndian.AppendUint16(m, uint16(len(field)))
	return append(m, bytes.Clone(field)...), nil
}
