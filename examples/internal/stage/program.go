package stage

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// asProgram is set in the environment of a process that is to be the program.
const asProgram = "HEADGATE_EXAMPLE"

// Main is for a TestMain to call with the main of its program: it runs the tests, or in
// the processes that Start starts, main. So these are made of the same code as the test,
// race detector included, and go test knows when to run it again.
func Main(m *testing.M, main func()) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	main()
}

// Run runs the program to its end, with a gateway for HEADGATE_URL.
func Run(t *testing.T, gateway string, args ...string) Result {
	t.Helper()
	return Start(t, gateway, args...).Wait()
}

// Start starts the program, with a gateway for HEADGATE_URL. The test ends it if it
// hasn't ended by then.
func Start(t *testing.T, gateway string, args ...string) *Process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	proc := &Process{t: t, cmd: exec.CommandContext(t.Context(), self, args...)}
	// The race detector has a process wait for a second before it ends, which adds up.
	proc.cmd.Env = append([]string{"GORACE=atexit_sleep_ms=0"}, os.Environ()...)
	proc.cmd.Env = append(proc.cmd.Env, asProgram+"=1", "HEADGATE_URL="+gateway)
	proc.cmd.Stdout, proc.cmd.Stderr = &proc.stdout, &proc.stderr
	if err := proc.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = proc.wait() // its context has ended
		if t.Failed() {
			t.Logf("stdout: %s\nstderr: %s", &proc.stdout, &proc.stderr)
		}
	})
	return proc
}

// Process is a program that runs.
type Process struct {
	t              *testing.T
	cmd            *exec.Cmd
	stdout, stderr output

	once sync.Once
	err  error
}

// Result is how a Process ended.
type Result struct {
	Code           int
	Stdout, Stderr string
}

// Wait returns when the program has ended.
func (p *Process) Wait() Result {
	p.t.Helper()
	var r Result
	if err := p.wait(); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok || !exit.Exited() {
			p.t.Fatalf("the program came to no end of its own: %v\n%s", err, p.stderr.String())
		}
		r.Code = exit.ExitCode()
	}
	r.Stdout, r.Stderr = p.stdout.String(), p.stderr.String()
	return r
}

func (p *Process) wait() error {
	p.once.Do(func() { p.err = p.cmd.Wait() })
	return p.err
}

// Stop asks the program to end, as a system does that shuts down.
func (p *Process) Stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Skipf("no signals on this system: %v", err)
	}
}

// After waits until the program has printed a line that begins with prefix, and
// returns the rest of the line.
func (p *Process) After(prefix string) string {
	p.t.Helper()
	var rest string
	Eventually(p.t, fmt.Sprintf("the program has printed %q", prefix), func() bool {
		for line := range strings.Lines(p.stdout.String()) {
			if after, ok := strings.CutPrefix(line, prefix); ok && strings.HasSuffix(line, "\n") {
				rest = strings.TrimSpace(after)
				return true
			}
		}
		return false
	})
	return rest
}

// output is what a program prints, to be read while it does.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
