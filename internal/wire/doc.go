// Package wire is the vocabulary of the API as the service model has it: the
// structures and enumerations of requests and responses, the check of every
// constraint the model states, and the table of operations. Names are Amazon's
// own here and nowhere else.
//
// The files zz_*.go are generated from model/; what is written by hand is the
// machinery they use. The package holds no behaviour, knows nothing of HTTP
// and imports the standard library only.
//
// Every scalar member is a pointer, so that an absent value differs from a
// zero one; [Ptr] and [Deref] help. A nil slice or map is absent, an empty one
// that is not nil is sent as [] or {}.
//
// Start with [Operation] and [Handlers]; check.go says how a request is
// checked and in which words a violation is told.
package wire

//go:generate go run -C ../../tools ./wiregen
