package passkey

import (
	"bytes"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// Where an authenticator is, as browsers report it.
const (
	// Platform is an authenticator that is part of the device.
	Platform = "platform"
	// CrossPlatform is one that can be used with several devices.
	CrossPlatform = "cross-platform"
)

// Credential is a registered passkey, with all that has to be kept of it. Nothing
// in it is secret, but who can change it can sign in with another key.
type Credential struct {
	// ID is the authenticator's name for it, 1 to 1023 bytes.
	ID []byte
	// PublicKey is a COSE key in CBOR.
	PublicKey []byte
	// SignCount is the counter of the last use; authenticators that do not count
	// leave it at zero.
	SignCount uint32
	// UserPresent, UserVerified and BackupState are of the last use.
	// BackupEligible, that the passkey may be copied between devices, was settled
	// at the registration.
	UserPresent, UserVerified, BackupEligible, BackupState bool
	// AttestationType and AttestationFormat say how the authenticator vouched for
	// the key, both "none" as a rule. They are kept and not enforced.
	AttestationType, AttestationFormat string
	// AAGUID is the 16 bytes of the authenticator's model, zeros as a rule.
	AAGUID []byte
	// Transports are the ways to reach the authenticator: "usb", "nfc", "ble",
	// "smart-card", "hybrid", "internal".
	Transports []string
	// Attachment is [Platform], [CrossPlatform], or empty when the browser did
	// not tell.
	Attachment string
	// RPID is the relying party's. The passkey is of no use to another.
	RPID string
}

// transports are the ways to reach an authenticator that are known; of others
// nothing is kept, since a client may write there what it likes.
var transports = []protocol.AuthenticatorTransport{
	protocol.USB, protocol.NFC, protocol.BLE, protocol.SmartCard, protocol.Hybrid, protocol.Internal,
}

// fromLibrary is a credential that the library has judged, with the flags of its
// registration.
func fromLibrary(c *webauthn.Credential, flags protocol.AuthenticatorFlags, rpID string) Credential {
	var known []string
	for _, t := range transports {
		if slices.Contains(c.Transport, t) {
			known = append(known, string(t))
		}
	}
	made := Credential{
		ID:                bytes.Clone(c.ID),
		PublicKey:         bytes.Clone(c.PublicKey),
		SignCount:         c.Authenticator.SignCount,
		AttestationType:   c.AttestationType,
		AttestationFormat: c.AttestationFormat,
		AAGUID:            bytes.Clone(c.Authenticator.AAGUID),
		Transports:        known,
		Attachment:        string(c.Authenticator.Attachment),
		RPID:              rpID,
	}
	made.setFlags(flags)
	return made
}

func (c *Credential) setFlags(flags protocol.AuthenticatorFlags) {
	c.UserPresent = flags.HasUserPresent()
	c.UserVerified = flags.HasUserVerified()
	c.BackupEligible = flags.HasBackupEligible()
	c.BackupState = flags.HasBackupState()
}

// library is the credential as the library wants to see it.
func (c Credential) library() webauthn.Credential {
	var flags protocol.AuthenticatorFlags
	for _, f := range []struct {
		set  bool
		flag protocol.AuthenticatorFlags
	}{
		{c.UserPresent, protocol.FlagUserPresent},
		{c.UserVerified, protocol.FlagUserVerified},
		{c.BackupEligible, protocol.FlagBackupEligible},
		{c.BackupState, protocol.FlagBackupState},
	} {
		if f.set {
			flags |= f.flag
		}
	}
	return webauthn.Credential{
		ID:                c.ID,
		PublicKey:         c.PublicKey,
		AttestationType:   c.AttestationType,
		AttestationFormat: c.AttestationFormat,
		Transport:         c.descriptor().Transport,
		Flags:             webauthn.NewCredentialFlags(flags),
		Authenticator: webauthn.Authenticator{
			AAGUID:     c.AAGUID,
			SignCount:  c.SignCount,
			Attachment: protocol.AuthenticatorAttachment(c.Attachment),
		},
	}
}

// descriptor is what browsers find the credential by.
func (c Credential) descriptor() protocol.CredentialDescriptor {
	d := protocol.CredentialDescriptor{Type: protocol.PublicKeyCredentialType, CredentialID: c.ID}
	for _, t := range c.Transports {
		d.Transport = append(d.Transport, protocol.AuthenticatorTransport(t))
	}
	return d
}

// descriptors are those of the relying party's own credentials. The list is
// never nil, since some clients cannot read options without it.
func descriptors(rpID string, credentials []Credential) []protocol.CredentialDescriptor {
	list := []protocol.CredentialDescriptor{}
	for _, c := range credentials {
		if c.RPID == rpID {
			list = append(list, c.descriptor())
		}
	}
	return list
}
