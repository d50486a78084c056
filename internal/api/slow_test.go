package api

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener whose connections are in memory, so that a synctest
// bubble's clock rules their deadlines.
type pipes struct {
	conns chan net.Conn
	once  *sync.Once
}

func (p pipes) Accept() (net.Conn, error) {
	c, ok := <-p.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (p pipes) Close() error   { p.once.Do(func() { close(p.conns) }); return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{} }

// serve runs the gateway's server in a bubble and returns a connection to it.
func serve(t *testing.T, handler http.Handler) net.Conn {
	l := pipes{make(chan net.Conn, 1), new(sync.Once)}
	s := NewServer(handler, slog.New(slog.DiscardHandler))
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	client, server := net.Pipe()
	l.conns <- server
	t.Cleanup(func() {
		client.Close()
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		<-served
	})
	return client
}

// A client that sends its body slowly, or not at all, loses its connection, and
// nothing is stored. A large body that keeps coming is read to its end, however
// long that takes.
func TestSlowBody(t *testing.T) {
	for _, c := range []struct {
		name   string
		length int
		chunk  int
		every  time.Duration
		status int
	}{
		{"nothing comes", 100, 0, time.Second, http.StatusRequestTimeout},
		{"a byte at a time", 1000, 1, time.Second, http.StatusRequestTimeout},
		{"large and stalling", 1 << 20, 1 << 10, 10 * time.Second, http.StatusRequestTimeout},
		{"large and steady", 4 << 20, 64 << 10, time.Second, http.StatusOK},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGateway(t, nil)
				conn := serve(t, g)
				began := time.Now()
				status := make(chan int, 1)
				go func() { status <- answer(conn) }()
				fmt.Fprintf(conn, "PUT /metrics/job/slow HTTP/1.1\r\nHost: gw\r\nContent-Length: %d\r\n\r\n", c.length)
				var sending sync.WaitGroup
				sending.Go(func() { trickle(conn, c.length, c.chunk, c.every) })
				defer sending.Wait()
				defer conn.Close()
				if got := <-status; got != c.status {
					t.Errorf("status %d after %s, want %d", got, time.Since(began), c.status)
				}
				if took := time.Since(began); took > 5*time.Minute {
					t.Errorf("the connection was held for %s", took)
				}
				if c.status != http.StatusOK {
					g.wantAbsent(t, "slow")
				}
			})
		})
	}
}

// trickle sends length bytes of comments in chunks until the other side hangs up.
func trickle(conn net.Conn, length, chunk int, every time.Duration) {
	for sent := 0; chunk > 0 && sent < length; sent += chunk {
		if _, err := conn.Write([]byte(strings.Repeat("#", min(chunk, length-sent)))); err != nil {
			return
		}
		time.Sleep(every) // on the bubble's clock
	}
}

func answer(conn net.Conn) int {
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0
	}
	return resp.StatusCode
}

// A client that announces a body where none is expected, or sends a form slowly,
// does not hold its connection either.
func TestSlowBodyBesidePushes(t *testing.T) {
	for _, request := range []string{
		"GET /metrics HTTP/1.1\r\nHost: gw\r\nContent-Length: 100\r\n\r\n",
		"GET /metrics HTTP/1.1\r\nHost: gw\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n",
		"POST /groups/delete HTTP/1.1\r\nHost: gw\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ntoken=",
		"PUT /-/quit HTTP/1.1\r\nHost: gw\r\nContent-Length: 100\r\n\r\n",
	} {
		synctest.Test(t, func(t *testing.T) {
			conn := serve(t, newGateway(t, nil))
			began := time.Now()
			closed := make(chan struct{})
			go func() {
				defer close(closed)
				_, _ = io.Copy(io.Discard, conn)
			}()
			fmt.Fprint(conn, request)
			time.Sleep(2 * readTimeout) // on the bubble's clock
			synctest.Wait()
			select {
			case <-closed:
			default:
				t.Errorf("%q holds its connection for %s", request, time.Since(began))
			}
			conn.Close()
			<-closed
		})
	}
}

// A request whose answer takes longer than a body may is not cut off by the
// read deadline.
func TestSlowScrape(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGateway(t, func(o *Options) {
			o.Scrape = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				select {
				case <-time.After(2 * readTimeout):
				case <-r.Context().Done():
					w.WriteHeader(http.StatusTeapot)
				}
			})
		})
		conn := serve(t, g)
		status := make(chan int, 1)
		go func() { status <- answer(conn) }()
		fmt.Fprint(conn, "GET /metrics HTTP/1.1\r\nHost: gw\r\n\r\n")
		if got := <-status; got != http.StatusOK {
			t.Errorf("status %d", got)
		}
	})
}
