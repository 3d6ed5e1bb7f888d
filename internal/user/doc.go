// Package user holds the nouns and pure rules of people: users and their
// attributes, the aliases that name them, codes and the pending values that
// codes prove, sign-ins, attempts, and messages waiting to leave.
//
// Its Decide functions take what was read and say what is to be written; they
// do no I/O, so that a request can be decided again when another writer was
// faster. It knows neither the wire nor the database.
//
// Start with [User], then [DecideUpdate], which is the heart of the product.
package user
