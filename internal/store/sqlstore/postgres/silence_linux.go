package postgres

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// boundSilence makes the system end a connection on which nothing was
// acknowledged for so long.
func boundSilence(_, _ string, c syscall.RawConn) error {
	var failed error
	err := c.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(silence/time.Millisecond))
	})
	if err != nil {
		return err
	}
	return failed
}
