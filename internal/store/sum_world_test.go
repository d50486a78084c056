package store

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/headgate/headgate/internal/aggregate"
	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/limit"
)

// refPush is a push in whole numbers, beside the change that is made of it.
type refPush struct {
	change   *Change
	families []refPushed
}

type refPushed struct {
	name   string
	typ    expo.Type
	gauges aggregate.Gauges
	series []refSeries
}

// refWorld is the store with sums written as simply as it can be.
type refWorld struct {
	groups    map[string]*refGroup
	trash     []refTrash
	producers []*refProducer // who was silent longest first
	keys      []usedKey
}

type refTrash struct {
	id     string
	until  int64
	groups map[string]*refGroup
}

type refProducer struct {
	name           string
	epoch, highest uint64
	applied        map[uint64]bool
	known          uint64 // of the numbers from this one it is known whether they were applied
	until          int64
}

// verdict is what becomes of a push.
type verdict uint8

const (
	taken verdict = iota
	duplicate
	outOfSequence // nothing changes
	refused       // the failure time changes
)

func (w *refWorld) push(p *refPush, t int64) verdict {
	c := p.change
	switch v := w.sequence(&c.Terms.Once); v {
	case duplicate, outOfSequence:
		return v
	}
	w.dropExpired(c.Key, t)
	before := w.groups[c.Key]
	next := newRefGroup(c.Key)
	if before != nil {
		next = before.clone()
	}
	if !next.push(p, t) || w.conflicts(next) || w.overLimit(before, next, c) {
		w.fail(c, t)
		return refused
	}
	next.pushed, next.ttl = t, int64(c.Terms.TTL)
	w.groups[c.Key] = next
	w.note(&c.Terms.Once, t)
	return taken
}

func (w *refWorld) dropExpired(key string, t int64) {
	if g := w.groups[key]; g != nil && g.deadline() < t {
		delete(w.groups, key)
	}
}

func (w *refWorld) fail(c *Change, t int64) {
	g := w.groups[c.Key]
	if g == nil {
		g = newRefGroup(c.Key)
		if w.overLimit(nil, g, &Change{Key: c.Key, Terms: c.Terms}) {
			return
		}
		w.groups[c.Key] = g
	}
	g.fail = t
	if g.pushed == 0 {
		g.ttl = int64(c.Terms.TTL)
	}
}

// push is what a push makes of one group, false if it can't be.
func (g *refGroup) push(p *refPush, t int64) bool {
	terms := &p.change.Terms.Summing
	if g.mode != terms.Mode && (g.mode != Keep || len(g.families) > 0) {
		return false
	}
	g.mode = terms.Mode
	if g.mode == Cumulative && !g.enter(terms, t) {
		return false
	}
	samples := 0
	for i := range p.families {
		f := &p.families[i]
		have := g.families[f.name]
		switch {
		case have != nil && have.typ != f.typ && g.mode != Keep:
			return false
		case have == nil || g.mode == Keep:
			have = &refFamily{series: map[string]refSeries{}}
			g.families[f.name] = have
		}
		fc := &p.change.Families[i]
		have.typ, have.help, have.hasHelp = f.typ, fc.Help, fc.HasHelp
		for _, s := range f.series {
			samples++
			if s.created = t; f.typ == expo.Gauge {
				s.created = 0
			}
			if !g.add(terms, f, s) {
				return false
			}
		}
	}
	if g.mode != Keep {
		who := cmp.Or(terms.Pusher, p.change.Terms.Once.Sequence.Producer)
		c := g.contributors[who]
		g.contributors[who] = Contributor{who, c.Pushes + 1, c.Samples + uint64(samples), t}
	}
	return true
}

// enter begins a push of a pusher, false if its epoch is over.
func (g *refGroup) enter(terms *Summing, t int64) bool {
	p := g.pushers[terms.Pusher]
	if p != nil && terms.Epoch < p.epoch {
		return false
	}
	if p != nil && terms.Epoch > p.epoch {
		g.leave(terms.Pusher)
		p = nil
	}
	if p == nil {
		p = &refPusher{epoch: terms.Epoch, last: map[lastKey]refLast{}}
		g.pushers[terms.Pusher] = p
	}
	if p.until = 0; terms.Idle > 0 {
		p.until = t + terms.Idle
	}
	return true
}

