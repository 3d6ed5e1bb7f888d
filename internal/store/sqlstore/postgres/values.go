package postgres

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// decodeRow turns the columns of a row as they came from the server into what
// sqlstore takes. It is written for the few types that the schema has: they
// arrive by the hundred thousand a second, and the driver's general way costs
// several times as much. What it returns shares nothing with the columns.
func decodeRow(fields []pgconn.FieldDescription, columns [][]byte) ([]any, error) {
	values := make([]any, len(columns))
	for i, b := range columns {
		if b == nil {
			continue
		}
		v, err := decode(fields[i], b)
		if err != nil {
			return nil, fmt.Errorf("decoding column %s: %w", fields[i].Name, err)
		}
		values[i] = v
	}
	return values, nil
}

func decode(field pgconn.FieldDescription, b []byte) (any, error) {
	isBinary := field.Format == pgtype.BinaryFormatCode
	switch field.DataTypeOID {
	case pgtype.TextOID, pgtype.VarcharOID:
		return string(b), nil
	case pgtype.Int8OID, pgtype.Int4OID, pgtype.Int2OID:
		if !isBinary {
			return strconv.ParseInt(string(b), 10, 64)
		}
		return decodeInteger(b)
	case pgtype.ByteaOID:
		if isBinary {
			return bytes.Clone(b), nil
		}
		digits, ok := bytes.CutPrefix(b, []byte(`\x`))
		if !ok {
			return nil, fmt.Errorf("bytes that are not in hexadecimal")
		}
		return hex.AppendDecode([]byte{}, digits)
	}
	return nil, fmt.Errorf("a column of type %d", field.DataTypeOID)
}

func decodeInteger(b []byte) (any, error) {
	switch len(b) {
	case 8:
		return int64(binary.BigEndian.Uint64(b)), nil
	case 4:
		return int64(int32(binary.BigEndian.Uint32(b))), nil
	case 2:
		return int64(int16(binary.BigEndian.Uint16(b))), nil
	}
	return nil, fmt.Errorf("an integer of %d bytes", len(b))
}
