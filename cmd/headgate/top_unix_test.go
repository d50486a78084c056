//go:build unix

package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/creack/pty"
)

// terminal is what a program wrote to one.
type terminal struct {
	mu   sync.Mutex
	more sync.Cond
	text bytes.Buffer
	over bool
}

func (s *terminal) read(from io.Reader) {
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		s.mu.Lock()
		s.text.Write(buf[:n])
		s.over = err != nil // EIO at the end of a terminal on Linux
		s.mu.Unlock()
		s.more.Broadcast()
		if err != nil {
			return
		}
	}
}

// wait returns once the program has written text.
func (s *terminal) wait(t *testing.T, text string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for !strings.Contains(s.text.String(), text) {
		if s.over {
			t.Fatalf("the program ended without %q:\n%q", text, s.text.String())
		}
		s.more.Wait()
	}
}

// headgate is the command in a process of its own.
func headgate(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	test, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	name := t.TempDir() + "/headgate" // by which TestMain knows it
	if err := os.Symlink(test, name); err != nil {
		t.Fatal(err)
	}
	return exec.CommandContext(t.Context(), name, args...)
}

// On a real terminal the view comes up in the other screen, follows keys, and leaves the
// terminal as it was.
func TestTopOnTerminal(t *testing.T) {
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/groups" {
			http.NotFound(w, r)
			return
		}
		_, _ = io.WriteString(w, `{"status":"success","matched":1,"failing":0,"overdue":0,"data":[{"labels":{"job":"backup"},"last_push_successful":true,"aggregate":"none"}]}`)
	}))
	defer gateway.Close()
	cmd := headgate(t, "top", "--url", gateway.URL)
	cmd.Env = []string{"TERM=xterm-256color", "NO_COLOR=1"}
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	s := &terminal{}
	s.more.L = &s.mu
	go s.read(tty)
	s.wait(t, "\x1b[?1049h")
	s.wait(t, `{job="backup"}`)
	if _, err := io.WriteString(tty, "d"); err != nil {
		t.Fatal(err)
	}
	s.wait(t, "Delete")
	if _, err := io.WriteString(tty, "nq"); err != nil {
		t.Fatal(err)
	}
	s.wait(t, "\x1b[?1049l")
	if err := cmd.Wait(); err != nil {
		t.Errorf("top ended with %v:\n%q", err, s.text.String())
	}
}
