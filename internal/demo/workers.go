package demo

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/headgate/headgate/push"
)

const workersJob = "thumbnails"

// kinds are the values of the label of what the workers count.
var kinds = [...]string{"jpeg", "png", "webp"}

// workers are processes, as it were, that count into one sum.
type workers struct {
	network faultyNetwork
	counted [len(kinds)]atomic.Int64
	pushers []*push.Pusher

	stop    context.CancelFunc
	working sync.WaitGroup
}

func startWorkers(ctx context.Context, url string, o Options) (*workers, error) {
	w := &workers{network: faultyNetwork{
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: o.Workers}},
		random: rand.New(rand.NewPCG(o.Seed, 0)),
	}}
	ctx, w.stop = context.WithCancel(ctx)
	for i := range o.Workers {
		p := push.New(url, workersJob, push.WithInterval(500*time.Millisecond), push.WithCloseTimeout(closeTimeout),
			push.WithRetry(push.Retry{Base: 20 * time.Millisecond, Max: 200 * time.Millisecond}),
			push.WithBreaker(push.Breaker{Failures: -1}), push.WithLogger(o.Log)).Client(&w.network)
		if err := p.Start(ctx); err != nil {
			return w, errors.Join(err, w.close(ctx))
		}
		w.pushers = append(w.pushers, p)
		w.working.Go(func() { w.work(ctx, p.Recorder(), rand.New(rand.NewPCG(o.Seed, uint64(i+1)))) })
	}
	return w, nil
}

// closeTimeout is how long a worker may try to deliver what it counted last.
const closeTimeout = 10 * time.Second

// work counts until ctx ends.
func (w *workers) work(ctx context.Context, r *push.Recorder, random *rand.Rand) {
	total := r.Counter("thumbnails_total", "Thumbnails made, of all workers.", "kind")
	took := r.Histogram("thumbnail_seconds", "Time for one.", []float64{0.01, 0.1, 1}, "kind")
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		kind := random.IntN(len(kinds))
		w.counted[kind].Add(1)
		total.Inc(kinds[kind])
		took.Observe(random.ExpFloat64()/20, kinds[kind])
	}
}

// close ends the work and delivers the rest of it. The error is what was lost.
func (w *workers) close(ctx context.Context) error {
	w.stop()
	w.working.Wait()
	errs := make([]error, len(w.pushers))
	var closing sync.WaitGroup
	for i, p := range w.pushers {
		closing.Go(func() { errs[i] = p.Close(ctx) })
	}
	closing.Wait()
	w.network.client.CloseIdleConnections()
	return errors.Join(errs...)
}

// total is what all have counted so far.
func (w *workers) total() (n int64) {
	for i := range w.counted {
		n += w.counted[i].Load()
	}
	return n
}
