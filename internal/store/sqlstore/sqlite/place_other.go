//go:build !linux

package sqlite

import "golang.org/x/sys/unix"

func identityOf(path string) (identity, error) {
	var s unix.Stat_t
	err := unix.Stat(path, &s)
	return identity{uint64(s.Dev), s.Ino}, err
}
