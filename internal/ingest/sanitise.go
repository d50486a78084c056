package ingest

import (
	"cmp"
	"slices"
	"strings"

	"github.com/headgate/headgate/internal/aggregate"
	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/store"
)

// sanitise checks one metric and gives it the labels with which it is exposed, unless
// the rules have.
func (d *Door) sanitise(w *work, f *expo.Family, m *expo.Metric, grouping []expo.Label) error {
	if err := checkTimestamp(f, m); err != nil {
		return err
	}
	if err := checkReserved(f, m); err != nil {
		return err
	}
	if err := expo.CheckMetric(f, m); err != nil {
		return &RefusedError{Reason: "value", Err: err}
	}
	if w.sum.Mode == store.Delta {
		if err := aggregate.Check(f.Type, m); err != nil {
			return refuse("value", "%s: %w", series(f.Name, m.Labels), err)
		}
	}
	if !w.rules.rewrites() {
		from := len(w.labels)
		w.labels = w.mergeLabels(w.labels, m.Labels, grouping)
		m.Labels = w.labels[from:len(w.labels):len(w.labels)]
	}
	if err := w.checkSeries(f, m); err != nil {
		return err
	}
	return d.checkMerged(f, m)
}

// checkReserved refuses labels that the rules, if there are any, haven't taken off.
func checkReserved(f *expo.Family, m *expo.Metric) error {
	for _, l := range m.Labels {
		if reservedName(l) {
			return refuse("label", "label %s of metric family %s is invalid: names that begin with __ are reserved", l.Name, f.Name)
		}
	}
	return nil
}

func checkTimestamp(f *expo.Family, m *expo.Metric) error {
	if !m.HasTimestamp {
		return nil
	}
	return refuse("timestamp", "pushed metrics must not have timestamps: %s has %d; Prometheus sets the time of its scrape",
		series(f.Name, m.Labels), m.TimestampMs)
}

// mergeLabels appends own, overwritten by grouping, sorted by name. Where
// neither has an instance, an empty one is added, so that Prometheus doesn't
// put the gateway's own address there.
func (w *work) mergeLabels(dst, own, grouping []expo.Label) []expo.Label {
	from := len(dst)
	instance := false
	for _, l := range own {
		if value, overwritten := find(grouping, l.Name); overwritten {
			w.overwrite(l, value)
			continue
		}
		if w.namesPusher(l.Name) {
			continue
		}
		dst = append(dst, l)
		instance = instance || l.Name == "instance"
	}
	for _, l := range grouping {
		dst = append(dst, l)
		instance = instance || l.Name == "instance"
	}
	if !instance {
		dst = append(dst, expo.Label{Name: "instance"})
	}
	sortLabels(dst[from:])
	return dst
}

// overwrite notes a label of the body that the grouping key has with another value.
func (w *work) overwrite(l expo.Label, value string) {
	switch {
	case l.Value == value:
	case l.Name == "job":
		w.bodyJob = l.Value
	case l.Name == "instance":
		w.bodyInstance = l.Value
	}
}

// sortLabels is an insertion sort: label sets are short and often almost sorted.
func sortLabels(labels []expo.Label) {
	if len(labels) > 24 {
		slices.SortFunc(labels, func(a, b expo.Label) int { return strings.Compare(a.Name, b.Name) })
		return
	}
	for i := 1; i < len(labels); i++ {
		for j := i; j > 0 && labels[j].Name < labels[j-1].Name; j-- {
			labels[j], labels[j-1] = labels[j-1], labels[j]
		}
	}
}

func find(labels []expo.Label, name string) (string, bool) {
	for i := range labels {
		if labels[i].Name == name {
			return labels[i].Value, true
		}
	}
	return "", false
}

// checkMerged refuses labels that would make the exposition ambiguous.
func (d *Door) checkMerged(f *expo.Family, m *expo.Metric) error {
	own := ownLabel(f.Type)
	for i, l := range m.Labels {
		if own != "" && l.Name == own {
			return refuse("label", "label %s of the %s %s is the exposition's own: take it off the grouping key", own, f.Type, f.Name)
		}
		if i > 0 && l.Name == m.Labels[i-1].Name {
			return refuse("label", "metric %s has two or more labels with the same name: %s", f.Name, l.Name)
		}
	}
	if d.utf8Names {
		return checkEscaped(m.Labels, own)
	}
	return nil
}

// ownLabel is the label that the exposition of a type adds by itself.
func ownLabel(t expo.Type) string {
	switch t {
	case expo.Summary:
		return "quantile"
	case expo.Histogram, expo.GaugeHistogram:
		return "le"
	}
	return ""
}

// checkEscaped refuses label names that are one name to a scraper that asks for
// escaped names. own is the label that the exposition adds, if any.
func checkEscaped(labels []expo.Label, own string) error {
	for _, l := range labels {
		if expo.LegacyLabelName(l.Name) {
			continue
		}
		for _, scheme := range [...]expo.Escaping{expo.EscapeUnderscores, expo.EscapeDots, expo.EscapeValues} {
			escaped := expo.EscapeLabelName(l.Name, scheme)
			for _, other := range labels {
				if other.Name != l.Name && expo.EscapeLabelName(other.Name, scheme) == escaped {
					return refuse("label", "labels %q and %q are both %s to a scraper that asks for escaped names", l.Name, other.Name, escaped)
				}
			}
			if escaped == "__name__" {
				return refuse("label", "label %q is __name__ to a scraper that asks for escaped names", l.Name)
			}
			if escaped == own {
				return refuse("label", "label %q is %s, the exposition's own, to a scraper that asks for escaped names", l.Name, own)
			}
		}
	}
	return nil
}

// sortMetrics puts the metrics in the order in which client libraries show
// them, fewer labels first, then by values, and refuses one that stands there twice.
func sortMetrics(f *expo.Family) error {
	if !slices.IsSortedFunc(f.Metrics, compareMetrics) {
		slices.SortFunc(f.Metrics, compareMetrics)
	}
	for i := 1; i < len(f.Metrics); i++ {
		if compareMetrics(f.Metrics[i-1], f.Metrics[i]) == 0 {
			return refuse("duplicate", "%s was collected before with the same name and label values: a push may hold each series once",
				series(f.Name, f.Metrics[i].Labels))
		}
	}
	return nil
}

func compareMetrics(a, b expo.Metric) int {
	if c := cmp.Compare(len(a.Labels), len(b.Labels)); c != 0 {
		return c
	}
	for i := range a.Labels {
		if c := strings.Compare(a.Labels[i].Value, b.Labels[i].Value); c != 0 {
			return c
		}
	}
	for i := range a.Labels {
		if c := strings.Compare(a.Labels[i].Name, b.Labels[i].Name); c != 0 {
			return c
		}
	}
	return 0
}
