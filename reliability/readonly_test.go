package reliability

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The file system under the database turns read-only under load, as Linux makes it
// after an error: changes are refused with an internal error and reads go on. The disk
// has to be looked after and the server started again; all that was acknowledged is there.
func TestVolumeTurnsReadOnly(t *testing.T) {
	v := newDisk(t, 64<<20)
	in := newInstallation(t, "")
	in.data = v.folder
	n := in.start(t)
	c := client(n.url, false)
	p := newPeople(t, c, 8)
	l := begin(t, c, p, internalOnly)
	l.await(200)
	l.draw() // Linux may call a sync that this overtakes a success
	v.abort(t)
	l.awaitErrors(50)
	readsGoOn(t, c, p)
	l.awaitErrors(50)
	l.halt()
	n.kill()
	noError(t, v.unmount())
	noError(t, v.mount())
	l.end(client(in.start(t).url, false))
}

// The database's files cannot be written to for a while under load, and can again: it
// goes on by itself.
func TestFilesTurnReadOnly(t *testing.T) {
	v := newDisk(t, 64<<20)
	in := newInstallation(t, "")
	in.data = v.folder
	n := in.start(t)
	c := client(n.url, false)
	p := newPeople(t, c, 8)
	l := begin(t, c, p, internalOnly)
	for range often(2, 30) {
		l.await(100)
		setImmutable(t, "+i", v.folder)
		l.awaitErrors(50)
		readsGoOn(t, c, p)
		setImmutable(t, "-i", v.folder)
		l.await(100)
		n.awaitReady(t, recovery)
		p.signIn(t, c, "user-0")
	}
	l.end(c)
}

// setImmutable switches the writing of the files of a folder off, +i, or on, -i, also for
// those who have them open.
func setImmutable(t testing.TB, mode, folder string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "poolhouse.db*"))
	noError(t, err)
	noError(t, system(append([]string{"chattr", mode}, files...)...))
}

// A start that cannot have its data folder ends with an error that names the setting
// and says what to do.
func TestStartsThatTheDiskRefuses(t *testing.T) {
	for _, test := range []struct {
		name string
		// prepare breaks the folder of an installation that was started before.
		prepare func(t *testing.T, v *volume)
		want    []string
	}{
		{"the volume is read-only", func(t *testing.T, v *volume) {
			noError(t, system("mount", "-o", "remount,ro", v.folder))
		}, []string{"read-only file system", "mount its disk for writing"}},
		{"the file is read-only", func(t *testing.T, v *volume) {
			file := filepath.Join(v.folder, "poolhouse.db")
			noError(t, system("mount", "--bind", file, file))
			t.Cleanup(func() { noError(t, system("umount", file)) })
			noError(t, system("mount", "-o", "remount,bind,ro", file))
		}, []string{"read-only file system", "mount its disk for writing"}},
		{"the volume is full", func(t *testing.T, v *volume) {
			v.fill(t)
		}, []string{"the disk is full", "make room"}},
		{"the file is no database", func(t *testing.T, v *volume) {
			noError(t, os.WriteFile(filepath.Join(v.folder, "poolhouse.db"), []byte(strings.Repeat("no database ", 1000)), 0o600))
		}, []string{"the file is damaged", "backup"}},
		{"a folder is where the file should be", func(t *testing.T, v *volume) {
			noError(t, os.Remove(filepath.Join(v.folder, "poolhouse.db")))
			noError(t, os.Mkdir(filepath.Join(v.folder, "poolhouse.db"), 0o700))
		}, []string{"poolhouse.db: is a directory"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := newMemory(t, 16<<20)
			in := newInstallation(t, "")
			in.data = v.folder
			if code := in.start(t).stop(t); code != 0 {
				t.Fatalf("the first process ended with %d", code)
			}
			test.prepare(t, v)
			said := in.refused(t)
			for _, want := range append(test.want, "poolhouse: --data: ") {
				if !strings.Contains(said, want) {
					t.Errorf("the start says %q, without %q", said, want)
				}
			}
		})
	}
}

// A second process is refused while a first one has the data folder, and the first one
// goes on.
func TestDataFolderIsTaken(t *testing.T) {
	in := newInstallation(t, "")
	n := in.start(t)
	said := in.refused(t)
	for _, want := range []string{"poolhouse: --data: ", "in use by another process", in.data, "name another folder"} {
		if !strings.Contains(said, want) {
			t.Errorf("the start says %q, without %q", said, want)
		}
	}
	c := client(n.url, false)
	newPeople(t, c, 1)
	n.kill()
	in.start(t)
}

// refused starts a node that is to end by itself, with the exit code of an error, and
// returns its last line.
func (in *installation) refused(t testing.TB) string {
	t.Helper()
	n := in.spawn(t)
	n.awaitEnd(t)
	if code := n.cmd.ProcessState.ExitCode(); code != 1 {
		t.Errorf("the start ended with %d:\n%s", code, n.log.tail(4<<10))
	}
	lines := strings.Split(strings.TrimSpace(n.log.tail(4<<10)), "\n")
	return lines[len(lines)-1]
}
