package ingest

import (
	"cmp"

	"github.com/headgate/headgate/internal/limit"
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
}

// SetRules changes the rules for the pushes to come.
func (d *Door) SetRules(r Rules) {
	r.MaxSamples = cmp.Or(r.MaxSamples, DefaultMaxSamples)
	d.rules.Store(&r)
}
