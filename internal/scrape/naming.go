package scrape

import (
	"iter"
	"strings"

	"github.com/headgate/headgate/internal/expo"
)

// naming is how names outside the legacy character set are written for a scraper.
//
// Escaping can map two names to one, as a.b and a_b to a_b. Within one metric,
// and between families, the second of them then gets underscores appended until it
// differs: what is exposed stays valid and nothing is lost.
//
// The store refuses a push whose names would meet those of a resident one. This is
// for what it lets pass:
//   - two families of the same push, as a.b and a_b;
//   - a family whose samples meet a resident one by their suffix: the summary s.x
//     beside s_x_count;
//   - a pushed family beside one of the gateway's own, which the store doesn't hold
//     against pushes, as an upgrade may bring others;
//   - a label that escapes to __name__, and those that meet what it becomes.
//
// Two series of one family that differ in nothing but how a label is escaped are not
// told apart; only a scraper that takes UTF-8 names sees both as they are.
type naming struct {
	escaping expo.Escaping
	renamed  map[string]string // families whose escaped name was taken
}

// head returns h's family, without metrics, under its escaped name.
func (n *naming) head(h *head) *expo.Family {
	f := h.Family
	f.Name = n.family(f.Name)
	return &f
}

func (n *naming) family(name string) string {
	if other, ok := n.renamed[name]; ok {
		return other
	}
	return expo.EscapeName(name, n.escaping)
}

// escape rewrites the names in f and in its metrics, which are the caller's scratch.
func (n *naming) escape(f *expo.Family) {
	if n.escaping == escapeNothing {
		return
	}
	f.Name = n.family(f.Name)
	for i := range f.Metrics {
		labels := f.Metrics[i].Labels
		for j := range labels {
			if expo.LegacyLabelName(labels[j].Name) {
				continue
			}
			name := expo.EscapeLabelName(labels[j].Name, n.escaping)
			for name == "__name__" || hasLabel(labels[:j], name) || hasLabel(labels[j+1:], name) {
				name += "_"
			}
			labels[j].Name = name
		}
	}
}

func hasLabel(labels []expo.Label, name string) bool {
	for i := range labels {
		if labels[i].Name == name {
			return true
		}
	}
	return false
}

// signature tells which of a sheet's families are renamed, and how: "" if none is.
func (n *naming) signature(s *sheet) string {
	if len(n.renamed) == 0 {
		return ""
	}
	var sig strings.Builder
	for _, r := range s.runs {
		if other, ok := n.renamed[r.head.Name]; ok {
			sig.WriteString(r.head.Name + "\x00" + other + "\x00")
		}
	}
	return sig.String()
}

// naming returns how names are written under an escaping scheme.
func (v *View) naming(e expo.Escaping) *naming {
	n := &naming{escaping: e}
	if e == escapeNothing {
		return n
	}
	slot := &v.namings[e]
	slot.once.Do(func() { slot.renamed = v.renamed(e) })
	n.renamed = slot.renamed
	return n
}

// renamed finds the families whose escaped name, or a series name made of it, may
// be that of another family.
func (v *View) renamed(e expo.Escaping) map[string]string {
	var foreign []string
	for name := range v.families() {
		if !expo.LegacyMetricName(name) {
			foreign = append(foreign, name)
		}
	}
	if len(foreign) == 0 {
		return nil
	}
	taken := map[string]bool{}
	for name := range v.families() {
		if expo.LegacyMetricName(name) {
			taken[name] = true
		}
	}
	renamed := map[string]string{}
	for _, name := range foreign {
		escaped := expo.EscapeName(name, e)
		unique := escaped
		for clashes(taken, unique) {
			unique += "_"
		}
		taken[unique] = true
		if unique != escaped {
			renamed[name] = unique
		}
	}
	return renamed
}

// families goes through the names of the view in order.
func (v *View) families() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, s := range v.sheets {
			for i, r := range s.runs {
				if (i > 0 || s.opens) && !yield(r.head.Name) {
					return
				}
			}
		}
	}
}

// seriesSuffixes make the names of a family's series from its own, in any format.
var seriesSuffixes = [...]string{"_total", "_created", "_bucket", "_sum", "_count"}

// clashes says whether a family called name could have a series name in common with
// one that is there, whatever the types of both.
func clashes(taken map[string]bool, name string) bool {
	if taken[name] {
		return true
	}
	for _, suffix := range seriesSuffixes {
		if base, ok := strings.CutSuffix(name, suffix); taken[name+suffix] || ok && taken[base] {
			return true
		}
	}
	return false
}
