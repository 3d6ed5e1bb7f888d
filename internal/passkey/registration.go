package passkey

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
	"github.com/go-webauthn/webauthn/webauthn"
)

// RSA keys that are taken, in bytes of the modulus. Longer ones would cost more
// to check than a sign-in is worth.
const minModulus, maxModulus = 2048 / 8, 8192 / 8

// parameters are the kinds of keys that are asked for, the better ones first.
func parameters() []protocol.CredentialParameter {
	return []protocol.CredentialParameter{
		{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgES256},
		{Type: protocol.PublicKeyCredentialType, Algorithm: webauthncose.AlgRS256},
	}
}

// creationOptions are the library's, with a list that is there when it is empty.
type creationOptions struct {
	protocol.PublicKeyCredentialCreationOptions
	Exclude []protocol.CredentialDescriptor `json:"excludeCredentials"`
}

// BeginRegistration returns the options to make a passkey for a person, as the
// JSON object that browsers read with parseCreationOptionsFromJSON, and the
// challenge to keep for [FinishRegistration]. Authenticators that hold one of the
// existing credentials will refuse to make another. It fails when the relying
// party or the person's handle is not valid.
//
// Shape: PublicKeyCredentialCreationOptionsJSON of WebAuthn Level 3.
func BeginRegistration(rp RelyingParty, person Person, existing []Credential) (options []byte, challenge Challenge, err error) {
	rp, challenge, err = begin(rp, person)
	if err != nil {
		return nil, Challenge{}, err
	}
	lib, err := rp.library("")
	if err != nil {
		return nil, Challenge{}, fmt.Errorf("relying party: %w", err)
	}
	creation, _, err := lib.BeginRegistration(account{person: person}, webauthn.WithCredentialParameters(parameters()))
	if err != nil {
		return nil, Challenge{}, fmt.Errorf("beginning a registration: %w", err)
	}
	challenge.Value = creation.Response.Challenge
	options, err = json.Marshal(creationOptions{creation.Response, descriptors(rp.ID, existing)})
	if err != nil {
		return nil, Challenge{}, fmt.Errorf("encoding creation options: %w", err)
	}
	return options, challenge, nil
}

// FinishRegistration judges a browser's answer to [BeginRegistration] and returns
// the passkey to store. The error has [ErrMalformed], [ErrChallengeMismatch],
// [ErrOriginNotAllowed], [ErrRelyingPartyMismatch], [ErrUserVerification],
// [ErrNotSupported] or [ErrNotVerified] in its chain.
//
// That the credential's ID is new, to this person and to all others, is for the
// caller to see to.
//
// Shape: RegistrationResponseJSON of WebAuthn Level 3.
func FinishRegistration(rp RelyingParty, person Person, challenge Challenge, credentialJSON []byte) (Credential, error) {
	response, err := protocol.ParseCredentialCreationResponseBytes(credentialJSON)
	if err != nil {
		return Credential{}, refuse(ErrMalformed, reason(err))
	}
	client, object := response.Response.CollectedClientData, response.Response.AttestationObject
	if err := challenge.check(rp, person, client, object.AuthData); err != nil {
		return Credential{}, err
	}
	if err := checkKey(object.AuthData.AttData.CredentialPublicKey); err != nil {
		return Credential{}, refuse(ErrNotSupported, err)
	}
	if !protocol.IsAttestationFormatString(object.Format) {
		return Credential{}, refuse(ErrNotSupported, errors.New("unknown attestation format"))
	}
	lib, err := rp.library(client.Origin)
	if err != nil {
		return Credential{}, fmt.Errorf("relying party: %w", err)
	}
	made, err := lib.CreateCredential(account{person: person}, challenge.session(), response)
	if err != nil {
		return Credential{}, refuse(ErrNotVerified, reason(err))
	}
	return fromLibrary(made, object.AuthData.Flags, challenge.RelyingPartyID), nil
}

// checkKey refuses keys that were not asked for, or that could never sign in.
// Without an attestation nobody else looks into them.
func checkKey(encoded []byte) error {
	key, err := webauthncose.ParsePublicKey(encoded)
	if err != nil {
		return errors.New("the key cannot be used")
	}
	switch k := key.(type) {
	case webauthncose.EC2PublicKeyData:
		if k.Algorithm == int64(webauthncose.AlgES256) && k.Curve == int64(webauthncose.P256) {
			return nil
		}
	case webauthncose.RSAPublicKeyData:
		if n := len(k.Modulus); k.Algorithm == int64(webauthncose.AlgRS256) && n >= minModulus && n <= maxModulus {
			return nil
		}
	}
	return errors.New("the key is not of a kind that was asked for")
}
