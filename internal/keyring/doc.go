// Package keyring keeps the keyset of a store in the store: it opens it with whichever
// master key an operator has, changes the master key and the keys that seal while nodes
// run, and seals rows anew.
//
// It owns: which rows of package instance hold the keyset, the order in which a change of
// the master key or of a sealing key goes, what has to be true before an old key may go,
// and the list of all sealed columns.
//
// It does not own: the keys and how they seal (package vault), and where master keys come
// from (package app).
//
// Start with [Open] in keyring.go.
package keyring
