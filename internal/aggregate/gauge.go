package aggregate

import (
	"fmt"
	"math"

	"github.com/headgate/headgate/internal/expo"
)

// Gauges says what becomes of the gauges and untyped metrics of several pushers.
type Gauges uint8

// What can become of gauges. A NaN says that a pusher has no value: Sum, Min and
// Max leave it out where another has one. Sum makes one of +Inf and -Inf.
const (
	Last Gauges = iota // the value that was pushed last
	Sum
	Min
	Max
)

var gaugesNames = [...]string{"last", "sum", "min", "max"}

// String returns the name that the configuration uses.
func (g Gauges) String() string {
	if int(g) < len(gaugesNames) {
		return gaugesNames[g]
	}
	return fmt.Sprintf("Gauges(%d)", uint8(g))
}

func addGauge(g Gauges, total, increment *expo.Metric) expo.Metric {
	next := replaced(total, increment)
	if total == nil || g == Last || math.IsNaN(total.Value) {
		return next
	}
	if math.IsNaN(increment.Value) {
		next.Value = total.Value
		return next
	}
	switch g {
	case Sum:
		next.Value += total.Value
	case Min:
		next.Value = min(next.Value, total.Value)
	case Max:
		next.Value = max(next.Value, total.Value)
	}
	return next
}
