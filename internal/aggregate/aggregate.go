// Package aggregate makes one value of several: increments become a total, and
// the running totals of one pusher become increments.
//
// Its functions are pure: they keep nothing, know no time, and never change their
// arguments. What they return shares the labels, exemplars and created timestamps
// of the arguments, and a gauge histogram as a whole, so nobody may change those
// while it is in use; everything else is its own.
package aggregate

import (
	"fmt"

	"github.com/headgate/headgate/internal/expo"
)

// Check tells with a *ValueError why m can't be an increment, nor a running total
// that a pusher begins with. A counter has to be finite and 0 or more, a histogram
// has to hold no bucket below 0 and no observation that isn't in its count. Gauges,
// gauge histograms and untyped metrics can be anything.
//
// A histogram's and a summary's sum may be negative, infinite or NaN, as
// observations may: such sums add by the rules of IEEE 754. Native buckets have to
// be of the resolutions -4 to 8, those of custom bounds have no place in expo.
func Check(t expo.Type, m *expo.Metric) error {
	switch t {
	case expo.Counter:
		return checkCounter(m.Value)
	case expo.Summary:
		return checkSummary(m)
	case expo.Histogram:
		_, err := histogramOf(m)
		return err
	case expo.Gauge, expo.Untyped, expo.GaugeHistogram:
		return nil
	}
	return unknown(t)
}

// Add returns total with the increment added, which Check has to let pass; g is
// about gauges and untyped metrics. A nil total is that of the first increment. Of
// gauge histograms the increment counts alone.
//
// The order in which increments come makes no difference to integer counts. Float
// ones differ by rounding, and an integer above 2^53 loses precision beside them.
//
// A summary loses its quantiles, as those of a sum aren't known: whoever wants to
// tell a pusher looks at the increment's. Histograms whose bounds differ keep those
// that they have in common, where the counts are exact as they are cumulative;
// native ones take the coarser resolution. Of classic and native buckets only the
// kind stays that both have. What nothing is left of is a *BoundsError, and a count
// that a total can't hold a *ValueError.
//
// Labels and the created timestamp are the total's. Exemplars are the increment's,
// and the total's where it has none. The result has no timestamp.
func Add(t expo.Type, g Gauges, total, increment *expo.Metric) (expo.Metric, error) {
	switch t {
	case expo.Counter:
		return addCounter(total, increment)
	case expo.Summary:
		return addSummary(total, increment)
	case expo.Histogram:
		return addHistogram(total, increment)
	case expo.Gauge, expo.Untyped:
		return addGauge(g, total, increment), nil
	case expo.GaugeHistogram:
		return replaced(total, increment), nil
	}
	return expo.Metric{}, unknown(t)
}

// Difference returns by how much a pusher's running totals grew from last to now.
// With reset they began anew, and the difference is now itself. A nil last is that
// of the first push, which is no reset.
//
// It is a reset if a counter, a count or what lies between two bounds fell, but not
// if a sum did, which negative observations make fall too. Histograms whose bounds
// differ are compared on those that they have in common, and grew by what is known
// there; with none in common it is a reset, as no process changes its buckets while
// it counts. So it is if native buckets became finer or the zero bucket narrower,
// which clients only do when they begin anew.
//
// Floats are subtracted as they are: what many differences add up to may differ from
// the running total by rounding, which counters of whole numbers below 2^53 don't have.
//
// Gauges, gauge histograms and untyped metrics have no running totals: of them the
// difference is now. What is made of several pushers' gauges is for the caller to
// put together from their present values, with Add.
func Difference(t expo.Type, last, now *expo.Metric) (increment expo.Metric, reset bool, err error) {
	switch t {
	case expo.Counter:
		return counterDifference(last, now)
	case expo.Summary:
		return summaryDifference(last, now)
	case expo.Histogram:
		return histogramDifference(last, now)
	case expo.Gauge, expo.Untyped, expo.GaugeHistogram:
		return like(now), false, nil
	}
	return expo.Metric{}, false, unknown(t)
}

// frame returns what of a total isn't its value. The first increment is the total.
func frame(total, increment *expo.Metric) expo.Metric {
	if total == nil {
		total = increment
	}
	return expo.Metric{Labels: total.Labels, Created: total.Created}
}

// like returns m without its timestamp, as a sum of several has none.
func like(m *expo.Metric) expo.Metric {
	next := *m
	next.TimestampMs, next.HasTimestamp = 0, false
	return next
}

// replaced returns the total with the increment's value.
func replaced(total, increment *expo.Metric) expo.Metric {
	next, f := like(increment), frame(total, increment)
	next.Labels, next.Created = f.Labels, f.Created
	return next
}

func unknown(t expo.Type) error {
	return &ValueError{What: "metric type", Found: fmt.Sprint(uint8(t)), Want: fmt.Sprintf("%d to %d", expo.Counter, expo.GaugeHistogram)}
}
