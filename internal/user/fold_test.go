package user_test

import (
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"poolhouse.dev/internal/user"
)

// TestFoldingOfEveryCharacter checks every code point: its cases, its normal
// forms and its own key all have one key, alone and beside a letter or an accent.
// Searches fold as names do.
func TestFoldingOfEveryCharacter(t *testing.T) {
	key := func(s string) string {
		key, _ := user.AliasKey(s, false)
		return key
	}
	for r := rune(1); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) || !interesting(r) {
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
			if got := user.FoldSearch(in(r)); got != want {
				t.Fatalf("%+q is looked for as %+q and named by %+q", in(r), got, want)
			}
		}
	}
}

// interesting leaves out what neither folds nor composes, and most of Hangul,
// whose syllables all compose alike.
func interesting(r rune) bool {
	switch {
	case !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.S) || unicode.Is(unicode.Unified_Ideograph, r):
		return false
	case unicode.Is(unicode.Hangul, r):
		return r%100 == 0
	}
	return unicode.IsMark(r) || unicode.SimpleFold(r) != r || user.FoldSearch(string(r)) != norm.NFD.String(string(r))
}
