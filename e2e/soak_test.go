package e2e

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
)

const (
	workers = 64
	// So many of them push increments, each to one of so many sums. The others push their
	// totals to one more.
	deltaWorkers = 44
	soakSums     = 3
	// A life of the gateway ends with kill -9 after so many answers at most.
	mostLifeAcks = 1500
)

// Workers whose connections break at any point, and a gateway that is killed over and
// over: what a worker was told was taken is in the sum once, and so is what it repeated
// until it was told. Workers that push totals die too, and count from 0 in their next
// life. Each push has an amount of its own, so that one that is missing and one too many
// can't make up for each other.
func TestSoak(t *testing.T) {
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(*seedFlag, 3))
	g := startGateway(t, dir)
	s := newSoak(t, g, rng)
	s.until = time.Now().Add(*soakFlag)
	var all sync.WaitGroup
	for _, w := range s.workers {
		all.Go(func() { w.work(t) })
	}
	kills := 0
	for ; kills < leastKills || time.Now().Before(s.until); kills++ {
		if !s.await(t, int64(1+rng.IntN(mostLifeAcks))) {
			break
		}
		g.kill()
		if kills%orderlyStops == orderlyStops-1 {
			g = startGateway(t, dir)
			g.stop(t) // the next begins with a snapshot
		}
		g = startGateway(t, dir)
		s.url.Store(&g.url)
	}
	s.enough.Store(true)
	all.Wait()
	s.verify(t, g)
	t.Logf("seed %d: %d kills, %d pushes taken, %d of them after a repetition, %d answered as duplicates",
		*seedFlag, kills, s.acked.Load(), s.repeated.Load(), s.duplicates.Load())
}

// leastKills is how often the gateway is killed however short the soak is.
const leastKills = 10

// soak is what all workers share.
type soak struct {
	url     atomic.Pointer[string] // of the gateway's present life
	workers []*worker
	until   time.Time
	enough  atomic.Bool

	acked, repeated, duplicates atomic.Int64
}

func newSoak(t *testing.T, g *gateway, rng *rand.Rand) *soak {
	s := &soak{}
	s.url.Store(&g.url)
	for i := range workers {
		s.workers = append(s.workers, newWorker(t, s, i, rand.New(rand.NewPCG(rng.Uint64(), uint64(i)))))
	}
	return s
}

// await waits for so many more pushes to be taken.
func (s *soak) await(t *testing.T, more int64) bool {
	t.Helper()
	want := s.acked.Load() + more
	eventually(t, "pushes taken", func() error {
		if now := s.acked.Load(); now < want && !t.Failed() {
			return fmt.Errorf("%d taken, want %d", now, want)
		}
		return nil
	})
	return !t.Failed()
}

// verify compares the sums with what the workers were told was taken.
func (s *soak) verify(t *testing.T, g *gateway) {
	t.Helper()
	want := map[string]float64{}
	for _, w := range s.workers {
		for kind := range w.counts {
			want[fmt.Sprintf("soak-%d: soak_total of kind %d", w.sum, kind)] += w.counts[kind]
		}
		want[fmt.Sprintf("soak-%d: soak_seconds", w.sum)] += w.observed
	}
	if shown := soaked(g.scrape(t)); !maps.Equal(shown, want) {
		t.Errorf("seed %d: the gateway shows %v, the workers were told %v", *seedFlag, shown, want)
	}
}

// soaked is what the gateway shows of the sums, in the words of verify.
func soaked(families map[string]*dto.MetricFamily) map[string]float64 {
	shown := map[string]float64{}
	for _, m := range families["soak_total"].GetMetric() {
		l := labelsOf(m)
		shown[l["job"]+": soak_total of kind "+l["kind"]] = m.GetCounter().GetValue()
	}
	for _, m := range families["soak_seconds"].GetMetric() {
		h := m.GetHistogram()
		if first := h.GetBucket()[0]; 2*first.GetCumulativeCount() != h.GetSampleCount() || h.GetSampleSum() != 2*float64(h.GetSampleCount()) {
			continue // taken in part
		}
		shown[labelsOf(m)["job"]+": soak_seconds"] = float64(h.GetSampleCount())
	}
	return shown
}

func labelsOf(m *dto.Metric) map[string]string {
	all := map[string]string{}
	for _, l := range m.GetLabel() {
		all[l.GetName()] = l.GetValue()
	}
	return all
}
