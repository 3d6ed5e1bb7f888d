package passkey

import (
	"errors"
	"fmt"
)

// Why an answer is refused. Each error of [FinishRegistration] and [FinishSignIn]
// has one of them in its chain; when several things are wrong, the first in this
// order.
var (
	// ErrMalformed says that the answer is no JSON of the right shape, or that
	// what it encodes cannot be read.
	ErrMalformed = errors.New("malformed passkey response")
	// ErrChallengeMismatch says that the answer belongs to another challenge, or
	// the challenge to another person.
	ErrChallengeMismatch = errors.New("answer to another challenge")
	// ErrOriginNotAllowed says that a page asked which may not, by its address or
	// because it sat in a frame of another site.
	ErrOriginNotAllowed = errors.New("origin not allowed")
	// ErrRelyingPartyMismatch says that the passkey, or the challenge, belongs to
	// another relying party.
	ErrRelyingPartyMismatch = errors.New("passkey of another relying party")
	// ErrUserVerification says that the authenticator did not verify the person,
	// by PIN or body, though that was required.
	ErrUserVerification = errors.New("user not verified by the authenticator")
	// ErrNotSupported says that a new passkey has a key that was not asked for,
	// or an attestation in a format that nobody here can judge.
	ErrNotSupported = errors.New("passkey not supported")
	// ErrNotVerified says that anything else is wrong: an unknown credential, a
	// bad signature, flags that contradict each other, another person's passkey.
	ErrNotVerified = errors.New("passkey not verified")
	// ErrCloned says that all is right but the signature counter, which did not
	// grow: two authenticators have the key, or one went back in time.
	ErrCloned = errors.New("signature counter did not grow")
)

// refuse names the kind of a failure and keeps the text of its cause, but not the
// cause itself: the library's errors are not part of this package's API.
func refuse(kind, cause error) error { return fmt.Errorf("%w: %v", kind, cause) }
