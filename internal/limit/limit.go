// Package limit has the bounds on what is resident and on what one series may
// look like: their stable ids, their defaults, and which hold for which group.
package limit

import (
	"math"
	"slices"

	"github.com/prometheus/prometheus/model/labels"
)

// ID is one limit. Its number is in the journal: it keeps it for ever.
type ID uint8

// The limits. Those up to JobGroups are about what is resident once a push is
// applied, and are checked in the journal's order; the others are about the push alone.
const (
	Series           ID = iota // series resident in all
	JobSeries                  // series of one job
	GroupSeries                // series of one group
	MetricSeries               // series of one metric family in one group
	JobGroups                  // groups of one job
	SeriesLabels               // labels of one series, those of its grouping key included
	LabelNameBytes             // length of a label's name
	LabelValueBytes            // length of a label's value
	JobPushes                  // pushes of one job a second
	BodyBytes                  // one body as sent
	DecodedBodyBytes           // one body decompressed
	IDs                        // how many there are
)

// Resident is how many limits are about what is resident: the first ones.
const Resident = JobGroups + 1

// None is the value of a limit that doesn't limit anything.
const None = math.MaxInt64

var keys = [IDs]string{
	"series", "job_series", "group_series", "metric_series", "job_groups",
	"series_labels", "label_name_bytes", "label_value_bytes", "job_pushes_per_second", "body_bytes", "decoded_body_bytes",
}

var units = [IDs]string{
	"series", "series", "series", "series", "groups", "labels", "bytes", "bytes", "pushes per second", "bytes", "bytes",
}

// Defaults hold where nothing else is said. They let through what a Pushgateway
// bears, and stop a mistake before it costs other jobs their metrics.
var Defaults = Set{Max: [IDs]int64{
	10_000_000, 5_000_000, 200_000, 100_000, None, 64, 1024, 64 << 10, None, 32 << 20, 64 << 20,
}}

// Key is the limit's key in the configuration file, below "limits".
func (id ID) Key() string { return keys[id] }

// Unit is what the limit counts, in the plural.
func (id ID) Unit() string { return units[id] }

var names = [IDs]string{
	"limit-series", "limit-job-series", "limit-group-series", "limit-metric-series", "limit-job-groups",
	"limit-series-labels", "limit-label-name-bytes", "limit-label-value-bytes", "limit-job-pushes-per-second",
	"limit-body-bytes", "limit-decoded-body-bytes",
}

// String is the limit's stable id in messages, metrics and alerts: limit-job-series.
func (id ID) String() string { return names[id] }

// Named is the limit with this stable id.
func Named(name string) (ID, bool) {
	i := slices.Index(names[:], name)
	return ID(max(i, 0)), i >= 0
}

// Set is what holds for one group: for each limit its value and whether it only counts and warns.
type Set struct {
	Max    [IDs]int64 // None if there is no limit; 0 isn't a limit either, but a Set that nobody filled in
	DryRun [IDs]bool
}

// Override changes the limits of the groups that its matchers select.
type Override struct {
	Match []*labels.Matcher // over the grouping key; an absent label is empty
	// Max has 0 where the override says nothing.
	Max [IDs]int64
	// DryRun has nil where the override says nothing.
	DryRun [IDs]*bool
}
