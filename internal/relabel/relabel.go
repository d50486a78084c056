// Package relabel applies Prometheus's relabel_configs to the label sets of a push.
//
// The meaning is that of Prometheus's own library, to which the tests compare it.
// What is added is speed: a push has few distinct label names and values, so what a
// rule does to each of them is found out once and then looked up.
package relabel

import (
	"fmt"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/relabel"

	"github.com/headgate/headgate/internal/expo"
)

// Rules are compiled relabel_configs. They don't change, but for what they
// remember, and are safe for concurrent use. A nil *Rules has none.
type Rules struct {
	rules []rule
	names *names
}

// Compile checks configs and prepares them, in the order in which they are applied.
// It keeps copies. A config that names no validation scheme gets UTF-8,
// as in Prometheus: with model.LegacyValidation a replace whose target turns out not to be
// a classic label name does nothing. A config without a regex has Prometheus's default.
func Compile(configs []*relabel.Config) (*Rules, error) {
	if len(configs) == 0 {
		return nil, nil
	}
	r := &Rules{names: newNames()}
	for i, c := range configs {
		own := *c
		if own.Regex.Regexp == nil {
			own.Regex = relabel.DefaultRelabelConfig.Regex
		}
		if err := own.Validate(model.UTF8Validation); err != nil {
			return nil, fmt.Errorf("relabel rule %d: %w", i+1, err)
		}
		r.rules = append(r.rules, newRule(&own, r.names))
	}
	for i := range r.rules {
		r.rules[i].prepare(r.names)
	}
	return r, nil
}

// Len is how many rules there are.
func (r *Rules) Len() int {
	if r == nil {
		return 0
	}
	return len(r.rules)
}

// First returns the first n of the rules, to show what each does.
func (r *Rules) First(n int) *Rules {
	if n == 0 {
		return nil
	}
	return &Rules{rules: r.rules[:n], names: r.names}
}

// Apply applies the rules to ls, which is sorted by name and has each name once.
// A label with an empty value counts as absent; it stays where it is unless a rule
// takes it off.
//
// Out is sorted by name. It is ls itself where nothing changes, and else valid
// until the next use of s; its strings may share memory with those of ls. Apply doesn't
// change ls. Where keep is false, rule is the index of the rule that
// dropped the set, and out is nil; else rule is -1.
//
// Labels that begin with __ are left in out, and names are not checked: as in
// Prometheus, labelmap can make names that aren't valid, or take off __name__. Both are the caller's.
func (r *Rules) Apply(s *Scratch, ls []expo.Label) (out []expo.Label, keep bool, rule int) {
	if r == nil {
		return ls, true, -1
	}
	s.load(r.names, ls)
	for i := range r.rules {
		switch s.apply(&r.rules[i]) {
		case dropped:
			return nil, false, i
		case ambiguous:
			return r.applyLibrary(s, ls)
		}
	}
	return s.labels, true, -1
}
