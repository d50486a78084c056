//go:build unix

package main

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"

	"github.com/headgate/headgate/push/pushtest"
	"github.com/headgate/headgate/push/spool"
)

// runJob is `headgate run ARGS…` without a terminal, with a home and a gateway of its own.
func runJob(t *testing.T, url string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := headgate(t, append([]string{"run", "--job", "backup", "--instance", "db1"}, args...)...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "HEADGATE_URL=" + url, "TERM=xterm"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd
}

// outcomes are those that the gateway was told of.
func outcomes(t *testing.T, gw *pushtest.Gateway) (all []string) {
	t.Helper()
	for _, p := range gw.Pushes() {
		v, err := url.ParseQuery(p.Header.Get("Headgate-Run"))
		if err != nil {
			t.Fatal(err)
		}
		if v.Get("event") == "end" {
			all = append(all, v.Get("outcome")+" "+v.Get("code")+" "+v.Get("attempts"))
		}
	}
	return all
}

func wantOutcome(t *testing.T, gw *pushtest.Gateway, want string) {
	t.Helper()
	if got := outcomes(t, gw); len(got) != 1 || got[0] != want {
		t.Errorf("the gateway was told %q, want %q", got, want)
	}
}

func code(t *testing.T, err error) int {
	t.Helper()
	exit, ok := err.(*exec.ExitError)
	if err == nil {
		return 0
	}
	if !ok {
		t.Fatal(err)
	}
	return exit.ExitCode()
}

// onTerminal starts a command with a real terminal, and returns what it writes there.
func onTerminal(t *testing.T, cmd *exec.Cmd) (*os.File, *terminal) {
	t.Helper()
	cmd.SysProcAttr = nil // Start makes a session, with the terminal
	tty, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close() })
	s := &terminal{}
	s.more.L = &s.mu
	go s.read(tty)
	return tty, s
}

func enter(t *testing.T, tty *os.File, keys string) {
	t.Helper()
	if _, err := io.WriteString(tty, keys); err != nil {
		t.Fatal(err)
	}
}

// On a terminal the child has it, in the foreground: it may read from it.
func TestRunOnTerminal(t *testing.T) {
	gw := pushtest.New(t)
	cmd := runJob(t, gw.URL(), "--", "sh", "-c", `test -t 0 && test -t 1 && test -t 2 && echo ready; read line; echo "got $line"; exit 5`)
	tty, s := onTerminal(t, cmd)
	s.wait(t, "ready")
	enter(t, tty, "words\n")
	s.wait(t, "got words")
	if got := code(t, cmd.Wait()); got != 5 {
		t.Errorf("exit code %d, want 5:\n%s", got, s.text.String())
	}
	wantOutcome(t, gw, "failure 5 1")
}

// ^C reaches the child once, and what it makes of that is what counts.
func TestRunInterruptedOnTerminal(t *testing.T) {
	gw := pushtest.New(t)
	cmd := runJob(t, gw.URL(), "--", "sh", "-c", `trap 'echo caught; n=$((n+1))' INT; echo ready; read a; read b; echo "n=$n"; exit 9`)
	tty, s := onTerminal(t, cmd)
	s.wait(t, "ready")
	enter(t, tty, "\x03")
	s.wait(t, "caught")
	enter(t, tty, "a\nb\nc\n")
	s.wait(t, "n=1")
	if got := code(t, cmd.Wait()); got != 9 {
		t.Errorf("exit code %d, want the child's 9:\n%s", got, s.text.String())
	}
	wantOutcome(t, gw, "failure 9 1")
}

// A shell stops it and goes on with it, as with any command.
func TestRunStoppedOnTerminal(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("needs a shell with job control:", err)
	}
	gw := pushtest.New(t)
	run := runJob(t, gw.URL(), "--", "sh", "-c", `echo "rea""dy"; read line; echo "got <$line>"; exit 6`)
	shell := exec.CommandContext(t.Context(), bash, "--norc", "--noediting", "-i")
	shell.Env = append(run.Env, `PS1=<\#>`) // the prompt counts commands
	tty, s := onTerminal(t, shell)
	var quoted []string
	for _, arg := range run.Args {
		quoted = append(quoted, "'"+arg+"'")
	}
	enter(t, tty, strings.Join(quoted, " ")+"\n")
	s.wait(t, "ready\r\n")
	enter(t, tty, "\x1a")
	s.wait(t, "]+  Stopped")
	s.wait(t, "<2>")
	enter(t, tty, "fg\n")
	s.wait(t, "fg\r\n"+quoted[0])
	enter(t, tty, "words\n")
	s.wait(t, "got <words>")
	enter(t, tty, "exit $?\n")
	if got := code(t, shell.Wait()); got != 6 {
		t.Errorf("exit code %d, want 6:\n%s", got, s.text.String())
	}
	wantOutcome(t, gw, "failure 6 1")
}

