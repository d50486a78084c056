package relabel

import (
	"github.com/prometheus/prometheus/model/relabel"
)

// applyByName does what the rule does to each label because of its name.
func (s *Scratch) applyByName(r *rule) outcome {
	if s.acts&bit(r.index) == 0 {
		return kept
	}
	if r.config.Action == relabel.LabelMap {
		return s.labelMap(r)
	}
	for i := len(s.labels) - 1; i >= 0; i-- {
		if s.names[i].by[r.index].acts {
			s.delete(i)
		}
	}
	return kept
}

// labelMap copies all labels as they were before the rule.
func (s *Scratch) labelMap(r *rule) outcome {
	s.mapped = s.mapped[:0]
	for i, l := range s.labels {
		m := &s.names[i].by[r.index]
		if !m.acts || l.Value == "" {
			continue
		}
		e := effect{name: s.owner.get(m.to), value: l.Value}
		for _, other := range s.mapped {
			if other.name.text == m.to && other.value != l.Value && !tooLong(s.given) {
				return ambiguous
			}
		}
		s.mapped = append(s.mapped, e)
	}
	for _, e := range s.mapped {
		s.set(e.name, e.value)
	}
	return kept
}

// compare keeps or drops by whether two values are the same.
func (s *Scratch) compare(r *rule) outcome {
	value, _ := s.source(r)
	if (value == s.values[r.target]) == (r.config.Action == relabel.KeepEqual) {
		return kept
	}
	return dropped
}
