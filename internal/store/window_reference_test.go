package store

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/headgate/headgate/internal/aggregate"
	"github.com/headgate/headgate/internal/expo"
)

// refWindows are the rules written as simply as they can be: all values of all windows
// are kept, and each question is answered from them.
type refWindows struct {
	rules []*refRule
}

type refRule struct {
	WindowRule
	closed  int64 // when the rule began
	windows map[int64]map[string][]float64
	shown   map[string][]float64
	WindowCounts
}

// set makes rules that were there go on, and others begin.
func (w *refWindows) set(rules []WindowRule, t int64) {
	var next []*refRule
	for _, r := range rules {
		at := slices.IndexFunc(w.rules, func(old *refRule) bool { return old.Name == r.Name && old.Grace == r.Grace })
		if at >= 0 {
			next = append(next, w.rules[at])
		} else {
			next = append(next, &refRule{WindowRule: r, closed: lastClosed(&r, t), windows: map[int64]map[string][]float64{}})
		}
	}
	w.rules = next
}

// lastClosed is the last window that has ended by t, its grace included.
func lastClosed(r *WindowRule, t int64) int64 {
	n := int64(-1)
	for (n+2)*int64(r.Interval)+int64(r.Grace) <= t {
		n++
	}
	return n
}

// push counts a push that was taken, given its group as it was before.
func (w *refWindows) push(p *refPush, before *refGroup, t int64) {
	late := map[*refRule]bool{}
	for i := range p.families {
		f := &p.families[i]
		for _, s := range f.series {
			grown := grownBy(p, before, f, s)
			for _, one := range seriesOfValue(f, s.labels, grown) {
				for _, r := range w.rules {
					r.observe(p, one, t, late)
				}
			}
		}
	}
	for r := range late {
		r.LatePushes++
	}
}

// grownBy is what a pushed series adds to what there was.
func grownBy(p *refPush, before *refGroup, f *refPushed, s refSeries) refValue {
	terms := &p.change.Terms.Summing
	key := seriesKey(s.labels)
	if f.typ == expo.Gauge || terms.Mode == Delta || before == nil {
		return s.value
	}
	if terms.Mode == Keep {
		if have := before.families[f.name]; have != nil && have.typ == f.typ {
			if was, ok := have.series[key]; ok {
				v, _ := s.value.since(was.value)
				return v
			}
		}
		return s.value
	}
	if pusher := before.pushers[terms.Pusher]; pusher != nil && pusher.epoch == terms.Epoch {
		if was, ok := pusher.last[lastKey{f.name, key}]; ok {
			v, _ := s.value.since(was.refValue)
			return v
		}
	}
	return s.value
}

// oneSeries is a series as PromQL knows it.
type oneSeries struct {
	name   string
	labels []expo.Label
	value  float64
}

func seriesOfValue(f *refPushed, labels []expo.Label, v refValue) (all []oneSeries) {
	m := v.metric(f.typ, labels)
	switch f.typ {
	case expo.Summary:
		return []oneSeries{{f.name + "_count", labels, float64(v.n)}, {f.name + "_sum", labels, float64(v.sum)}}
	case expo.Histogram:
		for _, b := range m.Histogram.Buckets {
			le := expo.Label{Name: "le", Value: string(expo.AppendFloat(nil, b.UpperBound))}
			all = append(all, oneSeries{f.name + "_bucket", append(slices.Clone(labels), le), float64(b.Count)})
		}
		return append(all, oneSeries{f.name + "_count", labels, float64(v.n)}, oneSeries{f.name + "_sum", labels, float64(v.sum)})
	}
	return []oneSeries{{f.name, labels, m.Value}}
}

func (r *refRule) observe(p *refPush, s oneSeries, t int64, late map[*refRule]bool) {
	all := append([]expo.Label{{Name: "__name__", Value: s.name}}, s.labels...)
	for _, m := range r.Match {
		if !m.Matches(labelValue(all, m.Name)) {
			return
		}
	}
	if math.IsNaN(s.value) {
		r.Ignored++
		return
	}
	taken := t
	if p.change.Taken > 0 {
		taken = min(t, p.change.Taken)
	}
	number := taken / int64(r.Interval)
	if number <= max(r.closed, lastClosed(&r.WindowRule, t)) {
		late[r] = true
		if r.DropsLate {
			return
		}
		number = t / int64(r.Interval)
	}
	key := r.key(s.labels)
	if r.windows[number] == nil {
		r.windows[number] = map[string][]float64{}
	}
	if _, ok := r.windows[number][key]; !ok && len(r.windows[number]) >= r.MaxSeries {
		r.Overflow++
		return
	}
	r.windows[number][key] = append(r.windows[number][key], s.value)
}

// key is the labels of the result, as text.
func (r *refRule) key(labels []expo.Label) string {
	keep := map[string]string{"instance": "", "job": ""}
	for _, l := range labels {
		if name := expo.EscapeLabelName(l.Name, expo.EscapeUnderscores); l.Value != "" && slices.Contains(r.Labels, name) != r.Without {
			keep[name] = l.Value
		}
	}
	var all []string
	for name, value := range keep {
		all = append(all, fmt.Sprintf("%s=%q", name, value))
	}
	slices.Sort(all)
	return strings.Join(all, ",")
}

// settle makes the results those of the last closed window.
func (w *refWindows) settle(t int64) {
	for _, r := range w.rules {
		r.shown = r.windows[lastClosed(&r.WindowRule, t)]
	}
}

// wipe takes all values away.
func (w *refWindows) wipe() {
	for _, r := range w.rules {
		r.windows, r.shown = map[int64]map[string][]float64{}, nil
	}
}

// exposition is the sample lines of the results, sorted.
func (w *refWindows) exposition() string {
	var lines []string
	for _, r := range w.rules {
		for key, values := range r.shown {
			all := aggregate.Window{Values: new(aggregate.Sketch)}
			for _, v := range values {
				all.Observe(v)
			}
			for _, o := range r.Outputs {
				lines = append(lines, fmt.Sprintf("%s_%v{%s} %s\n", r.Name, o, key, expo.AppendFloat(nil, all.Output(o, r.Interval.Seconds()))))
			}
			for _, q := range r.Quantiles {
				labels := strings.Split(fmt.Sprintf("%s,quantile=\"%v\"", key, q), ",")
				slices.Sort(labels)
				lines = append(lines, fmt.Sprintf("%s_quantile{%s} %s\n", r.Name, strings.Join(labels, ","), expo.AppendFloat(nil, all.Quantile(q))))
			}
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func (w *refWindows) counts() (all []string) {
	for _, r := range w.rules {
		all = append(all, fmt.Sprint(r.Name, r.WindowCounts))
	}
	return all
}

// refTaken is a time that a client might say for a push at t.
func refTaken(u *sumSource, t int64) int64 {
	return max(1, t-int64(time.Duration(u.rng.IntN(40)-3)*time.Second))
}
