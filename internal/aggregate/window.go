package aggregate

import "math"

// Window is what is kept of the values of one window of time. The zero value is an
// empty one.
type Window struct {
	Count         uint64
	Sum, Min, Max float64
	// Values tell quantiles; nil unless they are wanted.
	Values *Sketch
}

// Observe takes up a value, which is finite. A nil Values stays nil.
func (w *Window) Observe(v float64) {
	if w.Count == 0 || v < w.Min {
		w.Min = v
	}
	if w.Count == 0 || v > w.Max {
		w.Max = v
	}
	w.Count++
	w.Sum += v
	if w.Values != nil {
		w.Values.Observe(v)
	}
}

// Output is what is shown of a window. The numbers are on disk.
type Output uint8

// The outputs.
const (
	WindowSum   Output = iota
	WindowCount        // how many values there were
	WindowMin
	WindowMax
	WindowAvg
	WindowRate // the sum by second
	Outputs
)

var outputNames = [Outputs]string{"sum", "count", "min", "max", "avg", "rate"}

func (o Output) String() string { return outputNames[o] }

// Output returns one of w's outputs. The window, which isn't empty, is that many
// seconds long.
func (w *Window) Output(o Output, seconds float64) float64 {
	switch o {
	case WindowCount:
		return float64(w.Count)
	case WindowMin:
		return w.Min
	case WindowMax:
		return w.Max
	case WindowAvg:
		return w.Sum / float64(w.Count)
	case WindowRate:
		return w.Sum / seconds
	}
	return w.Sum
}

// Quantile returns the smallest value that at least the q-th part of all values don't
// exceed, to the exactness of a Sketch, and never less or more than there was. The
// window has Values and isn't empty; q is from 0 to 1.
func (w *Window) Quantile(q float64) float64 {
	n := uint64(math.Ceil(q * float64(w.Count)))
	switch {
	case n <= 1:
		return w.Min
	case n >= w.Count:
		return w.Max
	}
	return min(max(w.Values.at(n), w.Min), w.Max)
}

// Clone returns a copy that shares nothing with w.
func (w *Window) Clone() Window {
	c := *w
	if w.Values != nil {
		c.Values = w.Values.Clone()
	}
	return c
}
