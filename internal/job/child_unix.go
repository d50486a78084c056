//go:build unix

package job

import (
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/headgate/headgate/push"
)

// passed are the signals that a child gets if its caller does.
var passed = []os.Signal{
	syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2,
}

// Signals returns what a Child is to pass on, until stop is called. A signal that is
// ignored, as under nohup, stays so for the child too.
func Signals() (signals <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 16)
	for _, s := range passed {
		if !signal.Ignored(s) {
			signal.Notify(c, s)
		}
	}
	return c, func() { signal.Stop(c) }
}

// Ends is whether whoever sends the signal wants things to end.
func Ends(s os.Signal) bool {
	return slices.Contains([]os.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGQUIT}, s)
}

// place is where a child stands among processes and terminals.
//
// With a controlling terminal it stays in its caller's process group: so it is in the
// foreground when that is, and ^C, ^Z, fg and bg do with both what they would do with
// it alone. Without one it gets a group of its own, so that a timeout also ends what it
// has forked.
type place struct {
	cmd      *exec.Cmd
	ownGroup bool
}

func placeOf(cmd *exec.Cmd) *place {
	p := &place{cmd: cmd, ownGroup: !hasTerminal()}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: p.ownGroup}
	return p
}

func hasTerminal() bool {
	tty, err := openTerminal()
	if err == nil {
		tty.Close()
	}
	return err == nil
}

func openTerminal() (*os.File, error) {
	return os.OpenFile("/dev/tty", os.O_RDWR|syscall.O_NOCTTY, 0)
}

// pass sends s to the child alone, as whoever sent it to us would have.
func (p *place) pass(s os.Signal) {
	if (s == syscall.SIGINT || s == syscall.SIGQUIT) && p.foreground() {
		return // ^C and ^\ go to the whole group
	}
	_ = p.cmd.Process.Signal(s) // an error says that it has ended
}

// foreground is whether our group, and so the child, is the terminal's.
func (p *place) foreground() bool {
	if p.ownGroup {
		return false
	}
	tty, err := openTerminal()
	if err != nil {
		return false
	}
	defer tty.Close()
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

func (p *place) terminate() { p.signal(syscall.SIGTERM) }
func (p *place) kill()      { p.signal(syscall.SIGKILL) }

// signal reaches all that the child has forked, if it has a group of its own. The
// group's id is not used anew as long as one of them lives.
func (p *place) signal(s syscall.Signal) {
	if p.ownGroup {
		_ = syscall.Kill(-p.cmd.Process.Pid, s)
		return
	}
	_ = p.cmd.Process.Signal(s)
}

// end takes down how the child has ended.
func (e *Exit) end(state *os.ProcessState) {
	e.Code = state.ExitCode()
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		e.Killed, e.Code = true, signalled+int(status.Signal())
	}
	if u, ok := state.SysUsage().(*syscall.Rusage); ok {
		e.Usage = usageOf(u)
	}
	e.Usage.User, e.Usage.System = state.UserTime(), state.SystemTime()
}

// usageOf knows the units: Linux counts memory in KiB and blocks of 512 bytes, the others
// memory in KiB, but for macOS, and blocks of whatever size.
func usageOf(u *syscall.Rusage) push.Usage {
	usage := push.Usage{MaxResident: inBytes(u.Maxrss, 1<<10), In: -1, Out: -1}
	switch runtime.GOOS {
	case "linux":
		usage.In, usage.Out = inBytes(u.Inblock, 512), inBytes(u.Oublock, 512)
	case "darwin":
		usage.MaxResident = inBytes(u.Maxrss, 1)
	}
	return usage
}

// inBytes is n units of so many bytes. What the system counts in has 32 bits or 64.
func inBytes[T int32 | int64](n T, unit int64) int64 { return int64(n) * unit }
