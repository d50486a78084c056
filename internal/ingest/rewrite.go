package ingest

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/relabel"
	"github.com/headgate/headgate/internal/store"
	"github.com/headgate/headgate/internal/vocabulary"
	finding "github.com/headgate/headgate/push/labels"
)

// The rules that are found here. Those of the vocabulary begin with vocabularyPrefix.
const (
	relabelDropped   = "relabel-dropped"
	lifetimeBounded  = "lifetime-bounded"
	vocabularyPrefix = "vocabulary-"
)

func isVocabulary(rule string) bool { return strings.HasPrefix(rule, vocabularyPrefix) }

// rewriting is what one push needs to have its labels changed by the rules.
type rewriting struct {
	scratch relabel.Scratch
	report  vocabulary.Report
	set     []expo.Label // the label set that the rules see
	dropped int          // series
	byRule  int          // the rule that dropped the last of them
	moved   []*expo.Family
}

// rewrites is whether labels may change on the way in.
func (r *Rules) rewrites() bool { return r.Relabel != nil || r.Vocabulary != nil }

// Relabels is whether labels that begin with __ are taken, for rules to look at.
func (d *Door) Relabels() bool { return d.rules.Load().Relabel != nil }

// Key returns the grouping key under which what is pushed by another is kept. A key
// that the rules refuse is a *RefusedError.
func (d *Door) Key(pushed []expo.Label) ([]expo.Label, error) {
	return d.rules.Load().key(new(rewriting), d.utf8Names, pushed)
}

// key applies the rules to a grouping key. It returns pushed itself if nothing changes.
func (r *Rules) key(w *rewriting, utf8Names bool, pushed []expo.Label) ([]expo.Label, error) {
	if i := slices.IndexFunc(pushed, reservedName); i >= 0 && r.Relabel == nil {
		return nil, refuse("label", "label %s of the grouping key is invalid: names that begin with __ are reserved", pushed[i].Name)
	}
	if !r.rewrites() {
		return pushed, nil
	}
	set, keep, rule := r.Relabel.Apply(&w.scratch, pushed)
	if !keep {
		return nil, refuse("relabel", "relabel rule %d drops groups with the grouping key %s", rule+1, selectorOf(pushed))
	}
	set = r.Vocabulary.ApplyKey(&w.report, set)
	if same(set, pushed) && !slices.ContainsFunc(set, reservedName) {
		return pushed, nil
	}
	key := slices.DeleteFunc(slices.Clone(set), reservedName)
	if job, _ := find(key, "job"); job == "" {
		return nil, refuse("relabel", "the relabel rules leave no job in the grouping key %s", selectorOf(pushed))
	}
	if err := checkNames(key, utf8Names); err != nil {
		return nil, err // not even a failure can be shown
	}
	return key, nil
}

// same is whether two label sets are one in memory, as they are if nothing changed.
func same(a, b []expo.Label) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

func reservedName(l expo.Label) bool { return strings.HasPrefix(l.Name, "__") }

// checkNames refuses names that a labelmap has made and that no push may have.
func checkNames(set []expo.Label, utf8Names bool) error {
	for _, l := range set {
		if expo.LegacyLabelName(l.Name) || utf8Names && l.Name != "" && utf8.ValidString(l.Name) {
			continue
		}
		return refuse("relabel", "the relabel rules make a label %q: want [a-zA-Z_][a-zA-Z0-9_]*", brief(l.Name))
	}
	return nil
}

// rewrite applies the rules to all series of a push. Then their labels are as they
// are kept, those of the grouping key included, and w.sorted has the families that are left.
func (d *Door) rewrite(w *work) error {
	for _, f := range w.sorted {
		kept := f.Metrics[:0]
		for j := range f.Metrics {
			m := f.Metrics[j]
			name, keep, err := d.rewriteSeries(w, f, &m)
			switch {
			case err != nil:
				return err
			case !keep:
			case name != f.Name:
				if err := w.move(f, name, m); err != nil {
					return err
				}
			default:
				kept = append(kept, m)
			}
		}
		f.Metrics = kept
	}
	if err := w.report.Err(); err != nil {
		return &RefusedError{Reason: "vocabulary", Err: err}
	}
	return w.join()
}

