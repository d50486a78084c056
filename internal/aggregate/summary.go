package aggregate

import (
	"math/bits"

	"github.com/headgate/headgate/internal/expo"
)

func checkSummary(m *expo.Metric) error {
	if m.Summary == nil {
		return missing("summary")
	}
	return nil
}

func addSummary(total, increment *expo.Metric) (expo.Metric, error) {
	if err := checkSummary(increment); err != nil {
		return expo.Metric{}, err
	}
	next := frame(total, increment)
	sum := &expo.SummaryValue{Count: increment.Summary.Count, Sum: increment.Summary.Sum}
	next.Summary = sum
	if total == nil {
		return next, nil
	}
	if err := checkSummary(total); err != nil {
		return expo.Metric{}, err
	}
	var carry uint64
	sum.Count, carry = bits.Add64(total.Summary.Count, sum.Count, 0)
	if carry != 0 {
		return expo.Metric{}, overflow("summary count", amount{n: total.Summary.Count}, amount{n: increment.Summary.Count})
	}
	sum.Sum += total.Summary.Sum
	return next, nil
}

func summaryDifference(last, now *expo.Metric) (increment expo.Metric, reset bool, err error) {
	increment, err = addSummary(nil, now)
	if err != nil || last == nil {
		return increment, false, err
	}
	if err := checkSummary(last); err != nil {
		return expo.Metric{}, false, err
	}
	s := increment.Summary
	if s.Count < last.Summary.Count {
		return increment, true, nil
	}
	s.Count -= last.Summary.Count
	s.Sum = sumDifference(last.Summary.Sum, s.Sum)
	return increment, false, nil
}

// sumDifference returns by how much a sum grew. One that is infinite stays so, by
// nothing more: the difference of two infinities would make the total NaN.
func sumDifference(last, now float64) float64 {
	if last == now {
		return 0
	}
	return now - last
}
