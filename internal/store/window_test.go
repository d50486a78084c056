package store

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/headgate/headgate/internal/aggregate"
	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/journal"
)

// windowShelf is a store with rules and a clock.
type windowShelf struct {
	t   testing.TB
	s   *Store
	seq uint64
	now int64
}

func newWindowShelf(t testing.TB, rules ...WindowRule) *windowShelf {
	w := &windowShelf{t: t, s: New(), now: 100e9}
	if it := w.do(SetWindows(rules)); it.Err != nil {
		t.Fatal(it.Err)
	}
	return w
}

// sumRule sums the series of one name in windows of 10 s.
func sumRule(name, metric string, by ...string) WindowRule {
	return WindowRule{
		Name: name, Match: []*labels.Matcher{match(labels.MatchEqual, "__name__", metric)}, Labels: by,
		Interval: 10 * time.Second, Outputs: []aggregate.Output{aggregate.WindowSum}, MaxSeries: 100,
	}
}

func (w *windowShelf) do(c *Change) *Item {
	w.seq++
	it := &Item{Change: c, Seq: w.seq, Time: w.now}
	w.s.ApplyBatch([]*Item{it})
	return it
}

func (w *windowShelf) push(job, name string, t expo.Type, text string) *Item {
	return w.do(&Change{Kind: KindPush, Key: keyOfJob(job), Families: []FamilyChange{{Name: name, Type: t, Text: text}}})
}

// close goes to the next window and shows all of the last.
func (w *windowShelf) close() {
	w.now = (w.now/10e9 + 1) * 10e9
	for w.do(&Change{Kind: KindExpire, Most: 1}).More {
	}
}

func (w *windowShelf) expect(want string) {
	w.t.Helper()
	if got := results(w.s); got != want {
		w.t.Errorf("got the results\n%swant\n%s", got, want)
	}
}

// Whoever comes first has a name: a rule, so that nothing can be pushed that would show
// a result's name or one that collides with it in any spelling; or a group, so that the
// rule is refused and those before it stay.
func TestNamesOfResultsAreTheRules(t *testing.T) {
	w := newWindowShelf(t, sumRule("w:a", "m"))
	for _, p := range []struct {
		name string
		typ  expo.Type
		text string
	}{
		{"w:a_sum", expo.Gauge, "w:a_sum 1\n"},
		{"w:a_sum", expo.Counter, "w:a_sum 1\n"},
		{"w:a", expo.Summary, "w:a_sum 1\nw:a_count 1\n"},
		{"w:a sum", expo.Gauge, "{\"w:a sum\"} 1\n"},
	} {
		if it := w.push("j", p.name, p.typ, p.text); it.Err == nil || !strings.Contains(it.Err.Error(), "w:a_sum") {
			t.Errorf("%s %s: got %v, want a refusal that names w:a_sum", p.typ, p.name, it.Err)
		}
	}
	for name, text := range map[string]string{"c_sum": "c_sum 1\n", "d_min sum": "{\"d_min sum\"} 1\n"} {
		if it := w.push("j"+name, name, expo.Gauge, text); it.Err != nil {
			t.Fatal(it.Err)
		}
	}
	w.push("h", "e", expo.Histogram, "e_bucket{le=\"+Inf\"} 1\ne_sum 1\ne_count 1\n")
	for _, name := range []string{"c", "d_min", "e"} {
		differ, err := w.s.WindowsDiffer([]WindowRule{sumRule(name, "m")})
		it := w.do(SetWindows([]WindowRule{sumRule(name, "m")}))
		if !differ || err == nil || it.Err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("a rule %s is taken: %v, %v", name, err, it.Err)
		}
	}
	w.push("k", "m", expo.Counter, "m 7\n")
	w.close()
	w.expect("w:a_sum{instance=\"\",job=\"\"} 7\n")
	w.do(SetWindows(nil))
	if it := w.push("l", "w:a_sum", expo.Counter, "w:a_sum 1\n"); it.Err != nil {
		t.Errorf("the rule is gone, but not its name: %v", it.Err)
	}
}

// A wipe takes results and windows away and leaves the rules.
func TestWipeLeavesRules(t *testing.T) {
	w := newWindowShelf(t, sumRule("w:a", "m"))
	w.push("j", "m", expo.Gauge, "m 1\n")
	w.close()
	w.push("j", "m", expo.Gauge, "m 2\n")
	w.do(&Change{Kind: KindWipe})
	w.expect("")
	if it := w.push("j", "w:a_sum", expo.Gauge, "w:a_sum 1\n"); it.Err == nil {
		t.Error("the rule's name is free after a wipe")
	}
	w.push("j", "m", expo.Gauge, "m 4\n")
	w.close()
	w.expect("w:a_sum{instance=\"\",job=\"\"} 4\n")
}

// Results that scrapers with other escaping would take for one series are one.
func TestResultsDifferInEverySpelling(t *testing.T) {
	rule := sumRule("w:a", "m", "z")
	rule.Without = true
	w := newWindowShelf(t, rule)
	w.push("j", "m", expo.Gauge, "m{\"a.b\"=\"1\",job=\"j\",z=\"1\"} 1\n")
	w.push("k", "m", expo.Gauge, "m{a_b=\"1\",job=\"j\",z=\"2\"} 2\n")
	w.push("l", "m", expo.Gauge, "m{a_b=\"\",job=\"j\",z=\"3\"} 4\n")
	w.close()
	w.expect("w:a_sum{a_b=\"1\",instance=\"\",job=\"j\"} 3\nw:a_sum{instance=\"\",job=\"j\"} 4\n")
}

