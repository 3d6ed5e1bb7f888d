// Package breach knows passwords that attackers try first: common ones, from a
// list that is part of the program, and breached ones, from a file that the
// operator has downloaded.
//
// [Common] is the first, a [Filter] of some 50,000 passwords in 200 KB of
// hashes; it takes a good password for a common one once in ten million
// times. [OpenHIBP] opens the second, the whole download of Have I Been Pwned,
// and searches it where it lies.
//
// The package does not own when a password is checked nor what follows from
// it. No error of this package holds a password or its hash. Nothing here
// leaves the machine.
//
// Start with [Filter] in filter.go; filterfile.go has the form of the embedded
// file, which the command in gen writes, and hibp.go the search. The list that
// common.bin was made from is under the licence in common.LICENSE.
package breach
