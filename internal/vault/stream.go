package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/streamingaead"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// StreamKey seals one stream of any length, in pieces of a megabyte (AES-256-GCM, a key
// derived by HKDF for each stream). A piece opens at its own place only, and the last one
// is marked, so that a stream that was changed, reordered, cut or continued is found out.
type StreamKey struct{ primitive tink.StreamingAEAD }

// NewStreamKey makes a key, and seals it for p to be kept with what it seals.
func (v *Vault) NewStreamKey(p Place) (key *StreamKey, sealed []byte, err error) {
	handle, err := keyset.NewHandle(streamingaead.AES256GCMHKDF1MBKeyTemplate())
	if err != nil {
		return nil, nil, fmt.Errorf("making a stream's key: %w", err)
	}
	var plain bytes.Buffer
	// In the clear only until the lines below seal it.
	if err := insecurecleartextkeyset.Write(handle, keyset.NewBinaryWriter(&plain)); err != nil {
		return nil, nil, fmt.Errorf("encoding a stream's key: %w", err)
	}
	if sealed, err = v.Seal(p, plain.Bytes()); err != nil {
		return nil, nil, err
	}
	key, err = newStreamKey(handle)
	return key, sealed, err
}

// OpenStreamKey returns the key that was sealed for p. The error has [ErrSealBroken] in
// its chain when it was not.
func (v *Vault) OpenStreamKey(p Place, sealed []byte) (*StreamKey, error) {
	plain, err := v.Open(p, sealed)
	if err != nil {
		return nil, err
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewBinaryReader(bytes.NewReader(plain)))
	if err != nil {
		return nil, fmt.Errorf("reading a stream's key: %w", err)
	}
	return newStreamKey(handle)
}

func newStreamKey(handle *keyset.Handle) (*StreamKey, error) {
	primitive, err := streamingaead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("preparing a stream's key: %w", err)
	}
	return &StreamKey{primitive}, nil
}

// Seal returns a writer that seals what is written into w, bound to the given bytes. Its
// Close writes the mark of the end and leaves w open.
func (k *StreamKey) Seal(w io.Writer, bound []byte) (io.WriteCloser, error) {
	return k.primitive.NewEncryptingWriter(w, bound)
}

// Open returns a reader of what was sealed in r, bound to the same bytes. It returns
// nothing that was not sealed, and io.EOF only at the marked end; when the seal is broken
// the error has [ErrSealBroken] in its chain.
func (k *StreamKey) Open(r io.Reader, bound []byte) (io.Reader, error) {
	source := &streamSource{r: r}
	opened, err := k.primitive.NewDecryptingReader(source, bound)
	if err != nil {
		return nil, err
	}
	return &openedStream{opened: opened, source: source}, nil
}

// streamSource remembers why its reader failed, which the library does not tell.
type streamSource struct {
	r   io.Reader
	err error
}

func (s *streamSource) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

type openedStream struct {
	opened io.Reader
	source *streamSource
	// err is kept, since the library says io.EOF to who goes on after an error.
	err error
}

func (s *openedStream) Read(p []byte) (n int, err error) {
	if s.err != nil {
		return 0, s.err
	}
	n, s.err = s.opened.Read(p)
	switch {
	case s.err == nil || errors.Is(s.err, io.EOF):
	case s.source.err != nil:
		s.err = s.source.err
	default:
		s.err = ErrSealBroken
	}
	return n, s.err
}
