//go:build !linux

package postgres

import "syscall"

// boundSilence leaves it to the deadlines of the calls, where the system has no
// such setting.
func boundSilence(_, _ string, _ syscall.RawConn) error { return nil }
