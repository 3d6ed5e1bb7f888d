package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// File is a file on its way to its name: until Keep it has another one, so that whatever
// has the name is whole. Only its owner may read it.
type File struct {
	*os.File
	path  string
	force bool
}

// Create begins a file that is to have the name path. What has that name is replaced only
// with force.
func Create(path string, force bool) (*File, error) {
	f := &File{path: path, force: force}
	if err := f.free(); err != nil {
		return nil, err
	}
	var err error
	f.File, err = os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".partial-*")
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (f *File) free() error {
	info, err := os.Lstat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file; name another one", f.path)
	case !f.force:
		return fmt.Errorf("%s is there already; name another file, or replace it with --force", f.path)
	}
	return nil
}

// Keep gives the file its name. When it returns nil, a loss of power takes away neither.
func (f *File) Keep() error {
	err := errors.Join(f.Sync(), f.File.Close())
	if err == nil {
		err = f.free()
	}
	if err == nil {
		err = os.Rename(f.Name(), f.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	dir, err := os.Open(filepath.Dir(f.path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Discard removes the file.
func (f *File) Discard() error { return errors.Join(f.File.Close(), os.Remove(f.Name())) }
