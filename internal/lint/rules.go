package lint

import (
	"iter"
	"math/bits"
	"slices"

	"github.com/headgate/headgate/push/labels"
)

// The rules that only the gateway can have, since they are about grouping keys and
// about more than one push. Ids don't change from version to version.
const (
	BodyInstance    = "body-instance"
	BodyJob         = "body-job"
	BucketsChange   = "buckets-change"
	InstanceMissing = "instance-missing"
	KeyNamesChange  = "key-names-change"
	KeyValueNew     = "key-value-new"
	KeyValueRandom  = "key-value-random"
	PushFrequent    = "push-frequent"
)

// helpMissing isn't reported at the door: it would be of each line that a script
// pushes, and warnings that come with each push are read by nobody.
const helpMissing = "help-missing"

// Rules returns the ids of all rules of pushes, sorted.
func Rules() []string { return doorRules() }

// doorRules are the rules of pushes, sorted. A rule's place is its bit in a ruleSet.
func doorRules() []string {
	rules := append(labels.Rules(),
		BodyInstance, BodyJob, BucketsChange, InstanceMissing, KeyNamesChange, KeyValueNew, KeyValueRandom, PushFrequent)
	rules = slices.DeleteFunc(rules, func(id string) bool { return id == helpMissing })
	slices.Sort(rules)
	return rules
}

// ruleSet is a set of door rules.
type ruleSet uint64

// mostRules is how many door rules a ruleSet can hold.
const mostRules = 64

func (s ruleSet) all() iter.Seq[int] {
	return func(yield func(int) bool) {
		for s != 0 && yield(bits.TrailingZeros64(uint64(s))) {
			s &= s - 1
		}
	}
}

// rulesOf returns which rules the findings are of.
func (l *Linter) rulesOf(findings []labels.Finding) ruleSet {
	var s ruleSet
	for i := range findings {
		if at, ok := slices.BinarySearch(l.rules, findings[i].Rule); ok {
			s |= 1 << at
		}
	}
	return s
}
