package store

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/headgate/headgate/internal/aggregate"
	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/journal"
)

var windowSeeds = flag.Uint64("windowseeds", 300, "how many seeds the model test of windows runs")

// What is shown of a window is worked out of what was pushed in it, each push once and
// by the time that it says, whatever the mode of its group; what is refused or a
// duplicate counts nowhere. So it is in a store that replays the same records, and in
// one that starts from a snapshot taken on the way, in the middle of a window's closing
// or not.
func TestWindowsAreTheirModel(t *testing.T) {
	if *seedFlag != 0 {
		runWindows(t, *seedFlag)
		return
	}
	var all windowTally
	for seed := range *windowSeeds {
		all.add(runWindows(t, seed))
		if t.Failed() {
			t.Fatalf("seed %d failed: run again with -seed=%d", seed, seed)
		}
	}
	t.Logf("%+v", all)
	if all.results == 0 || all.partial == 0 || all.Overflow == 0 || all.LatePushes == 0 || all.Ignored == 0 || all.refused == 0 || all.kept == 0 {
		t.Error("the test doesn't try everything")
	}
}

// windowTally is what a run has met.
type windowTally struct {
	results, partial, refused, kept int
	WindowCounts
}

func (a *windowTally) add(b windowTally) {
	a.results += b.results
	a.partial += b.partial
	a.refused += b.refused
	a.kept += b.kept
	a.Overflow += b.Overflow
	a.LatePushes += b.LatePushes
	a.Ignored += b.Ignored
}

func match(t labels.MatchType, name, value string) *labels.Matcher {
	return labels.MustNewMatcher(t, name, value)
}

// refRules are those that a run has some of. The last has a name that s as a summary takes.
func refRules() []WindowRule {
	every := []aggregate.Output{
		aggregate.WindowSum, aggregate.WindowCount, aggregate.WindowMin, aggregate.WindowMax, aggregate.WindowAvg, aggregate.WindowRate,
	}
	return []WindowRule{
		{
			Name: "w:c", Match: []*labels.Matcher{match(labels.MatchEqual, "__name__", "c")}, Labels: []string{"job"},
			Interval: 10 * time.Second, Outputs: every, Quantiles: []float64{0.5, 1}, DropsLate: true, MaxSeries: 100,
		},
		{
			Name: "w:many", Match: []*labels.Matcher{match(labels.MatchRegexp, "__name__", "gs|s_.*|h_bucket|c")}, Labels: []string{"instance", "job"}, Without: true,
			Interval: 5 * time.Second, Grace: 3 * time.Second, Outputs: every, MaxSeries: 6,
		},
		{
			Name: "w:q", Match: []*labels.Matcher{match(labels.MatchRegexp, "__name__", "g.|h_sum|s_count"), match(labels.MatchEqual, "x", "1")},
			Interval: 20 * time.Second, Grace: 20 * time.Second, Quantiles: []float64{0, 0.25, 0.99}, MaxSeries: 1,
		},
		{
			Name: "w:le", Match: []*labels.Matcher{match(labels.MatchRegexp, "__name__", "h_(bucket|count)")}, Labels: []string{"job", "le", "x"},
			Interval: time.Second, Outputs: []aggregate.Output{aggregate.WindowSum}, MaxSeries: 50,
		},
		{
			Name: "s", Match: []*labels.Matcher{match(labels.MatchEqual, "__name__", "c")},
			Interval: 10 * time.Second, Outputs: []aggregate.Output{aggregate.WindowSum}, MaxSeries: 5,
		},
	}
}

// windowRun is one store with its model, and what a restart would have.
type windowRun struct {
	t      *testing.T
	rng    *rand.Rand
	s      *Store
	want   refWorld
	rules  refWindows
	log    []journal.Entry
	frozen []journal.Entry
	tally  windowTally
}

