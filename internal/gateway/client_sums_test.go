package gateway

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/headgate/headgate/internal/store"
	client "github.com/headgate/headgate/push"
)

// faulty is direct with faults that leave open whether a push was taken, or do not.
type faulty struct {
	mu     sync.Mutex
	random *rand.Rand
	to     http.Handler
	cut    int // answers to taken pushes that were lost
}

func (f *faulty) Do(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch f.random.IntN(8) {
	case 0:
		return nil, io.ErrUnexpectedEOF
	case 1:
		return answer(http.StatusServiceUnavailable), nil
	case 2:
		f.cut++
		_, err := f.serve(r)
		return nil, errors.Join(io.ErrUnexpectedEOF, err)
	case 3:
		f.cut++
		_, err := f.serve(r)
		return answer(http.StatusBadGateway), err
	}
	return f.serve(r)
}

func (f *faulty) serve(r *http.Request) (*http.Response, error) {
	d := direct{to: f.to}
	return d.Do(r)
}

func answer(status int) *http.Response {
	w := httptest.NewRecorder()
	w.WriteHeader(status)
	return w.Result()
}

// What processes record adds up to what they recorded, each increment once, although
// answers are lost, pushes are repeated and the gateway restarts in between.
func TestOwnClientsIncrementsCountOnce(t *testing.T) {
	const seeds, processes, rounds = 8, 5, 20
	for seed := range uint64(seeds) {
		dir := t.TempDir()
		bubble(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			g, end := reopen(t, Config{DataDir: dir})
			f := &faulty{random: random, to: g.Handler()}
			pushers, total := make([]*client.Pusher, processes), 0
			for i := range pushers {
				pushers[i] = recording(t, f, i)
			}
			for round := range rounds {
				f.mu.Lock()
				amount := 1 + random.IntN(9)
				f.mu.Unlock()
				for _, p := range pushers {
					p.Recorder().Counter("rows_total", "Rows.", "table").Add(float64(amount), "a")
					p.Recorder().Histogram("run_seconds", "Time.", []float64{1, 10}).Observe(3)
					total += amount
				}
				time.Sleep(2 * time.Second)
				if round == rounds/2 {
					f.mu.Lock()
					end()
					g, end = reopen(t, Config{DataDir: dir})
					f.to = g.Handler()
					f.mu.Unlock()
				}
			}
			for _, p := range pushers {
				if err := p.Close(t.Context()); err != nil {
					t.Errorf("seed %d: %v", seed, err)
				}
			}
			defer end()
			if f.cut == 0 {
				t.Errorf("seed %d: no answer was lost, which tests nothing", seed)
			}
			wantLines(t, g,
				fmt.Sprintf(`rows_total{instance="",job="fleet",table="a"} %d`, total),
				fmt.Sprintf(`run_seconds_count{instance="",job="fleet"} %d`, processes*rounds),
				fmt.Sprintf(`run_seconds_bucket{instance="",job="fleet",le="1"} %d`, 0))
			if _, text := do(t, g.Handler(), http.MethodGet, "/api/v1/groups/job/fleet/pushers", ""); strings.Count(text, `"name"`) != processes {
				t.Errorf("seed %d: want %d pushers: %s", seed, processes, text)
			}
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		})
	}
}

// A process that outlives what the gateway knew of it, because the gateway has another data
// folder now, goes on to count: what it never sent before can't have been taken.
func TestOwnClientGoesOnAtAGatewayThatDoesNotKnowIt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		before, end := reopen(t, Config{DataDir: t.TempDir()})
		d := &direct{to: before.Handler()}
		p := recording(t, d, 0)
		count := func(rounds int) {
			for range rounds {
				p.Recorder().Counter("rows_total", "Rows.").Inc()
				time.Sleep(2 * time.Second)
			}
		}
		count(store.Window + 10)
		wantLines(t, before, fmt.Sprintf(`rows_total{instance="",job="fleet"} %d`, store.Window+10))
		end()
		after, end := reopen(t, Config{DataDir: t.TempDir()})
		defer end()
		d.to = after.Handler()
		count(5)
		if err := p.Close(t.Context()); err != nil {
			t.Error(err)
		}
		wantLines(t, after, `rows_total{instance="",job="fleet"} 5`)
	})
}

// recording is a started Pusher of which several share one group.
func recording(t *testing.T, f client.HTTPDoer, i int) *client.Pusher {
	t.Helper()
	p := client.New("http://gateway", "fleet", client.WithInterval(time.Second), client.WithCloseTimeout(time.Hour),
		client.WithRetry(client.Retry{Base: 100 * time.Millisecond, Max: time.Second}), client.WithBreaker(client.Breaker{Failures: -1})).Client(f)
	if err := p.Start(t.Context()); err != nil {
		t.Fatalf("process %d: %v", i, err)
	}
	return p
}
