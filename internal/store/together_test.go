package store

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headgate/headgate/internal/journal"
	"github.com/headgate/headgate/internal/runs"
)

var togetherSeeds = flag.Uint64("togetherseeds", 200, "how many seeds the test of all kinds of records together runs")

// Whatever comes in whichever order, plain pushes, sums, windows, runs, lifetimes,
// deletes and what brings them back: a replay reaches the same state as the store, as
// does a start from any of several snapshots that were written while it went on. The
// models of each say what that state should be.
func TestAllTogetherIsAFunctionOfTheJournal(t *testing.T) {
	if *seedFlag != 0 {
		runTogether(t, *seedFlag)
		return
	}
	met := map[journal.Kind]int{}
	for seed := range *togetherSeeds {
		for kind, n := range runTogether(t, seed) {
			met[kind] += n
		}
		if t.Failed() {
			t.Fatalf("seed %d failed: run again with -seed=%d", seed, seed)
		}
	}
	for kind := KindReplace; kind <= KindRuns; kind++ {
		if met[kind] == 0 && kind != KindGroup { // which nobody writes any more
			t.Errorf("the test has no record of kind %d", kind)
		}
	}
}

// togetherRun is a store that goes on, and what its journal has.
type togetherRun struct {
	t      *testing.T
	rng    *rand.Rand
	s      *Store
	source *sumSource
	runs   *runsWorld
	log    []journal.Entry
	frozen []frozenAt
	met    map[journal.Kind]int
}

// frozenAt is a snapshot, taken when the log had that many records.
type frozenAt struct {
	at      int
	time    int64
	records []journal.Entry
}

func runTogether(t *testing.T, seed uint64) map[journal.Kind]int {
	rng := rand.New(rand.NewPCG(seed, 13))
	r := &togetherRun{t: t, rng: rng, s: New(), source: newSumSource(rng), met: map[journal.Kind]int{}}
	r.runs = &runsWorld{r.s, t, rng, nil}
	for len(r.log) < 100 {
		if rng.IntN(20) > 0 {
			r.step()
			continue
		}
		at, snap := len(r.log), r.s.BeginSnapshot()
		for range rng.IntN(6) {
			r.step()
		}
		if rng.IntN(8) == 0 {
			snap.Abandon()
			continue
		}
		r.frozen = append(r.frozen, frozenAt{at, snap.Time, r.write(snap)})
	}
	r.restart()
	return r.met
}

