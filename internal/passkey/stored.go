package passkey

import (
	"encoding/base64"
	"encoding/json"
	"errors"

	"poolhouse.dev/internal/fault"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/user"
)

// Of returns the relying party of a pool. The fault, for a pool that does not say who
// it is, is WebAuthnConfigurationMissingException.
func Of(p *pool.Pool) (RelyingParty, error) {
	s := p.Settings.Passkeys
	if s == nil || s.RelyingPartyID == "" {
		return RelyingParty{}, fault.WebAuthnConfigurationMissing("The user pool has no WebAuthnConfiguration with a RelyingPartyId.")
	}
	rp := RelyingParty{ID: s.RelyingPartyID, UserVerification: s.Verification}
	if p.PasskeyIsTwoFactors() {
		rp.UserVerification = Required
	}
	return rp, nil
}

// PersonOf returns who the passkeys of a user are for.
func PersonOf(u *user.User) Person {
	return Person{Handle: []byte(u.Sub), Name: u.Username, DisplayName: u.Username}
}

// Text returns the id of a credential as rows and the API have it.
func Text(id []byte) string { return base64.RawURLEncoding.EncodeToString(id) }

// stored is a credential as its row has it, but for the id and the counter.
type stored struct {
	PublicKey         []byte   `json:"publicKey"`
	UserPresent       bool     `json:"userPresent"`
	UserVerified      bool     `json:"userVerified"`
	BackupEligible    bool     `json:"backupEligible"`
	BackupState       bool     `json:"backupState"`
	AttestationType   string   `json:"attestationType,omitempty"`
	AttestationFormat string   `json:"attestationFormat,omitempty"`
	AAGUID            []byte   `json:"aaguid,omitempty"`
	Transports        []string `json:"transports,omitempty"`
	Attachment        string   `json:"attachment,omitempty"`
	RPID              string   `json:"rpId"`
}

// errStored does not quote the row.
var errStored = errors.New("a stored passkey is in no form this release knows")

// CredentialOf reads the credential of a row.
func CredentialOf(row *user.Passkey) (Credential, error) {
	id, err := base64.RawURLEncoding.DecodeString(row.ID)
	var s stored
	if err != nil || json.Unmarshal(row.Credential, &s) != nil {
		return Credential{}, errStored
	}
	return Credential{
		ID: id, PublicKey: s.PublicKey, SignCount: uint32(row.SignCount),
		UserPresent: s.UserPresent, UserVerified: s.UserVerified, BackupEligible: s.BackupEligible, BackupState: s.BackupState,
		AttestationType: s.AttestationType, AttestationFormat: s.AttestationFormat, AAGUID: s.AAGUID,
		Transports: s.Transports, Attachment: s.Attachment, RPID: s.RPID,
	}, nil
}

// Keep writes the credential to its row.
func (c Credential) Keep(row *user.Passkey) (err error) {
	row.ID, row.SignCount = Text(c.ID), int64(c.SignCount)
	row.Credential, err = json.Marshal(stored{
		PublicKey: c.PublicKey, UserPresent: c.UserPresent, UserVerified: c.UserVerified, BackupEligible: c.BackupEligible,
		BackupState: c.BackupState, AttestationType: c.AttestationType, AttestationFormat: c.AttestationFormat, AAGUID: c.AAGUID,
		Transports: c.Transports, Attachment: c.Attachment, RPID: c.RPID,
	})
	return err
}
