package lint

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headgate/headgate/internal/expo"
)

// pusher pushes "rows 1" to groups, a second apart, and knows all of them.
type pusher struct {
	t    *testing.T
	l    *Linter
	now  time.Time
	keys []string
}

func newPusher(t *testing.T) *pusher { return &pusher{t: t, l: New(Options{}), now: start} }

// push returns what drifts by the answer.
func (p *pusher) push(format string, args ...any) string {
	return p.pushAs(false, fmt.Sprintf(format, args...))
}

// sum is push of increments.
func (p *pusher) sum(k string) string { return p.pushAs(true, k) }

func (p *pusher) pushAs(summed bool, k string) string {
	if !slices.Contains(p.keys, k) {
		p.keys = append(p.keys, k)
	}
	made := push(p.t, k, "rows 1")
	p.now = p.now.Add(time.Second)
	made.Time, made.Summed = p.now, summed
	var drifts []string
	for _, rule := range strings.Fields(rules(p.l.Push(made))) {
		if strings.HasPrefix(rule, KeyNamesChange) || strings.HasPrefix(rule, KeyValueNew) {
			drifts = append(drifts, rule)
		}
	}
	return strings.Join(drifts, " ")
}

func (p *pusher) groups() iter.Seq2[string, []expo.Label] {
	return func(yield func(string, []expo.Label) bool) {
		for _, k := range p.keys {
			if !yield(k, key(k)) {
				return
			}
		}
	}
}

func (p *pusher) drifts() []Drift { return p.l.Drifts(p.groups(), 3) }

// A job whose keys get a label more is told which to drop, in the answer, and the old groups are
// listed; the label that is there on purpose, beside pushes without it, is not.
func TestKeyNamesChange(t *testing.T) {
	p := newPusher(t)
	for i := range 5 {
		if got := p.push("job=a instance=h%d", i); got != "" {
			t.Fatalf("got %q", got)
		}
	}
	for range 2 {
		if got := p.push("job=a instance=h1 pod=p"); got != "key-names-change(pod)" {
			t.Fatalf("got %q", got)
		}
	}
	if got := p.push("job=other pod=p"); got != "" {
		t.Errorf("another job: got %q", got)
	}
	drifts := p.drifts()
	if len(drifts) != 1 || drifts[0].Orphans != 5 || len(drifts[0].Examples) != 3 || drifts[0].Job != "a" {
		t.Fatalf("got %+v", drifts)
	}
	want := `the grouping keys of job "a" had the labels {instance, job} and now have {instance, job, pod}: groups of the old keys stay as they were (so far: 5)`
	if got := drifts[0].Finding.Message; got != want {
		t.Errorf("got %s", got)
	}
	p.push("job=a instance=h3") // the old keys live on
	if got := p.push("job=a instance=h1 pod=p"); got != "" {
		t.Errorf("with both kinds of keys in use: got %q", got)
	}
	if got := p.push("job=a instance=h1 pod=q"); got != "" {
		t.Errorf("with both kinds of keys in use, a new group: got %q", got)
	}
}

// A job that has groups of its hosts and their sum, as headgate run makes them, has not
// changed its keys: neither is what became of the other.
func TestKeyNamesOfSums(t *testing.T) {
	p := newPusher(t)
	for _, host := range []string{"h1", "h2"} {
		if got := p.push("job=a instance=%s", host); got != "" {
			t.Errorf("got %q", got)
		}
		if got := p.sum("job=a"); got != "" {
			t.Errorf("the sum: got %q", got)
		}
	}
	if got := p.sum("job=a zone=z"); got != "key-names-change(zone)" {
		t.Errorf("a sum whose keys did change: got %q", got)
	}
}

// Once the old groups are deleted there is nothing left to tell.
func TestKeyNamesChangeEnds(t *testing.T) {
	p := newPusher(t)
	p.push("job=a run=1")
	if got := p.push("job=a instance=h"); got != "key-names-change(instance)" {
		t.Fatalf("got %q", got)
	}
	p.l.Forget("job=a run=1")
	if got := p.push("job=a instance=h"); got != "" || len(p.drifts()) > 0 {
		t.Errorf("got %q, %+v", got, p.drifts())
	}
	// A label less is a change too, with none to drop.
	p.push("job=b instance=h pod=x")
	if got := p.push("job=b instance=h"); got != KeyNamesChange {
		t.Errorf("got %q", got)
	}
}

