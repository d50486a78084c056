package push

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"
)

// gate is a server that takes everything and counts its connections.
type gate struct {
	*httptest.Server
	accepted atomic.Int64
	requests atomic.Int64
}

func newGate(t *testing.T) *gate {
	g := &gate{}
	g.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.requests.Add(1)
		if r.Header.Get(headerAggregate) != "" {
			w.Header().Set(headerAggregate, aggregateDelta)
		}
		fmt.Fprintln(w, "an answer with a body")
	}))
	g.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			g.accepted.Add(1)
		}
	}
	g.Start()
	t.Cleanup(g.Close)
	return g
}

// A Pusher leaves nothing behind, however many there are one after the other: those
// that push once share the connections of the process, those that live close theirs.
func TestCyclesLeaveNothing(t *testing.T) {
	const cycles, settled = 10_000, 100
	empty := prometheus.NewRegistry()
	for name, cycle := range map[string]func(*gate) error{
		"push and close": func(g *gate) error {
			p := New(g.URL, "cycle", silent()).Gatherer(empty)
			if err := p.Push(); err != nil {
				return err
			}
			return p.Close(t.Context())
		},
		"start and close": func(g *gate) error {
			p := New(g.URL, "cycle", silent())
			p.Recorder().Counter("rows_total", "Rows.").Inc()
			if err := p.Start(t.Context()); err != nil {
				return err
			}
			return p.Close(t.Context())
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := goleak.IgnoreCurrent()
			g := newGate(t)
			var first int
			for i := range cycles {
				if err := cycle(g); err != nil {
					t.Fatalf("cycle %d: %v", i, err)
				}
				if i == settled {
					first = descriptors(t)
				}
			}
			if last := descriptors(t); last > first+8 {
				t.Errorf("%d descriptors after %d cycles, %d after %d", last, cycles, first, settled)
			}
			t.Logf("%d requests on %d connections", g.requests.Load(), g.accepted.Load())
			http.DefaultClient.CloseIdleConnections()
			g.Close()
			goleak.VerifyNone(t, before)
		})
	}
}

// descriptors counts the open files of this process.
func descriptors(t *testing.T) int {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("descriptors are counted in /proc")
	}
	entries, err := os.ReadDir("/proc/self/fd")
	noErr(t, err)
	return len(entries)
}

// Pushers that share a Transport share its connections, one after the other and
// all at once.
func TestPushersShareConnections(t *testing.T) {
	g := newGate(t)
	h := testHTTP(t, HTTPConfig{URL: g.URL})
	empty := prometheus.NewRegistry()
	push := func() {
		if err := New("", "share", WithTransport(h), silent()).Gatherer(empty).Push(); err != nil {
			t.Error(err)
		}
	}
	for range 200 {
		push()
	}
	if n := g.accepted.Load(); n != 1 {
		t.Errorf("%d connections for 200 Pushers one after the other, want 1", n)
	}
	const atOnce = 16
	var all sync.WaitGroup
	for range atOnce {
		all.Go(func() {
			for range 100 {
				push()
			}
		})
	}
	all.Wait()
	// net/http may make one for who then gets another's that has become free.
	if n := g.accepted.Load(); n > 4*atOnce {
		t.Errorf("%d connections for %d pushes by %d Pushers at once, want about one for each Pusher", n, 100*atOnce, atOnce)
	}
}
