package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

// worker pushes increments or totals to one sum, one push at a time, each until it is told
// that it was taken. Of those with increments the even ones number their pushes; the others
// have a key for each.
type worker struct {
	soak    *soak
	rng     *rand.Rand
	id, sum int
	number  uint64
	life    *totals // nil for increments
	client  *http.Client
	budget  atomic.Int64 // bytes until the connection breaks, below 0 for never

	// What was taken: amounts by the label kind, and observations.
	counts   [2]float64
	observed float64
}

func newWorker(t *testing.T, s *soak, id int, rng *rand.Rand) *worker {
	w := &worker{soak: s, rng: rng, id: id, sum: id % soakSums}
	if id >= deltaWorkers {
		w.sum, w.life = soakSums, &totals{epoch: 1}
	}
	transport := &http.Transport{DialContext: w.dial}
	w.client = &http.Client{Transport: transport, Timeout: patience}
	t.Cleanup(transport.CloseIdleConnections)
	return w
}

// work pushes until it is enough. Then nothing of the worker's is open.
func (w *worker) work(t *testing.T) {
	for !w.soak.enough.Load() && !t.Failed() {
		if w.life != nil && w.rng.IntN(20) == 0 {
			if w.life.begin(); w.anonymous() && !w.deliver(t, w.life.body()) {
				return
			}
		}
		kind, amount := w.rng.IntN(2), 1+w.rng.IntN(1000)
		if !w.deliver(t, w.body(kind, amount)) {
			return
		}
		w.counts[kind] += float64(amount)
		w.observed += 2
	}
}

// body is a push of that amount more, and of two observations.
func (w *worker) body(kind, amount int) []byte {
	if w.life != nil {
		w.life.count(kind, amount)
		return w.life.body()
	}
	return fmt.Appendf(nil, "# TYPE soak_total counter\nsoak_total{kind=\"%d\"} %d\n"+
		"# TYPE soak_seconds histogram\nsoak_seconds_bucket{le=\"1\"} 1\nsoak_seconds_bucket{le=\"+Inf\"} 2\nsoak_seconds_sum 4\nsoak_seconds_count 2\n", kind, amount)
}

// deliver repeats one push until it is answered.
func (w *worker) deliver(t *testing.T, body []byte) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	w.number++
	for attempt := 0; ; attempt++ {
		status, duplicate, err := w.send(ctx, body)
		switch {
		case err == nil && status == http.StatusOK:
			w.soak.acked.Add(1)
			if attempt > 0 {
				w.soak.repeated.Add(1)
			}
			if duplicate {
				w.soak.duplicates.Add(1)
			}
			return true
		case err == nil && status < http.StatusInternalServerError && status != http.StatusTooManyRequests:
			t.Errorf("worker %d, push %d: status %d", w.id, w.number, status)
			return false
		case ctx.Err() != nil:
			t.Errorf("worker %d, push %d: %d attempts, the last: status %d, %v", w.id, w.number, attempt+1, status, err)
			return false
		case err != nil:
			w.pause(ctx)
		}
	}
}

// pause lets the gateway come back.
func (w *worker) pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(time.Duration(1+w.rng.IntN(20)) * time.Millisecond):
	}
}

// send makes one attempt, which in one of four breaks off at a byte of the request or
// of its answer.
func (w *worker) send(ctx context.Context, body []byte) (status int, duplicate bool, err error) {
	w.budget.Store(-1)
	if w.rng.IntN(4) == 0 {
		w.budget.Store(w.rng.Int64N(900))
	}
	url := fmt.Sprintf("%s/metrics/job/soak-%d", *w.soak.url.Load(), w.sum)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, false, err
	}
	w.sign(req)
	resp, err := w.client.Do(req)
	if err != nil {
		return 0, false, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, resp.Header.Get("Headgate-Duplicate") == "true", err
}

// sign says what the push is, and how it is told from its repetitions.
func (w *worker) sign(req *http.Request) {
	name := fmt.Sprint("worker-", w.id)
	switch {
	case w.life != nil:
		w.life.sign(req, name, w.anonymous())
		return
	case w.id%2 == 0:
		req.Header.Set("Headgate-Producer", name)
		req.Header.Set("Headgate-Sequence", fmt.Sprint(w.number))
	default:
		req.Header.Set("Idempotency-Key", fmt.Sprint(w.id, "/", w.number))
	}
	req.Header.Set("Headgate-Aggregate", "delta")
}

func (w *worker) dial(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &fragile{conn, &w.budget}, nil
}

// fragile is a connection that breaks after a number of bytes in either direction.
type fragile struct {
	net.Conn
	budget *atomic.Int64
}

var errCut = errors.New("connection cut by the test")

// spend takes n bytes of what is left, and says how many it got.
func (c *fragile) spend(n int) (int, bool) {
	for {
		left := c.budget.Load()
		if left < 0 {
			return n, true
		}
		take := min(int64(n), left)
		if c.budget.CompareAndSwap(left, left-take) {
			return int(take), take == int64(n)
		}
	}
}

func (c *fragile) Write(p []byte) (int, error) {
	n, whole := c.spend(len(p))
	n, err := c.Conn.Write(p[:n])
	if !whole {
		c.Close()
		err = errCut
	}
	return n, err
}

func (c *fragile) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if _, whole := c.spend(n); !whole {
		c.Close()
		return 0, errCut
	}
	return n, err
}
