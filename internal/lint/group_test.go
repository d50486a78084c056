package lint

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/push/labels"
)

// A change of buckets between pushes is told where it happens and a few pushes later, and
// then no more; buckets that stay are nothing to tell.
func TestBucketsChange(t *testing.T) {
	l := New(Options{})
	with := func(le ...string) string {
		return rules(l.Push(push(t, "job=a", "# TYPE d_seconds histogram\n"+histogram("d_seconds", "", le...))))
	}
	for range 3 {
		if got := with("1", "2"); got != "" {
			t.Fatalf("got %q", got)
		}
	}
	for i := range tellings + 3 {
		got, want := with("1", "3"), BucketsChange
		if i >= tellings {
			want = ""
		}
		if got != want {
			t.Fatalf("push %d after the change: got %q, want %q", i, got, want)
		}
	}
}

// A service that pushes often would better be scraped; a batch job that tells of its
// progress, and a job that is started often, wouldn't.
func TestPushFrequent(t *testing.T) {
	const service = "process_start_time_seconds %d\ngo_goroutines 1\n"
	for _, c := range []struct {
		name string
		body string
		gap  time.Duration
		n    int
		want string
	}{
		{"a service known to run long", fmt.Sprintf(service, start.Add(-time.Hour).Unix()), 5 * time.Second, 21, PushFrequent},
		{"one push too few", fmt.Sprintf(service, start.Add(-time.Hour).Unix()), 5 * time.Second, 20, ""},
		{"a young process", fmt.Sprintf(service, start.Add(-time.Second).Unix()), 5 * time.Second, 60, ""},
		{"a young process grown old", fmt.Sprintf(service, start.Add(-time.Second).Unix()), 5 * time.Second, 130, PushFrequent},
		{"seldom", fmt.Sprintf(service, start.Add(-time.Hour).Unix()), 20 * time.Second, 100, ""},
		{"a script in a loop", "rows 1", 5 * time.Second, 400, ""},
		{"a script in a loop for hours", "rows 1", 5 * time.Second, 800, PushFrequent},
	} {
		l := New(Options{})
		p := push(t, "job=a instance=h", c.body)
		got := ""
		for range c.n {
			got = rules(l.Push(p))
			p.Time = p.Time.Add(c.gap)
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		p.Time = p.Time.Add(24 * time.Hour)
		if got := rules(l.Push(p)); got != "" {
			t.Errorf("%s: after a long pause still %q", c.name, got)
		}
		for range c.n - 1 {
			p.Time = p.Time.Add(c.gap)
			got = rules(l.Push(p))
		}
		if got != "" && c.want == "" && c.name != "a young process" { // which is older now
			t.Errorf("%s: with a pause between, got %q", c.name, got)
		}
		for range 2 {
			p.Time = p.Time.Add(c.gap)
			got = rules(l.Push(p))
		}
		if got != c.want && c.want != "" {
			t.Errorf("%s: as often again after the pause, got %q", c.name, got)
		}
	}
}

// Several hosts that push to one group by turns are told so; one that is restarted, or
// that the key tells apart, is not.
func TestInstanceMissing(t *testing.T) {
	for _, c := range []struct{ name, key, from, want string }{
		{"two hosts", "job=a", "abababab", "instance-missing(instance)"},
		{"three hosts", "job=a", "abcabcabcabcabc", "instance-missing(instance)"},
		{"bursts of two", "job=a", "aaabbbaaabbbaaabbb", "instance-missing(instance)"},
		{"a moved host", "job=a", "aaaaabbbbbaaa", ""},
		{"new addresses", "job=a", "abcdefghijk", ""},
		{"one", "job=a", "aaaaaaaa", ""},
		{"told apart", "job=a instance=h", "abababab", ""},
	} {
		byAddress, byStart := New(Options{}), New(Options{})
		got, gotStart := "", ""
		for _, from := range c.from {
			p := push(t, c.key, "rows 1")
			p.From = string(from)
			got = rules(byAddress.Push(p))
			p = push(t, c.key, fmt.Sprintf("process_start_time_seconds %d", 1_799_000_000+int(from)*77))
			p.From = fmt.Sprint(rand.Int()) // less telling than the process
			gotStart = rules(byStart.Push(p))
		}
		if got != c.want || gotStart != c.want {
			t.Errorf("%s: got %q by address and %q by start, want %q", c.name, got, gotStart, c.want)
		}
	}
}

// Many hosts are meant to push to a sum, and often: neither is told of one.
func TestSumsHaveManyPushers(t *testing.T) {
	for _, summed := range []bool{false, true} {
		l := New(Options{})
		p := push(t, "job=a", "rows 1")
		p.Summed = summed
		var found []labels.Finding
		for i := range 800 {
			p.From = string("ab"[i%2])
			p.Time = p.Time.Add(5 * time.Second)
			found = l.Push(p)
		}
		if got := rules(found); (got == "") != summed {
			t.Errorf("summed %v: got %q", summed, got)
		}
	}
}

// What is found in a push doesn't depend on whether its shape was seen before.
func TestKnownShapeFindsTheSame(t *testing.T) {
	forSeeds(t, func(t *testing.T, r *rand.Rand) {
		l := New(Options{})
		for range 300 {
			p := push(t, fmt.Sprintf("job=j%d instance=h%d", r.IntN(3), r.IntN(3)), randomBody(r))
			got := l.Push(p)
			fresh := New(Options{}).Push(p)
			if a, b := telling(got), telling(fresh); a != b {
				t.Fatalf("got\n%s\nfresh\n%s", a, b)
			}
			if again := l.Push(p); telling(again) != telling(fresh) {
				t.Fatalf("again: got\n%s\nfresh\n%s", telling(again), telling(fresh))
			}
		}
	})
}

// telling is all that a finding says, but for what depends on more than one push.
func telling(findings []labels.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		if f.Rule != BucketsChange {
			fmt.Fprintf(&b, "%+v\n", f)
		}
	}
	return b.String()
}