// add is one series of a push.
func (g *refGroup) add(terms *Summing, f *refPushed, s refSeries) bool {
	have, key := g.families[f.name], seriesKey(s.labels)
	total, known := have.series[key]
	if total.labels = s.labels; !known {
		total.created = s.created
	}
	k := lastKey{f.name, key}
	more, ok := s.value, true
	if g.mode == Cumulative {
		p := g.pushers[terms.Pusher]
		last, had := p.last[k]
		p.last[k] = refLast{s.value, f.typ, f.gauges}
		if f.typ == expo.Gauge && f.gauges != aggregate.Last {
			total.value, _ = g.gauge(k, f.gauges)
			have.series[key] = total
			return true
		}
		if had && f.typ != expo.Gauge {
			var reset bool
			if more, reset = s.value.since(last.refValue); reset && terms.Epoch != 0 {
				return false
			}
		}
	}
	switch {
	case !known || g.mode == Keep:
		total.value = more
	case f.typ == expo.Gauge:
		total.value = together(f.gauges, total.value, more)
	default:
		total.value, ok = total.value.plus(more)
	}
	have.series[key] = total
	return ok
}

// conflicts is whether a group doesn't go with the others.
func (w *refWorld) conflicts(g *refGroup) bool {
	for name := range g.families {
		if g.families[spelledAlike[name]] != nil {
			return true
		}
	}
	for key, other := range w.groups {
		for name, f := range other.families {
			if key != g.key && g.families[spelledAlike[name]] != nil {
				return true
			}
			mine := g.families[name]
			if key == g.key || mine == nil {
				continue
			}
			if mine.typ != f.typ {
				return true
			}
			for labels := range mine.series {
				if _, twice := f.series[labels]; twice {
					return true
				}
			}
		}
	}
	return false
}

func (w *refWorld) overLimit(before, after *refGroup, c *Change) bool {
	grows := after.lines() - before.lines()
	over := func(id limit.ID, n int) bool {
		most := c.Terms.Limits.Max[id]
		return most > 0 && !c.Terms.Limits.DryRun[id] && int64(n) > most
	}
	for _, f := range c.Families {
		was, is := 0, after.families[f.Name].lines()
		if before != nil && before.families[f.Name] != nil {
			was = before.families[f.Name].lines()
		}
		if is > was && over(limit.MetricSeries, is) {
			return true
		}
	}
	if grows <= 0 {
		return false
	}
	ofJob, jobLines, all := 0, 0, 0
	for _, g := range w.groups {
		all += g.lines()
		if g.job() == after.job() {
			ofJob++
			jobLines += g.lines()
		}
	}
	return over(limit.GroupSeries, after.lines()) || before == nil && over(limit.JobGroups, ofJob+1) ||
		over(limit.JobSeries, jobLines+grows) || over(limit.Series, all+grows)
}

func (w *refWorld) producer(name string) (int, *refProducer) {
	for i, p := range w.producers {
		if p.name == name {
			return i, p
		}
	}
	return -1, nil
}

func (w *refWorld) sequence(o *Once) verdict {
	if slices.ContainsFunc(w.keys, func(k usedKey) bool { return o.Key != "" && k.key == o.Key }) {
		return duplicate
	}
	q := o.Sequence
	if q.Producer == "" {
		return taken
	}
	highest, known := uint64(0), uint64(0)
	if _, p := w.producer(q.Producer); p != nil && p.epoch > q.Epoch {
		return outOfSequence
	} else if p != nil && p.epoch == q.Epoch {
		if highest, known = p.highest, p.known; q.Number+Window <= highest {
			return outOfSequence
		}
		if p.applied[q.Number] {
			return duplicate
		}
	}
	if !o.First && (q.Number > highest+Window || q.Number < known) {
		return outOfSequence
	}
	return taken
}

func (w *refWorld) note(o *Once, t int64) {
	until := t + int64(o.Retention)
	if o.Key != "" {
		w.keys = append(w.keys, usedKey{key: o.Key, until: until})
	}
	q := o.Sequence
	if q.Producer == "" {
		return
	}
	i, p := w.producer(q.Producer)
	if p != nil {
		w.producers = slices.Delete(w.producers, i, i+1)
	}
	if p == nil || p.epoch < q.Epoch {
		p = &refProducer{name: q.Producer, epoch: q.Epoch, applied: map[uint64]bool{}}
		if q.Number > Window {
			p.known = q.Number
		}
	}
	p.highest, p.until = max(p.highest, q.Number), until
	p.applied[q.Number] = true
	w.producers = append(w.producers, p)
}

