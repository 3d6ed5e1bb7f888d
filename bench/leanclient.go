package main

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"strconv"
)

// leanConnection speaks just enough HTTP by hand: whatever the driver costs is
// taken from the server beside it.
type leanConnection struct {
	net.Conn
	in *bufio.Reader
}

func newLeanConnection(addr string) (*leanConnection, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &leanConnection{Conn: conn, in: bufio.NewReaderSize(conn, 32<<10)}, nil
}

func (c *leanConnection) send(r *request) error {
	if _, err := c.Write(r.raw); err != nil {
		return err
	}
	return c.answer()
}

func (c *leanConnection) close() error { return c.Close() }

var (
	statusOK      = []byte("HTTP/1.1 200 ")
	contentLength = []byte("content-length:")
)

// answer reads an answer, which must be a success.
func (c *leanConnection) answer() error {
	status, err := c.in.ReadSlice('\n')
	if err != nil {
		return err
	}
	failed := ""
	if !bytes.HasPrefix(status, statusOK) {
		failed = string(bytes.TrimSpace(status))
	}
	length := 0
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if len(line) > len(contentLength) && bytes.EqualFold(line[:len(contentLength)], contentLength) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[len(contentLength):]))); err != nil {
				return err
			}
		}
	}
	if failed != "" {
		body, _ := io.ReadAll(io.LimitReader(c.in, int64(length)))
		return &answerError{failed, body}
	}
	_, err = c.in.Discard(length)
	return err
}
