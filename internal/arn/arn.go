// Package arn owns how settings name AWS resources: by an ARN in which * stands
// for any characters, with what is meant for them behind an equals sign.
//
// Start with [Cut].
package arn

import (
	"fmt"
	"path"
	"strings"
)

// Pattern is an ARN in which * stands for any characters.
type Pattern string

// Cut reads `<pattern>=<target>`. The error says what is wrong with the entry,
// and example how one looks.
func Cut(entry, example string) (Pattern, string, error) {
	pattern, target, ok := strings.Cut(entry, "=")
	if !ok || pattern == "" || target == "" {
		return "", "", fmt.Errorf("%q is not a pattern and a target; write one such as %s", entry, example)
	}
	if strings.ContainsAny(pattern, `[]?\`) {
		return "", "", fmt.Errorf("the pattern %q may hold * and the characters of an ARN only", pattern)
	}
	return Pattern(pattern), target, nil
}

// Matches reports whether the pattern stands for an ARN.
func (p Pattern) Matches(name string) bool {
	// An ARN may have slashes, which path.Match would not step over.
	ok, err := path.Match(strings.ReplaceAll(string(p), "/", "|"), strings.ReplaceAll(name, "/", "|"))
	return err == nil && ok
}

// Region returns the Region that an ARN names, "" for none.
func Region(name string) string {
	if parts := strings.Split(name, ":"); len(parts) > 3 {
		return parts[3]
	}
	return ""
}
