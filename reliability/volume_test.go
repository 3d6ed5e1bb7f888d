package reliability

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// mountsVariable turns the skipping of tests on machines where a test may not
// mount a file system into a failure, when it is 1.
const mountsVariable = "POOLHOUSE_REQUIRE_MOUNTS"

// volume is a file system of a test's own.
type volume struct {
	folder string
	// image is the file that is its disk; "" for one in memory.
	image string
}

// newMemory mounts a file system of so many bytes that is kept in memory. The test
// is skipped where it may not.
func newMemory(t testing.TB, size int64) *volume {
	t.Helper()
	v := &volume{folder: t.TempDir()}
	// Whoever runs as another account, as PostgreSQL does, has to get there.
	noError(t, os.Chmod(filepath.Dir(v.folder), 0o755))
	mayMount(t, system("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%d", size), "tmpfs", v.folder))
	v.unmountAtTheEnd(t)
	return v
}

// newDisk makes a file system of so many bytes with a journal, on a disk that is a
// file, and mounts it. The test is skipped where it may not.
func newDisk(t testing.TB, size int64) *volume {
	t.Helper()
	v := &volume{folder: t.TempDir(), image: filepath.Join(t.TempDir(), "disk")}
	f, err := os.Create(v.image)
	noError(t, err)
	noError(t, errors.Join(f.Truncate(size), f.Close()))
	mayMount(t, system("mkfs.ext4", "-q", v.image))
	mayMount(t, v.mount())
	v.unmountAtTheEnd(t)
	return v
}

func (v *volume) mount() error { return system("mount", "-o", "loop", v.image, v.folder) }

func mayMount(t testing.TB, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if os.Getenv(mountsVariable) == "1" {
		t.Fatalf("%s=1, but a file system cannot be mounted: %v", mountsVariable, err)
	}
	t.Skipf("skipped: mounting a file system: %v", err)
}

// unmountAtTheEnd waits for whoever still uses the volume: what was started after
// this call is ended before.
func (v *volume) unmountAtTheEnd(t testing.TB) {
	t.Cleanup(func() { noError(t, v.unmount()) })
}

// unmount tries for a while, since the system may still be closing the files of a
// process that has just ended.
func (v *volume) unmount() (err error) {
	for end := time.Now().Add(recovery); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if err = system("umount", v.folder); err == nil {
			return nil
		}
	}
	return err
}

// fill writes a file until there is no room left, and goes on, so that whatever
// becomes free is taken too, until release.
func (v *volume) fill(t testing.TB) (release func()) {
	t.Helper()
	path := filepath.Join(v.folder, "filling")
	f, err := os.Create(path)
	noError(t, err)
	full, stop := make(chan struct{}), make(chan struct{})
	var filling sync.WaitGroup
	filling.Go(func() {
		tell := sync.OnceFunc(func() { close(full) })
		piece := make([]byte, 64<<10)
		for {
			select {
			case <-stop:
				return
			default:
			}
			_, err := f.Write(piece)
			switch {
			case err == nil:
				piece = make([]byte, min(2*len(piece), 64<<10))
			case errors.Is(err, syscall.ENOSPC) && len(piece) > 1:
				piece = piece[:len(piece)/2]
			case errors.Is(err, syscall.ENOSPC):
				tell()
				time.Sleep(time.Millisecond)
			default:
				t.Errorf("filling the volume: %v", err)
				tell()
				return
			}
		}
	})
	<-full
	release = sync.OnceFunc(func() {
		close(stop)
		filling.Wait()
		noError(t, errors.Join(f.Close(), os.Remove(path)))
	})
	t.Cleanup(release)
	return release
}

// abort makes the volume read-only in the way of a file system that has found an error:
// whatever is open, and until it is mounted again.
func (v *volume) abort(t testing.TB) {
	t.Helper()
	noError(t, system("mount", "-o", "remount,abort", v.folder))
}

// shutDown cuts the volume off from its disk: every call fails from now on, and what
// is not on the disk does not come there any more. After mount it is what the disk has.
func (v *volume) shutDown(t testing.TB) {
	t.Helper()
	const (
		shutdownRequest   = 0x8004587D // as the file system's own tools make it
		withoutTheJournal = 2
	)
	f, err := os.Open(v.folder)
	noError(t, err)
	noError(t, errors.Join(unix.IoctlSetPointerInt(int(f.Fd()), shutdownRequest, withoutTheJournal), f.Close()))
}

// system runs one of the system's tools.
func system(words ...string) error {
	out, err := exec.Command(words[0], words[1:]...).CombinedOutput()
	if err != nil {
		return errors.Join(err, errors.New(strings.TrimSpace(string(out))))
	}
	return nil
}
