package relabel

import (
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"

	"github.com/headgate/headgate/internal/expo"
)

// applyLibrary applies the rules to ls by Prometheus's library, for the one case
// in which the label set alone doesn't tell the outcome: a labelmap that makes two
// labels one. There the label that was set last wins.
func (r *Rules) applyLibrary(s *Scratch, ls []expo.Label) (out []expo.Label, keep bool, rule int) {
	scratch := labels.NewScratchBuilder(len(ls))
	for _, l := range ls {
		scratch.Add(l.Name, l.Value)
	}
	b := labels.NewBuilder(scratch.Labels())
	for i := range r.rules {
		if !relabel.ProcessBuilder(b, r.rules[i].config) {
			return nil, false, i
		}
	}
	s.ownLabels = s.ownLabels[:0]
	// Not b.Labels, which panics at values that the rules have made too long.
	b.Range(func(l labels.Label) {
		s.ownLabels = append(s.ownLabels, expo.Label{Name: l.Name, Value: l.Value})
	})
	slices.SortFunc(s.ownLabels, func(a, b expo.Label) int { return strings.Compare(a.Name, b.Name) })
	return s.ownLabels, true, -1
}

// tooLong is whether the library would panic at ls, as it does from 16 MiB on. Of
// labels that become one, the last by its name wins then.
func tooLong(ls []expo.Label) bool {
	return slices.ContainsFunc(ls, func(l expo.Label) bool { return len(l.Name) >= 1<<24 || len(l.Value) >= 1<<24 })
}
