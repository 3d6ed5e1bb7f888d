package passkeytest

import "encoding/binary"

// The major types of CBOR (RFC 8949) that authenticators need.
const (
	unsigned = iota << 5
	negative
	byteString
	textString
	_
	mapping
)

// head is the beginning of an item: its type, and a number in the fewest bytes.
func head(major byte, n uint64) []byte {
	switch {
	case n < 24:
		return []byte{major | byte(n)}
	case n < 1<<8:
		return []byte{major | 24, byte(n)}
	case n < 1<<16:
		return binary.BigEndian.AppendUint16([]byte{major | 25}, uint16(n))
	case n < 1<<32:
		return binary.BigEndian.AppendUint32([]byte{major | 26}, uint32(n))
	default:
		return binary.BigEndian.AppendUint64([]byte{major | 27}, n)
	}
}

func number(n int64) []byte {
	if n < 0 {
		return head(negative, uint64(-1-n))
	}
	return head(unsigned, uint64(n))
}

func octets(b []byte) []byte { return append(head(byteString, uint64(len(b))), b...) }

func text(s string) []byte { return append(head(textString, uint64(len(s))), s...) }

// object is a map of encoded keys and values, which must be in canonical order.
func object(keysAndValues ...[]byte) []byte {
	out := head(mapping, uint64(len(keysAndValues)/2))
	for _, item := range keysAndValues {
		out = append(out, item...)
	}
	return out
}
