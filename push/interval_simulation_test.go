package push

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/headgate/headgate/push/load"
)

// The simulation: one CPU serves, first come first served, the host's own work and
// the pushes. The host's tasks arrive at random (a Poisson process) and take 10 ms
// each; a push takes 20 ms, so pushing each 100 ms is a load of 0.2 by itself.
const (
	simulated = 10 * time.Minute
	taskWork  = 10 * time.Millisecond
	pushWork  = 20 * time.Millisecond
	shortest  = 100 * time.Millisecond
)

// processor is the CPU. Times are since the start; calls are in their order.
type processor struct{ free, admitted time.Duration }

// run admits work at a time and returns when it will be done.
func (p *processor) run(now, work time.Duration) time.Duration {
	p.free = max(p.free, now) + work
	p.admitted += work
	return p.free
}

// busy returns the CPU time used so far.
func (p *processor) busy(now time.Duration) time.Duration {
	return p.admitted - max(0, p.free-now)
}

// policy is what sets the time between two pushes.
type policy struct {
	name    string
	longest time.Duration
	byLoad  bool // or only by what becomes of the pushes
}

// simulation is a host and its pushes.
type simulation struct {
	now    time.Duration
	cpu    processor
	iv     *interval
	pushes []pushTimes
	done   int // of pushes, how many have ended

	readAt, readBusy time.Duration
	backlog          []int // at each tick
}

type pushTimes struct{ start, end time.Duration }

func (p pushTimes) wait() time.Duration { return p.end - p.start - pushWork }

// load is a load.Source like those of package load.
func (s *simulation) load() (float64, error) {
	elapsed := s.now - s.readAt
	if elapsed < 100*time.Millisecond {
		return 0, load.ErrNotYet
	}
	busy := s.cpu.busy(s.now)
	used := busy - s.readBusy
	s.readAt, s.readBusy = s.now, busy
	return float64(used) / float64(elapsed), nil
}

// tick is one turn of a Pusher's loop: it looks at what became of the pushes so
// far, begins another and returns when to come back.
func (s *simulation) tick() time.Duration {
	var f feedback
	for s.done < len(s.pushes) && s.pushes[s.done].end <= s.now {
		f.took = max(f.took, s.pushes[s.done].end-s.pushes[s.done].start)
		s.done++
	}
	f.backlog = s.done < len(s.pushes)
	s.backlog = append(s.backlog, len(s.pushes)-s.done)
	s.pushes = append(s.pushes, pushTimes{s.now, s.cpu.run(s.now, pushWork)})
	return s.now + s.iv.next(f)
}

// simulate runs a host with a load of its own, and pushes.
func simulate(t *testing.T, seed uint64, hostLoad float64, p policy) *simulation {
	s := new(simulation)
	var source load.Source
	if p.byLoad {
		source = s.load
	}
	s.iv = mustInterval(t, shortest, shortest, p.longest, source)
	s.iv.random = rand.New(rand.NewPCG(seed, 1)).Float64
	random := rand.New(rand.NewPCG(seed, 2))
	gap := func() time.Duration {
		return time.Duration(random.ExpFloat64() * float64(taskWork) / hostLoad)
	}
	task, tick := gap(), s.iv.first()
	for {
		s.now = min(task, tick)
		switch {
		case s.now >= simulated:
			return s
		case task <= tick:
			s.cpu.run(task, taskWork)
			task += gap()
		default:
			tick = s.tick()
		}
	}
}