func runWindows(t *testing.T, seed uint64) windowTally {
	rng := rand.New(rand.NewPCG(seed, 11))
	r := &windowRun{t: t, rng: rng, s: New(), want: refWorld{groups: map[string]*refGroup{}}}
	source := newSumSource(rng)
	var snap *Snapshot
	snapAt, atSnapshot := rng.IntN(100), ""
	for i := range 120 {
		if i == snapAt {
			snap, atSnapshot = r.s.BeginSnapshot(), everything(r.s)
		}
		if !r.step(source, int64(i)) {
			t.Errorf("step %d", i)
			return r.tally
		}
		if snap != nil && r.frozen == nil && rng.IntN(8) == 0 {
			r.frozen = writeSnapshot(t, snap)
		}
	}
	if r.frozen == nil {
		r.frozen = writeSnapshot(t, snap)
	}
	same(t, "counts", fmt.Sprint(r.counts()), fmt.Sprint(r.rules.counts()))
	r.restart(snapAt, atSnapshot)
	return r.tally
}

// restart is a replay of everything, and one from a snapshot.
func (r *windowRun) restart(snapAt int, atSnapshot string) {
	replayed, restored := New(), New()
	for i := range r.frozen {
		replay(r.t, restored, &r.frozen[i])
	}
	if !same(r.t, "snapshot alone", everything(restored), atSnapshot) {
		return
	}
	for i := range r.log {
		replay(r.t, replayed, &r.log[i])
		if i >= snapAt {
			replay(r.t, restored, &r.log[i])
			if !same(r.t, fmt.Sprintf("restored after step %d", i), everything(restored), everything(replayed)) {
				return
			}
		}
	}
	_ = same(r.t, "replayed", everything(replayed), everything(r.s)) && r.leavesNothing()
}

// everything is what a store shows, and what it will make of the windows at hand, to
// the byte of a snapshot.
func everything(s *Store) string {
	var b strings.Builder
	b.WriteString(exposition(s))
	own := &Snapshot{store: s} // beside one that may be under way
	own.takeWindows()
	for _, c := range own.first {
		for _, res := range c.windows.unread {
			c.windows.results = append(c.windows.results, res.freeze())
		}
		fmt.Fprintf(&b, "%x\n", AppendPayload(nil, c))
	}
	return b.String()
}

func (r *windowRun) step(source *sumSource, i int64) bool {
	t := (i/3 + 1) * 1e9 // windows see several records of one time
	if i > 60 {
		t += 7e9
	}
	p := r.next(source, i, t)
	c := p.change
	e := journal.Entry{Kind: c.Kind, Payload: AppendPayload(nil, c), Seq: uint64(i + 1), Time: t}
	r.log = append(r.log, e)
	decoded := new(Change)
	if err := decoded.Decode(c.Kind, e.Payload); err != nil {
		r.t.Errorf("a payload of ours does not decode: %v", err)
		return false
	}
	item := &Item{Change: decoded, Seq: e.Seq, Time: t}
	if c.isPush() && r.rng.IntN(3) == 0 {
		before := everything(r.s)
		r.s.Rehearse(&Item{Change: decoded, Seq: e.Seq, Time: t})
		if !same(r.t, "rehearsal", everything(r.s), before) {
			return false
		}
	}
	var old *refGroup
	if g := r.want.groups[c.Key]; g != nil && g.deadline() >= t {
		old = g.clone()
	}
	r.s.ApplyBatch([]*Item{item})
	return r.follow(p, old, item)
}

