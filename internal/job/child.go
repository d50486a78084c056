// Package job is what a command and a gateway have between them when headgate run runs
// a job: the child process, the lock against overlaps, the script's own metrics.
package job

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/headgate/headgate/push"
)

// The exit codes of commands that could not be started are the shell's.
const (
	notExecutable = 126
	notFound      = 127
	signalled     = 128 // and the signal
)

// Child is a command to run as if it had been run directly: its arguments, folder,
// standard streams and terminal are its caller's.
type Child struct {
	Args   []string // at least the command
	Env    []string // added to the caller's
	Stdin  io.Reader
	Stdout io.Writer // files are inherited, anything else is copied to
	Stderr io.Writer

	// Timeout ends it, with SIGTERM first and SIGKILL after KillAfter; 0 is never.
	Timeout, KillAfter time.Duration
}

// Exit is how a child has ended.
type Exit struct {
	Code     int // what a shell would have said: 128 and the number for death by a signal
	Killed   bool
	TimedOut bool
	// Asked is whether a signal that ends things was sent to it by way of its caller.
	Asked bool
	Usage push.Usage
	// Err is why it could not be started; the Code is 126 or 127 then.
	Err error
}

// Run starts the child and returns when it has ended. What comes from signals it passes
// on, unless the child gets it from the terminal anyway.
func (c *Child) Run(signals <-chan os.Signal) Exit {
	cmd := exec.Command(c.Args[0], c.Args[1:]...)
	if errors.Is(cmd.Err, exec.ErrDot) {
		cmd.Err = nil // a PATH with the present folder in it is the caller's to judge
	}
	cmd.Env = append(os.Environ(), c.Env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.Stdin, c.Stdout, c.Stderr
	p := placeOf(cmd)
	if err := cmd.Start(); err != nil {
		return notStarted(c.Args[0], err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // its state says more than the error
	}()
	var e Exit
	c.attend(&e, p, signals, ended)
	e.end(cmd.ProcessState)
	return e
}

// attend waits for the child's end.
func (c *Child) attend(e *Exit, p *place, signals <-chan os.Signal, ended <-chan struct{}) {
	var late, stubborn <-chan time.Time
	if c.Timeout > 0 {
		t := time.NewTimer(c.Timeout)
		defer t.Stop()
		late = t.C
	}
	for {
		select {
		case <-ended:
			if e.TimedOut {
				p.kill() // what it has forked
			}
			return
		case s := <-signals:
			e.Asked = e.Asked || Ends(s)
			p.pass(s)
		case <-late:
			e.TimedOut = true
			p.terminate()
			t := time.NewTimer(c.KillAfter)
			defer t.Stop()
			stubborn = t.C
		case <-stubborn:
			p.kill()
		}
	}
}

// notStarted is the end of what never began.
func notStarted(name string, err error) Exit {
	code := notExecutable
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, exec.ErrNotFound) && !inPath(name) {
		code = notFound
	}
	if e, ok := errors.AsType[*exec.Error](err); ok {
		err = e.Err
	} else if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	if code == notExecutable && errors.Is(err, exec.ErrNotFound) {
		err = fs.ErrPermission
	}
	return Exit{Code: code, Err: fmt.Errorf("%s: %w", name, err)}
}

// inPath is whether a folder of PATH has a file of this name that isn't executable, of
// which package exec says that there is none.
func inPath(name string) bool {
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && !info.IsDir() {
			return true
		}
	}
	return false
}
