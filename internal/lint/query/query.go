// Package query finds PromQL that aggregates labels away which say where a series comes
// from, and writes it as it would keep them.
package query

import (
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
)

// Job and Instance are the labels that say where a series comes from.
const (
	Job      = "job"
	Instance = "instance"
)

// Options say what an expression is for. The zero value is that of a panel.
type Options struct {
	// Record is the name of the series that the expression is recorded as, or "".
	// One by the convention level:metric:operations says in its level which labels
	// are left on purpose.
	Record string
	// Spare are labels that may be aggregated away.
	Spare []string
}

// Loss is what an expression aggregates away.
type Loss struct {
	// Labels are Job, Instance or both.
	Labels []string
	// By is the first aggregation that does so, as "sum by (code)".
	By string
	// Deliberate is whether it may well be wanted: a total is compared with a number, or
	// a recorded name doesn't speak of the job.
	Deliberate bool
	// Corrected is the expression with the labels kept, in PromQL's own layout.
	Corrected string
}

// Check returns what is lost in an expression, nil if nothing is. The variables of
// Grafana may stand in it, $name, ${name} and [[name]]. An expression that can't be
// parsed is an error.
func Check(expr string, o Options) (*Loss, error) {
	t, err := parse(expr)
	if err != nil {
		return nil, err
	}
	c := &checker{template: t, totals: map[*parser.AggregateExpr]bool{}}
	nameless := o.keep(&c.keep)
	c.flow(t.expr)
	if c.lost == 0 {
		return nil, nil
	}
	return &Loss{
		Labels:     c.keep.names(c.lost),
		By:         t.restore(strings.TrimSpace(c.first)),
		Deliberate: c.onlyTotals || nameless && c.lost.has(c.keep.bit(Job)),
		Corrected:  t.restore(t.expr.String()),
	}, nil
}

// keep sets the labels that the expression should keep, and tells whether its name leaves
// open that job is one of them.
func (o *Options) keep(k *kept) (nameless bool) {
	level, _, conventional := strings.Cut(o.Record, ":")
	words := strings.Split(level, "_")
	for _, label := range []string{Job, Instance} {
		named := contains(words, label)
		switch {
		case contains(o.Spare, label):
		case !conventional || named:
			*k = append(*k, label)
		case label == Job && level != "":
			*k = append(*k, label) // the convention's own examples keep it unsaid
			nameless = true
		}
	}
	return nameless
}

func contains(all []string, s string) bool {
	for _, a := range all {
		if a == s {
			return true
		}
	}
	return false
}

// kept is the labels to keep, and set some of them by their places.
type (
	kept []string
	set  uint8
)

func (s set) has(other set) bool { return other != 0 && s&other == other }

// bit returns the set of one label, 0 if it isn't to be kept.
func (k kept) bit(label string) set {
	for i, l := range k {
		if l == label {
			return 1 << i
		}
	}
	return 0
}

func (k kept) of(labels []string) (s set) {
	for _, l := range labels {
		s |= k.bit(l)
	}
	return s
}

func (k kept) all() set { return 1<<len(k) - 1 }

func (k kept) names(s set) (names []string) {
	for i, l := range k {
		if s.has(1 << i) {
			names = append(names, l)
		}
	}
	return names
}
