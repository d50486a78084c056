package push

import (
	"encoding/binary"
	"slices"
	"strings"
)

// admit returns where v is to be recorded under these raw labels, and makes the
// series if it may be made. f is nil for Record, which knows the name only. It
// keeps raw.
func (r *Recorder) admit(f *family, name string, raw []Label, v float64) (*tableEntry, *refusal) {
	set, stripped := r.shape(name, raw)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, refuseClosed(name)
	}
	byName := f == nil
	if byName {
		var why *refusal
		if f, why = r.familyOf(name, raw); why != nil {
			return nil, why
		}
	}
	if !f.kind.takes(v) {
		return nil, f.refuseValue(v)
	}
	if r.config.policy != nil {
		set = slices.DeleteFunc(set, func(l Label) bool { return slices.Contains(r.config.grouping, l) })
	}
	s, why := f.seriesOf(set)
	if why != nil {
		return nil, why
	}
	e := &tableEntry{labels: raw, series: s}
	if f.kind != gaugeKind {
		e.exemplar = stripped
	}
	if r.entries < mostSpellings*r.config.maxSeries {
		if byName {
			r.entries += r.known.addMetric(e)
		} else {
			r.entries += f.known.addValues(e)
		}
	}
	return e, nil
}

// mostSpellings bounds the label sets that are remembered with their series, as a
// multiple of the bound on series: a policy makes one series of many sets. Those
// beyond are shaped anew each time, until the next drain begins a new memory.
const mostSpellings = 2

// forgetSpellings makes room for other label sets than those that came first.
func (r *Recorder) forgetSpellings() {
	if r.entries < mostSpellings*r.config.maxSeries {
		return
	}
	r.entries = 0
	r.known.reset()
	for _, f := range r.families {
		f.known.reset()
	}
}

// shape returns the labels that the series of raw is to have, sorted by name, and
// those that the policy strips from it for an exemplar.
func (r *Recorder) shape(name string, raw []Label) (set, stripped []Label) {
	set = make([]Label, 0, len(raw))
	if r.config.policy != nil {
		set, stripped = r.config.policy.Apply(name, raw, set)
	} else {
		set = append(set, raw...)
	}
	set = slices.DeleteFunc(set, func(l Label) bool { return l.Value == "" })
	sortLabels(set)
	return set, stripped
}

// familyOf returns the family that Record's name and labels belong to, which is
// not registered yet if it is new.
func (r *Recorder) familyOf(name string, raw []Label) (*family, *refusal) {
	if f := r.families[name]; f != nil {
		if !f.free && !f.hasNames(raw) {
			return nil, f.refuseLabels(raw)
		}
		return f, nil
	}
	f := &family{recorder: r, name: name, kind: gaugeKind, free: true}
	return f, r.checkFamily(f)
}

// hasNames is whether set has the labels of the handle, each once, in any order.
func (f *family) hasNames(set []Label) bool {
	if len(set) != len(f.names) {
		return false
	}
	for _, name := range f.names {
		if !slices.ContainsFunc(set, func(l Label) bool { return l.Name == name }) {
			return false
		}
	}
	return true
}

// seriesOf returns the series of these sorted labels. r.mu is held.
func (f *family) seriesOf(set []Label) (*series, *refusal) {
	var space [256]byte
	key := appendLabelKey(space[:0], set)
	if s := f.index[string(key)]; s != nil {
		return s, nil
	}
	r := f.recorder
	if why := r.checkLabels(f.name, set, r.reservedFor(f)); why != nil {
		return nil, why
	}
	limit := r.config.policy.Limit(f.name)
	switch {
	case (limit == 0 || f.counted() < limit) && r.hasRoom():
		return f.newSeries(key, set), nil
	case limit > 0:
		return f.overflowOf(set), nil
	}
	return nil, refuseLimit(f.name, r.config.maxSeries)
}

// counted is how many series count to the family's cap.
func (f *family) counted() int {
	if f.overflow != nil {
		return len(f.series) - 1
	}
	return len(f.series)
}

// overflowOf returns the series that takes what is beyond the family's cap. It is
// made even where there is no room, as each family has one at most.
func (f *family) overflowOf(set []Label) *series {
	over := f.recorder.config.policy.Overflow(f.name, set, nil)
	if f.overflow == nil {
		sortLabels(over)
		f.overflow = f.newSeries(appendLabelKey(nil, over), over)
	}
	return f.overflow
}

// newSeries makes a series of valid labels. r.mu is held.
func (f *family) newSeries(key []byte, set []Label) *series {
	r := f.recorder
	if s := f.index[string(key)]; s != nil {
		return s
	}
	s := &series{family: f, labels: set, pairs: labelPairs(set), fresh: true, changed: r.epoch, created: r.config.now()}
	if f.kind == histogramKind {
		s.dist = newDistribution(len(f.bounds))
	}
	if f.index == nil {
		f.index = map[string]*series{}
	}
	f.index[string(key)] = s
	f.series = append(f.series, s)
	f.unsorted = true
	r.series++
	r.register(f)
	return s
}

// appendLabelKey appends what tells label sets apart: each string with its length in front.
func appendLabelKey(dst []byte, set []Label) []byte {
	for i := range set {
		dst = append(binary.AppendUvarint(dst, uint64(len(set[i].Name))), set[i].Name...)
		dst = append(binary.AppendUvarint(dst, uint64(len(set[i].Value))), set[i].Value...)
	}
	return dst
}

func sortLabels(set []Label) {
	slices.SortFunc(set, func(a, b Label) int { return strings.Compare(a.Name, b.Name) })
}

// cloneLabels copies labels with their strings, which may be part of something
// large, such as a request.
func cloneLabels(set []Label) []Label {
	copied := make([]Label, len(set))
	for i := range set {
		copied[i] = cloneLabel(set[i])
	}
	return copied
}

func cloneLabel(l Label) Label {
	return Label{Name: strings.Clone(l.Name), Value: strings.Clone(l.Value)}
}