func (w *refWorld) delete(c *Change, t int64) {
	keys := c.Keys
	if c.Kind == KindClear {
		keys = slices.Collect(maps.Keys(w.groups))
	}
	d := refTrash{c.Undo.ID, t + int64(c.Undo.Window), map[string]*refGroup{}}
	for _, key := range keys {
		if g := w.groups[key]; g != nil {
			d.groups[key] = g
			delete(w.groups, key)
		}
	}
	if len(d.groups) > 0 {
		w.trash = append(w.trash, d)
	}
}

func (w *refWorld) undo(t int64) {
	for i, d := range slices.Backward(w.trash) {
		if d.until < t {
			continue
		}
		for key, g := range d.groups {
			if w.groups[key] == nil && !w.conflicts(g) {
				w.groups[key] = g
			}
		}
		w.trash = slices.Delete(w.trash, i, i+1)
		return
	}
}

func (w *refWorld) expire(most int, t int64) {
	for _, g := range w.groups {
		for _, name := range slices.Sorted(maps.Keys(g.pushers)) {
			if p := g.pushers[name]; p.until != 0 && p.until < t {
				g.leave(name)
			}
		}
	}
	for range most {
		if len(w.producers) > 0 && w.producers[0].until < t {
			w.producers = w.producers[1:]
		} else if len(w.keys) > 0 && w.keys[0].until < t {
			w.keys = w.keys[1:]
		}
	}
	groups := slices.SortedFunc(maps.Values(w.groups), func(a, b *refGroup) int {
		return cmp.Or(cmp.Compare(a.deadline(), b.deadline()), strings.Compare(a.key, b.key))
	})
	for _, g := range groups[:min(most, len(groups))] {
		w.dropExpired(g.key, t)
	}
}

// exposition is what /metrics should show.
func (w *refWorld) exposition() string {
	blocks, heads := map[string][]shown{}, map[string]refFamily{}
	for key, g := range w.groups {
		own := exposedLabels(key)
		show := func(name string, f *refFamily) {
			head, ok := heads[name]
			if !ok || f.hasHelp && (!head.hasHelp || f.help < head.help) {
				heads[name] = *f
			}
			var all []shown
			for _, s := range f.series {
				all = append(all, shown{s.labels, key, s.text(name, f.typ)})
			}
			slices.SortFunc(all, compareShown)
			if _, summed := g.families[name]; !summed || g.mode == Keep {
				whole := shown{labels: own}
				for _, b := range all {
					whole.text += b.text
				}
				all = []shown{whole}
			}
			blocks[name] = append(blocks[name], all...)
		}
		for name, f := range g.families {
			show(name, f)
		}
		for name, at := range map[string]int64{PushTimeName: g.pushed, PushFailureName: g.fail} {
			help := pushTimeHelp
			if name == PushFailureName {
				help = pushFailureHelp
			}
			show(name, &refFamily{expo.Gauge, help, true, map[string]refSeries{"": {labels: own, value: refValue{n: int(at / 1e9)}}}})
		}
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(blocks)) {
		head := heads[name]
		b.Write(expo.AppendTextHeader(nil, &expo.Family{Name: name, Type: head.typ, Help: head.help, HasHelp: head.hasHelp}))
		slices.SortFunc(blocks[name], compareShown)
		for _, block := range blocks[name] {
			b.WriteString(block.text)
		}
	}
	return b.String()
}

// provenance is who pushed to each sum.
func (w *refWorld) provenance() string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(w.groups)) {
		g := w.groups[key]
		list := slices.SortedFunc(maps.Values(g.contributors), func(a, b Contributor) int {
			return cmp.Or(cmp.Compare(b.LastPush, a.LastPush), strings.Compare(a.Name, b.Name))
		})
		fmt.Fprintf(&b, "%s %v %v\n", formatKey(key), g.mode, list)
	}
	return b.String()
}
