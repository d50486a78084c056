package main

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"headgate": main, "stubborn": stubborn})
}

// TestScripts runs the command as a person would, one script of testdata for
// each thing it promises.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"serve":     serve,
			"interrupt": interrupt,
			"hangup":    hangup,
			"http":      request,
			"token":     token,
			"status":    status,
			"await":     await,
		},
	})
}

// server is a gateway that a script has started.
type server struct {
	cmd  *exec.Cmd
	mu   sync.Mutex
	log  strings.Builder
	more sync.Cond     // signalled with mu for each line of the log, and at its end
	done chan struct{} // closed when its log has ended
}

// address is where the gateway says that it listens.
var address = regexp.MustCompile(`msg=listening address=(\S+)`)

// serve starts `headgate ARGS…` on a free port, waits until it is ready and sets $URL.
// Arguments of the form NAME=value are for its environment.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	path, err := exec.LookPath("headgate")
	ts.Check(err)
	s := &server{cmd: exec.Command(path, "--web.listen-address=127.0.0.1:0"), done: make(chan struct{})}
	s.cmd.Env = os.Environ()
	for _, arg := range args {
		if strings.HasPrefix(arg, "-") {
			s.cmd.Args = append(s.cmd.Args, arg)
		} else {
			s.cmd.Env = append(s.cmd.Env, arg)
		}
	}
	s.more.L = &s.mu
	s.cmd.Dir = ts.Getenv("WORK")
	stderr, err := s.cmd.StderrPipe()
	ts.Check(err)
	ts.Check(s.cmd.Start())
	ts.Defer(func() { _ = s.cmd.Process.Kill(); <-s.done })
	ready := make(chan string, 1)
	go s.read(stderr, ready)
	url, ok := <-ready
	if !ok {
		ts.Fatalf("the gateway ended before it was ready:\n%s", s.text())
	}
	ts.Setenv("URL", url)
	running.Store(ts.Getenv("WORK"), s)
}

// running maps a script's folder to its gateway.
var running sync.Map

// read keeps the log and sends the URL once the gateway is ready.
func (s *server) read(stderr io.Reader, ready chan<- string) {
	defer s.more.Broadcast()
	defer close(s.done)
	defer close(ready)
	url := ""
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		s.mu.Lock()
		fmt.Fprintln(&s.log, lines.Text())
		s.mu.Unlock()
		s.more.Broadcast()
		if m := address.FindStringSubmatch(lines.Text()); m != nil {
			url = "http://" + m[1]
		}
		if strings.Contains(lines.Text(), "msg=ready") {
			ready <- url
		}
	}
}

func (s *server) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

// interrupt stops the gateway, expects it to end well, and writes its log to the file "log".
func interrupt(ts *testscript.TestScript, neg bool, args []string) {
	v, ok := running.LoadAndDelete(ts.Getenv("WORK"))
	if !ok {
		ts.Fatalf("no gateway runs")
	}
	s := v.(*server)
	ts.Check(s.cmd.Process.Signal(os.Interrupt))
	<-s.done
	if err := s.cmd.Wait(); err != nil {
		ts.Fatalf("the gateway ended with %v:\n%s", err, s.text())
	}
	ts.Check(os.WriteFile(ts.MkAbs("log"), []byte(s.text()), 0o600))
}

// hangup sends SIGHUP and waits until the gateway has said one more time that it read
// its configuration, or didn't.
func hangup(ts *testscript.TestScript, neg bool, args []string) {
	v, ok := running.Load(ts.Getenv("WORK"))
	if !ok {
		ts.Fatalf("no gateway runs")
	}
	s := v.(*server)
	before := s.reloads()
	ts.Check(s.cmd.Process.Signal(syscall.SIGHUP))
	s.mu.Lock()
	defer s.mu.Unlock()
	for strings.Count(s.log.String(), reloaded) == before {
		select {
		case <-s.done:
			ts.Fatalf("the gateway ended:\n%s", s.log.String())
		default:
		}
		s.more.Wait()
	}
}

// reloaded is in each line of the log that tells the outcome of a reload.
const reloaded = "reloaded"

func (s *server) reloads() int { return strings.Count(s.text(), reloaded) }

// request sends `http METHOD PATH [BODY]` and prints the status, the headers that are
// Headgate's and the body, for stdout to look at. The script's quoting has no \n, so the body's last line end is added.
func request(ts *testscript.TestScript, neg bool, args []string) {
	body := ""
	if len(args) > 2 {
		body = args[2] + "\n"
	}
	req, err := http.NewRequest(args[0], ts.Getenv("URL")+args[1], strings.NewReader(body))
	ts.Check(err)
	if secret := ts.Getenv("TOKEN"); secret != "" {
		req.Header.Set("Authorization", "Bearer "+secret)
	}
	resp, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	ts.Check(err)
	var headers strings.Builder
	for _, name := range slices.Sorted(maps.Keys(resp.Header)) {
		for _, value := range resp.Header[name] {
			if strings.HasPrefix(name, "Headgate-") {
				fmt.Fprintf(&headers, "%s: %s\n", name, value)
			}
		}
	}
	_, err = fmt.Fprintf(ts.Stdout(), "%d\n%s%s", resp.StatusCode, &headers, got)
	ts.Check(err)
}

// token has requests show the token in a file from here on, or none without a file.
func token(ts *testscript.TestScript, neg bool, args []string) {
	secret := ""
	if len(args) > 0 {
		secret = strings.TrimSpace(ts.ReadFile(args[0]))
	}
	ts.Setenv("TOKEN", secret)
}
