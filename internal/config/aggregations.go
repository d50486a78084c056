package config

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/headgate/headgate/internal/store"
)

// defaultMaxSeries is how many results a window has at most where nothing else is said.
const defaultMaxSeries = 10_000

func (s *Settings) aggregations() list {
	lines := map[string]int{} // of the names
	return list{count: len(s.Aggregations), begin: func() item {
		w := window{WindowRule: store.WindowRule{MaxSeries: defaultMaxSeries}}
		return item{w.schema(), func(r *reader, at place) {
			w.end(r, at)
			if first, again := lines[w.Name]; again && w.Name != "" {
				at.fault(r, "name", "%s again: line %d has it already, give each rule a name of its own", quote(w.Name), first)
			}
			lines[w.Name] = cmp.Or(lines[w.Name], at.lines["name"])
			if at.clean {
				s.Aggregations = append(s.Aggregations, w.rule())
			}
		}}
	}}
}

// Notes are what is allowed, and may still not be meant.
func (s *Settings) Notes() (notes []string) {
	for _, w := range s.Aggregations {
		if slices.Contains(w.Labels, "job") == w.Without {
			notes = append(notes, fmt.Sprintf(`aggregations: %s puts the values of all jobs together, as its results have no label "job"`, quote(w.Name)))
		}
	}
	return notes
}

// window is a rule that is being read.
type window struct {
	store.WindowRule
	by, without []string
}

func (w *window) schema() section {
	return section{
		{"name", resultName{&w.Name}},
		{"match", seriesSelector{&w.Match}},
		{"by", resultLabels(&w.by)},
		{"without", resultLabels(&w.without)},
		{"interval", seconds{duration{field: &w.Interval}, required}},
		{"grace", seconds{duration{field: &w.Grace}, ""}},
		{"outputs", outputs(&w.Outputs)},
		{"quantiles", quantiles(&w.Quantiles)},
		{"late", choice[bool]{&w.DropsLate, "current", []word[bool]{{"current", false}, {"drop", true}}}},
		{"max_series", number[int]{field: &w.MaxSeries, byDefault: defaultMaxSeries, zero: defaultMaxSeries, most: math.MaxInt32, unit: "series"}},
	}
}

// end checks what the keys say together.
func (w *window) end(r *reader, at place) {
	for _, k := range []struct{ key, want string }{
		{"name", `what the names of the results begin with, such as "job:rows:1m"`},
		{"match", seriesExample},
		{"interval", `how long a window is, such as "1m"`},
	} {
		if !at.has(k.key) {
			at.fault(r, k.key, "no %q: want %s", k.key, k.want)
		}
	}
	switch by, without := at.has("by"), at.has("without"); {
	case by && without:
		at.fault(r, "without", `"by" and "without" exclude each other: want one of both`)
	case !by && !without:
		at.fault(r, "by", `neither "by" nor "without": want the labels by which results are told apart, such as "by: [job]", or "by: []" for one result`)
	}
	w.Without = at.has("without")
	if len(w.Quantiles) > 0 && slices.Contains(w.by, "quantile") {
		at.fault(r, "by", `the label "quantile" tells quantiles apart: want other labels, or no "quantiles"`)
	}
	if at.clean && len(w.Outputs)+len(w.Quantiles) == 0 {
		at.fault(r, "outputs", `a rule that shows nothing: want "outputs", "quantiles" or both`)
	}
	if w.Grace > w.Interval && at.has("interval") {
		at.fault(r, "grace", "%s is more than the interval, which is %s: want it to be at most that", duration{}.text(w.Grace), duration{}.text(w.Interval))
	}
}

// rule is what was read in the order in which the store wants it.
func (w *window) rule() store.WindowRule {
	rule := w.WindowRule
	rule.Labels = append(slices.Clone(w.by), w.without...)
	slices.Sort(rule.Labels)
	slices.Sort(rule.Outputs)
	slices.Sort(rule.Quantiles)
	return rule
}
