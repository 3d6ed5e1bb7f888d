package breach_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"poolhouse.dev/internal/breach"
)

func TestCommonPasswordsAreKnown(t *testing.T) {
	f := breach.Common()
	for _, p := range []string{"123456", "password", "qwerty", "letmein", "iloveyou", "Password", "QWERTY", "PassWord1"} {
		if !f.Contains(p) {
			t.Errorf("%q is not known", p)
		}
	}
	for _, p := range []string{"", "correct horse battery staple", "password ", " password", "Tr0ub4dor&3-and-more", "пароль-from-poolhouse"} {
		if f.Contains(p) {
			t.Errorf("%q is known", p)
		}
	}
	if f.Len() != 49233 || !strings.Contains(f.Source(), "zxcvbn-ts") {
		t.Errorf("%d passwords from %q", f.Len(), f.Source())
	}
}

// Random passwords stand in for good ones. One in ten million is taken for a
// common one; these are always the same, and none is.
func TestGoodPasswordsAreNotTakenForCommonOnes(t *testing.T) {
	f := breach.Common()
	random := rand.NewChaCha8([32]byte{1})
	for range 300_000 {
		if p := fmt.Sprintf("Aa1-%016x", random.Uint64()); f.Contains(p) {
			t.Errorf("%q is known", p)
		}
	}
}

func TestAFilterHasWhatItWasMadeFrom(t *testing.T) {
	passwords := []string{"apple", "pear", "quince", "", "Äpfel", "MixedCase"}
	f := mustFilter(t, passwords)
	for _, p := range passwords {
		if !f.Contains(p) {
			t.Errorf("%q is not in it", p)
		}
	}
	for p, want := range map[string]bool{"APPLE": true, "pEaR": true, "äpfel": false, "mixedcase": false, "MIXEDCASE": false, "plum": false} {
		if f.Contains(p) != want {
			t.Errorf("%q: %v", p, !want)
		}
	}
	if f.Len() != len(passwords) || f.Source() != "a test" {
		t.Errorf("%d passwords from %q", f.Len(), f.Source())
	}
}

func TestTheOrderOfAListDoesNotMatter(t *testing.T) {
	a, err := breach.WriteFilter("a test", []string{"a", "b", "c"})
	if err != nil {
		t.Fatal(err)
	}
	b, err := breach.WriteFilter("a test", []string{"c", "a", "b", "a"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a, b); diff != "" {
		t.Error(diff)
	}
}

func TestEmptyFilters(t *testing.T) {
	for name, f := range map[string]*breach.Filter{"zero": {}, "of an empty list": mustFilter(t, nil)} {
		if f.Contains("") || f.Contains("password") || f.Len() != 0 {
			t.Errorf("the filter %s has something", name)
		}
	}
}

func TestASourceIsOneLine(t *testing.T) {
	for _, source := range []string{"", "two\nlines"} {
		if _, err := breach.WriteFilter(source, nil); err == nil {
			t.Errorf("%q was taken", source)
		}
	}
}

func TestBrokenFiltersAreRefused(t *testing.T) {
	good, err := breach.WriteFilter("a test", []string{"apple", "pear"})
	if err != nil {
		t.Fatal(err)
	}
	header, body, _ := bytes.Cut(good, []byte("\n"))
	tests := []struct {
		name, want string
		file       []byte
	}{
		{"empty", "in a form", nil},
		{"no end of the header", "in a form", header},
		{"another release's", "in a form", bytes.Replace(good, []byte("-1 "), []byte("-2 "), 1)},
		{"no count", "shorter", []byte("poolhouse-passwords-1 x a test\n")},
		{"cut", "shorter", good[:len(good)-1]},
		{"a count above the body", "shorter", []byte("poolhouse-passwords-1 4000000000 a test\n\x01")},
		{"more than said", "longer", append(slices.Clone(good), 1)},
		{"the same twice", "not in order", []byte("poolhouse-passwords-1 2 a test\n\x01\x00")},
		{"past the last prefix", "not in order", []byte("poolhouse-passwords-1 1 a test\n\x80\x80\x80\x80\x80\x20")},
		{"no number", "shorter", []byte("poolhouse-passwords-1 1 a test\n" + strings.Repeat("\xff", 11))},
	}
	for _, tt := range tests {
		if _, err := breach.ReadFilter(tt.file); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	if _, err := breach.ReadFilter(slices.Concat(header, []byte("\n"), body)); err != nil {
		t.Error(err)
	}
}

func mustFilter(t *testing.T, passwords []string) *breach.Filter {
	t.Helper()
	file, err := breach.WriteFilter("a test", passwords)
	if err != nil {
		t.Fatal(err)
	}
	f, err := breach.ReadFilter(file)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func FuzzReadFilter(f *testing.F) {
	for _, list := range [][]string{nil, {"apple"}, {"apple", "pear", "quince"}} {
		file, err := breach.WriteFilter("a test", list)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		if filter, err := breach.ReadFilter(file); err == nil {
			filter.Contains("apple")
		}
	})
}
