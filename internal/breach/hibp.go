package breach

import (
	"bytes"
	"crypto/sha1"
	"errors"
	"fmt"
	"io"
	"os"
)

// ErrFile says that a file of breached passwords is not what it has to be.
var ErrFile = errors.New("not a Have I Been Pwned file of SHA-1 hashes in order")

// File is the operator's download of Have I Been Pwned: one text file with a
// line "SHA1HEX:COUNT" for every breached password, in the order of the
// hashes. It is searched where it lies, with some 40 small reads a password
// for the whole download, and nothing of it is kept in memory. A File may be
// used by several goroutines at once.
type File struct {
	file *os.File
	size int64
}

// OpenHIBP opens the file at path. It reads the first, the middle and the last
// line and returns an error with [ErrFile] in its chain when one of them is no
// such line or when they are not in order; the error says which and why. The
// file must not change while it is open: put a newer one in its place by
// renaming, and open that.
func OpenHIBP(path string) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the breached passwords: %w", err)
	}
	f := &File{file: file}
	if err := f.check(); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the breached passwords in %s: %w", path, err), file.Close())
	}
	return f, nil
}

func (f *File) check() error {
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	f.size = info.Size()
	switch {
	case !info.Mode().IsRegular():
		return fmt.Errorf("%w: it is no regular file", ErrFile)
	case f.size == 0:
		return fmt.Errorf("%w: it is empty", ErrFile)
	}
	var before line
	for i, place := range []struct {
		name   string
		offset int64
	}{{"first", 0}, {"middle", f.size / 2}, {"last", f.size - 1}} {
		l, err := f.lineAt(place.offset)
		if err != nil {
			return fmt.Errorf("the %s line: %w", place.name, err)
		}
		if i > 0 && l.start != before.start && bytes.Compare(l.hash[:], before.hash[:]) <= 0 {
			return fmt.Errorf("the %s line: %w: its hash is not above that of a line before", place.name, ErrFile)
		}
		before = l
	}
	return nil
}

// Close closes the file. Searches that are under way fail.
func (f *File) Close() error { return f.file.Close() }

// Contains reports whether the file has password, byte for byte. A line that
// counts 0 is padding and no password. It returns an error when the file
// cannot be read, and one with [ErrFile] in its chain when the search comes
// upon a line that is none.
func (f *File) Contains(password string) (bool, error) {
	want := sha1.Sum([]byte(password))
	low, high := int64(0), f.size
	for low < high {
		l, err := f.lineAt(low + (high-low)/2)
		if err != nil {
			return false, fmt.Errorf("searching the breached passwords: %w", err)
		}
		switch bytes.Compare(want[:], l.hash[:]) {
		case 0:
			return !l.padding, nil
		case -1:
			high = l.start
		case 1:
			low = l.end
		}
	}
	return false, nil
}

// lineAt reads the line that the byte at offset belongs to; a line's end
// belongs to it.
func (f *File) lineAt(offset int64) (line, error) {
	from := max(0, offset-maxLine)
	window := make([]byte, min(f.size, offset+maxLine)-from)
	if _, err := f.file.ReadAt(window, from); err != nil {
		if errors.Is(err, io.EOF) {
			return line{}, fmt.Errorf("%w: it has become shorter since it was opened", ErrFile)
		}
		return line{}, err
	}
	at := int(offset - from)
	start := bytes.LastIndexByte(window[:at], '\n') + 1
	if start == 0 && from > 0 {
		return line{}, lineError(offset, "it is too long")
	}
	end := len(window)
	if i := bytes.IndexByte(window[at:], '\n'); i >= 0 {
		end = at + i + 1
	} else if from+int64(end) < f.size {
		return line{}, lineError(offset, "it is too long")
	}
	l := line{start: from + int64(start), end: from + int64(end)}
	if reason := l.parse(window[start:end]); reason != "" {
		return line{}, lineError(l.start, reason)
	}
	return l, nil
}
