package passkey

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
)

// requestOptions are the library's, with a list that is there when it is empty.
type requestOptions struct {
	protocol.PublicKeyCredentialRequestOptions
	Allow []protocol.CredentialDescriptor `json:"allowCredentials"`
}

// BeginSignIn returns the options to sign in with one of a person's passkeys, as
// the JSON object that browsers read with parseRequestOptionsFromJSON, and the
// challenge to keep for [FinishSignIn]. Only credentials of this relying party
// are named; when there is none, a browser offers whatever it has for the relying
// party. For a person who does not exist, give [Decoy] instead. It fails when the
// relying party is not valid.
//
// Shape: PublicKeyCredentialRequestOptionsJSON of WebAuthn Level 3.
func BeginSignIn(rp RelyingParty, person Person, allow []Credential) (options []byte, challenge Challenge, err error) {
	rp, challenge, err = begin(rp, person)
	if err != nil {
		return nil, Challenge{}, err
	}
	lib, err := rp.library("")
	if err != nil {
		return nil, Challenge{}, fmt.Errorf("relying party: %w", err)
	}
	// Discoverable is what the library calls a sign-in that names no credentials;
	// they are named below.
	assertion, _, err := lib.BeginDiscoverableLogin()
	if err != nil {
		return nil, Challenge{}, fmt.Errorf("beginning a sign-in: %w", err)
	}
	challenge.Value = assertion.Response.Challenge
	options, err = json.Marshal(requestOptions{assertion.Response, descriptors(rp.ID, allow)})
	if err != nil {
		return nil, Challenge{}, fmt.Errorf("encoding request options: %w", err)
	}
	return options, challenge, nil
}

// FinishSignIn judges a browser's answer to [BeginSignIn] by the person's
// credentials, and returns the one that was used with its new counter and flags,
// to be stored. The error has [ErrMalformed], [ErrChallengeMismatch],
// [ErrOriginNotAllowed], [ErrRelyingPartyMismatch], [ErrUserVerification],
// [ErrNotVerified] or [ErrCloned] in its chain; with the last, used is returned
// as it was given, so that one can say which passkey it was.
//
// Two answers may be judged by the same counter at once. Store the credential
// under its version, so that the second is judged again.
//
// Shape: AuthenticationResponseJSON of WebAuthn Level 3.
func FinishSignIn(rp RelyingParty, person Person, challenge Challenge, credentials []Credential, responseJSON []byte) (used Credential, err error) {
	response, err := protocol.ParseCredentialRequestResponseBytes(responseJSON)
	if err != nil {
		return Credential{}, refuse(ErrMalformed, reason(err))
	}
	client, auth := response.Response.CollectedClientData, response.Response.AuthenticatorData
	if err := challenge.check(rp, person, client, auth); err != nil {
		return Credential{}, err
	}
	lib, err := rp.library(client.Origin)
	if err != nil {
		return Credential{}, fmt.Errorf("relying party: %w", err)
	}
	owner := account{person: person}
	for _, c := range credentials {
		if c.RPID == challenge.RelyingPartyID {
			owner.credentials = append(owner.credentials, c.library())
			if bytes.Equal(c.ID, response.RawID) {
				used = c
			}
		}
	}
	found, err := lib.ValidateLogin(owner, challenge.session(), response)
	if err != nil {
		return Credential{}, refuse(ErrNotVerified, reason(err))
	}
	if found.Authenticator.CloneWarning {
		return used, ErrCloned
	}
	used.SignCount = auth.Counter
	used.setFlags(auth.Flags)
	return used, nil
}
