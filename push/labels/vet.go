package labels

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// Vet gathers from g and reports which labels look as if they had no end of values, and
// which names aren't as Prometheus's conventions have them. It changes nothing. It
// sees only what there is now: run it in a test, or where the program has had some
// use. An error of g is returned with the findings in what could be gathered.
func Vet(g prometheus.Gatherer) ([]Finding, error) { return Vetter{}.Gatherer(g) }

// VetFamilies is Vet for families that were gathered before.
func VetFamilies(families []*dto.MetricFamily) []Finding { return Vetter{}.Families(families) }

// DefaultMaxValues is how many values of one label in one metric are many.
const DefaultMaxValues = 100

// Vetter is Vet with settings.
type Vetter struct {
	// MaxValues is how many values of a label in a metric are not too many.
	// 0 means DefaultMaxValues.
	MaxValues int
	// Ignore has the rules, metrics and labels that nothing is reported of.
	Ignore []string
}

// Gatherer reports on what g gathers.
func (v Vetter) Gatherer(g prometheus.Gatherer) ([]Finding, error) {
	families, err := g.Gather()
	return v.Families(families), err
}

// Families reports on families, in the order of their names.
func (v Vetter) Families(families []*dto.MetricFamily) []Finding {
	if v.MaxValues <= 0 {
		v.MaxValues = DefaultMaxValues
	}
	var all []Finding
	for _, f := range families {
		all = append(all, vetFamily(f)...)
		values := labelValues(f)
		for _, label := range slices.Sorted(maps.Keys(values)) {
			all = append(all, v.vetLabel(f, label, values[label])...)
		}
	}
	all = slices.DeleteFunc(all, func(f Finding) bool {
		return slices.Contains(v.Ignore, f.Rule) || slices.Contains(v.Ignore, f.Metric) || f.Label != "" && slices.Contains(v.Ignore, f.Label)
	})
	sortFindings(all)
	return all
}

// labelValues returns the values of each label, sorted, each once.
func labelValues(f *dto.MetricFamily) map[string][]string {
	sets := map[string]map[string]struct{}{}
	for _, m := range f.Metric {
		for _, l := range m.Label {
			set := sets[l.GetName()]
			if set == nil {
				set = map[string]struct{}{}
				sets[l.GetName()] = set
			}
			if l.GetValue() != "" {
				set[l.GetValue()] = struct{}{}
			}
		}
	}
	out := make(map[string][]string, len(sets))
	for name, set := range sets {
		out[name] = slices.Sorted(maps.Keys(set))
	}
	return out
}

func (v Vetter) vetLabel(f *dto.MetricFamily, label string, values []string) []Finding {
	var out []Finding
	if found, ok := vetReserved(f, label); ok {
		out = append(out, found)
	}
	if found, ok := vetValues(f.GetName(), label, values); ok {
		return append(out, found)
	}
	if len(values) > v.MaxValues {
		out = append(out, Finding{
			Rule: "label-cardinality", Metric: f.GetName(), Label: label, Value: example(values[0]), Count: len(values),
			Message:    fmt.Sprintf("has %d values, such as %q; more than %d are many", len(values), example(values[0]), v.MaxValues),
			Suggestion: fmt.Sprintf("list those that matter with labels.Allow(%q, …), or bound the series with labels.For(%q, labels.Cap(%d))", label, f.GetName(), v.MaxValues),
		})
	}
	return out
}

// vetReserved finds labels that mean something to Prometheus or to the gateway.
func vetReserved(f *dto.MetricFamily, label string) (Finding, bool) {
	found := Finding{Rule: "label-reserved", Metric: f.GetName(), Label: label, Count: len(f.Metric)}
	switch label {
	case "job", "instance":
		found.Message = "is a label of the grouping key: what is pushed can't have its own"
		found.Suggestion = fmt.Sprintf("leave it to the Pusher, or write labels.Rename(%q, %q)", label, "target_"+label)
	case "le", "quantile":
		found.Message = "belongs to the format of histograms and summaries"
		found.Suggestion = fmt.Sprintf("give the label %q another name", label)
	default:
		return found, false
	}
	return found, true
}

// vetValues reports on the first rule that fits, so that of values that are URLs with
// UUIDs in them one thing is said.
func vetValues(metric, label string, values []string) (Finding, bool) {
	if strings.HasSuffix(metric, "_info") || len(values) == 1 && ofBuild(label) {
		return Finding{}, false // one series for each process, whatever the values
	}
	for _, r := range valueRules {
		fit := r.fitting(label, values)
		if len(fit) == 0 || len(fit) < r.atLeast {
			continue
		}
		shown := example(fit[0])
		return Finding{
			Rule: r.id, Metric: metric, Label: label, Value: shown, Count: len(fit),
			Message:    fmt.Sprintf("%d of %d values %s, such as %q", len(fit), len(values), r.says, shown),
			Suggestion: r.suggest(label, fit[0]),
		}, true
	}
	return Finding{}, false
}

// ofBuild is whether a label says which build a process is of: one value in its life.
func ofBuild(label string) bool {
	for word := range strings.SplitSeq(strings.ToLower(label), "_") {
		switch word {
		case "version", "goversion", "revision", "commit", "build", "sha", "checksum", "tag", "image", "release", "digest":
			return true
		}
	}
	return false
}

// Rules returns the ids of all rules that a Finding of Vet can have, sorted.
func Rules() []string {
	ids := []string{"label-cardinality", "label-reserved"}
	for _, r := range nameRules {
		ids = append(ids, r.id)
	}
	for _, r := range valueRules {
		ids = append(ids, r.id)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Endless returns the rule by which Vet reports label if value is the only one that it
// has, or "".
func Endless(label, value string) (rule string) {
	for _, r := range valueRules {
		if value != "" && r.atLeast == 1 && r.looks(label, value) {
			return r.id
		}
	}
	return ""
}
