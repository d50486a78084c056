package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/headgate/headgate/push/labels"
)

// judgeNames finds out whether the job's keys had other names before they had those of
// s, and no longer have them.
func (s *keySet) judgeNames() {
	if s.change.Load() != nil {
		return
	}
	var from *keySet
	for _, other := range s.job.sets {
		before := other != s && other.summed == s.summed && other.groups > 0 && other.last.Load() < s.first
		if before && (from == nil || other.last.Load() > from.last.Load()) {
			from = other
		}
	}
	if from == nil {
		return
	}
	s.from = from
	from.left.Store(true)
	s.change.Store(&[]labels.Finding{from.changedTo(s)})
}

// forget takes back that the job has left the set s: it is pushed to, or has no groups any more.
func (j *jobKeys) forget(s *keySet) {
	s.left.Store(false)
	for _, other := range j.sets {
		if other.from == s {
			other.from = nil
			other.change.Store(nil)
		}
	}
}

func (s *keySet) changedTo(now *keySet) labels.Finding {
	added := without(now.names, s.names)
	f := labels.Finding{
		Rule: KeyNamesChange, Count: s.groups,
		Message: fmt.Sprintf("the grouping keys of job %q had the labels %s and now have %s: groups of the old keys stay as they were (so far: %d)",
			short(s.job.name), braced(s.names), braced(now.names), s.groups),
		Suggestion: "delete the old groups",
	}
	if len(added) > 0 {
		f.Label = added[0]
		f.Suggestion = fmt.Sprintf("drop %s from the key; if it is to stay, delete the old groups", short(strings.Join(added, ", ")))
	}
	return f
}

func without(names, others []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(others, name) })
}

func braced(names []string) string { return "{" + short(strings.Join(names, ", ")) + "}" }
