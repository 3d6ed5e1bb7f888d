package postgres

import (
	"encoding/binary"
	"strconv"

	"github.com/jackc/pgx/v5/pgtype"
)

// array is an argument for a parameter that is an array. Its values are all string,
// all int64 or all []byte, as the type says, or nil.
type array struct {
	// of is the type of the elements.
	of     uint32
	values []any
}

// typeIDs are the types of elements by their names in SQL.
var typeIDs = map[string]uint32{"text": pgtype.TextOID, "bigint": pgtype.Int8OID, "bytea": pgtype.ByteaOID}

// encodeArgs puts the arguments of a statement, which are string, int64, []byte,
// []string, array or nil, into the form that the protocol has.
func encodeArgs(args []any) (values [][]byte, formats []int16) {
	values, formats = make([][]byte, len(args)), make([]int16, len(args))
	ends := make([]int, len(args))
	memory := make([]byte, 0, 512)
	for i, arg := range args {
		switch arg := arg.(type) {
		case string:
			memory = append(memory, arg...)
		case int64:
			memory = strconv.AppendInt(memory, arg, 10)
		case []byte:
			memory, formats[i] = append(memory, arg...), pgtype.BinaryFormatCode
		case []string:
			memory, formats[i] = appendTexts(memory, arg), pgtype.BinaryFormatCode
		case array:
			memory, formats[i] = arg.append(memory), pgtype.BinaryFormatCode
		}
		ends[i] = len(memory)
	}
	start := 0
	for i, end := range ends {
		if b, isBytes := args[i].([]byte); args[i] != nil && !(isBytes && b == nil) {
			values[i] = memory[start:end:end]
		}
		start = end
	}
	return values, formats
}

// appendTexts appends an array of texts in the binary format.
func appendTexts(b []byte, texts []string) []byte {
	b = appendArrayHead(b, pgtype.TextOID, len(texts), false)
	for _, s := range texts {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(s))), s...)
	}
	return b
}

// append appends the array in the binary format.
func (a array) append(b []byte) []byte {
	b = appendArrayHead(b, a.of, len(a.values), true)
	for _, v := range a.values {
		switch v := v.(type) {
		case string:
			b = append(binary.BigEndian.AppendUint32(b, uint32(len(v))), v...)
		case int64:
			b = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(b, 8), uint64(v))
		case []byte:
			if v == nil {
				b = appendNull(b)
				break
			}
			b = append(binary.BigEndian.AppendUint32(b, uint32(len(v))), v...)
		default:
			b = appendNull(b)
		}
	}
	return b
}

// appendNull appends the element NULL, whose length is -1.
func appendNull(b []byte) []byte { return append(b, 0xff, 0xff, 0xff, 0xff) }

// appendArrayHead appends what comes before the elements of an array of one dimension
// that begins at 1.
func appendArrayHead(b []byte, of uint32, n int, nulls bool) []byte {
	flag := uint32(0)
	if nulls {
		flag = 1
	}
	for _, word := range []uint32{1, flag, of, uint32(n), 1} {
		b = binary.BigEndian.AppendUint32(b, word)
	}
	return b
}
