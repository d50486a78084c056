package labels

import (
	"strings"
	"unicode/utf8"
)

// Apply appends to dst the labels that a series of metric with the labels in goes
// out with, and returns them. They stand in the order of in, each name once; names that
// are empty, reserved or not UTF-8 are left out, and values made UTF-8. What
// Drop and ToExemplar took off for an exemplar comes in exemplar, within the
// 128 characters that an exemplar may have. All else that is lost is counted.
//
// Apply keeps nothing of in and doesn't change it; dst must be other memory. It
// allocates only for values that have to be written anew, for exemplar, and if dst is too short.
func (p *Policy) Apply(metric string, in, dst []Label) (out, exemplar []Label) {
	pl := p.plan(metric)
	w := witness{policy: p, metric: metric}
	from := len(dst)
	for i, l := range in {
		s := pl.steps[l.Name]
		name := l.Name
		if s != nil {
			name = s.name
		} else if !wellNamed(name) {
			w.lost(invalid, name, l.Value)
			continue
		}
		value := w.value(pl, s, l)
		if s != nil && s.values != nil && s.values.drop != nil {
			exemplar = w.drop(s, value, exemplar)
			continue
		}
		if at := position(dst[from:], name); at >= 0 {
			if loser := &dst[from+at]; pl.prefers(in[:i], l.Name, name) {
				w.lost(collision, name, loser.Value)
				loser.Value = value
			} else {
				w.lost(collision, l.Name, l.Value)
			}
			continue
		}
		dst = append(dst, Label{name, value})
	}
	return dst, exemplar
}

// prefers is whether, of several labels that go out by one name, the one that comes by
// name from goes before those in earlier: the one named so already, else the first
// by its own name. So it doesn't depend on the order of the labels.
func (pl *plan) prefers(earlier []Label, from, to string) bool {
	for _, l := range earlier {
		if s := pl.steps[l.Name]; l.Name == to || s != nil && s.name == to && l.Name <= from && from != to {
			return false
		}
	}
	return true
}

func position(labels []Label, name string) int {
	for i := range labels {
		if labels[i].Name == name {
			return i
		}
	}
	return -1
}

// witness tells the policy what became of one series.
type witness struct {
	policy *Policy
	metric string
}

func (w *witness) lost(r reason, label, value string) { w.policy.lost(r, w.metric, label, value) }

func (w *witness) value(pl *plan, s *step, l Label) string {
	value := l.Value
	if !utf8.ValidString(value) {
		w.lost(invalid, l.Name, value)
		value = mend(value)
	}
	if s != nil {
		value = s.rewrite(w, value)
	}
	if pl.maxValue > 0 && len(value) > pl.maxValue {
		w.lost(truncated, l.Name, value)
		value = cut(value, pl.maxValue)
	}
	return value
}

// maxExemplar is how many characters the labels of an exemplar may have in OpenMetrics.
const maxExemplar = 128

// drop takes a label off, and adds it to exemplar if it is meant to be there and fits.
func (w *witness) drop(s *step, value string, exemplar []Label) []Label {
	w.policy.losses.counts[dropping].Add(1)
	d := s.values.drop
	d.line.write("label dropped", "", w.metric, s.name, value)
	if !d.exemplar || value == "" || position(exemplar, s.name) >= 0 {
		return exemplar
	}
	if strings.IndexByte(value, 0) >= 0 { // for which a gateway refuses the whole push
		w.lost(invalid, s.name, value)
		value = strings.ReplaceAll(value, "\x00", "\uFFFD")
	}
	label := Label{s.name, value}
	used := label.runes()
	for _, l := range exemplar {
		used += l.runes()
	}
	if used > maxExemplar {
		w.lost(exemplarFull, s.name, value)
		return exemplar
	}
	return append(exemplar, label)
}