// A label with a new value in each push is to be dropped, whatever the others do.
func TestKeyValueNew(t *testing.T) {
	for _, c := range []struct {
		name, key string // with the number of the run
		want      string
	}{
		{"a run's number", "job=a run=r%[1]d", "key-value-new(run)"},
		{"beside a host", "job=a instance=h run=r%[1]d", "key-value-new(run)"},
		{"random instances", "job=a instance=web-5d4f8c7b9-x2k4%[2]c", "key-value-new(instance)"},
		{"hosts", "job=a instance=host-%[1]d", ""},
	} {
		p := newPusher(t)
		got := ""
		for i := range 2 * manyNew {
			got = p.push(c.key, i, "bcdfghjklmnpqrstvwxz"[i])
			p.push(c.key, i, "bcdfghjklmnpqrstvwxz"[i]) // runs push more than once
			if got != "" && i+1 < manyNew {
				t.Errorf("%s: got %q after %d runs", c.name, got, i+1)
			}
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		if drifts := p.drifts(); c.want != "" && (len(drifts) != 1 || drifts[0].Orphans != 2*manyNew-1 || len(drifts[0].Examples) != 3) {
			t.Errorf("%s: got %+v", c.name, drifts)
		}
	}
}

// Runs may go on side by side, each pushing several times.
func TestKeyValueNewSideBySide(t *testing.T) {
	p := newPusher(t)
	got := ""
	for i := range 2 * manyNew {
		for older := range 3 {
			got = p.push("job=a run=r%d", max(i-older, 0))
		}
	}
	if got != "key-value-new(run)" {
		t.Errorf("got %q", got)
	}
}

// Values that come back end it: many hosts have each a first push.
func TestKeyValueNewEnds(t *testing.T) {
	for _, n := range []int{manyNew, manyNew + 1, 50} {
		p := newPusher(t)
		for i := range n {
			p.push("job=a shard=s%d", i)
		}
		p.push("job=a shard=s0")
		for i := range n {
			if got := p.push("job=a shard=s%d", i); got != "" {
				t.Fatalf("%d shards: got %q", n, got)
			}
		}
		if got := p.push("job=a shard=s%d", n); got != "" || len(p.drifts()) > 0 {
			t.Errorf("%d shards and one more: got %q, %+v", n, got, p.drifts())
		}
	}
	p := newPusher(t)
	for i := range 3 * manyNew { // each value twice, in different groups
		if got := p.push("job=a half=h%d other=o%d", i/2, i%3); got != "" {
			t.Fatalf("push %d: got %q", i, got)
		}
	}
}

// Hosts with plain names that never come back within a day are no fleet.
func TestKeyValueNewInstanceOverDays(t *testing.T) {
	p := newPusher(t)
	got := ""
	for i := range manyNew + 1 {
		p.now = p.now.Add(3 * time.Hour)
		got = p.push("job=a instance=runner-%d", i)
	}
	if got != "key-value-new(instance)" {
		t.Errorf("got %q", got)
	}
}

// Groups that expire leave nothing behind.
func TestKeyValueNewExpires(t *testing.T) {
	l := New(Options{})
	for i := range 3 * manyNew {
		p := push(t, fmt.Sprintf("job=a run=%d", 1_700_000_000+i), "rows 1")
		p.Expires = true
		if got := l.Push(p); len(got) > 0 {
			t.Fatalf("got %q", rules(got))
		}
	}
	last := push(t, "job=a run=x", "rows 1")
	if got := l.Push(last); len(got) > 0 {
		t.Errorf("the groups that expire count: got %q", rules(got))
	}
}

// After a restart, the groups that are there aren't new, and an old change is still known.
func TestKnown(t *testing.T) {
	p := newPusher(t)
	for i := range 3 * manyNew {
		p.l.Known(key(fmt.Sprintf("job=a run=r%d", i)), fmt.Sprintf("job=a run=r%d", i), start.Add(-time.Minute))
		p.l.Known(key(fmt.Sprintf("job=b instance=h%d", i)), fmt.Sprintf("job=b instance=h%d", i), start.Add(-48*time.Hour))
	}
	p.l.Known(key("job=b instance=h0 pod=p"), "job=b instance=h0 pod=p", start.Add(-time.Minute))
	for i := range 3 * manyNew {
		if got := p.push("job=a run=r%d", i); got != "" {
			t.Fatalf("got %q", got)
		}
	}
	// Both kinds of keys are in use: the older group with a pod is from before.
	p.l.Known(key("job=c"), "job=c", start.Add(-time.Minute))
	p.l.Known(key("job=c pod=p"), "job=c pod=p", start.Add(-time.Second))
	p.l.Known(key("job=c pod=q"), "job=c pod=q", start.Add(-48*time.Hour))
	if got := p.push("job=c pod=r"); got != "" {
		t.Errorf("got %q", got)
	}
	// Values that are known aren't new in other groups.
	for i := range 3 * manyNew {
		k := fmt.Sprintf("job=d half=x run=r%d", i)
		p.l.Known(key(k), k, start)
	}
	for i := range 3 * manyNew {
		if got := p.push("job=d half=y run=r%d", i); got != "" {
			t.Fatalf("got %q", got)
		}
	}
	if got := p.push("job=b instance=h0 pod=q"); got != "key-names-change(pod)" {
		t.Errorf("got %q", got)
	}
}

// What is remembered of jobs and of a job's keys is bounded.
func TestDriftBounded(t *testing.T) {
	p := newPusher(t)
	for i := range 5 * mostSets {
		p.push("job=a l%d=v m%d=v", i, i+1)
	}
	if j := p.l.drift.jobs["a"]; len(j.sets) > mostSets || len(j.labels) > mostKeyLabels {
		t.Errorf("got %d sets and %d labels", len(j.sets), len(j.labels))
	}
	for i := range 4 * mostSeen {
		p.push("job=b run=r%d", i)
	}
	if n := len(p.l.drift.jobs["b"].labels[0].seen); n > mostSeen {
		t.Errorf("got %d values", n)
	}
	for i := range mostJobs + 100 {
		k := fmt.Sprintf("job=j%d", i)
		p.l.Known(key(k), k, start)
	}
	if n := len(p.l.drift.jobs); n > mostJobs {
		t.Errorf("got %d jobs", n)
	}
	p.l.Reset()
	if n := len(p.l.drift.jobs); n != 0 {
		t.Errorf("%d jobs are left", n)
	}
}
