package ingest

import (
	"cmp"

	"github.com/headgate/headgate/internal/limit"
	"github.com/headgate/headgate/internal/lint"
	"github.com/headgate/headgate/internal/relabel"
	"github.com/headgate/headgate/internal/runs"
	"github.com/headgate/headgate/internal/vocabulary"
)

// DefaultMaxSamples bounds the sample lines of one push where nothing else is said.
const DefaultMaxSamples = 500_000

// Rules are what the configuration says about pushes. They aren't changed once a
// door has them. The zero value has no rules but MaxSamples' default.
type Rules struct {
	// MaxSamples bounds the sample lines of one push; 0 means DefaultMaxSamples.
	MaxSamples int
	Limits     limit.Rules
	// Lifetimes are tried in order; the first that matches holds.
	Lifetimes []Lifetime
	Undo      UndoRule
	// Runs is how much is kept of the runs of a job.
	Runs runs.Bounds
	// Aggregations are tried in order; the first that matches holds.
	Aggregations []Aggregation
	// Relabel and Vocabulary change labels, in this order; nil changes none.
	Relabel    *relabel.Rules
	Vocabulary *vocabulary.Vocabulary
}

// SetRules changes the rules for the pushes to come.
func (d *Door) SetRules(r Rules) {
	r.MaxSamples = cmp.Or(r.MaxSamples, DefaultMaxSamples)
	r.Runs.Runs = cmp.Or(r.Runs.Runs, runs.Defaults.Runs)
	r.Runs.Keep = cmp.Or(r.Runs.Keep, runs.Defaults.Keep)
	d.rules.Store(&r)
}

// SetLint changes what is reported of the pushes to come.
func (d *Door) SetLint(o lint.Options) { d.linter.SetOptions(o) }
