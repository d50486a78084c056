package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience bounds every wait for a condition. It is long because it only costs
// time where something is broken.
const patience = 30 * time.Second

// eventually waits until check returns nil, and fails the test with its last
// error if it does not in time.
func eventually(t *testing.T, what string, check func() error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("%s: not within %s: %v", what, patience, err)
		}
	}
}

// logBuffer keeps what a process writes, for the test to look for and to show
// if it fails.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// process is a running command. Its end is awaited by the goroutine behind done;
// stop and kill wait for that.
type process struct {
	cmd  *exec.Cmd
	out  logBuffer // stdout and stderr
	done chan struct{}
	err  error // how it ended; read after done
}

// start runs a command until the test ends, at the latest.
func start(t *testing.T, name string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(name, args...), done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.kill()
		for _, fault := range []string{"panic", "DATA RACE", "fatal error"} {
			if strings.Contains(p.out.String(), fault) {
				t.Errorf("%s: its output has %q", name, fault)
			}
		}
		if t.Failed() {
			t.Logf("output of %s:\n%.8000s", name, p.out.String())
		}
	})
	return p
}

// kill ends the process at once, as kill -9 does.
func (p *process) kill() {
	p.cmd.Process.Kill()
	<-p.done
}

// stop asks the process to end in order and reports how it did.
func (p *process) stop(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := p.exit(t); err != nil {
		t.Fatalf("stop: want exit code 0: %v\n%s", err, p.out.String())
	}
}

// exit waits for the process to end by itself.
func (p *process) exit(t *testing.T) error {
	t.Helper()
	select {
	case <-p.done:
		return p.err
	case <-time.After(patience):
		t.Fatalf("still running after %s:\n%s", patience, p.out.String())
		return nil
	}
}

// gateway is a running gateway.
type gateway struct {
	*process
	url string
}

// Both the gateway and Prometheus log the address that port 0 became.
var listening = regexp.MustCompile(`(?i)msg="?listening(?: on)?"? .*?address=(\S+)`)

// startGateway runs the gateway on a free port and waits until it is ready.
func startGateway(t *testing.T, dataDir string, args ...string) *gateway {
	t.Helper()
	args = append([]string{"--web.listen-address=127.0.0.1:0", "--web.enable-admin-api", "--data.dir=" + dataDir}, args...)
	return awaitReady(t, start(t, binary, args...))
}

func awaitReady(t *testing.T, p *process) *gateway {
	t.Helper()
	g := &gateway{process: p}
	eventually(t, "gateway ready", func() error {
		select {
		case <-p.done:
			t.Fatalf("gateway ended: %v\n%s", p.err, p.out.String())
		default:
		}
		m := listening.FindStringSubmatch(p.out.String())
		if m == nil {
			return errors.New("it does not say where it listens")
		}
		g.url = "http://" + m[1]
		status, body, err := request(http.MethodGet, g.url+"/-/ready", nil, nil)
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("ready: status %d: %s", status, body)
		}
		return err
	})
	return g
}

// httpClient keeps a connection for each pusher.
var httpClient = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2 * pushers}}

// request sends one request and returns the status and the body, without its compression.
func request(method, url string, headers map[string]string, body []byte) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	resp, err := httpClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return resp.StatusCode, answer, err
}

// do sends a request that must be answered with one of the wanted statuses.
func (g *gateway) do(t *testing.T, method, path, body string, want ...int) []byte {
	t.Helper()
	status, answer, err := request(method, g.url+path, nil, []byte(body))
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	for _, w := range want {
		if status == w {
			return answer
		}
	}
	t.Fatalf("%s %s: want status %v, got %d: %.500s", method, path, want, status, answer)
	return nil
}
