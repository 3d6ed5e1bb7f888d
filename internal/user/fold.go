package user

import (
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// foldCase returns value in the form in which names and searches are compared
// without regard to case: fully case-folded, in normal form C. Folding what is
// folded already changes nothing.
func foldCase(value string) string {
	// Folding can undo the normal form, and normalising can bring letters back
	// that fold, so both are done to the end.
	value = fold(norm.NFD.String(value))
	return norm.NFC.String(fold(norm.NFC.String(value)))
}

// fold is Unicode's full case folding. The library folds the two cases of
// Cherokee into each other instead of into one; the capitals stand for both.
func fold(value string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case '\uab70' <= r && r <= '\uabbf':
			return r - '\uab70' + '\u13a0'
		case '\u13f8' <= r && r <= '\u13fd':
			return r - '\u13f8' + '\u13f0'
		}
		return r
	}, cases.Fold().String(value))
}