// rewriteSeries sets the labels of a metric to those with which it is kept, and
// returns the name of its family then.
func (d *Door) rewriteSeries(w *work, f *expo.Family, m *expo.Metric) (name string, keep bool, err error) {
	if w.rules.Relabel == nil {
		if err := checkReserved(f, m); err != nil {
			return "", false, err
		}
	}
	w.set = append(w.set[:0], expo.Label{Name: metricName, Value: f.Name})
	w.set = w.mergeLabels(w.set, m.Labels, w.pushed)
	sortLabels(w.set)
	set, keep, rule := w.rules.Relabel.Apply(&w.scratch, w.set)
	if !keep {
		w.dropped++
		w.byRule = rule + 1
		return "", false, nil
	}
	name, _ = find(set, metricName)
	if name != f.Name && !expo.LegacyMetricName(name) && !(d.utf8Names && name != "" && utf8.ValidString(name)) {
		return "", false, refuse("relabel", "the relabel rules name metric %s %q: want [a-zA-Z_:][a-zA-Z0-9_:]*", f.Name, brief(name))
	}
	if name != f.Name && store.OwnFamily(name) {
		return "", false, refuse("relabel", "the relabel rules name metric %s %s, which is the gateway's own", f.Name, name)
	}
	from := len(w.labels)
	for _, l := range w.rules.Vocabulary.Apply(&w.report, set) {
		if !reservedName(l) && !w.namesPusher(l.Name) {
			w.labels = append(w.labels, l)
		}
	}
	if _, ok := find(w.labels[from:], "instance"); !ok {
		w.labels = append(w.labels, expo.Label{Name: "instance"})
		sortLabels(w.labels[from:])
	}
	m.Labels = w.labels[from:len(w.labels):len(w.labels)]
	return name, true, checkNames(m.Labels, d.utf8Names)
}

// metricName is the label that has the metric's name where rules look at it.
const metricName = "__name__"

// move puts a metric into the family that the rules have named.
func (w *work) move(from *expo.Family, name string, m expo.Metric) error {
	for _, f := range w.moved {
		if f.Name != name {
			continue
		}
		if f.Type != from.Type {
			return refuse("relabel", "the relabel rules name %s %s, which is a %s in this push", from.Name, name, f.Type)
		}
		f.Metrics = append(f.Metrics, m)
		return nil
	}
	to := *from
	to.Name, to.Metrics = name, []expo.Metric{m}
	w.moved = append(w.moved, &to)
	return nil
}

// join adds the families that the rules have made to those that were pushed, and
// takes out those of which nothing is left.
func (w *work) join() error {
	w.sorted = slices.DeleteFunc(w.sorted, func(f *expo.Family) bool { return len(f.Metrics) == 0 })
	if w.moved == nil {
		return nil
	}
	defer w.sortFamilies()
	for _, f := range w.moved {
		i := slices.IndexFunc(w.sorted, func(s *expo.Family) bool { return s.Name == f.Name })
		if i < 0 {
			w.sorted = append(w.sorted, f)
			continue
		}
		if w.sorted[i].Type != f.Type {
			return refuse("relabel", "the relabel rules give %s series of a %s, and it is a %s in this push", f.Name, f.Type, w.sorted[i].Type)
		}
		w.sorted[i].Metrics = append(w.sorted[i].Metrics[:len(w.sorted[i].Metrics):len(w.sorted[i].Metrics)], f.Metrics...)
	}
	return nil
}

// rewritten tells what the rules did that the pusher should know.
func (w *work) rewritten() {
	for _, f := range w.report.Findings() {
		if f.Action == vocabulary.Rewrite {
			f.Message += "; it was rewritten"
		}
		w.found = append(w.found, f.Finding)
	}
	if n := w.report.More(); n > 0 {
		w.found = append(w.found, finding.Finding{
			Rule: vocabularyPrefix + "more", Count: n, Message: fmt.Sprintf("%d more labels are against the vocabulary", n),
		})
	}
	if w.dropped > 0 {
		w.found = append(w.found, finding.Finding{
			Rule: relabelDropped, Count: w.dropped,
			Message:    fmt.Sprintf("%d series were dropped, the last by relabel rule %d", w.dropped, w.byRule),
			Suggestion: "headgate relabel test shows what the rules do to a series",
		})
	}
}

func (w *work) resetRewriting() {
	w.report.Reset()
	w.dropped, w.byRule, w.moved = 0, 0, nil
}
