package smpp

import (
	"io"
	"time"
)

// SetTimes shortens what the driver waits for.
func (d *Driver) SetTimes(answer, check, idle time.Duration) {
	d.times = times{bind: answer, answer: answer, check: check, idle: idle}
}

// ReadPDU reads one unit, for the fuzz target.
func ReadPDU(r io.Reader) (size int, err error) {
	p, err := readPDU(r)
	return headSize + len(p.body), err
}
