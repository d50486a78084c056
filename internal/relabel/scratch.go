package relabel

import (
	"slices"
	"unsafe"

	"github.com/headgate/headgate/internal/expo"
)

// Scratch is the memory that Apply works in. The zero value is ready; it is for
// one goroutine at a time, and may be used with one Rules after another. It refers
// to the strings of the last set until it is used again.
type Scratch struct {
	owner *names
	// shape has the names of the last set that was loaded: those of a push's series are
	// mostly the same, in the same places. It may be longer than the set.
	shape []*name

	given  []expo.Label // the set as it came
	labels []expo.Label // the set as it is now; the caller's until own
	names  []*name      // of labels, in their order; shape's until own
	values []string     // by slot
	acts   uint64       // the bits of all names that are or were there
	owned  bool

	ownLabels []expo.Label
	ownNames  []*name
	joined    []byte
	mapped    []effect
}

// outcome is what has become of a set.
type outcome uint8

const (
	kept outcome = iota
	dropped
	ambiguous // which of two labels wins depends on what the library keeps beside the set
)

func (s *Scratch) load(ns *names, ls []expo.Label) {
	if s.owner != ns {
		*s = Scratch{owner: ns, values: make([]string, len(ns.slots))}
	}
	clear(s.values)
	s.acts, s.owned, s.given, s.labels = 0, false, ls, ls
	for i := range ls {
		if i == len(s.shape) {
			s.shape = append(s.shape, ns.get(ls[i].Name))
		}
		n := s.shape[i]
		if n.text != ls[i].Name {
			n = ns.get(ls[i].Name)
			s.shape[i] = n
		}
		s.acts |= n.acts
		if n.slot >= 0 {
			s.values[n.slot] = ls[i].Value
		}
	}
	s.names = s.shape[:len(ls)]
}

func (s *Scratch) apply(r *rule) outcome {
	var e *effect
	switch r.kind {
	case byName:
		return s.applyByName(r)
	case byEquality:
		return s.compare(r)
	case byCopy:
		s.set(r.copyTo, s.values[r.sources[0]])
		return kept
	default:
		e = s.effect(r)
	}
	if e == nil {
		return kept
	}
	if e.drop {
		return dropped
	}
	s.set(e.name, e.value)
	return kept
}

func (s *Scratch) effect(r *rule) *effect {
	value, absent := s.source(r)
	if absent {
		return r.absent
	}
	if r.kind == byValue {
		return r.memo.get(value, r.work)
	}
	for i := range r.literals {
		if r.literals[i].text == value {
			return r.literals[i].effect
		}
	}
	return r.otherwise
}

// source returns the joined source value, valid until the next call, or that there is none.
func (s *Scratch) source(r *rule) (value string, absent bool) {
	if len(r.sources) == 1 {
		value = s.values[r.sources[0]]
		return value, value == ""
	}
	s.joined, absent = s.joined[:0], true
	for i, slot := range r.sources {
		if i > 0 {
			s.joined = append(s.joined, r.config.Separator...)
		}
		s.joined = append(s.joined, s.values[slot]...)
		absent = absent && s.values[slot] == ""
	}
	return unsafe.String(unsafe.SliceData(s.joined), len(s.joined)), absent
}

// set sets a label, or takes it off if value is empty.
func (s *Scratch) set(n *name, value string) {
	if n.slot >= 0 {
		if s.values[n.slot] == value {
			return
		}
		s.values[n.slot] = value
	}
	i, there := s.position(n.text)
	switch {
	case value == "":
		if there {
			s.delete(i)
		}
	case there:
		if s.labels[i].Value != value {
			s.own()
			s.labels[i].Value = value
		}
	default:
		s.insert(i, n, value)
	}
}

func (s *Scratch) insert(i int, n *name, value string) {
	s.own()
	s.labels = slices.Insert(s.labels, i, expo.Label{Name: n.text, Value: value})
	s.names = slices.Insert(s.names, i, n)
	s.ownLabels, s.ownNames = s.labels, s.names
	s.acts |= n.acts
}

func (s *Scratch) delete(i int) {
	s.own()
	if slot := s.names[i].slot; slot >= 0 {
		s.values[slot] = ""
	}
	s.labels = slices.Delete(s.labels, i, i+1)
	s.names = slices.Delete(s.names, i, i+1)
}

// own makes the set the scratch's, before the first change.
func (s *Scratch) own() {
	if s.owned {
		return
	}
	s.owned = true
	s.ownLabels = append(s.ownLabels[:0], s.labels...)
	s.ownNames = append(s.ownNames[:0], s.names...)
	s.labels, s.names = s.ownLabels, s.ownNames
}

// position is where the label is, or would be.
func (s *Scratch) position(text string) (int, bool) {
	from, to := 0, len(s.labels)
	for from < to {
		middle := int(uint(from+to) >> 1)
		if s.labels[middle].Name < text {
			from = middle + 1
		} else {
			to = middle
		}
	}
	return from, from < len(s.labels) && s.labels[from].Name == text
}
