package pgtest

import "syscall"

// dieWithParent makes the system stop the server when the test process is
// killed before it could.
func dieWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGQUIT }
