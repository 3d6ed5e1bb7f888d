package wire

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// none is a bound that is not there.
const none = math.MinInt64

// shape is a row of the generated constraint table. Bounds are lengths, or
// values for a number. Key and elem are the shapes inside of a map or list.
type shape struct {
	min, max  int64
	pattern   *pattern
	enum      []string // in the order in which the service prints the set
	key, elem *shape
}

const (
	notNull    = "Member must not be null"
	lengthOf   = "Member must have length "
	valueOf    = "Member must have value "
	atLeast    = "greater than or equal to "
	atMost     = "less than or equal to "
	matching   = "Member must satisfy regular expression pattern: "
	oneOf      = "Member must satisfy enum value set: "
	eachMember = "Member must satisfy constraint: "
	eachValue  = "Map value must satisfy constraint: "
	eachKey    = "Map keys must satisfy constraint: "
)

// outside returns the text of the bound that n is beyond, or "". The subject
// is lengthOf or valueOf.
func (s *shape) outside(subject string, n int64) string {
	switch {
	case s.min != none && n < s.min:
		return subject + atLeast + strconv.FormatInt(s.min, 10)
	case s.max != none && n > s.max:
		return subject + atMost + strconv.FormatInt(s.max, 10)
	}
	return ""
}

// tooLongOrShort is outside for the length of a string, which is counted in
// UTF-16 code units.
func (s *shape) tooLongOrShort(text string) string {
	n := int64(len(text))
	// A string has at most as many units as bytes and at least a third of them.
	if (s.max == none || n <= s.max) && (s.min == none || n >= 3*s.min || s.min <= 1 && n >= s.min) {
		return ""
	}
	return s.outside(lengthOf, int64(utf16Len(text)))
}

func (s *shape) allows(text string) bool { return s.enum == nil || slices.Contains(s.enum, text) }

func (s *shape) matches(text string) bool { return s.pattern == nil || s.pattern.matches(text) }

// accepts reports whether text meets every constraint of s.
func (s *shape) accepts(text string) bool {
	return s.tooLongOrShort(text) == "" && s.allows(text) && s.matches(text)
}

// describe returns all constraints of s, as the service lists them for the
// elements of a list or map: the upper bound before the lower one.
func (s *shape) describe() string {
	var texts []string
	if s.max != none {
		texts = append(texts, lengthOf+atMost+strconv.FormatInt(s.max, 10))
	}
	if s.min != none {
		texts = append(texts, lengthOf+atLeast+strconv.FormatInt(s.min, 10))
	}
	if s.pattern != nil {
		texts = append(texts, matching+s.pattern.text)
	}
	if s.enum != nil {
		texts = append(texts, oneOf+bracketed(s.enum))
	}
	return bracketed(texts)
}

func bracketed(texts []string) string { return "[" + strings.Join(texts, ", ") + "]" }

// utf16Len returns the length of text as Java counts it.
func utf16Len(text string) int {
	n := 0
	for _, r := range text {
		n++
		if r > 0xFFFF {
			n++
		}
	}
	return n
}

// pattern is a regular expression of the model: text is the model's own, expr
// the same in Go's syntax. A pattern that is one repeated character class has
// class in place of expr and needs no engine.
type pattern struct {
	text  string
	expr  string
	class *runeClass
	once  sync.Once
	re    *regexp.Regexp
}

// matches reports whether the whole of text matches.
func (p *pattern) matches(text string) bool {
	p.once.Do(func() {
		if p.class != nil {
			p.class.fill()
			return
		}
		p.re = regexp.MustCompile(p.expr)
	})
	if p.class != nil {
		return p.class.matches(text)
	}
	return p.re.MatchString(text)
}

// runeClass is a character class that is repeated over a whole string.
type runeClass struct {
	ascii      [2]uint64
	tables     []*unicode.RangeTable // categories that hold its other runes
	others     bool                  // every rune outside ASCII belongs to it
	atLeastOne bool

	bytes [256]verdict
}

// verdict is what the first byte of a rune says of the rune.
type verdict uint8

const (
	outsider verdict = iota
	insider
	undecided // the categories decide; it has no bit in common with insider
)

// fill makes the table of verdicts.
func (c *runeClass) fill() {
	for b := range c.bytes {
		switch {
		case b >= utf8.RuneSelf && c.others, b < utf8.RuneSelf && c.ascii[b>>6]&(1<<(b&63)) != 0:
			c.bytes[b] = insider
		case b >= utf8.RuneSelf && len(c.tables) > 0:
			c.bytes[b] = undecided
		}
	}
}

func (c *runeClass) matches(text string) bool {
	if text == "" {
		return !c.atLeastOne
	}
	for i := 0; i < len(text); {
		// Tokens are long, and of insiders alone.
		for i+8 <= len(text) && c.bytes[text[i]]&c.bytes[text[i+1]]&c.bytes[text[i+2]]&c.bytes[text[i+3]]&
			c.bytes[text[i+4]]&c.bytes[text[i+5]]&c.bytes[text[i+6]]&c.bytes[text[i+7]] == insider {
			i += 8
		}
		if i == len(text) {
			return true
		}
		switch c.bytes[text[i]] {
		case insider:
			i++
		case undecided:
			r, size := utf8.DecodeRuneInString(text[i:])
			if !unicode.In(r, c.tables...) {
				return false
			}
			i += size
		default:
			return false
		}
	}
	return true
}