// follow makes the model follow, and compares.
func (r *windowRun) follow(p *refPush, old *refGroup, item *Item) bool {
	c, t := p.change, item.Time
	switch c.Kind {
	case KindPush, KindTimedPush:
		want := r.want.push(p, t)
		if !same(r.t, fmt.Sprintf("what becomes of %+v (%v)", c, item.Err), verdictOf(item), want) {
			return false
		}
		if want == taken {
			r.rules.push(p, old, t)
		}
	case KindRemove:
		r.want.delete(c, t)
	case KindClear:
		r.want.delete(c, t)
		r.rules.wipe()
	case KindUndo:
		r.want.undo(t)
	case KindWindows:
		if item.Err != nil {
			r.tally.refused++
			return slices.ContainsFunc(c.windows.rules, func(w WindowRule) bool { return w.Name == "s" })
		}
		if slices.ContainsFunc(c.windows.rules, func(w WindowRule) bool { return w.Name == "s" }) {
			r.t.Error("a rule of a name that is taken was taken")
			return false
		}
		r.rules.set(c.windows.rules, t)
	case KindExpire:
		r.want.expire(c.Most, t)
		if item.More = item.More && r.s.windows.due(t); item.More {
			r.tally.partial++
			return true
		}
		r.rules.settle(t)
		r.tally.results += strings.Count(r.rules.exposition(), "\n")
		return same(r.t, "results", results(r.s), r.rules.exposition())
	}
	return true
}

// next is a push, which may say when its samples were taken, or a set of rules, or a
// look of the keeper.
func (r *windowRun) next(source *sumSource, i, t int64) *refPush {
	switch n := r.rng.IntN(30); {
	case i == 0 || n == 0:
		all := refRules()
		if f := r.s.families["s"]; f == nil || f.Type != expo.Summary {
			all = all[:4] // the last would be taken, and then be in the way of s
		}
		set := &windowsChange{form: windowRules}
		for _, rule := range all {
			if r.rng.IntN(4) > 0 {
				set.rules = append(set.rules, rule)
			}
		}
		if len(r.rules.rules) > 0 {
			r.tally.kept++
		}
		return &refPush{change: &Change{Kind: KindWindows, windows: set}}
	case n < 9:
		return &refPush{change: &Change{Kind: KindExpire, Most: []int{1, 1, 2, 5, 5, 1000}[r.rng.IntN(6)]}}
	}
	p := source.next(&r.want, int(i))
	if p.change.Kind == KindPush && r.rng.IntN(3) == 0 {
		timed := *p.change
		timed.Kind, timed.Taken = KindTimedPush, refTaken(source, t)
		return &refPush{&timed, p.families}
	}
	return p
}

// results are the sample lines of results in the exposition, sorted.
func results(s *Store) string {
	var lines []string
	for line := range strings.Lines(exposition(s)) {
		if strings.HasPrefix(line, "w:") {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func (r *windowRun) counts() (all []string) {
	for _, w := range r.s.WindowStats() {
		r.tally.add(windowTally{WindowCounts: w.WindowCounts})
		all = append(all, fmt.Sprint(w.Name, w.WindowCounts))
	}
	return all
}

// windowRecords are records of every kind that windows have, with some of a snapshot.
func windowRecords(t testing.TB) (records []journal.Entry) {
	w := newWindowShelf(t, refRules()...)
	for i := range 30 {
		text := fmt.Sprintf("c{job=\"j\",x=\"%d\"} %d\n", i%3, i)
		c := &Change{Kind: KindTimedPush, Taken: w.now - 1, Key: keyOfJob("j"), Families: []FamilyChange{{Name: "c", Text: text}}}
		records = append(records, journal.Entry{Kind: c.Kind, Payload: AppendPayload(nil, c)})
		w.do(c)
		if w.now += 1e9; i%7 == 0 {
			w.do(&Change{Kind: KindExpire, Most: 1})
		}
	}
	return append(records, writeSnapshot(t, w.s.BeginSnapshot())...)
}

// leavesNothing is whether nothing stays of rules that go.
func (r *windowRun) leavesNothing() bool {
	r.s.ApplyBatch([]*Item{
		{Change: SetWindows(nil), Seq: 1000, Time: 1000e9},
		{Change: &Change{Kind: KindDelete, Keys: slices.Collect(maps.Keys(r.s.groups))}, Seq: 1001, Time: 1000e9},
	})
	return same(r.t, "families left", len(r.s.families), 0) && same(r.t, "exposition left", exposition(r.s), "")
}
