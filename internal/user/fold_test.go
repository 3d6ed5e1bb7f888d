package user_test

import (
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"poolhouse.dev/internal/user"
)

// TestFoldingOfEveryCharacter checks every code point: its cases, its normal
// forms and its own key all have one key, alone and beside a letter.
func TestFoldingOfEveryCharacter(t *testing.T) {
	keys := map[string]func(string) string{
		"AliasKey":   func(s string) string { key, _ := user.AliasKey(s, false); return key },
		"FoldSearch": user.FoldSearch,
	}
	for name, key := range keys {
		t.Run(name, func(t *testing.T) {
			for r := rune(1); r <= unicode.MaxRune; r++ {
				if r >= 0xd800 && r < 0xe000 || !interesting(r) {
					continue
				}
				for _, beside := range [][2]string{{"", ""}, {"a", ""}, {"", "\u0301"}} {
					if (r == '\u0345' || unicode.SimpleFold(r) == '\u0345') && beside[1] != "" {
						continue // an iota below stands elsewhere than the letter that it folds to
					}
					in := func(r rune) string { return beside[0] + string(r) + beside[1] }
					want := key(in(r))
					for _, same := range []string{want, norm.NFD.String(in(r)), in(unicode.SimpleFold(r))} {
						if got := key(same); got != want {
							t.Fatalf("%+q has the key %+q, and %+q has %+q", in(r), want, same, got)
						}
					}
				}
			}
		})
	}
}

// interesting leaves out what neither folds nor composes.
func interesting(r rune) bool {
	return (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsSymbol(r)) && !unicode.Is(unicode.Unified_Ideograph, r)
}
