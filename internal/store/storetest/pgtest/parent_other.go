//go:build !linux

package pgtest

import "syscall"

// dieWithParent does nothing where the system offers nothing: a server whose
// test process is killed stays.
func dieWithParent(*syscall.SysProcAttr) {}
