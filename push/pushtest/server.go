package pushtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"
)

// server is one life of a gateway, from a start to a kill.
type server struct {
	http     http.Server
	listener net.Listener
	stop     context.CancelFunc // ends the context of every request
	done     chan struct{}      // closed when Serve has returned
	conns    sync.WaitGroup
}

type connKey struct{}

func serve(l net.Listener, h http.Handler) *server {
	ctx, stop := context.WithCancel(context.Background())
	s := &server{listener: l, stop: stop, done: make(chan struct{})}
	s.http = http.Server{
		Handler:     h,
		ErrorLog:    log.New(io.Discard, "", 0),
		BaseContext: func(net.Listener) context.Context { return ctx },
		ConnContext: func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) },
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				s.conns.Add(1)
			case http.StateClosed:
				s.conns.Done()
			}
		},
	}
	go func() {
		defer close(s.done)
		_ = s.http.Serve(l) // it always ends with an error, http.ErrServerClosed after close
	}()
	return s
}

// close cuts every connection and waits for the goroutines of all of them.
func (s *server) close() {
	s.stop()
	s.http.Close()
	<-s.done
	// Again, for a connection that was accepted but not yet known to the first.
	s.http.Close()
	s.conns.Wait()
}

// Kill closes the listener and all connections at once, as the end of the process
// would, and returns when no request is under way any more. Requests that weren't
// applied by then won't be. A client is refused from then on, but on a connection
// that it kept it may learn of the end first.
func (g *Gateway) Kill() {
	g.life.Lock()
	defer g.life.Unlock()
	g.kill()
}

func (g *Gateway) kill() {
	g.mu.Lock()
	s := g.server
	g.server = nil
	g.mu.Unlock()
	if s != nil {
		s.close()
	}
}

// Unanswered says what a restart leaves of pushes that were applied but for which
// no answer went out.
type Unanswered int

const (
	// LoseUnanswered forgets them, their sequences included: the process died before
	// they were on disk. What came before an acknowledged push stays, as a journal
	// is written in order.
	LoseUnanswered Unanswered = iota
	// KeepUnanswered keeps them: the process died between the disk and the answer.
	KeepUnanswered
)

// Restart starts a killed gateway again, on the same address and with what it had
// acknowledged. It kills one that runs.
func (g *Gateway) Restart(u Unanswered) {
	g.t.Helper()
	g.life.Lock()
	defer g.life.Unlock()
	g.kill()
	if u == LoseUnanswered {
		g.mu.Lock()
		for _, i := range g.ledger.recover() {
			g.pushes[i].Applied, g.pushes[i].Lost = false, true
		}
		g.notify()
		g.mu.Unlock()
	}
	if err := g.start(); err != nil {
		g.t.Fatalf("pushtest: restart the gateway: %v", err)
	}
}

// start begins a life. The caller holds life.
func (g *Gateway) start() error {
	l, err := g.listen()
	if err != nil {
		return err
	}
	if g.address == "" {
		g.address = l.Addr().String()
		g.url = "http://" + g.address
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.server = serve(l, g)
	return nil
}

func (g *Gateway) listen() (net.Listener, error) {
	switch {
	case g.config.memory:
		return newPipes(), nil
	case g.address != "":
		return listenAgain(g.address)
	}
	// On a loopback address of its own no connection that goes out takes the
	// gateway's port while it is down. Not every system has more than one.
	own := fmt.Sprintf("127.%d.%d.%d:0", 1+rand.N(254), rand.N(256), 1+rand.N(254))
	var first error
	for _, address := range []string{own, "127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", address)
		if err == nil {
			return l, nil
		}
		first = errors.Join(first, err)
	}
	return nil, first
}

// listenAgain waits a while for an address that somebody else has taken meanwhile.
func listenAgain(address string) (net.Listener, error) {
	const tries, pause = 500, 10 * time.Millisecond
	for range tries {
		l, err := net.Listen("tcp", address)
		if err == nil || !errors.Is(err, syscall.EADDRINUSE) {
			return l, err
		}
		time.Sleep(pause)
	}
	return nil, fmt.Errorf("address %s was taken while the gateway was down, for %s by now", address, tries*pause)
}
