package store

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/journal"
)

var sumSeeds = flag.Uint64("sumseeds", quickSums, "how many seeds the model test of sums runs")

// A sum is what was applied, each push once, and never less until its group goes; so
// it is in a store that replays the same pushes, and in one that starts from a
// snapshot taken on the way. What is refused leaves nothing but the failure time.
func TestSumsAreTheirModel(t *testing.T) {
	if *seedFlag != 0 {
		runSums(t, *seedFlag)
		return
	}
	// The heap of a run is a few MB, which would be collected a thousand times a second.
	defer debug.SetGCPercent(debug.SetGCPercent(1000))
	var next atomic.Uint64
	var all sumCounts
	t.Run("seeds", func(t *testing.T) {
		for range runtime.GOMAXPROCS(0) {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for seed := next.Add(1); seed <= *sumSeeds && !t.Failed(); seed = next.Add(1) {
					if all.add(runSums(t, seed)); t.Failed() {
						t.Errorf("seed %d failed: repeat it with go test ./internal/store -run TestSumsAreTheirModel -seed=%d", seed, seed)
					}
				}
			})
		}
	})
	of := &all.verdicts
	t.Logf("%d seeds: %d taken, %d duplicates, %d out of sequence, %d refused", *sumSeeds, of[taken], of[duplicate], of[outOfSequence], of[refused])
	if slices.Min(of[:]) == 0 {
		t.Error("the test doesn't try every outcome of a push")
	}
}

// sumCounts are the verdicts of all runs.
type sumCounts struct {
	mu       sync.Mutex
	verdicts [refused + 1]int
}

func (c *sumCounts) add(run [refused + 1]int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for v, n := range run {
		c.verdicts[v] += n
	}
}

// sumSteps are the changes of one run.
const sumSteps = 60

// sumRun is one store with its model, and what a restart would have.
type sumRun struct {
	t      *testing.T
	s      *Store
	want   refWorld
	log    []journal.Entry
	frozen []journal.Entry
	shown  map[int]string // of some steps: later ones may hide what went wrong
	counts [refused + 1]int
}

func runSums(t *testing.T, seed uint64) [refused + 1]int {
	rng := rand.New(rand.NewPCG(seed, 5))
	r := &sumRun{t: t, s: New(), shown: map[int]string{}, want: refWorld{groups: map[string]*refGroup{}}}
	source := newSumSource(rng)
	var snap *Snapshot
	snapAt, atSnapshot := rng.IntN(sumSteps*3/4), ""
	for i := range sumSteps {
		if i == snapAt {
			snap, atSnapshot = r.s.BeginSnapshot(), r.want.exposition()+r.want.provenance()
		}
		if !r.step(source, i) {
			t.Errorf("step %d", i)
			return r.counts
		}
		if rng.IntN(5) == 0 {
			if r.shown[i] = r.want.exposition() + r.want.provenance(); !r.sameAt(i, "store", r.s) {
				return r.counts
			}
		}
		if snap != nil && r.frozen == nil && rng.IntN(6) == 0 {
			r.frozen = writeSnapshot(t, snap)
		}
	}
	if r.frozen == nil {
		r.frozen = writeSnapshot(t, snap)
	}
	r.restart(snapAt, atSnapshot)
	return r.counts
}

// restart is a replay of everything, and one from a snapshot.
func (r *sumRun) restart(snapAt int, atSnapshot string) {
	r.shown[len(r.log)-1] = r.want.exposition() + r.want.provenance()
	replayed, restored := New(), New()
	for i := range r.frozen {
		replay(r.t, restored, &r.frozen[i])
	}
	if !same(r.t, "snapshot alone", exposition(restored)+provenance(restored), atSnapshot) {
		return
	}
	for i := range r.log {
		if replay(r.t, replayed, &r.log[i]); !r.sameAt(i, "replayed", replayed) {
			return
		}
		if i < snapAt {
			continue
		}
		if replay(r.t, restored, &r.log[i]); !r.sameAt(i, "restored", restored) {
			return
		}
	}
	_ = r.sameAt(len(r.log)-1, "store", r.s) && same(r.t, "figures", lasting(restored), lasting(r.s)) &&
		same(r.t, "beyond text", beyondText(r.t, r.s), r.want.beyondText()) &&
		same(r.t, "protobuf", dumped(restored), dumped(r.s)) && same(r.t, "protobuf of a replay", dumped(replayed), dumped(r.s)) &&
		r.countsLines() && r.leavesNothing()
}

// sameAt is whether a store shows what the model showed after a step.
func (r *sumRun) sameAt(i int, what string, s *Store) bool {
	want, ok := r.shown[i]
	if !ok {
		return true
	}
	got := exposition(s) + provenance(s)
	return got == want || same(r.t, fmt.Sprintf("%s after step %d", what, i), got, want)
}

