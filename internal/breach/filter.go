package breach

import (
	"crypto/sha256"
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// prefixSize is how many bytes of a password's SHA-256 the filter keeps. Of
// 2^40 prefixes 50,000 are taken, so that a password that is not in the list
// is found all the same once in 22 million times, and twice as often with its
// lower-cased form.
const prefixSize = 5

//go:embed common.bin
var commonFile []byte

var common = sync.OnceValue(func() *Filter {
	f, err := ReadFilter(commonFile)
	if err != nil {
		panic("breach: the embedded list: " + err.Error())
	}
	return f
})

// Filter is a set of passwords, kept as the beginnings of their hashes. The
// zero Filter is empty. A Filter may be used by several goroutines at once.
type Filter struct {
	source   string
	prefixes []uint64 // ascending
}

// Common returns the filter of common passwords that is part of the program.
// It is decoded at the first call and takes 400 KB.
func Common() *Filter { return common() }

// Contains reports whether password, or password in lower case, is in the set.
// It is never false for one that is, and true by chance for fewer than one in
// a million of the others.
func (f *Filter) Contains(password string) bool {
	if f.has(password) {
		return true
	}
	lower := strings.ToLower(password)
	return lower != password && f.has(lower)
}

func (f *Filter) has(password string) bool {
	_, found := slices.BinarySearch(f.prefixes, prefix(password))
	return found
}

// Len returns how many passwords the set has.
func (f *Filter) Len() int { return len(f.prefixes) }

// Source says which list the set was made from.
func (f *Filter) Source() string { return f.source }

func prefix(password string) uint64 {
	sum := sha256.Sum256([]byte(password))
	var p uint64
	for _, b := range sum[:prefixSize] {
		p = p<<8 | uint64(b)
	}
	return p
}
