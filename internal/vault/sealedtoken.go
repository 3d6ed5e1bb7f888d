package vault

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// MaxTokenLength is the greatest length of a sealed token in characters: the
// service model's limit for Session, the tightest of the tokens' limits.
const MaxTokenLength = 2048

// tokenBlock is what a token's content is filled up to a multiple of, so that
// its length does not tell a long user name from a short one, or a real
// challenge from a simulated one.
const tokenBlock = 256

// ErrTokenTooLong says that the claims do not fit in [MaxTokenLength].
var ErrTokenTooLong = errors.New("the claims are too long for a token")

// SealToken returns claims, as JSON, in an opaque text for the client to give
// back: 402 to [MaxTokenLength] characters of [A-Za-z0-9_-], which suits both
// Session and NextToken. Nobody else can read, change or make one. kind says
// what it is for ("session", "next") and must be given again to open it.
//
// A token says nothing about time or reuse: both are for the caller to put
// into the claims or into a row, and to judge. At most 1,280 bytes of JSON
// fit; beyond that the error has [ErrTokenTooLong] in its chain.
func (v *Vault) SealToken(kind string, claims any) (string, error) {
	plain, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("encoding a %s token: %w", kind, err)
	}
	if rest := len(plain) % tokenBlock; rest != 0 {
		// Blanks after the value are valid JSON and mean nothing.
		plain = append(plain, bytes.Repeat([]byte{' '}, tokenBlock-rest)...)
	}
	sealed, err := v.encrypt(plain, join(useToken, kind))
	if err != nil {
		return "", fmt.Errorf("sealing a %s token: %w", kind, err)
	}
	text := base64.RawURLEncoding.EncodeToString(sealed)
	if len(text) > MaxTokenLength {
		return "", fmt.Errorf("sealing a %s token: %w", kind, ErrTokenTooLong)
	}
	return text, nil
}

// OpenToken reads the claims of a token of the given kind into claims, a
// pointer to the type that was sealed. Whatever is wrong with text, the error
// has [ErrSealBroken] in its chain and claims must not be used; members that
// the type does not have count as wrong.
func (v *Vault) OpenToken(kind, text string, claims any) error {
	broken := fmt.Errorf("opening a %s token: %w", kind, ErrSealBroken)
	// The decoder would skip line breaks, and then one token had many texts.
	if len(text) > MaxTokenLength || strings.ContainsAny(text, "\r\n") {
		return broken
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return broken
	}
	plain, err := v.decrypt(sealed, join(useToken, kind))
	if err != nil {
		return broken
	}
	decoder := json.NewDecoder(bytes.NewReader(plain))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(claims); err != nil {
		return broken // the decoder's own text may quote a claim
	}
	return nil
}
