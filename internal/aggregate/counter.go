package aggregate

import (
	"fmt"
	"math"

	"github.com/headgate/headgate/internal/expo"
)

func checkCounter(v float64) error {
	if v < 0 || !finite(v) {
		return &ValueError{What: "counter", Found: fmt.Sprint(v), Want: "a finite value of 0 or more"}
	}
	return nil
}

func addCounter(total, increment *expo.Metric) (expo.Metric, error) {
	if err := checkCounter(increment.Value); err != nil {
		return expo.Metric{}, err
	}
	next := frame(total, increment)
	next.Value, next.Exemplar = increment.Value, increment.Exemplar
	if total == nil {
		return next, nil
	}
	if next.Value += total.Value; !finite(next.Value) {
		return expo.Metric{}, &ValueError{
			What: "counter", Found: fmt.Sprintf("%v and %v more", total.Value, increment.Value), Want: "a finite sum",
		}
	}
	if next.Exemplar == nil {
		next.Exemplar = total.Exemplar
	}
	return next, nil
}

// finite tells whether v is neither NaN nor infinite.
func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func counterDifference(last, now *expo.Metric) (increment expo.Metric, reset bool, err error) {
	if err := checkCounter(now.Value); err != nil {
		return expo.Metric{}, false, err
	}
	increment = frame(nil, now)
	increment.Value, increment.Exemplar = now.Value, now.Exemplar
	if last == nil {
		return increment, false, nil
	}
	if !(now.Value >= last.Value) { // also a NaN, which no push has left there
		return increment, true, nil
	}
	increment.Value -= last.Value
	return increment, false, nil
}
