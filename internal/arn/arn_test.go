package arn_test

import (
	"testing"

	"poolhouse.dev/internal/arn"
)

func TestCut(t *testing.T) {
	for entry, want := range map[string]struct {
		pattern arn.Pattern
		target  string
	}{
		"*=aws":                    {"*", "aws"},
		"arn:aws:kms:*:key/a=b=c":  {"arn:aws:kms:*:key/a", "b=c"},
		"no target":                {},
		"=aws":                     {},
		"*=":                       {},
		"arn:aws:kms:[ab]:key=aws": {},
		"arn:aws:kms:?:key=aws":    {},
	} {
		pattern, target, err := arn.Cut(entry, "x=y")
		if pattern != want.pattern || target != want.target || (err == nil) != (want.target != "") {
			t.Errorf("%q: %q, %q, %v", entry, pattern, target, err)
		}
	}
}

func TestMatches(t *testing.T) {
	const key = "arn:aws:kms:eu-west-1:123456789012:key/1234-abcd"
	for pattern, want := range map[arn.Pattern]bool{
		"*": true, key: true, "arn:aws:kms:*": true, "*/1234-abcd": true, "arn:*:kms:eu-west-1:*:key/*": true,
		"": false, "arn:aws:kms:us-*": false, key + "x": false, "*/1234": false,
	} {
		if got := pattern.Matches(key); got != want {
			t.Errorf("%q: %v", pattern, got)
		}
	}
}

func TestRegion(t *testing.T) {
	for name, want := range map[string]string{"arn:aws:kms:eu-west-1:1:key/k": "eu-west-1", "alias/k": "", "": ""} {
		if got := arn.Region(name); got != want {
			t.Errorf("%q: %q", name, got)
		}
	}
}
