package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"syscall"
	"time"

	"github.com/headgate/headgate/internal/load"
)

// startTimeout bounds the way from exec to ready, stopTimeout a graceful stop.
const (
	startTimeout = 2 * time.Minute
	stopTimeout  = time.Minute
)

// process is a server in a child process. It dies with the context it was
// started under, and on Linux with this process however that ends.
type process struct {
	name    string
	addr    string        // host:port it serves on
	ready   time.Duration // from exec to the first 200 of /-/ready
	cmd     *exec.Cmd
	log     processLog
	exited  chan struct{} // closed when Wait returned, after err was set
	err     error
	stopped sync.Once
}

// startProcess starts a server, learns its address from its log, and waits until it is ready.
func startProcess(ctx context.Context, name, path string, args ...string) (*process, error) {
	p := &process{name: name, exited: make(chan struct{})}
	p.log.address = make(chan string, 1)
	p.cmd = exec.CommandContext(ctx, path, args...)
	p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
	p.cmd.WaitDelay = time.Second
	p.cmd.SysProcAttr = dieWithParent()
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.exited)
	}()
	if err := p.awaitReady(ctx); err != nil {
		p.kill()
		return nil, fmt.Errorf("%s %q: %w; its log ends: %s", name, args, err, p.log.tail())
	}
	p.ready = time.Since(began)
	return p, nil
}

func (p *process) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	select {
	case p.addr = <-p.log.address:
	case <-p.exited:
		return fmt.Errorf("exited: %w", errors.Join(p.err, ctx.Err()))
	case <-ctx.Done():
		return fmt.Errorf("waiting for its address: %w", ctx.Err())
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !answersReady(ctx, client, p.addr) {
		select {
		case <-tick.C:
		case <-p.exited:
			return fmt.Errorf("exited: %w", errors.Join(p.err, ctx.Err()))
		case <-ctx.Done():
			return fmt.Errorf("waiting for /-/ready: %w", ctx.Err())
		}
	}
	return nil
}

func answersReady(ctx context.Context, client *http.Client, addr string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/-/ready", nil)
	if err != nil {
		return false
	}
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close() // nothing of it is read
	return resp.StatusCode == http.StatusOK
}

// stop asks the process to end and waits until it did; it kills one that does not.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.kill()
		return fmt.Errorf("stopping %s: %w", p.name, err)
	}
	select {
	case <-p.exited:
		return nil
	case <-time.After(stopTimeout):
		p.kill()
		return fmt.Errorf("%s did not stop within %v of SIGTERM", p.name, stopTimeout)
	}
}

// kill ends the process as kill -9 does and waits for it. It may be called again.
func (p *process) kill() {
	p.stopped.Do(func() { _ = p.cmd.Process.Kill() }) // fails only if it has ended
	<-p.exited
}

// processLog reads the output of a process: it finds the line that tells the
// address and keeps the end for error messages.
type processLog struct {
	mu      sync.Mutex
	kept    []byte
	found   bool
	address chan string
}

const keptLog = 2048

// listeningLine is what the gateway, Pushgateway and the peers log once they listen.
var listeningLine = regexp.MustCompile(`(?i)msg="?listening[^\n]*? address="?(127\.0\.0\.1:[0-9]+)`)

// Write takes the next piece of output. It never fails.
func (l *processLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept = append(l.kept, b...)
	// The last line may be cut, and with it the port.
	whole := l.kept[:bytes.LastIndexByte(l.kept, '\n')+1]
	if m := listeningLine.FindSubmatch(whole); !l.found && m != nil {
		l.found = true
		l.address <- string(m[1])
	}
	if n := len(l.kept); l.found && n > keptLog {
		l.kept = append(l.kept[:0], l.kept[n-keptLog:]...)
	}
	return len(b), nil
}

func (l *processLog) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(bytes.TrimSpace(l.kept[max(0, len(l.kept)-keptLog):]))
}

// target is the process as a load sees it.
func (p *process) target() *load.Target { return &load.Target{Addr: p.addr} }
