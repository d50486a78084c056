package aggregate

import (
	"fmt"
	"strings"

	"github.com/headgate/headgate/internal/expo"
)

// ValueError says which value can't be an increment, or can't be added.
type ValueError struct {
	What  string // which of a metric's values it is
	Found string
	Want  string
}

// Error implements error.
func (e *ValueError) Error() string {
	return fmt.Sprintf("%s %s: want %s", e.What, e.Found, e.Want)
}

// BoundsError says that two histograms have no buckets in common to be added on.
// The bounds are those of classic buckets without +Inf.
type BoundsError struct {
	Total, Increment             []float64
	TotalNative, IncrementNative bool // there are native buckets too
}

// Error implements error.
func (e *BoundsError) Error() string {
	return fmt.Sprintf("histogram with %s is added to one with %s: want a bucket bound that both have, or native buckets in both",
		layout(e.Increment, e.IncrementNative), layout(e.Total, e.TotalNative))
}

// boundsMax is how many bounds of a histogram a message shows.
const boundsMax = 10

// layout describes which buckets a histogram has.
func layout(bounds []float64, native bool) string {
	switch {
	case len(bounds) == 0 && native:
		return "native buckets"
	case len(bounds) == 0:
		return "no bounds"
	}
	var b strings.Builder
	b.WriteString("bounds")
	for i, bound := range bounds[:min(len(bounds), boundsMax)] {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte(' ')
		b.Write(expo.AppendFloat(nil, bound))
	}
	if len(bounds) > boundsMax {
		fmt.Fprintf(&b, ", … (%d)", len(bounds))
	}
	if native {
		b.WriteString(" and native buckets")
	}
	return b.String()
}

func boundsError(total, increment *histogram) error {
	return &BoundsError{
		Total: bounds(total.finite), TotalNative: total.isNative,
		Increment: bounds(increment.finite), IncrementNative: increment.isNative,
	}
}

func bounds(buckets []expo.Bucket) []float64 {
	out := make([]float64, len(buckets))
	for i := range buckets {
		out[i] = buckets[i].UpperBound
	}
	return out
}

func missing(what string) error {
	return &ValueError{What: what, Found: "without a value", Want: "one"}
}

// overflow says that a count grew beyond what its type holds.
func overflow(what string, a, b amount) error {
	return &ValueError{What: what, Found: fmt.Sprintf("%v and %v more", a, b), Want: "no more than a 64-bit number holds"}
}
