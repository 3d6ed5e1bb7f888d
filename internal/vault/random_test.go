package vault_test

import (
	"regexp"
	"testing"

	"poolhouse.dev/internal/vault"
)

func TestRandomIdentifiers(t *testing.T) {
	for _, c := range []struct {
		name    string
		make    func() string
		pattern string
	}{
		{"NewUUID", vault.NewUUID, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`},
		{"NewSub", vault.NewSub, `^[0-9a-f]{8}-[0-9a-f]{4}-70[0-9a-f]{2}-[0-9a-f]{4}-[0-9a-f]{12}$`},
		{"NewPoolSuffix", vault.NewPoolSuffix, `^[0-9A-Za-z]{9}$`},
		{"NewClientID", vault.NewClientID, `^[0-9a-z]{26}$`},
		{"NewClientSecret", vault.NewClientSecret, `^[0-9a-z]{52}$`},
		{"NewCode(6)", func() string { return vault.NewCode(6) + "-" + vault.NewCode(8) }, `^[0-9]{6}-[0-9]{8}$`},
	} {
		t.Run(c.name, func(t *testing.T) {
			pattern := regexp.MustCompile(c.pattern)
			seen := map[string]bool{}
			for range 1000 {
				id := c.make()
				if !pattern.MatchString(id) {
					t.Fatalf("%s does not match %s", id, c.pattern)
				}
				if seen[id] {
					t.Fatalf("%s came twice", id)
				}
				seen[id] = true
			}
		})
	}
}

// Every digit must turn up at every position, and none much more often than
// the others: 10,000 draws give each about 1,000, and 200 is more than six
// standard deviations off.
func TestCodesAreUniform(t *testing.T) {
	const draws, digits = 10_000, 6
	var count [digits][10]int
	for range draws {
		for position, digit := range vault.NewCode(digits) {
			count[position][digit-'0']++
		}
	}
	for position := range count {
		for digit, n := range count[position] {
			if n < 800 || n > 1200 {
				t.Errorf("digit %d at position %d came %d times of %d", digit, position, n, draws)
			}
		}
	}
}

// Bytes cut down to 62 characters by remainder alone would favour the first
// eight of them: 40 of 256 instead of 8 of 62.
func TestNoCharacterIsFavoured(t *testing.T) {
	const suffixes, characters = 10_000, 9
	first := 0
	for range suffixes {
		for _, c := range vault.NewPoolSuffix() {
			if c >= '0' && c <= '7' {
				first++
			}
		}
	}
	want := suffixes * characters * 8 / 62 // 11,612; by remainder it were 14,062
	if first < want-700 || first > want+700 {
		t.Errorf("0 to 7 came %d times, want about %d", first, want)
	}
}