// step makes a change and holds the store to what the model makes of it.
func (r *sumRun) step(source *sumSource, i int) bool {
	t := int64(i+1) * 1e9
	p := source.next(&r.want, i)
	c := p.change
	e := journal.Entry{Kind: c.Kind, Payload: AppendPayload(nil, c), Seq: uint64(i + 1), Time: t}
	r.log = append(r.log, e)
	decoded := new(Change)
	if err := decoded.Decode(c.Kind, e.Payload); err != nil {
		r.t.Errorf("a payload of ours does not decode: %v", err)
		return false
	}
	rehearsal := &Item{Change: decoded, Seq: e.Seq, Time: t}
	lives := r.want.groups[c.Key] == nil || r.want.groups[c.Key].deadline() >= t
	lives = lives && i%3 == 0 // a rehearsal is as much work as the push
	if c.Kind == KindPush && lives {
		r.s.Rehearse(rehearsal)
	}
	item := &Item{Change: decoded, Seq: e.Seq, Time: t}
	r.s.ApplyBatch([]*Item{item})
	switch c.Kind {
	case KindPush:
		want := r.want.push(p, t)
		r.counts[want]++
		if lives && (!sameError(rehearsal.Err, item.Err) || rehearsal.Duplicate != item.Duplicate) {
			r.t.Errorf("rehearsed: %v %v, then: %v %v", rehearsal.Duplicate, rehearsal.Err, item.Duplicate, item.Err)
		}
		if got := verdictOf(item); got != want {
			r.t.Errorf("verdict %d on %+v (%v), want %d", got, c, item.Err, want)
			return false
		}
	case KindRemove, KindClear:
		r.want.delete(c, t)
	case KindUndo:
		r.want.undo(t)
	case KindExpire:
		r.want.expire(c.Most, t)
	}
	return true
}

func sameError(a, b error) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Error() == b.Error()
}

func verdictOf(it *Item) verdict {
	var order *SequenceError
	switch {
	case it.Duplicate:
		return duplicate
	case errors.As(it.Err, &order) && !strings.HasPrefix(order.Msg, "pusher"):
		return outOfSequence
	case it.Err != nil:
		return refused
	}
	return taken
}

// provenance is who pushed to each sum.
func provenance(s *Store) string {
	var b strings.Builder
	keys := s.keys()
	slices.Sort(keys)
	for _, key := range keys {
		mode, list, _ := s.Contributors(key)
		fmt.Fprintf(&b, "%s %v %v\n", formatKey(key), mode, list)
	}
	return b.String()
}

// dumped is all that is listed of groups, with created timestamps.
func dumped(s *Store) string {
	var b strings.Builder
	for _, g := range s.Dump(nil) {
		fmt.Fprintf(&b, "%+v\n", g.GroupInfo)
		for _, f := range g.Families {
			fmt.Fprintf(&b, "%+v %x\n", f, f.Rich)
		}
	}
	return b.String()
}

// countsLines is whether each sum knows how many lines its families have and how many
// series its pushers, by which they are limited.
func (r *sumRun) countsLines() bool {
	for _, g := range r.s.groups {
		if g.sum() == nil {
			continue
		}
		remembered := 0
		for _, p := range g.sum().pushers {
			remembered += len(p.last)
		}
		if !same(r.t, "series remembered", g.sum().remembered, remembered) {
			return false
		}
		for name, f := range g.sum().families {
			if !same(r.t, "lines of "+name, f.lines, int64(countLines(f.change().Text))) {
				return false
			}
		}
	}
	return true
}

// leavesNothing is whether nothing stays of groups that go.
func (r *sumRun) leavesNothing() bool {
	r.s.ApplyBatch([]*Item{{Change: &Change{Kind: KindDelete, Keys: r.s.keys()}, Seq: 1000, Time: 1000e9}})
	stats := r.s.Stats()
	return same(r.t, "identities left", len(r.s.owners), 0) && same(r.t, "families left", len(r.s.families), 0) &&
		same(r.t, "series left", stats.Series, 0) && same(r.t, "blocks left", stats.Blocks, 0) &&
		same(r.t, "bytes left", stats.Bytes, 0) && same(r.t, "sums left", len(r.s.cumulative), 0)
}

// sumLabels are a series' labels as exposed: its group's and x, sorted by name. One is
// named otherwise where there are UTF-8 names.
func sumLabels(key, x string, utf8 bool) []expo.Label {
	labels := exposedLabels(key)
	if x == "" || slices.ContainsFunc(labels, func(l expo.Label) bool { return l.Name == "x" }) {
		return labels
	}
	if x == "2" && utf8 {
		return append(labels, expo.Label{Name: "ü", Value: x})
	}
	return append(labels, expo.Label{Name: "x", Value: x})
}

// sumRecords are records of every kind that sums have, with some of a snapshot.
func sumRecords(t testing.TB) (records []journal.Entry) {
	source, s := newSumSource(rand.New(rand.NewPCG(2, 2))), New()
	for i := range 40 {
		c := source.push(i).change
		records = append(records, journal.Entry{Kind: c.Kind, Payload: AppendPayload(nil, c)})
		s.ApplyBatch([]*Item{{Change: c, Seq: uint64(i + 1), Time: int64(i+1) * 1e9}})
		if i == 20 {
			undo := Undo{ID: "u", Window: 1 << 40, Bytes: 1 << 30}
			s.ApplyBatch([]*Item{{Change: &Change{Kind: KindRemove, Keys: s.keys(), Undo: undo}, Seq: uint64(i + 1), Time: int64(i+1) * 1e9}})
		}
	}
	return append(records, writeSnapshot(t, s.BeginSnapshot())...)
}
