package labels

import (
	"errors"
	"strings"
)

// Merge is how the values of gauges become one, when a policy makes their series equal.
type Merge uint8

// The ways to merge gauges, set by MergeGauges.
const (
	// ByName is the default: Max for names that end in _timestamp_seconds, _time_seconds, _ratio or
	// _info, whose sum says nothing, and Sum for others: most gauges that get a
	// label too many (requests in flight, bytes held, entries queued) are parts of a whole.
	ByName Merge = iota
	Sum
	Max
	Min
	Mean
)

// MergeGauges sets how gauges, and metrics of unknown type, are merged. In For
// it holds for that metric.
func MergeGauges(how Merge) Rule {
	return plainRule{"MergeGauges", func(d *draft) error {
		switch {
		case how < Sum || how > Mean:
			return errors.New("want Sum, Max, Min or Mean")
		case d.gauges != ByName && d.gauges != how:
			return errors.New("it is set to another already")
		}
		d.gauges = how
		return nil
	}}
}

func mergeByName(metric string) Merge {
	for _, suffix := range []string{"_timestamp_seconds", "_time_seconds", "_ratio", "_info"} {
		if strings.HasSuffix(metric, suffix) {
			return Max
		}
	}
	return Sum
}
