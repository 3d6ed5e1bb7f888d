package main

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Java's \s has the vertical tab, Go's has not; Java's dot stops at more line
// ends than Go's.
const (
	javaSpace   = `\t\n\x0B\f\r `
	javaNotLine = `[^\n\r\x{85}\x{2028}\x{2029}]`
)

// rewritten holds patterns that Go's engine cannot express, with an expression
// that accepts the same whole strings.
var rewritten = map[string]string{
	`^[0-9A-Za-z\.\-_]*(?<!\.)$`: `(?:[0-9A-Za-z.\-_]*[0-9A-Za-z\-_])?`,
}

// translate returns a Go expression that matches a whole string where Java's
// matches() would.
func translate(java string) (string, error) {
	expr, ok := rewritten[java]
	if !ok {
		var err error
		if expr, err = translateAtoms(java); err != nil {
			return "", err
		}
	}
	expr = `\A(?:` + expr + `)\z`
	if _, err := regexp.Compile(expr); err != nil {
		return "", fmt.Errorf("pattern %s: %w", java, err)
	}
	return expr, nil
}

func translateAtoms(java string) (string, error) {
	var out strings.Builder
	inClass := false
	dotAll := strings.HasPrefix(java, "(?s)")
	for i := 0; i < len(java); i++ {
		switch c := java[i]; {
		case strings.HasPrefix(java[i:], `[\S]`):
			out.WriteString(`[^` + javaSpace + `]`)
			i += len(`[\S]`) - 1
		case strings.HasPrefix(java[i:], `\s`) && inClass:
			out.WriteString(javaSpace)
			i++
		case strings.HasPrefix(java[i:], `\s`), strings.HasPrefix(java[i:], `\S`):
			return "", fmt.Errorf("pattern %s: %s is not translated here", java, java[i:i+2])
		case c == '\\':
			out.WriteString(java[i : i+2])
			i++
		case c == '.' && !inClass && !dotAll:
			out.WriteString(javaNotLine)
		default:
			if c == '[' {
				inClass = true
			} else if c == ']' {
				inClass = false
			}
			out.WriteByte(c)
		}
	}
	return out.String(), nil
}

// runeClass is a pattern that is one character class, repeated. Such a pattern
// is matched rune by rune without an engine.
type runeClass struct {
	ASCII [2]uint64
	// Tables are names of Unicode categories that hold the class's other runes.
	Tables []string
	// Others says that every rune outside ASCII belongs to the class.
	Others bool
	// AtLeastOne says that the empty string does not match.
	AtLeastOne bool
}

var (
	oneClass = regexp.MustCompile(`^\^?\[([^\]^\\](?:[^\]\\]|\\.)*|(?:\\.(?:[^\]\\]|\\.)*))\]([+*])\$?$`)
	category = regexp.MustCompile(`\\p\{(\w+)\}`)
)

// classOf returns java as a rune class, or nil when it is something else.
func classOf(java string) (*runeClass, error) {
	parts := oneClass.FindStringSubmatch(java)
	if parts == nil {
		return nil, nil
	}
	for _, r := range parts[1] {
		if r >= utf8.RuneSelf {
			return nil, fmt.Errorf("pattern %s: literal rune outside ASCII", java)
		}
	}
	expr, err := translate("[" + parts[1] + "]")
	if err != nil {
		return nil, err
	}
	re := regexp.MustCompile(expr)
	class := &runeClass{AtLeastOne: parts[2] == "+", Others: parts[1] == `\S`}
	for r := range rune(utf8.RuneSelf) {
		if re.MatchString(string(r)) {
			class.ASCII[r/64] |= 1 << (r % 64)
		}
	}
	for _, found := range category.FindAllStringSubmatch(parts[1], -1) {
		class.Tables = append(class.Tables, found[1])
	}
	return class, nil
}