// Signals to headgate run are the child's, and what becomes of it is what counts.
func TestRunPassesSignalsOn(t *testing.T) {
	// Also where the tests themselves were started to ignore some, as under nohup.
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, syscall.SIGHUP, syscall.SIGINT)
	defer signal.Stop(heard)
	for _, c := range []struct {
		signal  syscall.Signal
		script  string
		code    int
		outcome string
	}{
		{syscall.SIGTERM, `trap 'exit 7' TERM`, 7, "failure 7 1"},
		{syscall.SIGTERM, `:`, 143, "killed 143 1"},
		{syscall.SIGINT, `trap 'exit 0' INT`, 0, "success 0 1"},
		{syscall.SIGHUP, `:`, 129, "killed 129 1"},
		{syscall.SIGQUIT, `trap 'exit 3' QUIT`, 3, "failure 3 1"},
		{syscall.SIGUSR1, `trap 'exit 4' USR1`, 4, "failure 4 1"},
		{syscall.SIGUSR2, `:`, 140, "killed 140 1"},
	} {
		gw := pushtest.New(t)
		cmd := runJob(t, gw.URL(), "--retries", "1", "--retry-wait", "1ms", "--", "sh", "-c", c.script+"; ulimit -c 0; echo ready; read line")
		if c.signal == syscall.SIGUSR1 || c.signal == syscall.SIGUSR2 {
			cmd = runJob(t, gw.URL(), "--", "sh", "-c", c.script+"; echo ready; read line")
		}
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		line, _ := bufio.NewReader(out).ReadString('\n')
		if line != "ready\n" {
			t.Fatalf("read %q, want ready", line)
		}
		if err := cmd.Process.Signal(c.signal); err != nil {
			t.Fatal(err)
		}
		if got := code(t, cmd.Wait()); got != c.code {
			t.Errorf("%v with %q: exit code %d, want %d", c.signal, c.script, got, c.code)
		}
		in.Close()
		wantOutcome(t, gw, c.outcome)
	}
}

// A signal that is ignored, as under nohup, is ignored by the child too.
func TestRunKeepsIgnoredSignals(t *testing.T) {
	gw := pushtest.New(t)
	run := runJob(t, gw.URL(), "--", "sh", "-c", `kill -HUP $$; echo alive`)
	cmd := exec.CommandContext(t.Context(), "sh", append([]string{"-c", `trap '' HUP; exec "$@"`, "sh"}, run.Args...)...)
	cmd.Env, cmd.SysProcAttr = run.Env, run.SysProcAttr
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != "alive\n" {
		t.Errorf("got %q, %v, want that it goes on", out, err)
	}
}

// A timeout ends what the child has forked, too: nobody holds its output any more. It is
// said, since 143 and silence tell the reader of cron's mail nothing.
func TestRunTimesOut(t *testing.T) {
	for script, want := range map[string]struct {
		code    int
		outcome string
	}{
		`"$0" & wait`:               {143, "timeout 143 1"},
		`"$0"; exit 1`:              {143, "timeout 143 1"},
		`trap '' TERM; "$0" & "$0"`: {137, "timeout 137 1"},
	} {
		gw := pushtest.New(t)
		child := filepath.Join(t.TempDir(), "stubborn")
		test, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(test, child); err != nil {
			t.Fatal(err)
		}
		cmd := runJob(t, gw.URL(), "--timeout", "100ms", "--kill-after", "50ms", "--", "sh", "-c", script, child)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(out); err != nil { // ends when the last of them has ended
			t.Fatal(err)
		}
		if got := code(t, cmd.Wait()); got != want.code {
			t.Errorf("%s: exit code %d, want %d", script, got, want.code)
		}
		if !strings.Contains(stderr.String(), "headgate: the command was ended after --timeout=100ms\n") {
			t.Errorf("%s: said %q, want that it timed out", script, &stderr)
		}
		wantOutcome(t, gw, want.outcome)
	}
}

