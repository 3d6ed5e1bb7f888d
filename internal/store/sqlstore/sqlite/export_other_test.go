//go:build !linux

package sqlite

// OnDataSync does nothing: every sync goes through SQLite's file layers.
func OnDataSync(func(handle int, path string, do func() error) error) {}
