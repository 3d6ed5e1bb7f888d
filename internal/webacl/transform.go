package webacl

import (
	"bytes"
	"slices"
)

// transformations change a text before it is matched; they leave what they get as
// it is. nil changes nothing.
var transformations = map[string]func([]byte) []byte{
	"NONE":                 nil,
	"LOWERCASE":            bytes.ToLower,
	"URL_DECODE":           urlDecode,
	"COMPRESS_WHITE_SPACE": compressWhiteSpace,
}

// transforms returns the transformations in their order.
func (l *loader) transforms(in []transformation) (list []func([]byte) []byte) {
	if len(in) == 0 {
		l.refuse("TextTransformations: want one or more; NONE changes nothing")
	}
	in = slices.SortedStableFunc(slices.Values(in), func(x, y transformation) int { return x.Priority - y.Priority })
	for _, t := range in {
		change, known := transformations[t.Type]
		if !known {
			l.refuse("TextTransformations: %q is not supported", t.Type)
		}
		if change != nil {
			list = append(list, change)
		}
	}
	return list
}

// urlDecode resolves the percent signs that are well-formed, and leaves the others.
func urlDecode(text []byte) []byte {
	if !bytes.ContainsAny(text, "%+") {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '+':
			out = append(out, ' ')
		case c == '%' && i+2 < len(text) && digit(text[i+1]) >= 0 && digit(text[i+2]) >= 0:
			out = append(out, byte(digit(text[i+1])<<4|digit(text[i+2])))
			i += 2
		default:
			out = append(out, c)
		}
	}
	return out
}

// digit returns the value of a hexadecimal digit, -1 for anything else.
func digit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// compressWhiteSpace makes one blank of each run of white space.
func compressWhiteSpace(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for _, c := range text {
		if c == '\t' || c == '\n' || c == '\v' || c == '\f' || c == '\r' {
			c = ' '
		}
		if c == ' ' && len(out) > 0 && out[len(out)-1] == ' ' {
			continue
		}
		out = append(out, c)
	}
	return out
}
