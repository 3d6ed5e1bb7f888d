package smpp

import "poolhouse.dev/internal/notify"

const (
	// maxParts bounds a message. A code takes one; a text that takes more than this
	// is a template gone wrong.
	maxParts = 10
	// headerSize is what a part gives up to the header that joins it to the others.
	headerSize = 6
)

// sizes are how many octets of a text one message has, alone and as a part. In the
// default alphabet a message carries 160 characters of seven bits in 140 octets, of
// which a part's header takes the room of seven; SMPP writes an octet for each.
func sizes(coding byte) (alone, part int) {
	if coding == codingUCS2 {
		return 140, 134
	}
	return 160, 153
}

// parts divides a text into the short messages that carry it. With more than one
// each begins with a user data header (3GPP 23.040, 9.2.3.24.1) that has the
// reference, the number of parts and the part's own.
func parts(t text, reference byte) ([][]byte, error) {
	alone, most := sizes(t.coding)
	total := 0
	for _, piece := range t.pieces {
		total += len(piece)
	}
	if total <= alone {
		all := make([]byte, 0, total)
		for _, piece := range t.pieces {
			all = append(all, piece...)
		}
		return [][]byte{all}, nil
	}
	var list [][]byte
	var current []byte
	for _, piece := range t.pieces {
		if len(current)+len(piece) > most {
			list, current = append(list, current), nil
		}
		current = append(current, piece...)
	}
	list = append(list, current)
	if len(list) > maxParts {
		return nil, &notify.Refused{Reason: "the text is longer than ten messages"}
	}
	for i, part := range list {
		header := [headerSize]byte{headerSize - 1, 0x00, 3, reference, byte(len(list)), byte(i + 1)}
		list[i] = append(header[:], part...)
	}
	return list, nil
}
