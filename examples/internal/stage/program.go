package stage

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// Program is the program in the folder of a test. The zero value works.
type Program struct{ file string }

// Test builds the program and runs the tests. It returns what TestMain is to exit with.
func (p *Program) Test(m *testing.M) int {
	dir, err := os.MkdirTemp("", "headgate-example-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }() // what stays there is the system's to clean up
	p.file = filepath.Join(dir, "program.exe")
	if out, err := exec.Command("go", "build", "-o", p.file, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// Run runs the program to its end, with a gateway for HEADGATE_URL.
func (p *Program) Run(t *testing.T, gateway string, args ...string) Result {
	t.Helper()
	return p.Start(t, gateway, args...).Wait()
}

// Start starts the program, with a gateway for HEADGATE_URL. The test ends it if it
// hasn't ended by then.
func (p *Program) Start(t *testing.T, gateway string, args ...string) *Process {
	t.Helper()
	proc := &Process{t: t, cmd: exec.CommandContext(t.Context(), p.file, args...)}
	proc.cmd.Env = append(os.Environ(), "HEADGATE_URL="+gateway)
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

// Process is a Program that runs.
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
