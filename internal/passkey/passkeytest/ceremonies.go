package passkeytest

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// What a browser would tell the page.
var (
	// ErrExcluded says that the options exclude a passkey that is here.
	ErrExcluded = errors.New("this authenticator has an excluded passkey")
	// ErrNoPasskey says that no passkey here fits the options.
	ErrNoPasskey = errors.New("no passkey fits")
)

// base64url is bytes in the form of WebAuthn's JSON.
type base64url []byte

func (b base64url) MarshalText() ([]byte, error) {
	return base64.RawURLEncoding.AppendEncode(nil, b), nil
}

func (b *base64url) UnmarshalText(text []byte) (err error) {
	*b, err = base64.RawURLEncoding.AppendDecode(nil, text)
	return err
}

type descriptor struct {
	Type string    `json:"type"`
	ID   base64url `json:"id"`
}

func ids(list []descriptor) (out [][]byte) {
	for _, d := range list {
		out = append(out, d.ID)
	}
	return out
}

type credential struct {
	ID         base64url      `json:"id"`
	RawID      base64url      `json:"rawId"`
	Type       string         `json:"type"`
	Attachment string         `json:"authenticatorAttachment,omitempty"`
	Extensions map[string]any `json:"clientExtensionResults"`
	Response   any            `json:"response"`
}

type attestationResponse struct {
	ClientData         base64url `json:"clientDataJSON"`
	AttestationObject  base64url `json:"attestationObject"`
	AuthenticatorData  base64url `json:"authenticatorData"`
	Transports         []string  `json:"transports"`
	PublicKey          base64url `json:"publicKey"`
	PublicKeyAlgorithm int       `json:"publicKeyAlgorithm"`
}

type assertionResponse struct {
	ClientData        base64url  `json:"clientDataJSON"`
	AuthenticatorData base64url  `json:"authenticatorData"`
	Signature         base64url  `json:"signature"`
	UserHandle        *base64url `json:"userHandle,omitempty"`
}

// Create makes a passkey for PublicKeyCredentialCreationOptionsJSON and answers
// with RegistrationResponseJSON.
func (a *Authenticator) Create(options []byte) (credentialJSON []byte, err error) {
	var o struct {
		RP        struct{ ID string }    `json:"rp"`
		User      struct{ ID base64url } `json:"user"`
		Challenge base64url              `json:"challenge"`
		Exclude   []descriptor           `json:"excludeCredentials"`
	}
	if err := json.Unmarshal(options, &o); err != nil {
		return nil, fmt.Errorf("creation options: %w", err)
	}
	if len(o.Exclude) > 0 && a.find(o.RP.ID, ids(o.Exclude)) != nil {
		return nil, ErrExcluded
	}
	key, err := newKey(a.Algorithm, a.RSABits)
	if err != nil {
		return nil, err
	}
	entry := &keyEntry{id: randomID(), relyingPartyID: o.RP.ID, handle: o.User.ID, key: key}
	public, err := coseKey(key)
	if err != nil {
		return nil, err
	}
	spki, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, err
	}
	attested := slices.Concat(a.AAGUID[:], binary.BigEndian.AppendUint16(nil, uint16(len(entry.id))), entry.id, public)
	auth := a.authenticatorData(entry, attested)
	client, err := a.clientData("webauthn.create", o.Challenge)
	if err != nil {
		return nil, err
	}
	statement, err := a.statement(entry, auth, client)
	if err != nil {
		return nil, err
	}
	a.keys[string(entry.id)] = entry
	return json.Marshal(credential{
		ID: entry.id, RawID: entry.id, Type: "public-key", Attachment: a.Attachment,
		Extensions: map[string]any{},
		Response: attestationResponse{
			ClientData:         client,
			AttestationObject:  object(text("fmt"), text(a.Format), text("attStmt"), statement, text("authData"), octets(auth)),
			AuthenticatorData:  auth,
			Transports:         a.Transports,
			PublicKey:          spki,
			PublicKeyAlgorithm: a.Algorithm,
		},
	})
}

// Get signs in for PublicKeyCredentialRequestOptionsJSON and answers with
// AuthenticationResponseJSON.
func (a *Authenticator) Get(options []byte) (responseJSON []byte, err error) {
	var o struct {
		RelyingPartyID string       `json:"rpId"`
		Challenge      base64url    `json:"challenge"`
		Allow          []descriptor `json:"allowCredentials"`
	}
	if err := json.Unmarshal(options, &o); err != nil {
		return nil, fmt.Errorf("request options: %w", err)
	}
	entry := a.find(o.RelyingPartyID, ids(o.Allow))
	if entry == nil {
		return nil, ErrNoPasskey
	}
	entry.count++
	auth := a.authenticatorData(entry, nil)
	client, err := a.clientData("webauthn.get", o.Challenge)
	if err != nil {
		return nil, err
	}
	signature, err := sign(entry.key, signed(auth, client))
	if err != nil {
		return nil, err
	}
	if a.FlipSignature {
		signature[len(signature)-1] ^= 1
	}
	response := assertionResponse{ClientData: client, AuthenticatorData: auth, Signature: signature}
	if handle := base64url(entry.handle); !a.NoUserHandle {
		if a.UserHandle != nil {
			handle = a.UserHandle
		}
		response.UserHandle = &handle
	}
	return json.Marshal(credential{
		ID: entry.id, RawID: entry.id, Type: "public-key", Attachment: a.Attachment,
		Extensions: map[string]any{}, Response: response,
	})
}

// authenticatorData is what the authenticator says of itself, with a new key's
// data when there is one.
func (a *Authenticator) authenticatorData(k *keyEntry, attested []byte) []byte {
	id := k.relyingPartyID
	if a.RelyingPartyID != "" {
		id = a.RelyingPartyID
	}
	var flags byte
	for bit, set := range map[int]bool{
		0: !a.Absent, 2: !a.Unverified, 3: a.BackupEligible, 4: a.BackedUp, 6: attested != nil,
	} {
		if set {
			flags |= 1 << bit
		}
	}
	count := k.count
	if a.Uncounted {
		count = 0
	}
	hash := sha256.Sum256([]byte(id))
	return slices.Concat(hash[:], []byte{flags}, binary.BigEndian.AppendUint32(nil, count), attested)
}

// clientData is what the browser says of the page.
func (a *Authenticator) clientData(ceremony string, challenge []byte) ([]byte, error) {
	if a.CeremonyType != "" {
		ceremony = a.CeremonyType
	}
	if a.Challenge != nil {
		challenge = a.Challenge
	}
	return json.Marshal(struct {
		Type        string    `json:"type"`
		Challenge   base64url `json:"challenge"`
		Origin      string    `json:"origin"`
		CrossOrigin bool      `json:"crossOrigin"`
	}{ceremony, challenge, a.Origin, a.CrossOrigin})
}

// statement is the attestation's.
func (a *Authenticator) statement(k *keyEntry, auth, client []byte) ([]byte, error) {
	if a.Format != "packed" {
		return object(), nil
	}
	signature, err := sign(k.key, signed(auth, client))
	if err != nil {
		return nil, err
	}
	if a.FlipAttestation {
		signature[len(signature)-1] ^= 1
	}
	return object(text("alg"), number(int64(a.Algorithm)), text("sig"), octets(signature)), nil
}

// signed is what an authenticator puts its name to.
func signed(auth, client []byte) []byte {
	hash := sha256.Sum256(client)
	return append(slices.Clone(auth), hash[:]...)
}

func randomID() []byte {
	id := make([]byte, 32)
	rand.Read(id) // never fails
	return id
}