// A gateway that takes connections and never answers delays neither the child nor, for
// longer than the grace, its end. What it wasn't told waits in the spool.
func TestRunWithGatewayThatHangs(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cmd := runJob(t, "http://"+l.Addr().String(), "--grace", "100ms", "--", "sh", "-c", "echo done; exit 2")
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if got := code(t, cmd.Run()); got != 2 || out.String() != "done\n" {
		t.Errorf("exit code %d, output %q", got, &out)
	}
	if n := strings.Count(stderr.String(), "\n"); n != 1 || !strings.Contains(stderr.String(), "not pushed yet: no answer within --grace; ") {
		t.Errorf("said %q, want one line", &stderr)
	}
	if n := waiting(t, cmd); n != 2 {
		t.Errorf("%d batches wait, want the run's and the sums'", n)
	}
}

// waiting is how many batches wait in a command's spool.
func waiting(t *testing.T, cmd *exec.Cmd) (n int) {
	t.Helper()
	home := ""
	for _, v := range cmd.Env {
		if h, ok := strings.CutPrefix(v, "HOME="); ok {
			home = h
		}
	}
	sessions, err := spool.List(filepath.Join(home, ".local/state/headgate/spool/gateway"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, s := range sessions {
		n += s.Entries
	}
	return n
}

// What a run has spooled outlives its death, and the next run pushes it.
func TestRunKilled(t *testing.T) {
	gw := pushtest.New(t)
	gw.Kill()
	cmd := runJob(t, gw.URL(), "--", "sh", "-c", "read line")
	in, err := cmd.StdinPipe() // its end is the child's
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for waiting(t, cmd) == 0 {
		if err := t.Context().Err(); err != nil {
			t.Fatal(err)
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	in.Close()
	gw.Restart(pushtest.KeepUnanswered)
	next := runJob(t, gw.URL(), "--", "true")
	next.Env = cmd.Env
	if out, err := next.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	starts := map[string]bool{}
	for _, p := range gw.Pushes() {
		v, _ := url.ParseQuery(p.Header.Get("Headgate-Run"))
		starts[v.Get("id")] = true
	}
	delete(starts, "")
	if len(starts) != 2 {
		t.Errorf("the gateway was told of %d runs, want the one that was killed and the next", len(starts))
	}
}

// Under cron there is next to no environment, and no terminal.
func TestRunUnderCron(t *testing.T) {
	gw := pushtest.New(t)
	cmd := runJob(t, gw.URL(), "--", "sh", "-c", `env | grep -v -e HEADGATE -e _= -e PWD -e SHLVL | sort; cat`)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + t.TempDir(), "LOGNAME=backup", "SHELL=/bin/sh", "HEADGATE_URL=" + gw.URL()}
	out, err := cmd.CombinedOutput()
	want := strings.Join([]string{cmd.Env[1], cmd.Env[2], cmd.Env[0], cmd.Env[3]}, "\n") + "\n"
	if err != nil || string(out) != want {
		t.Errorf("got %q, %v, want %q", out, err, want)
	}
	wantOutcome(t, gw, "success 0 1")
}

// Without HOME, as in some containers, the folder is what the system knows of the user.
func TestStateFolderWithoutHome(t *testing.T) {
	t.Setenv("HOME", "")
	t.Setenv("XDG_STATE_HOME", "")
	if dir, err := stateFolder("spool"); err == nil && !strings.HasSuffix(dir, "/.local/state/headgate/spool") {
		t.Errorf("got %q", dir)
	}
	t.Setenv("XDG_STATE_HOME", "/var/state")
	if dir, err := stateFolder("spool"); err != nil || dir != "/var/state/headgate/spool" {
		t.Errorf("got %q, %v", dir, err)
	}
}

// A spool that can't be written is no reason to fail: it is said once.
func TestRunWithoutSpool(t *testing.T) {
	gw := pushtest.New(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := runJob(t, gw.URL(), "--spool", filepath.Join(file, "spool"), "--", "true")
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Count(string(out), "\n") != 1 || !strings.Contains(string(out), "no spool: ") {
		t.Errorf("got %q, %v, want one line", out, err)
	}
	wantOutcome(t, gw, "success 0 1")
}

// Much passes through, and all of it.
func TestRunPassesMuchThrough(t *testing.T) {
	gw := pushtest.New(t)
	text := bytes.Repeat([]byte("0123456789abcdef"), 1<<18)
	cmd := runJob(t, gw.URL(), "--", "sh", "-c", "cat; cat /dev/null >&2")
	cmd.Stdin = bytes.NewReader(text)
	out, err := cmd.Output()
	if err != nil || !bytes.Equal(out, text) {
		t.Errorf("%d bytes came through, want %d: %v", len(out), len(text), err)
	}
}
