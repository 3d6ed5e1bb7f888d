package smpp

import "unicode/utf16"

// Codings of a text (5.2.19).
const (
	codingDefault = 0x00 // the alphabet of GSM 03.38, an octet for each character
	codingUCS2    = 0x08
)

// escape begins a character of the extension table.
const escape = 0x1b

// basic is the default alphabet of GSM 03.38, in the order of its codes; the
// character at escape's place stands for none.
const basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x00ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
	"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"

// extended are the characters behind an escape.
var extended = map[rune]byte{
	'\f': 0x0a, '^': 0x14, '{': 0x28, '}': 0x29, '\\': 0x2f, '[': 0x3c, '~': 0x3d, ']': 0x3e, '|': 0x40, '€': 0x65,
}

var codes = func() map[rune][]byte {
	m := make(map[rune][]byte, 138)
	code := byte(0)
	for _, r := range basic {
		if code != escape {
			m[r] = []byte{code}
		}
		code++
	}
	for r, c := range extended {
		m[r] = []byte{escape, c}
	}
	return m
}()

// text is a message in one coding, as pieces that must not be divided.
type text struct {
	coding byte
	pieces [][]byte
}

// encode uses the default alphabet where it has every character, and else UCS-2,
// in which a character outside of the basic plane is two units.
func encode(s string) text {
	t := text{coding: codingDefault}
	for _, r := range s {
		code, ok := codes[r]
		if !ok {
			return encodeUCS2(s)
		}
		t.pieces = append(t.pieces, code)
	}
	return t
}

func encodeUCS2(s string) text {
	t := text{coding: codingUCS2}
	for _, r := range s {
		var piece []byte
		for _, unit := range utf16.AppendRune(nil, r) {
			piece = append(piece, byte(unit>>8), byte(unit))
		}
		t.pieces = append(t.pieces, piece)
	}
	return t
}
