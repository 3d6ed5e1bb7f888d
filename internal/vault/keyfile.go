package vault

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// A key file holds 44 characters and a newline; more than this is another file.
const maxKeyFile = 1024

// LoadKeyFile reads the master key from the file at path, in the form of
// [ParseMasterKey]. It refuses a file that group or others may touch in any
// way, and whatever is not a regular file; a symbolic link to one is fine.
// When there is no file, fs.ErrNotExist is in the error's chain.
func LoadKeyFile(path string) (MasterKey, error) {
	f, err := os.Open(path)
	if err != nil {
		return MasterKey{}, fmt.Errorf("opening the master key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat() // of the open file, so that nobody can swap it in between
	if err != nil {
		return MasterKey{}, fmt.Errorf("opening the master key: %w", err)
	}
	if !info.Mode().IsRegular() {
		return MasterKey{}, fmt.Errorf("master key %s is not a regular file", path)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return MasterKey{}, fmt.Errorf("master key %s is open to other accounts (mode %04o): run chmod 600 on it", path, mode)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return MasterKey{}, fmt.Errorf("reading the master key: %w", err)
	}
	if len(text) > maxKeyFile {
		return MasterKey{}, fmt.Errorf("master key %s is longer than %d bytes", path, maxKeyFile)
	}
	key, err := ParseMasterKey(string(text))
	if err != nil {
		return MasterKey{}, fmt.Errorf("master key %s: %w", path, err)
	}
	return key, nil
}

// CreateKeyFile makes a fresh master key and writes it to a new file at path
// with mode 0600. When it returns nil the file survives a loss of power. It
// never replaces a file: fs.ErrExist is in the error's chain when there is one.
func CreateKeyFile(path string) (MasterKey, error) {
	key := NewMasterKey()
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return MasterKey{}, fmt.Errorf("creating the master key: %w", err)
	}
	_, err = f.WriteString(key.Text() + "\n")
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = syncFolder(filepath.Dir(path))
	}
	if err != nil {
		// Nothing is sealed with this key yet; a half-written file would only
		// stop the next start.
		return MasterKey{}, fmt.Errorf("writing the master key: %w", errors.Join(err, os.Remove(path)))
	}
	return key, nil
}

// syncFolder makes a new file's name durable, which fsync of the file does not.
func syncFolder(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
