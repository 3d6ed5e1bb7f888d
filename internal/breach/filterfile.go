package breach

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A filter's file is a line of text and the hash prefixes in ascending order,
// each as its distance from the one before, in the variable-length form of
// encoding/binary. The line is magic, the number of prefixes, and the source.
const filterMagic = "poolhouse-passwords-1"

// maxFilter bounds what a broken header can make ReadFilter allocate.
const maxFilter = 10_000_000

// WriteFilter returns the file of a filter of passwords, the same bytes in
// whatever order they come and however often. source says where the list is
// from; it returns an error when source is not one line of text.
func WriteFilter(source string, passwords []string) ([]byte, error) {
	if source == "" || strings.ContainsFunc(source, func(r rune) bool { return r < ' ' }) {
		return nil, errors.New("the source of a list of passwords is not one line of text")
	}
	prefixes := make([]uint64, len(passwords))
	for i, p := range passwords {
		prefixes[i] = prefix(p)
	}
	slices.Sort(prefixes)
	prefixes = slices.Compact(prefixes)
	file := fmt.Appendf(nil, "%s %d %s\n", filterMagic, len(prefixes), source)
	last := uint64(0)
	for _, p := range prefixes {
		file = binary.AppendUvarint(file, p-last)
		last = p
	}
	return file, nil
}

// ReadFilter reads what [WriteFilter] wrote. Its errors say what is wrong.
func ReadFilter(file []byte) (*Filter, error) {
	header, rest, ok := bytes.Cut(file, []byte("\n"))
	words := strings.SplitN(string(header), " ", 3)
	if !ok || len(words) != 3 || words[0] != filterMagic {
		return nil, errors.New("no list of passwords in a form that this release knows")
	}
	count, err := strconv.ParseUint(words[1], 10, 32)
	if err != nil || count > maxFilter || count > uint64(len(rest)) {
		return nil, errors.New("a list of passwords is shorter than its header says")
	}
	f := &Filter{source: words[2], prefixes: make([]uint64, 0, count)}
	last := uint64(0)
	for i := range count {
		step, n := binary.Uvarint(rest)
		if n <= 0 {
			return nil, errors.New("a list of passwords is shorter than its header says")
		}
		if step >= 1<<(8*prefixSize)-last || i > 0 && step == 0 {
			return nil, errors.New("a list of passwords is not in order")
		}
		rest = rest[n:]
		last += step
		f.prefixes = append(f.prefixes, last)
	}
	if len(rest) > 0 {
		return nil, errors.New("a list of passwords is longer than its header says")
	}
	return f, nil
}
