package aggregate

import (
	"fmt"
	"slices"

	"github.com/headgate/headgate/internal/expo"
)

// native is the native buckets of a histogram: those that hold something.
type native struct {
	schema    int32
	threshold float64 // observations of at most this size are in the zero bucket
	zero      amount
	positive  []slot
	negative  []slot
	exemplars []expo.Exemplar
}

// slot is a native bucket. Those of a side stand in the order of their indexes.
type slot struct {
	index int
	count amount
}

// isNative tells whether Prometheus takes a histogram with n for a native one.
func isNative(n *expo.NativeHistogram) bool {
	return n != nil && (len(n.PositiveSpans) > 0 || len(n.NegativeSpans) > 0 ||
		n.ZeroThreshold > 0 || n.ZeroCount > 0 || n.ZeroCountFloat > 0)
}

func readNative(v *expo.HistogramValue, float bool) (native, error) {
	in := v.Native
	n := native{schema: in.Schema, threshold: in.ZeroThreshold, exemplars: in.Exemplars}
	if n.schema < minSchema || n.schema > maxSchema {
		return n, &ValueError{
			What: "native histogram's schema", Found: fmt.Sprint(n.schema), Want: fmt.Sprintf("%d to %d", minSchema, maxSchema),
		}
	}
	if !(n.threshold >= 0) || !finite(n.threshold) {
		return n, &ValueError{What: "native zero bucket's threshold", Found: fmt.Sprint(n.threshold), Want: "a finite value of 0 or more"}
	}
	// Among floats an integer has no meaning, not even where the float is 0.
	own := v.FloatNative()
	n.zero = amount{f: in.ZeroCountFloat}
	if !own {
		n.zero = amountOf(in.ZeroCount, 0, float)
	}
	if !n.zero.valid() {
		return n, &ValueError{What: "native zero bucket's count", Found: n.zero.String(), Want: "a finite value of 0 or more"}
	}
	positive := side{"positive", n.schema, in.PositiveSpans, in.PositiveDeltas, in.PositiveCounts}
	negative := side{"negative", n.schema, in.NegativeSpans, in.NegativeDeltas, in.NegativeCounts}
	var err error
	if n.positive, err = positive.read(own, float); err != nil {
		return n, err
	}
	n.negative, err = negative.read(own, float)
	return n, err
}

// total returns the observations in all buckets, and false if those are too many.
func (n *native) total() (sum amount, ok bool) {
	sum = n.zero
	for _, slots := range [...][]slot{n.positive, n.negative} {
		for _, s := range slots {
			if sum, ok = sum.plus(s.count); !ok {
				return sum, false
			}
		}
	}
	return sum, true
}

// write returns n as expo has it.
func (n *native) write() (*expo.NativeHistogram, error) {
	out := &expo.NativeHistogram{
		Schema: n.schema, ZeroThreshold: n.threshold, ZeroCount: n.zero.n, ZeroCountFloat: n.zero.f,
		Exemplars: slices.Clone(n.exemplars),
	}
	var err error
	if out.PositiveSpans, out.PositiveDeltas, out.PositiveCounts, err = writeSide(n.positive); err != nil {
		return nil, err
	}
	if out.NegativeSpans, out.NegativeDeltas, out.NegativeCounts, err = writeSide(n.negative); err != nil {
		return nil, err
	}
	if len(out.PositiveSpans)+len(out.NegativeSpans) == 0 && out.ZeroThreshold == 0 && out.ZeroCount == 0 {
		// Without any span it would be taken for a classic histogram.
		out.PositiveSpans = []expo.Span{{}}
	}
	return out, nil
}
