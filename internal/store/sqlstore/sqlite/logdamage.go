package sqlite

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"os"
)

// A log that ends in the middle of a commit is what a crash leaves behind, and
// nothing is missed by it: SQLite takes all that comes before. It does the same,
// without a word, with a log that is damaged in its middle, and what was
// acknowledged after that place is gone. The two can be told apart, since a commit
// is on the disk before the next one is written: when more than one follows the
// place from which on the log is not good, the disk has lost what it had.

// Sizes and places in a log, in bytes; its format is part of SQLite's file format.
const (
	logHeader   = 32
	frameHeader = 24
	logMagic    = 0x377f0682 // with its last bit set for sums of big-endian words
)

// inspectLog returns how many commits of the log at path cannot be recovered though they
// were on the disk, and whether anything of it cannot, be it only what a crash cut short.
// Where there is no log nothing is lost.
func inspectLog(path string) (lost int, torn bool, err error) {
	f, err := os.Open(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return 0, false, nil
	case err != nil:
		return 0, false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	in := bufio.NewReaderSize(f, 1<<20)
	header := make([]byte, logHeader)
	if _, err := io.ReadFull(in, header); err != nil {
		return 0, false, unlessShort(err)
	}
	word := func(b []byte, i int) uint32 { return binary.BigEndian.Uint32(b[4*i:]) }
	sum := frameSum{order: binary.LittleEndian}
	if word(header, 0)&1 != 0 {
		sum.order = binary.BigEndian
	}
	sum.add(header[:24])
	good := word(header, 0)&^1 == logMagic && sum.is(word(header, 6), word(header, 7))
	salt1, salt2, known := word(header, 4), word(header, 5), good
	frame := make([]byte, frameHeader+pageSize)
	for i := 0; ; i++ {
		if _, err := io.ReadFull(in, frame); err != nil {
			if err := unlessShort(err); err != nil {
				return 0, false, err
			}
			break
		}
		if !known && i == 1 {
			// What broke the header, a sector, may have taken the first frame along.
			salt1, salt2, known = word(frame, 2), word(frame, 3), true
		}
		// The salts of frames that an earlier round of the log has left are others.
		current := known && word(frame, 2) == salt1 && word(frame, 3) == salt2
		if good = good && current; good {
			sum.add(frame[:8])
			sum.add(frame[frameHeader:])
			good = sum.is(word(frame, 4), word(frame, 5))
		}
		torn = torn || current && !good
		if isCommit := word(frame, 1) != 0; isCommit && current && !good {
			lost++
		}
	}
	// The last one may have been on its way.
	return max(0, lost-1), torn, nil
}

func unlessShort(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// frameSum is the running checksum of a log.
type frameSum struct {
	order  binary.ByteOrder
	s1, s2 uint32
}

func (s *frameSum) add(b []byte) {
	for ; len(b) >= 8; b = b[8:] {
		s.s1 += s.order.Uint32(b) + s.s2
		s.s2 += s.order.Uint32(b[4:]) + s.s1
	}
}

func (s *frameSum) is(s1, s2 uint32) bool { return s.s1 == s1 && s.s2 == s2 }
