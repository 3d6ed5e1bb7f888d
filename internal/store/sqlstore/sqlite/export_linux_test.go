package sqlite

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// OnDataSync has each called in the place of every sync of a log that does not go
// through SQLite's file layers.
func OnDataSync(each func(handle int, path string, do func() error) error) {
	dataSync = func(fd int) error {
		path, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
		if err != nil {
			return err
		}
		return each(fd, path, func() error { return unix.Fdatasync(fd) })
	}
}
