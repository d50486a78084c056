package aggregate

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/headgate/headgate/internal/expo"
)

// A sum of histograms is the histogram of all their observations, whatever the
// order in which they are added and put together, and whether resolution, zero
// bucket, bounds and kinds of counts and buckets are the same or not.
func TestSumIsOfAllObservations(t *testing.T) {
	rng := newRand(t)
	for range 3000 {
		native := rng.IntN(2) == 0
		var patterns []pattern
		var all []float64
		var parts []*expo.Metric
		for range rng.IntN(4) + 2 {
			p := randomPattern(rng, native || rng.IntN(8) == 0)
			if len(patterns) > 0 && rng.IntN(2) == 0 {
				p = patterns[0]
			}
			if !native && p.bounds == nil {
				p.bounds = []float64{1} // or nothing were common
			}
			seen := observations(rng, rng.IntN(20))
			p.float = p.float && len(seen) > 0 // 0 is the same in both kinds
			patterns, all = append(patterns, p), append(all, seen...)
			parts = append(parts, p.histogramFor(seen))
		}
		want := sums(patterns...).histogramFor(all)
		for range 3 {
			rng.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
			got := inGroups(t, rng, parts)
			if !same(got, want) {
				t.Fatalf("sum of %+v:\ngot  %s\nwant %s", patterns, show(got), show(want))
			}
			checkWritable(t, expo.Histogram, got)
		}
	}
}

// inGroups adds parts, some of them before they are added to the others.
func inGroups(t *testing.T, rng *rand.Rand, parts []*expo.Metric) *expo.Metric {
	parts = slices.Clone(parts)
	for len(parts) > 1 {
		i := rng.IntN(len(parts) - 1)
		parts[i] = add(t, expo.Histogram, parts[i], parts[i+1])
		parts = slices.Delete(parts, i+1, i+2)
	}
	return add(t, expo.Histogram, nil, parts[0])
}

// add checks as well that the arguments stay as they are.
func add(t *testing.T, typ expo.Type, total, increment *expo.Metric) *expo.Metric {
	t.Helper()
	a, b := show(total), show(increment)
	sum, err := Add(typ, Last, total, increment)
	if err != nil {
		t.Fatalf("%s\nadded to %s: %v", b, a, err)
	}
	if show(total) != a || show(increment) != b {
		t.Fatalf("Add changed its arguments: %s is now %s, %s is now %s", a, show(total), b, show(increment))
	}
	return &sum
}

// The sum of a pusher's differences is the sum of the last values of its epochs,
// also when it reduces its resolution or widens its zero bucket in between.
func TestDifferencesSumUp(t *testing.T) {
	rng := newRand(t)
	for range 2000 {
		p := pattern{bounds: []float64{0, 1, 5}, native: true, schema: 4, threshold: 0x1p-128, float: rng.IntN(3) == 0}
		p.native = rng.IntN(3) > 0
		var total, last *expo.Metric
		var all, epoch []float64
		for range 12 {
			again := len(epoch) > 1 && rng.IntN(4) == 0
			if again {
				all, epoch = append(all, epoch...), observations(rng, rng.IntN(len(epoch)))
			} else {
				epoch = append(epoch, observations(rng, rng.IntN(5))...)
				p = p.crowded(rng)
			}
			now := p.histogramFor(epoch)
			a, b := show(last), show(now)
			d, reset, err := Difference(expo.Histogram, last, now)
			if err != nil || reset != again {
				t.Fatalf("from %s\nto   %s: reset %v, error %v, want reset %v", a, b, reset, err, again)
			}
			if show(last) != a || show(now) != b {
				t.Fatal("Difference changed its arguments")
			}
			checkWritable(t, expo.Histogram, &d)
			total, last = add(t, expo.Histogram, total, &d), now
		}
		if want := p.histogramFor(append(all, epoch...)); !same(total, want) {
			t.Fatalf("got  %s\nwant %s", show(total), show(want))
		}
	}
}

// crowded does what a client does that has too many native buckets.
func (p pattern) crowded(rng *rand.Rand) pattern {
	switch {
	case rng.IntN(6) == 0 && p.schema > -2:
		p.schema--
		if p.threshold > 0 { // it stays a bound
			p.threshold = bound(p.schema, indexOf(p.schema, p.threshold))
		}
	case rng.IntN(6) == 0:
		p.threshold = bound(p.schema, indexOf(p.schema, max(p.threshold, 0.25))+1)
	}
	return p
}

// Integer counters and summaries add up over resets as histograms do.
func TestScalarDifferencesSumUp(t *testing.T) {
	rng := newRand(t)
	for range 500 {
		var value, want uint64
		var counter, summary, lastCounter, lastSummary *expo.Metric
		for range 20 {
			again := value > 0 && rng.IntN(4) == 0
			if again {
				want, value = want+value, rng.Uint64N(value)
			} else {
				value += rng.Uint64N(10)
			}
			c := &expo.Metric{Value: float64(value)}
			s := &expo.Metric{Summary: &expo.SummaryValue{Count: value, Sum: -float64(value)}}
			dc, r1, err1 := Difference(expo.Counter, lastCounter, c)
			ds, r2, err2 := Difference(expo.Summary, lastSummary, s)
			if err1 != nil || err2 != nil || r1 != again || r2 != again {
				t.Fatalf("resets %v %v, want %v; errors %v, %v", r1, r2, again, err1, err2)
			}
			counter, summary = add(t, expo.Counter, counter, &dc), add(t, expo.Summary, summary, &ds)
			lastCounter, lastSummary = c, s
		}
		want += value
		if counter.Value != float64(want) || summary.Summary.Count != want || summary.Summary.Sum != -float64(want) {
			t.Fatalf("counter %v, summary %+v, want %d", counter.Value, summary.Summary, want)
		}
	}
}

// checkWritable guards that what comes out can be scraped: it passes expo's check
// and is the same after it was written and read.
func checkWritable(t *testing.T, typ expo.Type, m *expo.Metric) {
	t.Helper()
	f := expo.Family{Name: "m", Type: typ, Metrics: []expo.Metric{*m}}
	if err := expo.CheckMetric(&f, m); err != nil {
		t.Fatalf("%s: %v", show(m), err)
	}
	var p expo.Parser
	read, err := p.Proto(expo.AppendProto(nil, &f))
	if err != nil || len(read) != 1 || !same(&read[0].Metrics[0], m) {
		t.Fatalf("%s\nis read back as %+v, error %v", show(m), read, err)
	}
	text := expo.AppendSamples(expo.AppendTextHeader(nil, &f), &f)
	if _, err := p.Text(text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}
