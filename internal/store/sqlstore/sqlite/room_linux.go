package sqlite

import "golang.org/x/sys/unix"

// freePages returns how many pages the file system of a folder has room for.
func freePages(folder string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(folder, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * s.Bsize / pageSize, nil
}
