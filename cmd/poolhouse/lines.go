package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// errLongLine says that a line is too long to be read.
var errLongLine = fmt.Errorf("longer than %d bytes", importLine)

// lineReader reads lines of bounded length and passes over those that are longer.
type lineReader struct {
	in *bufio.Reader
	// read counts the bytes of all lines so far.
	read int64
}

func newLineReader(in io.Reader) *lineReader {
	return &lineReader{in: bufio.NewReaderSize(in, importLine)}
}

// byteOrderMark is what some programs begin a file of text with.
var byteOrderMark = []byte("\ufeff")

// next returns the next line without its end, which is good until the next call. The
// error is errLongLine for one that was passed over, and io.EOF after the last.
func (r *lineReader) next() ([]byte, error) {
	first := r.read == 0
	text, err := r.in.ReadSlice('\n')
	r.read += int64(len(text))
	long := errors.Is(err, bufio.ErrBufferFull)
	for errors.Is(err, bufio.ErrBufferFull) {
		var more []byte
		more, err = r.in.ReadSlice('\n')
		r.read += int64(len(more))
	}
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, err
	case long:
		return nil, errLongLine
	case err != nil && len(text) == 0:
		return nil, io.EOF
	}
	if first {
		text = bytes.TrimPrefix(text, byteOrderMark)
	}
	return bytes.TrimRight(text, "\r\n"), nil
}
