package aggregate

import (
	"testing"

	"github.com/headgate/headgate/internal/expo"
)

func BenchmarkAddCounter(b *testing.B) { benchmarkAdd(b, expo.Counter, value(5), value(1)) }

func BenchmarkAddClassic(b *testing.B) {
	var buckets []expo.Bucket
	for i := range 12 {
		buckets = append(buckets, le(float64(i), uint64(i)))
	}
	benchmarkAdd(b, expo.Histogram, classicOf(12, buckets...), classicOf(12, buckets...))
}

func BenchmarkAddNative(b *testing.B) {
	benchmarkAdd(b, expo.Histogram, fortyBuckets(3), fortyBuckets(3))
}

// The resolution of the increment is reduced to the total's.
func BenchmarkAddFinerNative(b *testing.B) {
	benchmarkAdd(b, expo.Histogram, fortyBuckets(3), fortyBuckets(5))
}

func fortyBuckets(schema int32) *expo.Metric {
	var seen []float64
	for i := range 40 {
		seen = append(seen, bound(schema, i))
	}
	return pattern{native: true, schema: schema, threshold: 0x1p-128}.histogramFor(seen)
}

func benchmarkAdd(b *testing.B, t expo.Type, total, increment *expo.Metric) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Add(t, Last, total, increment); err != nil {
			b.Fatal(err)
		}
	}
}
