// Package foreignhash checks passwords against hashes that other systems made,
// so that imported users keep their passwords. It owns the texts of such
// hashes (bcrypt, argon2id, scrypt, Firebase's scrypt, PBKDF2), the limits on
// what one may cost, and the comparison.
//
// It makes no hashes, and it does not own where they are kept or sealed, nor
// the exchange of one for the server's own verifier at the first sign-in. It
// holds no state and reads no clock.
//
// A hash from outside decides how much work a sign-in does, so [Parse] refuses
// those that ask for more than 256 MiB or for more than a few seconds of one
// CPU. Within that, [Hash.Matches] costs what the hash says; who calls it
// limits how many run at once. No error of this package holds any part of a
// hash.
//
// Start with [Parse] in hash.go, then phc.go for what the texts share; each
// algorithm has a file.
package foreignhash
