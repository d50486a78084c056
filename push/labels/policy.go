package labels

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Policy says which labels series go out with. It doesn't change once it is
// made, and may be used by several goroutines and for several gatherers at once. A nil
// Policy has no rules.
type Policy struct {
	general plan
	metrics map[string]*plan
	losses  losses
}

// New makes a policy of rules. Its error names each rule that is wrong.
func New(rules ...Rule) (*Policy, error) {
	p := &Policy{metrics: map[string]*plan{}}
	d := newDraft("")
	err := d.add(rules)
	if err == nil {
		err = d.check()
	}
	if err != nil {
		return nil, fmt.Errorf("label policy: %w", err)
	}
	p.general = newPlan(d)
	p.losses.report(d.log)
	var errs []error
	for _, metric := range slices.Sorted(maps.Keys(d.metrics)) {
		both := d.over(d.metrics[metric])
		if err := both.check(); err != nil {
			errs = append(errs, fmt.Errorf("label policy: %s: %w", spell("For", metric), err))
			continue
		}
		of := newPlan(both)
		p.metrics[metric] = &of
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return p, nil
}

// noRules is the plan of a nil Policy.
var noRules plan

func (p *Policy) plan(metric string) *plan {
	if p == nil {
		return &noRules
	}
	if len(p.metrics) > 0 {
		if of, ok := p.metrics[metric]; ok {
			return of
		}
	}
	return &p.general
}

// Limit returns how many series metric may have, beside the one that takes what
// is beyond. It is 0 if there is no bound.
func (p *Policy) Limit(metric string) int { return p.plan(metric).limit }

// Overflow appends to dst the labels of the series that takes what is beyond the Limit
// of metric, and counts one series as lost in it. It has the names of in, which
// are labels that Apply gave, and OverflowValue for each. Whoever lets the names
// of one metric's labels differ should keep the first such series for all.
func (p *Policy) Overflow(metric string, in, dst []Label) []Label {
	p.lost(overflowed, metric, "", "")
	return appendOverflow(dst, in)
}

func appendOverflow(dst, in []Label) []Label {
	for _, l := range in {
		dst = append(dst, Label{l.Name, OverflowValue})
	}
	return dst
}
