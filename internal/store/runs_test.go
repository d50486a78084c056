package store

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/journal"
	"github.com/headgate/headgate/internal/runs"
)

// runsWorld makes records about runs at random, as clients, people and the keeper would.
type runsWorld struct {
	*Store
	t   testing.TB
	rng *rand.Rand
	log []journal.Entry
}

func instanceKey(job, instance string) string {
	return KeyOf([]expo.Label{{Name: "instance", Value: instance}, {Name: "job", Value: job}})
}

// do applies a record to the store as the journal would deliver it.
func (w *runsWorld) do(c *Change, t int64) Item {
	w.t.Helper()
	e := journal.Entry{Kind: c.Kind, Payload: AppendPayload(nil, c), Seq: uint64(len(w.log) + 1), Time: t}
	w.log = append(w.log, e)
	decoded := new(Change)
	if err := decoded.Decode(e.Kind, e.Payload); err != nil {
		w.t.Fatal(err)
	}
	it := &Item{Change: decoded, Seq: e.Seq, Time: t}
	w.ApplyBatch([]*Item{it})
	return *it
}

func (w *runsWorld) push(job, instance string, e *runs.Event, t int64) {
	w.t.Helper()
	terms := Terms{Run: e, TTL: time.Duration(w.rng.IntN(2)) * 20 * time.Second}
	if it := w.do(&Change{Kind: KindPush, Key: instanceKey(job, instance), Terms: terms}, t); it.Err != nil {
		w.t.Fatal(it.Err)
	}
}

// event is of one of a few runs, so that events come twice, late and out of order.
func (w *runsWorld) event(now int64) *runs.Event {
	n := w.rng.Int64N(40)
	e := &runs.Event{ID: fmt.Sprint("r", n), Host: fmt.Sprint("h", n%2), Start: (n + 1) * 1e9, Bounds: runs.Bounds{Runs: 5, Keep: 30 * time.Second}}
	if w.rng.IntN(2) == 0 {
		e.End, e.Outcome = e.Start+w.rng.Int64N(3e9)+1, runs.Success+runs.Outcome(n)%5
		e.Code, e.HasCode, e.Attempts = int32(-n), n%3 == 0, uint32(n)
	}
	if w.rng.IntN(2) == 0 {
		e.Plan = runs.Plan{Schedule: fmt.Sprint(n%3, " * * * *"), Timezone: "Europe/Berlin", Expect: time.Duration(n), Max: time.Duration(n)}
	}
	return e
}

func (w *runsWorld) step(i int) {
	now := int64(i+1) * 1e9
	job, instance := fmt.Sprint("j", w.rng.IntN(3)), fmt.Sprint("i", w.rng.IntN(2))
	undo := Undo{ID: fmt.Sprint("id", i), Window: 10 * time.Second, Bytes: 1 << 30}
	switch w.rng.IntN(12) {
	case 0:
		w.do(&Change{Kind: KindRemove, Keys: []string{instanceKey(job, instance)}, Undo: undo}, now)
	case 1:
		w.do(&Change{Kind: KindUndo, Most: 1000}, now)
	case 2:
		w.do(&Change{Kind: KindExpire, Most: 2}, now)
	case 3:
		if w.rng.IntN(4) == 0 {
			w.do(&Change{Kind: KindClear, Undo: undo}, now)
		}
	case 4, 5:
		due := (w.rng.Int64N(int64(i+1)) + 1) * 1e9
		v := runs.Verdict{Key: runsKey(instanceKey(job, "")), Until: due, Misses: []runs.Miss{{Due: due, From: due - 1e9, To: due + 1e9}}}
		w.do(&Change{Kind: KindMissed, Verdicts: []runs.Verdict{v, {Key: "nobody's"}}}, now)
	default:
		w.push(job, instance, w.event(now), now)
	}
}

// histories is all that is known of runs, as text.
func (s *Store) histories() string {
	var b strings.Builder
	for _, h := range s.runs.Save() {
		h.Stamp = 0
		fmt.Fprintf(&b, "%q %+v\n", h.Key, h)
	}
	return b.String()
}

// Whatever is told of runs, in whichever order, deleted, undone, expired and judged: a
// replay and a start from a snapshot on the way reach the same histories.
func TestRunsAreAFunctionOfTheJournal(t *testing.T) {
	for seed := range uint64(200) {
		w := &runsWorld{New(), t, rand.New(rand.NewPCG(seed, 3)), nil}
		snapAt := w.rng.IntN(100)
		var frozen []journal.Entry
		for i := range 120 {
			if i == snapAt {
				snap := w.BeginSnapshot()
				w.step(i) // must not show in the snapshot
				frozen = writeSnapshot(t, snap)
				continue
			}
			w.step(i)
		}
		replayed, restored := New(), New()
		for i := range w.log {
			replay(t, replayed, &w.log[i])
		}
		for i := range frozen {
			replay(t, restored, &frozen[i])
		}
		for i := range w.log {
			if len(frozen) == 0 || w.log[i].Seq > frozen[0].Seq {
				replay(t, restored, &w.log[i])
			}
		}
		if !same(t, "replayed", replayed.histories(), w.histories()) || !same(t, "restored", restored.histories(), w.histories()) {
			t.Fatalf("seed %d", seed)
		}
	}
}

