// Package lint finds in what is pushed what would better be otherwise: names
// against the conventions, labels without end, grouping keys that change. It
// refuses nothing.
package lint

import "time"

// Options say what is reported. The zero value is usable.
type Options struct {
	// Off turns all rules off.
	Off bool
	// Ignore has the rules, metrics, labels and jobs of which nothing is reported.
	Ignore []string
	// MaxValues is how many values of a label in a metric of one push are not too
	// many; 0 means 100.
	MaxValues int
	// FrequentInterval is the mean time between pushes of a group below which it
	// would better be scraped; 0 means 15 s.
	FrequentInterval time.Duration
}