// write writes a snapshot while the store goes on.
func (r *togetherRun) write(snap *Snapshot) (records []journal.Entry) {
	err := snap.Write(context.Background(), func(kind journal.Kind, payload []byte) error {
		records = append(records, journal.Entry{Kind: kind, Payload: slices.Clone(payload), Seq: snap.Seq, Time: snap.Time})
		if r.rng.IntN(4) == 0 {
			r.step()
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return records
}

// step makes a record and applies it, now and then after a rehearsal, which must not
// matter, or a scrape.
func (r *togetherRun) step() {
	i := len(r.log)
	now := int64(i/2+1) * 1e9 // records come at one time, too
	c := r.next(i, now)
	e := journal.Entry{Kind: c.Kind, Payload: AppendPayload(nil, c), Seq: uint64(i + 1), Time: now}
	r.log = append(r.log, e)
	r.met[c.Kind]++
	decoded := new(Change)
	if err := decoded.Decode(c.Kind, e.Payload); err != nil {
		r.t.Fatalf("a payload of ours does not decode: %v", err)
	}
	if c.isPush() && r.rng.IntN(3) == 0 {
		r.s.Rehearse(&Item{Change: decoded, Seq: e.Seq, Time: now})
	}
	r.s.ApplyBatch([]*Item{{Change: decoded, Seq: e.Seq, Time: now}})
	if r.rng.IntN(4) == 0 {
		exposition(r.s)
	}
}

func (r *togetherRun) next(i int, now int64) *Change {
	undo := Undo{ID: fmt.Sprint("id", i), Window: time.Duration(r.rng.IntN(20)) * time.Second, Bytes: pick(r.rng, int64(500), 1<<40, 1<<40)}
	origin := Origin{User: "u", Address: "a", What: "w"}
	keys := r.s.keys()
	slices.Sort(keys)
	r.rng.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	keys = keys[:r.rng.IntN(len(keys)+1)]
	switch n := r.rng.IntN(60); {
	case n == 0:
		return &Change{Kind: KindClear, Undo: undo, Origin: origin}
	case n == 1 && r.rng.IntN(3) == 0:
		return &Change{Kind: KindWipe}
	case n == 2:
		return &Change{Kind: KindDelete, Keys: keys}
	case n < 6:
		return &Change{Kind: KindRemove, Keys: keys, Undo: undo, Origin: origin}
	case n < 10:
		back := &Change{Kind: KindUndo, Most: 1 + r.rng.IntN(4), Origin: origin}
		if r.rng.IntN(2) == 0 {
			back.Undo.ID = fmt.Sprint("id", i-1-r.rng.IntN(10))
		}
		return back
	case n < 18:
		return &Change{Kind: KindExpire, Most: pick(r.rng, 1, 2, 5, 1000)}
	case n < 20:
		return r.readBy(keys)
	case n == 20:
		return &Change{Kind: KindScrapers, Scrapers: []string{fmt.Sprint("s", i), "p"}}
	case n < 24:
		return r.missed(now)
	case n < 27 || i == 0:
		return SetWindows(r.windowRules())
	}
	return r.push(i, now)
}

// readBy says that somebody has read groups, as of their last push or the one before.
func (r *togetherRun) readBy(keys []string) *Change {
	c := &Change{Kind: KindScraped}
	for _, key := range keys {
		c.Reads = append(c.Reads, Read{key, max(r.s.groups[key].seq(), 1) - uint64(r.rng.IntN(2))})
	}
	return c
}

func (r *togetherRun) missed(now int64) *Change {
	due := 1e9 + r.rng.Int64N(now)
	key := runsKey(keyOfJob(pick(r.rng, "a", "b", "c")))
	v := runs.Verdict{Key: key, Until: due, Misses: []runs.Miss{{Due: due, From: due - 1e9, To: due + 1e9}}}
	return &Change{Kind: KindMissed, Verdicts: []runs.Verdict{v, {Key: "nobody's"}}}
}

// windowRules are some rules, some of them other than the last time.
func (r *togetherRun) windowRules() (rules []WindowRule) {
	for _, rule := range refRules() {
		if r.rng.IntN(5) == 0 {
			continue
		}
		if r.rng.IntN(4) == 0 {
			rule.Interval = 4 * time.Second
			rule.Grace = min(rule.Grace, rule.Interval)
		}
		rules = append(rules, rule)
	}
	return rules
}

// push is of sums or a plain one, by a client of today or of old, and may tell of a run.
func (r *togetherRun) push(i int, now int64) *Change {
	sent := r.source.sent
	if len(sent) > 0 && r.rng.IntN(6) == 0 {
		return sent[len(sent)-1-r.rng.IntN(min(len(sent), 12))].change // a retry
	}
	p := r.source.push(i)
	c := p.change
	if c.Terms.Summing.Mode == Keep {
		c.Terms.Replace, c.Terms.KeepUntilScraped = r.rng.IntN(3) == 0, r.rng.IntN(3) == 0
		switch r.rng.IntN(10) {
		case 0:
			return &Change{Kind: pick(r.rng, KindReplace, KindMerge), Key: c.Key, Families: c.Families}
		case 1:
			return &Change{Kind: KindRefuse, Key: c.Key}
		case 2:
			return &Change{Kind: KindFail, Key: c.Key, Terms: Terms{TTL: c.Terms.TTL, Limits: c.Terms.Limits}}
		}
	}
	if r.rng.IntN(4) == 0 {
		c.Terms.Expect = time.Minute
	}
	if r.rng.IntN(3) == 0 {
		c.Terms.Run = r.runs.event(now)
	}
	if r.rng.IntN(4) == 0 {
		c.Kind, c.Taken = KindTimedPush, max(0, now-r.rng.Int64N(30e9))
	}
	r.source.sent = append(r.source.sent, p)
	return c
}

// restart is a replay of everything, and one from each snapshot and what came after it.
func (r *togetherRun) restart() {
	replayed, restored := New(), make([]*Store, len(r.frozen))
	for i := 0; i <= len(r.log); i++ {
		if i > 0 {
			replay(r.t, replayed, &r.log[i-1])
		}
		looks, want := i%10 == 0 || i == len(r.log), ""
		if looks {
			want = shownOf(r.t, replayed)
		}
		for k, f := range r.frozen {
			switch {
			case i < f.at:
				continue
			case i == f.at:
				restored[k] = r.restore(f)
			default:
				replay(r.t, restored[k], &r.log[i-1])
			}
			if looks && !sameLines(r.t, fmt.Sprintf("restored from record %d, after record %d", f.at, i), shownOf(r.t, restored[k]), want) {
				return
			}
		}
	}
	sameLines(r.t, "replayed", shownOf(r.t, replayed), shownOf(r.t, r.s))
}

func (r *togetherRun) restore(f frozenAt) *Store {
	s := New()
	for i := range f.records {
		r.met[f.records[i].Kind]++
		replay(r.t, s, &f.records[i])
	}
	s.Resume(uint64(f.at), f.time)
	return s
}

// shownOf is what a store shows of groups, sums, windows and runs, and the records of a
// snapshot of it, in which is all of its state.
func shownOf(t testing.TB, s *Store) string {
	var b strings.Builder
	b.WriteString(everything(s))
	b.WriteString(provenance(s))
	b.WriteString(s.histories())
	b.WriteString(dumped(s))
	fmt.Fprintf(&b, "%+v\n%+v\n%v\n", lasting(s), s.Audit(), s.Scrapers())
	var records []string
	for _, e := range writeSnapshot(t, s.BeginSnapshot()) {
		records = append(records, inOrder(t, &e))
	}
	slices.Sort(records) // groups are in no order
	return b.String() + strings.Join(records, "")
}

// inOrder is a record of a snapshot with what sums have in no order sorted.
func inOrder(t testing.TB, e *journal.Entry) string {
	var c Change
	if err := c.Decode(e.Kind, e.Payload); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if c.sum != nil {
		for _, p := range c.sum.pushers {
			fmt.Fprintf(&b, "%+v\n", *p) // maps are printed in order
		}
		for _, name := range slices.Sorted(maps.Keys(c.sum.contributors)) {
			fmt.Fprintf(&b, "%s %+v\n", name, *c.sum.contributors[name])
		}
		for i := range c.Families { // their protobuf, in the same order, is listed with the groups
			f := &c.Families[i]
			lines := slices.Sorted(strings.Lines(f.Text))
			f.Text, f.Rich = strings.Join(lines, ""), ""
		}
		c.sum = nil
	}
	return fmt.Sprintf("%d %q\n%s", e.Kind, AppendPayload(nil, &c), b.String())
}

// sameLines is same for what is long: it tells of the first line that differs.
func sameLines(t *testing.T, what, got, want string) bool {
	t.Helper()
	if got == want {
		return true
	}
	gots, wants := strings.Split(got, "\n"), strings.Split(want, "\n")
	i := 0
	for i < min(len(gots), len(wants))-1 && gots[i] == wants[i] {
		i++
	}
	t.Errorf("%s, line %d:\ngot\n%s\nwant\n%s", what, i+1, gots[i], wants[i])
	return false
}