func randomBody(r *rand.Rand) string {
	var b strings.Builder
	for i := range 1 + r.IntN(3) {
		name := fmt.Sprintf("%s_%d", []string{"rows", "wait_ms", "last_success", "done_total"}[r.IntN(4)], i)
		if r.IntN(4) == 0 {
			fmt.Fprintf(&b, "# TYPE %s_h histogram\n%s", name, histogram(name+"_h", "", fmt.Sprint(1+r.IntN(2))))
			continue
		}
		fmt.Fprintf(&b, "# TYPE %s %s\n", name, []string{"gauge", "counter", "untyped"}[r.IntN(3)])
		value := []string{"1", "2", "1.7e9", "1.7e12"}[r.IntN(4)]
		for j := range 1 + r.IntN(3) {
			label := []string{"10.1.2.3", "GET", "1700000000", "x"}[r.IntN(4)]
			fmt.Fprintf(&b, "%s{n=\"%d\",a=%q} %s\n", name, j, label, value)
		}
	}
	return b.String()
}

// The table holds so many groups and no more, forgets those that go, and its counts are those
// of what it holds.
func TestTable(t *testing.T) {
	forSeeds(t, func(t *testing.T, r *rand.Rand) {
		l := New(Options{})
		for i := range l.table.parts {
			l.table.parts[i].most = 2
		}
		for i := range 2000 {
			k := fmt.Sprintf("job=j%d instance=h%d", r.IntN(20), r.IntN(50))
			switch r.IntN(8) {
			case 0:
				l.Forget(k)
			case 1:
				l.Known(key(k), k, start)
			default:
				p := push(t, k, []string{"rows 1", "wait_ms 1", "wait_ms 1\nlast_success 1.7e9"}[r.IntN(3)])
				p.Time = start.Add(time.Duration(i) * time.Second)
				l.Push(p)
			}
		}
		checkCounts(t, l)
		if n := l.Stats().Tracked; n == 0 || n > 2*parts {
			t.Errorf("got %d groups, want at most %d", n, 2*parts)
		}
		if l.Stats().Evicted == 0 {
			t.Errorf("nothing was evicted")
		}
		l.Reset()
		checkCounts(t, l)
		if n := l.Stats().Tracked; n != 0 || len(l.drift.jobs) != 0 {
			t.Errorf("after the reset there are %d groups and %d jobs", n, len(l.drift.jobs))
		}
	})
}

