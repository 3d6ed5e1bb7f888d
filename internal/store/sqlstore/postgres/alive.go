package postgres

import (
	"context"
	"net"
	"syscall"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sys/unix"
)

// isAlive looks, without waiting, whether the server has ended an idle session,
// as it does when it stops. It is asked before a connection is used: a statement
// that went into a dead connection would have to be asked after, since it
// cannot be told from one whose reply was lost.
func isAlive(_ context.Context, conn *pgx.Conn) (bool, error) {
	socket := conn.PgConn().Conn()
	if wrapped, ok := socket.(interface{ NetConn() net.Conn }); ok {
		socket = wrapped.NetConn()
	}
	handle, ok := socket.(syscall.Conn)
	if !ok {
		return true, nil
	}
	raw, err := handle.SyscallConn()
	if err != nil {
		return false, nil
	}
	alive := true
	// Control and not Read: the driver may have a read of its own waiting.
	err = raw.Control(func(fd uintptr) {
		var first [1]byte
		_, _, err := unix.Recvfrom(int(fd), first[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
		switch {
		case err == unix.EAGAIN || err == unix.EINTR:
		default:
			// Closed, or a message that says so waits to be read. The server may
			// also have sent a harmless notice; a new connection costs little.
			alive = false
		}
	})
	return alive && err == nil, nil
}
