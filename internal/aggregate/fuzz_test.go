package aggregate

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/headgate/headgate/internal/expo"
)

// FuzzHistograms guards that no histograms whatever make a panic, a change of the
// arguments, an error without a type or a result that can't be scraped, and that a
// difference added to what was there makes what is there now.
func FuzzHistograms(f *testing.F) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		a, b := randomPattern(rng, rng.IntN(2) == 0), randomPattern(rng, rng.IntN(2) == 0)
		f.Add(proto(a.histogramFor(observations(rng, 9))), proto(b.histogramFor(observations(rng, 9))))
		seen := observations(rng, 5)
		f.Add(proto(a.histogramFor(seen)), proto(a.histogramFor(append(seen, observations(rng, 5)...))))
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		x, y := parsed(a), parsed(b)
		if x == nil || y == nil {
			return
		}
		before := show(x) + show(y)
		sum, err := Add(expo.Histogram, Last, x, y)
		checkResult(t, &sum, err)
		d, reset, err := Difference(expo.Histogram, x, y)
		checkResult(t, &d, err)
		if err == nil && Check(expo.Histogram, &d) != nil {
			t.Fatalf("the difference %s can't be added: %v", show(&d), Check(expo.Histogram, &d))
		}
		if err == nil && !reset && !hasFloats(x.Histogram) && !hasFloats(y.Histogram) {
			if again := add(t, expo.Histogram, x, &d); again.Histogram.Count != y.Histogram.Count {
				t.Fatalf("%s and %s are %s, want %s", show(x), show(&d), show(again), show(y))
			}
		}
		if show(x)+show(y) != before {
			t.Fatal("the arguments were changed")
		}
	})
}

// checkResult guards that what isn't refused can be scraped.
func checkResult(t *testing.T, m *expo.Metric, err error) {
	t.Helper()
	var v *ValueError
	var b *BoundsError
	switch {
	case err == nil:
		checkWritable(t, expo.Histogram, m)
	case !errors.As(err, &v) && !errors.As(err, &b):
		t.Fatalf("error %v (%T), want one of this package", err, err)
	}
}

// proto writes a metric as a family in protobuf.
func proto(m *expo.Metric) []byte {
	return expo.AppendProto(nil, &expo.Family{Name: "m", Type: expo.Histogram, Metrics: []expo.Metric{*m}})
}

// parsed returns the one histogram in body, nil if there isn't one that can be pushed.
func parsed(body []byte) *expo.Metric {
	var p expo.Parser
	families, err := p.Proto(body)
	if err != nil || len(families) == 0 || families[0].Type != expo.Histogram {
		return nil
	}
	return &families[0].Metrics[0]
}
