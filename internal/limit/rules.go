package limit

import (
	"github.com/prometheus/prometheus/model/labels"

	"github.com/headgate/headgate/internal/expo"
)

// Rules are the limits of all groups: a Set, and what overrides it for some.
type Rules struct {
	Set       Set
	Overrides []Override
}

// For sets what to what holds for the group with this grouping key. Of the overrides
// that select the group, the first that says something of a limit has the word.
func (r *Rules) For(key []expo.Label, what *Set) {
	*what = r.Set
	for i := len(r.Overrides) - 1; i >= 0; i-- {
		o := &r.Overrides[i]
		if !Matches(o.Match, key) {
			continue
		}
		for id := range IDs {
			if o.Max[id] != 0 {
				what.Max[id] = o.Max[id]
			}
			if o.DryRun[id] != nil {
				what.DryRun[id] = *o.DryRun[id]
			}
		}
	}
}

// Matches is whether a grouping key satisfies all matchers. As in PromQL a label
// that is absent has the empty value.
func Matches(set []*labels.Matcher, key []expo.Label) bool {
	for _, m := range set {
		if !m.Matches(valueOf(key, m.Name)) {
			return false
		}
	}
	return true
}

func valueOf(key []expo.Label, name string) string {
	for i := range key {
		if key[i].Name == name {
			return key[i].Value
		}
	}
	return ""
}
