package push

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	hostLoads = []float64{0.3, 0.6, 0.75, 0.9}
	policies  = []policy{
		{name: "fixed", longest: shortest},
		{name: "adaptive", longest: 5 * time.Second, byLoad: true},
		{name: "adaptive, load unknown", longest: 5 * time.Second},
	}
)

// outcome is what a simulation comes to.
type outcome struct {
	interval    time.Duration // at the end
	pushes      int
	meanBacklog float64 // pushes not yet done, as seen at each tick
	maxBacklog  int
	endBacklog  int
	early, late time.Duration // mean wait for the CPU in the first and the last quarter
	maxWait     time.Duration
}

func (s *simulation) outcome() outcome {
	o := outcome{
		interval: s.iv.length(), pushes: len(s.pushes),
		maxBacklog: slices.Max(s.backlog), endBacklog: s.backlog[len(s.backlog)-1],
		early: meanWait(s.pushes, 0), late: meanWait(s.pushes, simulated*3/4),
	}
	for _, n := range s.backlog {
		o.meanBacklog += float64(n) / float64(len(s.backlog))
	}
	for _, p := range s.pushes {
		o.maxWait = max(o.maxWait, p.wait())
	}
	return o
}

// meanWait returns that of the pushes that began in the quarter of the run from a time on.
func meanWait(pushes []pushTimes, from time.Duration) time.Duration {
	var sum, n time.Duration
	for _, p := range pushes {
		if p.start >= from && p.start < from+simulated/4 {
			sum += p.wait()
			n++
		}
	}
	return sum / max(n, 1)
}

// On a host with a load of 0.9 a fixed interval of 100 ms backs up without bound,
// and the adaptive one stays stable, even if the pushes are all that it knows of. At
// 0.3 all of them keep up, and the adaptive one pushes as often. In between it
// doesn't end at its maximum for the load's noise alone.
func TestIntervalSimulation(t *testing.T) {
	r := intervalRand(t)
	for run := range 10 {
		results := make(map[float64]map[string]outcome)
		seed := r.Uint64()
		for _, hostLoad := range hostLoads {
			results[hostLoad] = make(map[string]outcome)
			for _, p := range policies {
				results[hostLoad][p.name] = simulate(t, seed, hostLoad, p).outcome()
			}
		}
		checkIdle(t, results[0.3])
		checkNoise(t, results[0.6])
		checkBusy(t, results[0.9])
		if t.Failed() || run == 0 {
			t.Logf("%v simulated\n%s", simulated, table(results))
		}
	}
}

// checkIdle checks the outcomes of a host that has time for everything.
func checkIdle(t *testing.T, by map[string]outcome) {
	for name, o := range by {
		if o.maxBacklog > 2 || o.maxWait > 200*time.Millisecond || o.pushes < by["fixed"].pushes*9/10 {
			t.Errorf("host load 0.3, %s: %+v; want no backlog, and pushes as often as fixed", name, o)
		}
	}
}

func checkNoise(t *testing.T, by map[string]outcome) {
	if o := by["adaptive"]; o.pushes < 600 {
		t.Errorf("host load 0.6, adaptive: %d pushes in %v; want more than one a second", o.pushes, simulated)
	}
}

// checkBusy checks the outcomes of a host that hasn't the time for a push each 100 ms.
func checkBusy(t *testing.T, by map[string]outcome) {
	if o := by["fixed"]; o.endBacklog < 200 || o.late < 3*o.early || o.maxWait < 20*time.Second {
		t.Errorf("host load 0.9, fixed: %+v; want a backlog that grows to the end", o)
	}
	for _, name := range []string{"adaptive", "adaptive, load unknown"} {
		if o := by[name]; o.maxBacklog > 3 || o.late > 500*time.Millisecond || o.maxWait > 3*time.Second {
			t.Errorf("host load 0.9, %s: %+v; want no backlog, and waits that don't grow", name, o)
		}
	}
}

// table renders the outcomes for a person to read.
func table(results map[float64]map[string]outcome) string {
	var b strings.Builder
	b.WriteString("| host load | interval | at the end | pushes | backlog: mean | most | at the end | wait: first quarter | last quarter | longest |\n" +
		"|---|---|---|---|---|---|---|---|---|---|\n")
	for _, hostLoad := range hostLoads {
		for _, p := range policies {
			o := results[hostLoad][p.name]
			fmt.Fprintf(&b, "| %v | %s | %v | %d | %.2f | %d | %d | %v | %v | %v |\n", hostLoad, p.name, round(o.interval), o.pushes,
				o.meanBacklog, o.maxBacklog, o.endBacklog, round(o.early), round(o.late), round(o.maxWait))
		}
	}
	return b.String()
}

func round(d time.Duration) time.Duration {
	if d < time.Second {
		return d.Round(time.Millisecond)
	}
	return d.Round(100 * time.Millisecond)
}
