package store

import "context"

type evenKey struct{}

// Evenly returns a context whose reads take the same way whether a row is there or not:
// an engine that remembers rows asks the database all the same, and one that finds no row
// reads and decodes another in its place, so that the time of an answer does not tell a
// name that somebody has from one that nobody has. Where rows are spread over machines no
// other row is read. What is read is the same as without it.
func Evenly(ctx context.Context) context.Context { return context.WithValue(ctx, evenKey{}, true) }

// IsEven reports whether reads with the context are to take the same way.
func IsEven(ctx context.Context) bool { return ctx.Value(evenKey{}) != nil }
