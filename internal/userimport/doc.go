// Package userimport brings along users of other systems, with the hashes that their
// passwords have there. It owns the form of a line, one user's JSON object, and makes
// the users of several lines at once: each line's user with all names and groups, or
// nothing of it.
//
// It does not own the rules of users and attributes (package user), nor what a hash is
// worth at a sign-in (packages foreignhash and vault). It sends no message, calls no
// trigger and judges no password by the pool's policy, since it sees none.
//
// Start with [Importer.Import] and [Line].
package userimport
