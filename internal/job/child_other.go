//go:build !unix

package job

import (
	"os"
	"os/exec"
	"os/signal"
)

// Signals returns what a Child is to pass on, until stop is called. Here that is
// nothing: the console tells the child itself, and its caller waits for it.
func Signals() (signals <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 16)
	signal.Notify(c, os.Interrupt)
	return c, func() { signal.Stop(c) }
}

// Ends is whether whoever sends the signal wants things to end.
func Ends(os.Signal) bool { return true }

type place struct{ cmd *exec.Cmd }

func placeOf(cmd *exec.Cmd) *place { return &place{cmd: cmd} }

func (p *place) pass(os.Signal) {}
func (p *place) terminate()     { p.kill() }
func (p *place) kill()          { _ = p.cmd.Process.Kill() }

// end takes down how the child has ended.
func (e *Exit) end(state *os.ProcessState) {
	e.Code = state.ExitCode()
	e.Usage.User, e.Usage.System, e.Usage.In, e.Usage.Out = state.UserTime(), state.SystemTime(), -1, -1
}