// Quantiles have a label that no series of theirs can have besides.
func TestQuantileLabelIsTheRules(t *testing.T) {
	rule := sumRule("w:a", "m", "z")
	rule.Without, rule.Outputs, rule.Quantiles = true, nil, []float64{0.5}
	w := newWindowShelf(t, rule)
	w.push("j", "m", expo.Gauge, "m{job=\"j\",quantile=\"0.5\"} 1\n")
	w.close()
	w.expect("w:a_quantile{instance=\"\",job=\"j\",quantile=\"0.5\"} 1\n")
}

// A counter that begins anew, is new, or is no counter: what counts of it.
func TestGrowthOfOrdinaryPushes(t *testing.T) {
	w := newWindowShelf(t, sumRule("w:a", "m", "x"), sumRule("w:b", "h_bucket", "le"))
	for i, text := range []string{
		"m{x=\"1\"} 5\nm{x=\"2\"} 1\n",
		"m{x=\"0\"} 4\nm{x=\"1\"} 7\nm{x=\"2\"} 1\n", // a new one before the others
		"m{x=\"1\"} 3\n",                             // fallen
		"m{x=\"1\"} NaN\n",
		"m{x=\"1\"} 4\n", // after something that is no counter
	} {
		if it := w.push("j", "m", expo.Counter, text); it.Err != nil {
			t.Fatal(i, it.Err)
		}
	}
	w.push("h", "h", expo.Histogram, "h_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 1\nh_count 2\n")
	w.push("h", "h", expo.Histogram, "h_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 5\nh_sum 1\nh_count 5\n")
	w.close()
	w.expect("w:a_sum{instance=\"\",job=\"\",x=\"0\"} 4\n" +
		"w:a_sum{instance=\"\",job=\"\",x=\"1\"} 14\n" + // 5, 2, 3 and 4
		"w:a_sum{instance=\"\",job=\"\",x=\"2\"} 1\n" +
		"w:b_sum{instance=\"\",job=\"\",le=\"+Inf\"} 5\n" +
		"w:b_sum{instance=\"\",job=\"\",le=\"1\"} 1\n")
	if stats := w.s.WindowStats()[0]; stats.Ignored != 1 {
		t.Errorf("%d samples ignored, want 1", stats.Ignored)
	}
}

// One record changes a bounded number of results, and pushes in between count.
func TestWindowsCloseInSteps(t *testing.T) {
	w := newWindowShelf(t, sumRule("w:a", "m", "x"))
	for i := range 20 {
		w.push(fmt.Sprint(i), "m", expo.Gauge, fmt.Sprintf("m{x=\"%02d\"} 1\n", i))
	}
	w.now = 110e9
	pushes := 0
	for shown := resultsPerGroup; shown < 20; shown += resultsPerGroup {
		it := w.do(&Change{Kind: KindExpire, Most: 1})
		if n := strings.Count(results(w.s), "\n"); n != shown || !it.More {
			t.Fatalf("%d results shown, %v, want %d and more", n, it.More, shown)
		}
		w.push("p", "m", expo.Gauge, "m{x=\"p\"} 1\n")
		pushes++
	}
	if it := w.do(&Change{Kind: KindExpire, Most: 1}); it.More || w.s.Due(w.now) {
		t.Error("there is more to do when all is shown")
	}
	w.close()
	w.expect(fmt.Sprintf("w:a_sum{instance=\"\",job=\"\",x=\"p\"} %d\n", pushes))
}

// What doesn't fit into one record of a snapshot comes in several: open cells, those of
// a window that is closing, and old and new results.
func TestLargeWindowIsSnapshotInParts(t *testing.T) {
	rule := sumRule("w:a", "m", "x")
	rule.MaxSeries = 5 * windowChunk
	w := newWindowShelf(t, rule)
	fill := func() {
		var text strings.Builder
		for i := range rule.MaxSeries {
			fmt.Fprintf(&text, "m{x=\"%05d\"} %d\n", i, i)
		}
		w.push("j", "m", expo.Gauge, text.String())
	}
	fill()
	w.close()
	fill()
	w.now += 10e9
	w.do(&Change{Kind: KindExpire, Most: 2 * windowChunk / resultsPerGroup})
	fill()
	restored := New()
	for _, e := range writeSnapshot(t, w.s.BeginSnapshot()) {
		if err := restored.Replay(&e); err != nil {
			t.Fatal(err)
		}
	}
	if everything(restored) != everything(w.s) {
		t.Error("restored is not what was")
	}
	if r := restored.windows.rules[0]; len(r.fresh) != 2*windowChunk || len(r.stale) != 3*windowChunk || len(r.closing.cells) != 3*windowChunk {
		t.Errorf("%d new results, %d old ones and %d to come, want parts of each", len(r.fresh), len(r.stale), len(r.closing.cells))
	}
}

// A snapshot that is written while pushes go on has the windows as they were when it
// began, and reads nothing that a push writes.
func TestWindowsChangeWhileASnapshotIsWritten(t *testing.T) {
	rule := sumRule("w:a", "m", "x")
	rule.Quantiles = []float64{0.5}
	w := newWindowShelf(t, rule)
	push := func(value int) {
		for i := range 50 {
			w.push("j", "m", expo.Gauge, fmt.Sprintf("m{x=\"%d\"} %d\n", i, value))
		}
	}
	push(1)
	w.close()
	push(2)
	before := everything(w.s)
	snap := w.s.BeginSnapshot()
	var written []journal.Entry
	var writing sync.WaitGroup
	writing.Go(func() { written = writeSnapshot(t, snap) })
	for value := range 20 {
		push(value)
	}
	w.close()
	push(3)
	writing.Wait()
	restored := New()
	for _, e := range written {
		if err := restored.Replay(&e); err != nil {
			t.Fatal(err)
		}
	}
	if everything(restored) != before {
		t.Error("the snapshot isn't what there was when it began")
	}
}
