package main

import "syscall"

// dieWithParent makes the kernel kill a child when this process is killed
// outright and its own cleanup cannot run.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
