package sqlite

import (
	"errors"
	"fmt"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// errGone says that somebody took the database away under the running store. What is
// open can still be read and written, but nobody will find it again.
var errGone = errors.New("the database's files were removed or replaced while it was in use; put them back as they were and start again")

// identity tells files of one machine apart.
type identity struct{ device, file uint64 }

// places knows which files a store has open, to see that they are still where the
// next start will look for them.
type places struct {
	file, log atomic.Pointer[identity]
}

// stillThere returns an errGone when the files are not those that were there first.
func (s *source) stillThere() error {
	return errors.Join(isStill(s.file, &s.places.file), isStill(s.file+"-wal", &s.places.log))
}

func isStill(path string, first *atomic.Pointer[identity]) error {
	found, err := identityOf(path)
	if err != nil {
		return fmt.Errorf("%w: %w", errGone, err)
	}
	known := first.Load()
	if known == nil {
		known = &identity{found.device, found.file}
		first.CompareAndSwap(nil, known)
	}
	if *known != found {
		return fmt.Errorf("%w: %s is another file", errGone, path)
	}
	return nil
}

// statIdentity is identityOf on every system.
func statIdentity(path string) (identity, error) {
	var s unix.Stat_t
	err := unix.Stat(path, &s)
	return identity{uint64(s.Dev), s.Ino}, err
}