// runRecords are records about runs, for fuzzing.
func runRecords(t testing.TB) []journal.Entry {
	w := newRunsWorld(t)
	for i := range 30 {
		w.step(i)
	}
	return append(w.log, writeSnapshot(t, w.BeginSnapshot())...)
}

func newRunsWorld(t testing.TB) *runsWorld {
	return &runsWorld{New(), t, rand.New(rand.NewPCG(1, 1)), nil}
}

func startOf(id string, at int64, keep time.Duration) *runs.Event {
	return &runs.Event{ID: id, Start: at, Bounds: runs.Bounds{Runs: 50, Keep: keep}}
}

// All instances of a job are one history. It outlives its groups' deadlines, goes when
// the last of them is deleted, and comes back with it.
func TestHistoryGoesWithTheLastGroupThatIsDeleted(t *testing.T) {
	w := newRunsWorld(t)
	w.push("j", "a", startOf("1", 1e9, time.Hour), 1e9)
	w.push("j", "b", startOf("2", 2e9, time.Hour), 2e9)
	if all := w.Runs(); len(all) != 1 || len(all[0].Runs) != 2 {
		t.Fatalf("got %+v, want two runs in one history", all)
	}
	remove := func(instance, id string) {
		w.do(&Change{Kind: KindRemove, Keys: []string{instanceKey("j", instance)}, Undo: Undo{ID: id, Window: time.Minute, Bytes: 1 << 20}}, 3e9)
	}
	remove("a", "x")
	if len(w.Runs()) != 1 {
		t.Error("the history is gone while a group of it is there")
	}
	remove("b", "y")
	if len(w.Runs()) != 0 {
		t.Error("the history is there without a group that wasn't deleted")
	}
	w.do(&Change{Kind: KindUndo, Most: 10}, 4e9)
	if all := w.Runs(); len(all) != 1 || len(all[0].Runs) != 2 {
		t.Errorf("after an undo there is %+v", all)
	}
}

// Without any run a history goes after its time, however many groups there are.
func TestHistoryGoesAfterItsTime(t *testing.T) {
	w := newRunsWorld(t)
	w.push("j", "a", startOf("1", 1e9, time.Hour), 1e9)
	over := 1e9 + int64(time.Hour)
	w.do(&Change{Kind: KindExpire, Most: 10}, over)
	if w.Due(over) || len(w.Runs()) != 1 {
		t.Error("the history goes before its time")
	}
	if !w.Due(over + 1) {
		t.Error("nothing is due after its time")
	}
	w.do(&Change{Kind: KindExpire, Most: 10}, over+1)
	if len(w.Runs()) != 0 {
		t.Error("the history stays")
	}
}

// A push that is refused or only rehearsed tells of no run.
func TestRefusedPushTellsOfNoRun(t *testing.T) {
	w := newRunsWorld(t)
	if err := pushText(t, w.Store, "other", "m", "m{job=\"j\"} 1\n"); err != nil {
		t.Fatal(err)
	}
	c := &Change{
		Kind: KindPush, Key: instanceKey("j", ""), Terms: Terms{Run: startOf("1", 1e9, time.Hour)},
		Families: []FamilyChange{{Name: "m", Type: expo.Counter, Text: "m{instance=\"\",job=\"j\"} 1\n"}},
	}
	if it := w.do(c, 1e9); it.Err == nil {
		t.Fatal("a family of two types was taken")
	}
	c.Families = nil
	w.Rehearse(&Item{Change: c, Time: 2e9})
	if all := w.Runs(); len(all) != 0 {
		t.Errorf("got %+v", all)
	}
}

// A wipe takes all histories, those without groups as well, and its undo brings back those with.
func TestWipeTakesHistories(t *testing.T) {
	w := newRunsWorld(t)
	w.do(&Change{Kind: KindPush, Key: instanceKey("gone", ""), Terms: Terms{TTL: time.Second, Run: startOf("1", 1e9, time.Hour)}}, 1e9)
	w.do(&Change{Kind: KindExpire, Most: 10}, 5e9)
	w.push("j", "a", startOf("1", 1e9, time.Hour), 5e9)
	if n := len(w.Runs()); n != 2 {
		t.Fatalf("%d histories, want 2", n)
	}
	w.do(&Change{Kind: KindClear, Undo: Undo{ID: "x", Window: time.Minute, Bytes: 1 << 20}}, 6e9)
	if n := len(w.Runs()); n != 0 {
		t.Errorf("%d histories after a wipe", n)
	}
	w.do(&Change{Kind: KindUndo, Most: 10}, 7e9)
	if all := w.Runs(); len(all) != 1 || all[0].Key != runsKey(instanceKey("j", "")) {
		t.Errorf("after its undo there is %+v", all)
	}
}
