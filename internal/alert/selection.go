package alert

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// selection is the groups that one expectation holds for.
type selection struct {
	selector selector
	expect   time.Duration
}

type selector []*labels.Matcher

// String returns the selector in PromQL.
func (s selector) String() string {
	texts := make([]string, len(s))
	for i, m := range s {
		texts[i] = m.String()
	}
	return "{" + strings.Join(texts, ",") + "}"
}

// selections finds what a job's groups are selected by. Where all have the same
// expectation that is the job, so that a new instance is watched from its first push.
func selections(groups []Group) []selection {
	expect := groups[0].Expect
	if !slices.ContainsFunc(groups, func(g Group) bool { return g.Expect != expect }) {
		if expect == 0 {
			return nil
		}
		return []selection{{selector{equal(model.JobLabel, groups[0].Labels[model.JobLabel])}, expect}}
	}
	names := keyNames(groups)
	var all []selection
	for _, g := range groups {
		if g.Expect > 0 {
			all = append(all, selection{exactly(g, names), g.Expect})
		}
	}
	slices.SortFunc(all, func(a, b selection) int {
		return cmp.Or(strings.Compare(a.selector.String(), b.selector.String()), cmp.Compare(a.expect, b.expect))
	})
	// An empty label and none are the same to Prometheus: of such groups the stricter holds.
	return slices.CompactFunc(all, func(a, b selection) bool { return a.selector.String() == b.selector.String() })
}

// keyNames are the labels that any of the groups has, and instance, which a group without
// one shows as empty.
func keyNames(groups []Group) []string {
	names := map[string]bool{model.InstanceLabel: true}
	for _, g := range groups {
		for name := range g.Labels {
			names[name] = true
		}
	}
	delete(names, model.JobLabel)
	return slices.Sorted(maps.Keys(names))
}

// exactly selects one of a job's groups: a label that it doesn't have must be empty, or
// the series of those that have it would match as well.
func exactly(g Group, names []string) selector {
	s := selector{equal(model.JobLabel, g.Labels[model.JobLabel])}
	for _, name := range names {
		s = append(s, equal(name, g.Labels[name]))
	}
	return s
}

func equal(name, value string) *labels.Matcher {
	return labels.MustNewMatcher(labels.MatchEqual, name, value)
}
