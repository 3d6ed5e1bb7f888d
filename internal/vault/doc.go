// Package vault keeps the server's secrets unreadable to whoever has only the
// database or a backup of it.
//
// Three layers. The master key lives in a file or the environment, never in
// the database; anything that can play its part is a [KEK]. It opens one blob,
// the sealed keyset, which the first node to start makes with
// [NewSealedKeyset] and inserts into the store, and which every node reads back
// and opens as a [Keyset]. The keys inside seal rows, hash codes and seal tokens,
// so the master key itself is used once per start, and a node with another
// master key fails with [ErrWrongKey] instead of writing what others cannot
// read. The key that seals can be exchanged: a keyset has two for that time, and a
// vault follows the changes of its store's keyset.
//
// The package owns: the master key and its file, sealed values bound to their
// [Place], sealed streams, keyed hashes of codes, opaque tokens (Session,
// NextToken), password verifiers at rest and the work of checking them, stable
// pseudonyms for users that do not exist, and random identifiers.
//
// It does not own: where blobs are stored, how the master key and the data keys are
// changed (package keyring), when codes or tokens expire, how
// often one may guess, nor the SRP arithmetic (package srp). No error of this
// package holds a secret, a user name or a code.
//
// Start with [Open] in vault.go, then place.go.
package vault