// checkCounts compares the counts that are kept with a count.
func checkCounts(t *testing.T, l *Linter) {
	t.Helper()
	by := map[string]int{}
	found := 0
	for i := range l.table.parts {
		for _, g := range l.table.parts[i].groups {
			seen := map[string]bool{}
			for _, f := range g.findings() {
				if !seen[f.Rule] {
					by[f.Rule]++
				}
				seen[f.Rule] = true
			}
			if len(seen) > 0 {
				found++
			}
		}
	}
	s := l.Stats()
	if s.Found != found {
		t.Errorf("%d groups are counted, and %d are there", s.Found, found)
	}
	for _, r := range s.Rules {
		if r.Groups != by[r.Rule] {
			t.Errorf("%s: %d groups are counted, and %d are there", r.Rule, r.Groups, by[r.Rule])
		}
	}
	members := 0
	for _, j := range l.drift.jobs {
		inSets := 0
		for _, set := range j.sets {
			inSets += set.groups
		}
		if inSets != j.groups {
			t.Errorf("job %s: %d groups in its sets, %d in all", j.name, inSets, j.groups)
		}
		members += j.groups
	}
	if members != s.Tracked {
		t.Errorf("%d groups belong to jobs, and %d are there", members, s.Tracked)
	}
}

// Each rule has a bit of its own, and a group its place in memory.
func TestSizes(t *testing.T) {
	if n := len(doorRules()); n > mostRules {
		t.Errorf("%d rules, want at most %d", n, mostRules)
	}
	if n := unsafe.Sizeof(group{}); n > 64 {
		t.Errorf("a group takes %d bytes, want at most 64", n)
	}
}

// The list is sorted by key, whatever the order of the pushes, and shows what keep chooses.
func TestGroupsSorted(t *testing.T) {
	l := New(Options{})
	for _, k := range []string{"job=c", "job=a instance=z", "job=b", "job=a instance=b"} {
		l.Push(push(t, k, "wait_ms 1"))
	}
	var got []string
	for _, g := range l.Groups(resident("job=b", "job=c", "job=a instance=z", "job=new", "job=a instance=b")) {
		got = append(got, fmt.Sprint(g.Key))
	}
	want := "[[{instance b} {job a}] [{instance z} {job a}] [{job b}] [{job c}]]"
	if fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
	if got := l.Groups(resident("job=b")); len(got) != 1 || rules(got[0].Findings) != "name-unit" {
		t.Errorf("got %+v", got)
	}
}

// resident are groups as the store lists them.
func resident(keys ...string) iter.Seq2[string, []expo.Label] {
	return func(yield func(string, []expo.Label) bool) {
		for _, k := range keys {
			if !yield(k, key(k)) {
				return
			}
		}
	}
}

// What is kept of a push doesn't grow with it.
func TestFindingsBounded(t *testing.T) {
	var b strings.Builder
	for i := range 10 * mostFindings {
		fmt.Fprintf(&b, "wait%d_ms 1\n# TYPE d%d_seconds histogram\n%s", i, i, histogram(fmt.Sprintf("d%d_seconds", i), "", "1"))
	}
	le := make([]string, mostBuckets+1)
	for i := range le {
		le[i] = fmt.Sprint(i + 1)
	}
	fmt.Fprintf(&b, "# TYPE a_seconds histogram\n%s", histogram("a_seconds", "", le...))
	p := push(t, "job=a", b.String())
	p.BodyJob = "b"
	l := New(Options{})
	found := l.Push(p)
	if len(found) != mostFindings || found[0].Rule != BodyJob {
		t.Errorf("got %d findings, the first by %s", len(found), found[0].Rule)
	}
	for _, s := range l.shapes.all {
		if len(s.buckets) != mostHistograms || s.buckets[0].metric == "a_seconds" {
			t.Errorf("got the buckets of %d histograms", len(s.buckets))
		}
	}
}

