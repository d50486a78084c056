package docs

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// The commands of the page about security do what it says, in the order in which they
// stand there, with the files that stand between them.
func TestSecurityPage(t *testing.T) {
	for _, tool := range []string{"sh", "curl", "openssl"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the page's commands need %s", tool)
		}
	}
	s := newShell(t)
	text, err := os.ReadFile("security.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range regexp.MustCompile("(?s)```(console|yaml)\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		if block[1] == "console" {
			s.session(block[2])
			continue
		}
		name := regexp.MustCompile(`^# (\S+)\n`).FindStringSubmatch(block[2])
		if name == nil {
			t.Fatalf("a file without a name:\n%s", block[2])
		}
		if err := os.WriteFile(filepath.Join(s.dir, name[1]), []byte(block[2]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if s.commands < 20 {
		t.Errorf("%d commands were run", s.commands)
	}
}

// shell runs commands as a reader would, in one folder, with at most one gateway.
type shell struct {
	t        *testing.T
	dir, bin string
	gateway  *exec.Cmd      // nil if none runs
	reading  sync.WaitGroup // the gateway's log
	port     string
	commands int
}

func newShell(t *testing.T) *shell {
	t.Helper()
	watch(t, "../cmd")
	watch(t, "../internal")
	s := &shell{t: t, dir: t.TempDir(), bin: t.TempDir()}
	if out, err := exec.Command("go", "build", "-o", s.bin+"/", "../cmd/headgate").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	t.Cleanup(s.stop)
	return s
}

func (s *shell) stop() {
	if s.gateway != nil {
		_ = s.gateway.Process.Kill()
		s.reading.Wait()
		_ = s.gateway.Wait() // it was killed
	}
	s.gateway = nil
}

// session runs the commands of a block and compares what they print with what stands below them.
func (s *shell) session(block string) {
	s.t.Helper()
	for _, part := range strings.Split("\n"+strings.TrimSuffix(block, "\n"), "\n$ ")[1:] {
		command, want, _ := strings.Cut(part, "\n")
		s.commands++
		if strings.HasPrefix(command, "headgate serve") {
			s.serve(strings.Fields(command)[1:])
			continue
		}
		out, err := s.run(command)
		if strings.HasPrefix(command, "openssl") {
			out = "" // which tells of its progress
		}
		if err != nil || strings.TrimSpace(out) != strings.TrimSpace(want) {
			s.t.Errorf("%s\n%v\ngot:\n%s\nwant:\n%s", command, err, out, want)
		}
	}
}

// run gives a command to sh, with the gateway's port in place of the documents'.
func (s *shell) run(command string, environment ...string) (string, error) {
	c := exec.Command("sh", "-c", strings.ReplaceAll(command, ":9091", ":"+s.port))
	c.Dir = s.dir
	c.Env = append(append(os.Environ(), "PATH="+s.bin+":"+os.Getenv("PATH"), "no_proxy=localhost"), environment...)
	out, err := c.CombinedOutput()
	return string(out), err
}

// serve starts a gateway in place of the last, on a free port and in a folder of its own.
func (s *shell) serve(args []string) {
	s.t.Helper()
	s.stop()
	s.gateway = exec.Command(filepath.Join(s.bin, "headgate"), append(args, "--web.listen-address=127.0.0.1:0", "--data.dir="+s.t.TempDir())...)
	s.gateway.Dir = s.dir
	log, err := s.gateway.StderrPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.gateway.Start(); err != nil {
		s.t.Fatal(err)
	}
	said := ""
	for lines := bufio.NewScanner(log); lines.Scan(); {
		said += lines.Text() + "\n"
		if m := regexp.MustCompile(`msg=listening address=127.0.0.1:(\d+)`).FindStringSubmatch(lines.Text()); m != nil {
			s.port = m[1]
		}
		if strings.Contains(lines.Text(), "msg=ready") {
			s.reading.Go(func() { _, _ = io.Copy(io.Discard, log) }) // until it ends
			return
		}
	}
	s.t.Fatalf("the gateway ended:\n%s", said)
}
