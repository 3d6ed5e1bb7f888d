// Package passkeytest is a browser and an authenticator in one, for tests of the
// server's half of WebAuthn. It is written from the protocol and the standard
// library alone, so that it shares nothing with package passkey or with the
// library that is used there.
//
// An [Authenticator] behaves well after [New]; each of its fields makes it do one
// thing otherwise. Start with [Authenticator.Create] in ceremonies.go.
package passkeytest

import (
	"bytes"
	"crypto"
	"maps"
	"slices"
)

// Authenticator makes and keeps passkeys. It is not safe for concurrent use.
type Authenticator struct {
	// Origin is the page's.
	Origin string
	// CrossOrigin says that the page sits in a frame of another site.
	CrossOrigin bool
	// RelyingPartyID is used instead of the one that the options have.
	RelyingPartyID string
	// Challenge is answered instead of the one that the options have.
	Challenge []byte
	// CeremonyType is claimed instead of webauthn.create or webauthn.get.
	CeremonyType string

	// Algorithm is the kind of new keys, whatever the options ask for.
	Algorithm int
	// RSABits is the length of new keys of RS256.
	RSABits int
	// Format is the attestation's: "none"; "packed", signed by the new key
	// itself; or any other, with an empty statement.
	Format string
	// FlipAttestation spoils the signature of a packed attestation.
	FlipAttestation bool
	// AAGUID is the model; Attachment and Transports are what the browser tells.
	AAGUID     [16]byte
	Attachment string
	Transports []string

	// Absent and Unverified clear the flags of presence and verification.
	Absent, Unverified bool
	// BackupEligible and BackedUp set the flags of synced passkeys.
	BackupEligible, BackedUp bool

	// Uncounted sends zero in place of the signature counter.
	Uncounted bool
	// FlipSignature spoils the signature of a sign-in.
	FlipSignature bool
	// UserHandle is returned instead of the one that the key was made for;
	// NoUserHandle returns none.
	UserHandle   []byte
	NoUserHandle bool

	keys map[string]*keyEntry // by credential ID
}

type keyEntry struct {
	id             []byte
	relyingPartyID string
	handle         []byte
	key            crypto.Signer
	count          uint32
}

// New returns the authenticator of a device whose browser shows a page of origin:
// keys of ES256, no attestation, the person present and verified.
func New(origin string) *Authenticator {
	return &Authenticator{
		Origin:     origin,
		Algorithm:  ES256,
		RSABits:    2048,
		Format:     "none",
		Attachment: "platform",
		Transports: []string{"internal", "hybrid"},
		keys:       map[string]*keyEntry{},
	}
}

// Clone returns another authenticator with the same keys and counters, which
// count on their own from here.
func (a *Authenticator) Clone() *Authenticator {
	other := *a
	other.keys = maps.Clone(a.keys)
	for id, k := range other.keys {
		entry := *k
		other.keys[id] = &entry
	}
	return &other
}

// find returns a key of the relying party, one of allowed unless there is none.
func (a *Authenticator) find(relyingPartyID string, allowed [][]byte) *keyEntry {
	for _, id := range slices.Sorted(maps.Keys(a.keys)) {
		k := a.keys[id]
		if k.relyingPartyID != relyingPartyID {
			continue
		}
		if len(allowed) == 0 || slices.ContainsFunc(allowed, func(id []byte) bool { return bytes.Equal(id, k.id) }) {
			return k
		}
	}
	return nil
}
