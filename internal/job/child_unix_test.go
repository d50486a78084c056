//go:build unix

package job

import (
	"bytes"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// heed lets children have signals that this process was started to ignore, as under nohup.
func heed(t *testing.T) {
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, syscall.SIGHUP, syscall.SIGINT)
	t.Cleanup(func() { signal.Stop(heard) })
}

func shell(script string) *Child { return &Child{Args: []string{"sh", "-c", script}} }

// The exit code is the child's, all of them.
func TestExitCodes(t *testing.T) {
	for code := range 256 {
		if e := shell(fmt.Sprintf("exit %d", code)).Run(nil); e.Code != code || e.Killed || e.Err != nil {
			t.Errorf("exit %d: got %+v", code, e)
		}
	}
}

// Death by a signal is 128 and its number, as in a shell.
func TestDeathBySignal(t *testing.T) {
	heed(t)
	for _, s := range []syscall.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGKILL, syscall.SIGUSR1, syscall.SIGPIPE, syscall.SIGTERM} {
		if e := shell(fmt.Sprintf("kill -%d $$", s)).Run(nil); e.Code != 128+int(s) || !e.Killed {
			t.Errorf("%v: got %+v", s, e)
		}
	}
}

// What can't be started has a shell's exit codes, and says why.
func TestNotStarted(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"plain": "text", "badly": "#!/nowhere/sh\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "badly"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	for _, c := range []struct {
		name, want string
		code       int
	}{
		{"nowhere", "nowhere: executable file not found in $PATH", 127},
		{dir + "/nowhere", dir + "/nowhere: no such file or directory", 127},
		{dir + "/badly", dir + "/badly: no such file or directory", 127}, // its interpreter
		{dir + "/plain", dir + "/plain: permission denied", 126},
		{"plain", "plain: permission denied", 126},
		{dir, dir + ": permission denied", 126},
	} {
		e := (&Child{Args: []string{c.name}}).Run(nil)
		if e.Code != c.code || e.Err == nil || e.Err.Error() != c.want {
			t.Errorf("%s: got %d, %v, want %d, %s", c.name, e.Code, e.Err, c.code, c.want)
		}
	}
}

// The environment is the caller's and what is added.
func TestEnvironment(t *testing.T) {
	t.Setenv("ONE", "1")
	var out bytes.Buffer
	c := shell(`echo "$ONE $TWO"`)
	c.Env, c.Stdout = []string{"TWO=2"}, &out
	if e := c.Run(nil); e.Code != 0 || out.String() != "1 2\n" {
		t.Errorf("got %+v, %q", e, &out)
	}
}

// What was used of the machine is told of the child and what it has waited for.
func TestUsage(t *testing.T) {
	e := shell(`sh -c 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'`).Run(nil)
	if u := e.Usage; u.User <= 0 || u.MaxResident < 100_000 {
		t.Errorf("got %+v, want CPU time and memory", u)
	}
}

// A signal that is sent is passed on to the child alone, and noted if it ends things.
func TestSignalsArePassed(t *testing.T) {
	if hasTerminal() {
		t.Skip("with a terminal ^C reaches the child without us")
	}
	heed(t)
	for _, s := range passed {
		in, out, _ := os.Pipe()
		ready, begun, _ := os.Pipe()
		signals := make(chan os.Signal, 1)
		go func() {
			_, _ = ready.Read(make([]byte, 1)) // the trap is set
			signals <- s
		}()
		c := shell(fmt.Sprintf(`trap 'exit 7' %d; echo ready; read line`, s))
		c.Stdin, c.Stdout = in, begun
		e := c.Run(signals)
		for _, f := range []*os.File{in, out, ready, begun} {
			f.Close()
		}
		if wantAsked := s != syscall.SIGUSR1 && s != syscall.SIGUSR2; e.Code != 7 || e.Asked != wantAsked {
			t.Errorf("%v: got %+v, want exit code 7 of its trap and asked=%v", s, e, wantAsked)
		}
	}
}
