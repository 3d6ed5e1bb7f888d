package passkey

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// timeout is how long browsers are asked to wait for the person.
const timeout = time.Minute

// minChallenge is the least number of bytes that cannot be guessed.
const minChallenge = 16

// Challenge is what to remember between asking and the answer. Its JSON is made
// to be sealed: who can change it can weaken what is judged by it, and who can
// use it twice can replay an answer.
type Challenge struct {
	// Value is what the authenticator has to sign.
	Value []byte `json:"value"`
	// RelyingPartyID, UserVerification and Handle are what was asked for, and of
	// whom; the answer is judged by them, whatever the settings are by then.
	RelyingPartyID   string `json:"rpId"`
	UserVerification string `json:"userVerification"`
	Handle           []byte `json:"userHandle"`
}

// begin returns the relying party with its settings as they are sent, and the
// challenge that remembers them and still has no value.
func begin(rp RelyingParty, person Person) (RelyingParty, Challenge, error) {
	verification, err := rp.userVerification()
	if err != nil {
		return RelyingParty{}, Challenge{}, err
	}
	rp.UserVerification = verification
	return rp, Challenge{
		RelyingPartyID:   rp.ID,
		UserVerification: verification,
		Handle:           bytes.Clone(person.Handle),
	}, nil
}

// check judges what both kinds of answers have, in the order of the errors.
func (c Challenge) check(rp RelyingParty, person Person, client protocol.CollectedClientData, auth protocol.AuthenticatorData) error {
	if len(c.Value) < minChallenge || !bytes.Equal(c.Handle, person.Handle) ||
		subtle.ConstantTimeCompare([]byte(c.text()), []byte(client.Challenge)) != 1 {
		return ErrChallengeMismatch
	}
	if !rp.allows(client.Origin) {
		return ErrOriginNotAllowed
	}
	if client.CrossOrigin || client.TopOrigin != "" {
		return fmt.Errorf("%w: in a frame of another site", ErrOriginNotAllowed)
	}
	hash := sha256.Sum256([]byte(c.RelyingPartyID))
	if c.RelyingPartyID != rp.ID || !bytes.Equal(auth.RPIDHash, hash[:]) {
		return ErrRelyingPartyMismatch
	}
	if c.verifies() && !auth.Flags.HasUserVerified() {
		return ErrUserVerification
	}
	return nil
}

// verifies reports whether the person had to be verified. What is not known to
// be a wish is a demand.
func (c Challenge) verifies() bool { return c.UserVerification != Preferred }

func (c Challenge) text() string { return base64.RawURLEncoding.EncodeToString(c.Value) }

// session is the challenge as the library wants it back.
func (c Challenge) session() webauthn.SessionData {
	verification := protocol.VerificationPreferred
	if c.verifies() {
		verification = protocol.VerificationRequired
	}
	return webauthn.SessionData{
		Challenge:        c.text(),
		RelyingPartyID:   c.RelyingPartyID,
		UserID:           c.Handle,
		UserVerification: verification,
		CredParams:       parameters(),
	}
}

// reason is what the library says of a failure. Its type has more to say for
// developers, with challenges and hashes in it, which stays out.
func reason(err error) error {
	var e *protocol.Error
	if errors.As(err, &e) {
		return errors.New(e.Details)
	}
	return err
}
