// Package srp is SRP-6a as the Cognito SDKs speak it: RFC 5054's 3072-bit
// group, SHA-256, numbers hashed in their shortest signed form, and a session
// key derived with HKDF. It owns the arithmetic of both the stored verifier
// and the server's half of a sign-in, for users and for remembered devices.
//
// It does not own where verifiers are kept or sealed (package vault), nor the
// challenges that carry the numbers. It holds no state and reads no clock.
//
// Whatever depends on a password or on the server's secret is computed in
// constant time for its length. Start with [Verifier] and [Match] in
// verifier.go, then server.go for the handshake; group.go has the constants.
package srp
