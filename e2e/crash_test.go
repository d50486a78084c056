package e2e

import (
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	dto "github.com/prometheus/client_model/go"
)

const (
	pushers         = 8
	groupsPerPusher = 4
	// A round ends with kill -9 after so many acknowledgements at most, drawn anew each time.
	mostAcks = 400
	// Every so many rounds the gateway is stopped in order first, so that the next
	// starts from a snapshot and what came after it.
	orderlyStops = 8
)

// However often the gateway is killed under load: after the restart every
// acknowledged push, delete and wipe is there, whole; of what was not answered
// each is there whole or not at all; of what was refused nothing is.
func TestCrash(t *testing.T) {
	crash(t, *roundsFlag)
}

// Without syncs a crash of the machine may lose pushes, but one of the process none.
func TestCrashUnsynced(t *testing.T) {
	crash(t, *roundsFlag/4, "--journal.sync=never")
}

func crash(t *testing.T, rounds int, args ...string) (acked int) {
	t.Helper()
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(*seedFlag, 1))
	fleet := newFleet(rng)
	for round := range rounds {
		g := startGateway(t, dir, args...)
		fleet.verify(t, g)
		if t.Failed() {
			t.Fatalf("seed %d, round %d: after %d acknowledged requests", *seedFlag, round, acked)
		}
		if round%orderlyStops == orderlyStops-1 {
			g.stop(t)
			g = startGateway(t, dir, args...)
			fleet.verify(t, g)
		}
		acked += fleet.runUntilKilled(t, g, 1+rng.IntN(mostAcks))
	}
	fleet.verify(t, startGateway(t, dir, args...))
	t.Logf("seed %d: %d rounds, %d acknowledged requests", *seedFlag, rounds, acked)
	return acked
}

// fleet is all pushers and what they know of the gateway's state.
type fleet struct {
	pushers []*pusher
	// A pusher holds wiping for reading while its request is under way, so that a
	// wipe has a defined place among the requests.
	wiping sync.RWMutex
	// A wipe without an answer: all groups are gone, or none is.
	wipeUnknown bool
}

func newFleet(rng *rand.Rand) *fleet {
	f := &fleet{}
	for i := range pushers {
		f.pushers = append(f.pushers, newPusher(f, i, rand.New(rand.NewPCG(rng.Uint64(), uint64(i)))))
	}
	return f
}

// runUntilKilled has all pushers send until so many requests were acknowledged,
// kills the gateway while the others go on, and returns the number acknowledged in all.
func (f *fleet) runUntilKilled(t *testing.T, g *gateway, acks int) int {
	t.Helper()
	var count atomic.Int64
	var all sync.WaitGroup
	for _, p := range f.pushers {
		all.Go(func() {
			for p.step(t, g) {
				if count.Add(1) == int64(acks) {
					g.cmd.Process.Kill()
				}
			}
		})
	}
	all.Wait()
	g.kill()
	return int(count.Load())
}

// verify compares what the gateway shows with what each group may be, and takes
// what it shows as the state from here on.
func (f *fleet) verify(t *testing.T, g *gateway) {
	t.Helper()
	shown := byGroup(g.scrape(t))
	gone, kept := 0, 0
	for _, p := range f.pushers {
		for _, gr := range p.groups {
			state := shown[gr.key()]
			delete(shown, gr.key())
			if !gr.allows(state) {
				t.Errorf("group %s: shown %v\nallowed: %v", gr.key(), state, gr.may)
			}
			if f.wipeUnknown && len(gr.beforeWipe) > 0 {
				if len(state) == 0 {
					gone++
				} else {
					kept++
				}
			}
			gr.settle(state)
		}
	}
	if gone > 0 && kept > 0 {
		t.Errorf("a wipe was applied in part: %d groups gone, %d kept", gone, kept)
	}
	if len(shown) > 0 {
		t.Errorf("groups that nobody pushed: %v", shown)
	}
	f.wipeUnknown = false
}

// state is what a group shows: series without the grouping labels → value. An
// absent group and one without pushed series are the same here.
type state map[string]float64

func byGroup(families map[string]*dto.MetricFamily) map[string]state {
	groups := map[string]state{}
	for name, v := range series(families) {
		metric, labels, _ := strings.Cut(strings.TrimSuffix(name, "}"), "{")
		var key, rest []string
		for _, l := range strings.Split(labels, ",") {
			if strings.HasPrefix(l, "job=") || strings.HasPrefix(l, "slot=") {
				key = append(key, l)
			} else {
				rest = append(rest, l)
			}
		}
		group := strings.Join(key, ",")
		if groups[group] == nil {
			groups[group] = state{}
		}
		groups[group][metric+"{"+strings.Join(rest, ",")+"}"] = v
	}
	return groups
}

// group is one grouping key and the states that it may be in: one, unless
// requests have gone unanswered.
type group struct {
	job, slot  string
	may        []state
	beforeWipe state // what it surely was before a wipe without an answer
}

func (gr *group) key() string { return `job="` + gr.job + `",slot="` + gr.slot + `"` }

func (gr *group) path() string { return "/metrics/job/" + gr.job + "/slot/" + gr.slot }

func (gr *group) allows(s state) bool {
	for _, m := range gr.may {
		if maps.Equal(m, s) {
			return true
		}
	}
	return false
}

func (gr *group) settle(s state) {
	gr.may = []state{s}
	gr.beforeWipe = nil
}