// All that a Linter does may be done at once, and its counts are right afterwards.
func TestConcurrent(t *testing.T) {
	l := New(Options{})
	var workers sync.WaitGroup
	for w := range 4 {
		r := rand.New(rand.NewPCG(uint64(w), 0))
		workers.Go(func() {
			for range 500 {
				k := fmt.Sprintf("job=j%d run=r%d", r.IntN(3), r.IntN(20))
				switch r.IntN(12) {
				case 0:
					l.Forget(k)
				case 1:
					l.Known(key(k), k, start)
				case 2:
					l.Groups(resident(k))
					l.Stats()
				case 3:
					l.Drifts(func(yield func(string, []expo.Label) bool) { yield(k, key(k)) }, 1)
				case 4:
					l.SetOptions(Options{MaxValues: 1 + r.IntN(5)})
				case 5:
					l.Push(push(t, fmt.Sprintf("job=j%d pod=p%d", r.IntN(3), r.IntN(5)), "rows 1"))
				default:
					l.Push(push(t, k, randomBody(r)))
				}
			}
		})
	}
	workers.Wait()
	checkCounts(t, l)
}

// What is found outlives the body, which is overwritten by the next.
func TestNothingOfThePushIsKept(t *testing.T) {
	body := []byte("wait_ms{user_id=\"1234\",ip=\"192.0.2.7\"} 1\n# TYPE d_seconds histogram\n" + histogram("d_seconds", "a=\"b\",", "1"))
	families, err := new(expo.Parser).Text(body)
	if err != nil {
		t.Fatal(err)
	}
	key := []byte("backup-7d9f8b6c5-x2x7k")
	name := unsafe.String(&key[0], len(key))
	p := &Push{Key: []expo.Label{{Name: "instance", Value: name}, {Name: "job", Value: name}}, KeyText: name, Time: start, BodyJob: name}
	for i := range families {
		p.Families = append(p.Families, &families[i])
	}
	l := New(Options{})
	l.Push(p)
	kept := func(yield func(string, []expo.Label) bool) { yield(strings.Clone(name), nil) }
	before := fmt.Sprintf("%+v %+v", l.Groups(kept), l.shapes.all[l.sketch(l.options.Load(), p).sum])
	sum := l.sketch(l.options.Load(), p).sum
	for i := range body {
		body[i] = '#'
	}
	known := strings.Clone(name)
	kept = func(yield func(string, []expo.Label) bool) { yield(known, nil) }
	for i := range key {
		key[i] = '#'
	}
	after := fmt.Sprintf("%+v %+v", l.Groups(kept), l.shapes.all[sum])
	if before != after || !strings.Contains(before, "192.0.2.7") {
		t.Errorf("got\n%s\nwant\n%s", after, before)
	}
	if l.drift.jobs["backup-7d9f8b6c5-x2x7k"] == nil {
		t.Error("the job's name has changed")
	}
}

// A bound that is raised holds for big families too.
func TestMaxValuesOfBigFamily(t *testing.T) {
	var b strings.Builder
	for i := range 3 * mostMetrics {
		fmt.Fprintf(&b, "x{a=\"v%d\"} 1\n", i)
	}
	p := push(t, "job=a", b.String())
	for most, want := range map[int]string{2 * mostMetrics: "label-cardinality(a)", 3 * mostMetrics: ""} {
		if got := rules(New(Options{MaxValues: most}).Push(p)); got != want {
			t.Errorf("at most %d: got %q, want %q", most, got, want)
		}
	}
}
