package vault

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"poolhouse.dev/internal/srp"
)

// handshakePlace is where the state of SRP handshakes is sealed for, between their
// two steps; no table has this name.
var handshakePlace = Place{Table: "srp", Key: "handshake", Column: "state"}

// Handshake is the server's half of an SRP sign-in between its two steps. It holds
// the server's secret, so that it leaves sealed only.
type Handshake struct {
	// Client and Server are the public values A and B, Secret is b.
	Client []byte `json:"a"`
	Server []byte `json:"s"`
	Secret []byte `json:"b"`
}

// BeginSRP answers a client's public value with a fresh handshake and the salt of
// the sealed verifier at p. sealed is nil for nobody, whose handshake looks like any
// other and whose salt is made from label; so are those of a user whose password is
// known by the hash of another system only. It waits for a CPU slot like
// [Vault.CheckPassword] and takes one modular exponentiation.
func (v *Vault) BeginSRP(ctx context.Context, p Place, sealed, client []byte, label ...string) (h Handshake, salt []byte, err error) {
	salt, verifier, known, err := v.openVerifier(p, sealed)
	if err != nil {
		return h, nil, err
	}
	if made := v.Pseudonym("srp-salt", label...)[:saltSize]; !known {
		salt = made
	}
	leave, err := v.exponentiate(ctx)
	if err != nil {
		return h, nil, err
	}
	defer leave()
	h = Handshake{Client: client, Secret: srp.NewSecret()}
	if h.Server, err = srp.Public(verifier, h.Secret); err != nil {
		return h, nil, fmt.Errorf("answering a public value: %w", err)
	}
	return h, salt, nil
}

// Claim is what a client proves that it knows the password with.
type Claim struct {
	// Block is what the client was sent and Timestamp its own text, both as they
	// were signed.
	Block     []byte
	Timestamp string
	Signature []byte
}

// FinishSRP reports whether the claim proves the password that the sealed verifier
// at p was made from, with the name of the pool and the user's, or a device's group
// and key. sealed is nil for nobody,
// which costs the same and is never right; nor is a claim about the hash of another
// system. Two modular exponentiations.
//
// It counts no attempts: that is to be committed before its answer is used.
func (v *Vault) FinishSRP(ctx context.Context, p Place, sealed []byte, name, username string, h Handshake, c Claim) (bool, error) {
	_, verifier, known, err := v.openVerifier(p, sealed)
	if err != nil {
		return false, err
	}
	leave, err := v.exponentiate(ctx)
	if err != nil {
		return false, err
	}
	defer leave()
	v.exponentiations.Add(1) // the second of the two
	key, err := srp.SessionKey(h.Client, h.Server, verifier, h.Secret)
	if err != nil {
		return false, fmt.Errorf("deriving the key of a handshake: %w", err)
	}
	return srp.MatchClaim(key, name, username, c.Block, c.Timestamp, c.Signature) && known, nil
}

// openVerifier opens a verifier. Where there is none that a claim could be made about
// it returns the decoy's, and that it is not known.
func (v *Vault) openVerifier(p Place, sealed []byte) (salt, verifier []byte, known bool, err error) {
	var blob []byte
	if sealed != nil {
		if blob, err = v.Open(p, sealed); err != nil {
			return nil, nil, false, err
		}
		known = !isForeign(blob)
	}
	if !known {
		if blob, err = v.openDecoy(); err != nil {
			return nil, nil, false, err
		}
	}
	salt, verifier, err = decodeVerifier(blob)
	return salt, verifier, known, err
}

// SealBlock returns state, as JSON, in bytes that nobody else can read, change or
// make: the secret block of an SRP handshake. OpenBlock reads them back; whatever is
// wrong with them, its error has [ErrSealBroken] in its chain.
func (v *Vault) SealBlock(state any) ([]byte, error) {
	plain, err := json.Marshal(state)
	if err != nil {
		return nil, fmt.Errorf("encoding a handshake: %w", err)
	}
	return v.Seal(handshakePlace, plain)
}

// OpenBlock reads what SealBlock sealed into state, a pointer to its type.
func (v *Vault) OpenBlock(block []byte, state any) error {
	plain, err := v.Open(handshakePlace, block)
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, state)
}

// ErrVerifierForm says that a salt or a verifier is none that SRP can use.
var ErrVerifierForm = errors.New("the salt has to be a number of at most 16 bytes and the verifier one of the group, from 1 to below its prime")

// SealVerifier returns the sealed verifier that a client made of a secret of its own, as
// the numbers that salt and verifier are, big-endian, to be stored at p.
func (v *Vault) SealVerifier(p Place, salt, verifier []byte) ([]byte, error) {
	salt, verifier = bytes.TrimLeft(salt, "\x00"), bytes.TrimLeft(verifier, "\x00")
	if len(salt) > saltSize || len(verifier) > srp.Size {
		return nil, ErrVerifierForm
	}
	// Numbers have no length; they are kept at that of all others.
	fixed := func(number []byte, size int) []byte {
		return append(make([]byte, size-len(number)), number...)
	}
	number := fixed(verifier, srp.Size)
	if !srp.IsVerifier(number) {
		return nil, ErrVerifierForm
	}
	return v.Seal(p, encodeVerifier(fixed(salt, saltSize), number))
}
