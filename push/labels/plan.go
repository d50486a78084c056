package labels

import (
	"strings"
	"unicode/utf8"
)

// plan is what is done to the labels of a metric.
type plan struct {
	steps    map[string]*step // by the name a label comes with
	limit    int
	maxValue int
	gauges   Merge
}

// idle is whether the plan leaves all well-formed labels as they are.
func (pl *plan) idle() bool { return len(pl.steps) == 0 && pl.limit == 0 && pl.maxValue == 0 }

// step is what is done to a label.
type step struct {
	from, name string // the name it comes with, and goes out with
	region     *region
	values     *labelDraft // nil if nothing is said about its values
}

func newPlan(d *draft) plan {
	pl := plan{steps: map[string]*step{}, limit: d.limit, maxValue: d.maxValue, gauges: d.gauges}
	for from := range d.renames {
		pl.addStep(d, from)
	}
	for source := range d.regions {
		pl.addStep(d, source)
	}
	for name := range d.labels {
		pl.addStep(d, name)
	}
	return pl
}

func (pl *plan) addStep(d *draft, from string) {
	s := &step{from: from, name: from}
	if to, ok := d.renames[from]; ok {
		s.name = to
	}
	if r, ok := d.regions[s.name]; ok {
		s.region, s.name = r, r.target
	}
	s.values = d.labels[s.name]
	pl.steps[from] = s
}

// dropped says where a label goes that is dropped.
type dropped struct {
	exemplar bool
	line     line
}

// rewrite returns the value that a label goes out with. w learns of what is lost.
func (s *step) rewrite(w *witness, value string) string {
	if s.region != nil {
		name, ok := s.region.find(value)
		if !ok {
			w.lost(unknown, s.from, value)
		}
		value = name
	}
	if s.values == nil {
		return value
	}
	v := s.values.template(value)
	if s.values.allow == nil {
		return v
	}
	if _, ok := s.values.allow[v]; !ok {
		w.lost(notAllowed, s.name, v)
		return s.values.other
	}
	return v
}

// template applies aliases and the first pattern that fits.
func (l *labelDraft) template(value string) string {
	if to, ok := l.alias[value]; ok {
		value = to
	}
	for _, m := range l.matches {
		if to, ok := m.rewrite(value); ok {
			return to
		}
	}
	if l.templates != nil {
		if to := l.templates.find(value); to != "" {
			return to
		}
		if l.otherwise != nil {
			return *l.otherwise
		}
	}
	if l.ids {
		return templateIDs(value)
	}
	return value
}

// cut returns s cut off at most bytes, or where a character begins before.
func cut(s string, most int) string {
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// mend makes a value UTF-8, without which a gateway refuses the whole push.
func mend(value string) string { return strings.ToValidUTF8(value, "\uFFFD") }
