// Package passkey is the server's half of WebAuthn: it asks for new passkeys and
// for signatures of those that it knows, and judges what browsers answer.
//
// The package owns the options that are sent, the rule of which origins may use a
// relying party's passkeys, and what has to hold of an answer: challenge, origin,
// relying party, flags, algorithm, signature and counter. The protocol's encodings
// and signatures are go-webauthn's; nothing of that library is in this package's
// API, so that what is stored does not change with it.
//
// It does not own where credentials and challenges are kept, how long a challenge
// may be answered or that it is answered once, how many passkeys a person may
// have, nor that a credential's ID is no other person's. It holds no state. No
// error of this package holds a name, a challenge or a key.
//
// Start with [BeginRegistration] and [FinishRegistration] in registration.go, then
// signin.go; relyingparty.go has the rule for origins. Package passkeytest has the
// browser's half.
package passkey
