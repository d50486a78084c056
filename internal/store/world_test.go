package store

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/headgate/headgate/internal/limit"
)

// world is the model with what isn't shown: deletes that can be undone.
type world struct {
	model
	trash []buriedGroups
}

type buriedGroups struct {
	id     string
	until  int64
	groups map[string]*modelGroup
}

// apply returns the world after c and whether c, if it is a push, was taken.
func (w world) apply(c *Change, seq uint64, t int64) (world, bool) {
	w.trash = slices.Clone(w.trash)
	switch c.Kind {
	case KindReplace, KindMerge, KindPush:
		return w.push(c, seq, t)
	case KindRefuse, KindFail:
		w.model = w.without(c.Key, t).refused(c, t)
	case KindDelete, KindRemove, KindWipe, KindClear:
		return w.delete(c, t), true
	case KindExpire:
		return w.expire(c.Most, t), true
	case KindScraped:
		w.model = w.clone()
		for _, r := range c.Reads {
			if g := w.model[r.Key]; g != nil && g.terms.KeepUntilScraped && g.seq == r.Seq {
				delete(w.model, r.Key)
			}
		}
	case KindUndo:
		return w.undo(c, t), true
	}
	return w, true
}

func (w world) push(c *Change, seq uint64, t int64) (world, bool) {
	m := w.without(c.Key, t)
	next, ok := m.apply(c, t)
	if ok && m.overLimit(next, c) {
		next, ok = m.refused(c, t), false
	}
	if ok {
		next[c.Key].seq, next[c.Key].terms = seq, c.Terms
	}
	w.model = next
	return w, ok
}

// without is m without a group if its deadline lies before t.
func (m model) without(key string, t int64) model {
	if g := m[key]; g != nil && g.deadline() < t {
		m = m.clone()
		delete(m, key)
	}
	return m
}

func (g *modelGroup) deadline() int64 {
	from := g.pushed
	if from == 0 {
		from = g.fail
	}
	if g.terms.TTL == 0 {
		return 1 << 62
	}
	return from + int64(g.terms.TTL)
}

func (w world) delete(c *Change, t int64) world {
	keys := c.Keys
	if c.Kind == KindWipe || c.Kind == KindClear {
		keys = slices.Collect(maps.Keys(w.model))
	}
	gone := buriedGroups{c.Undo.ID, t + int64(c.Undo.Window), map[string]*modelGroup{}}
	next := w.clone()
	for _, key := range keys {
		if g := next[key]; g != nil {
			gone.groups[key] = g
			delete(next, key)
		}
	}
	w.model = next
	if len(gone.groups) > 0 && c.Undo.Window > 0 {
		w.trash = append(w.trash, gone)
	}
	return w
}

func (w world) expire(most int, t int64) world {
	var dead []string
	for key, g := range w.model {
		if g.deadline() < t {
			dead = append(dead, key)
		}
	}
	slices.SortFunc(dead, func(a, b string) int {
		return cmp.Or(cmp.Compare(w.model[a].deadline(), w.model[b].deadline()), strings.Compare(a, b))
	})
	w.model = w.clone()
	for _, key := range dead[:min(most, len(dead))] {
		delete(w.model, key)
	}
	return w
}

func (w world) undo(c *Change, t int64) world {
	for i, d := range slices.Backward(w.trash) {
		if d.until < t || c.Undo.ID != "" && c.Undo.ID != d.id {
			continue
		}
		for key, g := range d.groups {
			if w.model[key] != nil {
				continue
			}
			next := w.clone()
			if next[key] = g; next.consistent() {
				w.model = next
			}
		}
		w.trash = slices.Delete(w.trash, i, i+1)
		break
	}
	return w
}

// overLimit is whether the step from m to next, which c makes, goes beyond a limit.
func (m model) overLimit(next model, c *Change) bool {
	over := func(id limit.ID, before, after int) bool {
		most := c.Terms.Limits.Max[id]
		return most > 0 && !c.Terms.Limits.DryRun[id] && after > before && int64(after) > most
	}
	labels, _ := Labels(c.Key)
	job := jobName(labels)
	for _, f := range c.Families {
		before := 0
		if g := m[c.Key]; g != nil {
			before = countLines(g.families[f.Name].Text)
		}
		if over(limit.MetricSeries, before, countLines(f.Text)) {
			return true
		}
	}
	grows := next.seriesOf(job) > m.seriesOf(job)
	return over(limit.GroupSeries, m[c.Key].shown(), next[c.Key].shown()) ||
		grows && over(limit.JobGroups, m.groupsOf(job), next.groupsOf(job)) ||
		over(limit.JobSeries, m.seriesOf(job), next.seriesOf(job)) ||
		over(limit.Series, m.all(), next.all())
}

func (g *modelGroup) shown() int {
	if g == nil {
		return 0
	}
	n := 2
	for _, f := range g.families {
		n += countLines(f.Text)
	}
	return n
}

func (m model) seriesOf(job string) (n int) {
	for _, g := range m {
		if jobName(g.labels) == job {
			n += g.shown()
		}
	}
	return n
}

func (m model) groupsOf(job string) (n int) {
	for _, g := range m {
		if jobName(g.labels) == job {
			n++
		}
	}
	return n
}

func (m model) all() (n int) {
	for _, g := range m {
		n += g.shown()
	}
	return n
}

// randomLife is a change of the kinds that are about how long groups stay, given
// what is there.
func (w world) randomLife(rng *rand.Rand, step int) *Change {
	id := fmt.Sprintf("id%d", step)
	undo := Undo{ID: id, Window: time.Duration(10+rng.IntN(30)) * time.Second, Bytes: 1 << 40}
	origin := Origin{User: "u", Address: "a", What: "w"}
	keys := slices.Sorted(maps.Keys(w.model))
	switch rng.IntN(8) {
	case 0:
		return &Change{Kind: KindClear, Undo: undo, Origin: origin}
	case 1, 2:
		if len(keys) > 0 {
			keys = keys[:1+rng.IntN(len(keys))]
		}
		return &Change{Kind: KindRemove, Keys: keys, Undo: undo, Origin: origin}
	case 3, 4:
		c := &Change{Kind: KindUndo, Most: 1000, Origin: origin}
		if rng.IntN(2) == 0 {
			c.Undo.ID = fmt.Sprintf("id%d", step-1-rng.IntN(10))
		}
		return c
	case 5:
		c := &Change{Kind: KindScraped}
		for _, key := range keys {
			c.Reads = append(c.Reads, Read{key, w.model[key].seq - uint64(rng.IntN(2))})
		}
		return c
	}
	return &Change{Kind: KindExpire, Most: 1 + rng.IntN(4)}
}

// randomTerms make a push of today of one of old.
func randomTerms(rng *rand.Rand, c *Change) {
	if c.Kind == KindRefuse {
		c.Kind = KindFail
	} else {
		c.Terms.Replace = c.Kind == KindReplace
		c.Terms.KeepUntilScraped = rng.IntN(3) == 0
		c.Kind = KindPush
	}
	if rng.IntN(2) == 0 {
		c.Terms.TTL = time.Duration(1+rng.IntN(15)) * time.Second
	}
	if rng.IntN(4) == 0 {
		c.Terms.Expect = time.Minute
	}
	for id := range c.Terms.Limits.Max {
		if rng.IntN(4) == 0 {
			c.Terms.Limits.Max[id] = int64(1 + rng.IntN(12))
			c.Terms.Limits.DryRun[id] = rng.IntN(4) == 0
		}
	}
}
