package push

import (
	"math"
	"math/rand/v2"
	"testing"
)

// A value belongs to the first bucket that is not below it.
func TestBucketOf(t *testing.T) {
	for n := range 20 {
		bounds := make([]float64, n)
		for i := range bounds {
			bounds[i] = float64(i)
		}
		rng := rand.New(rand.NewPCG(uint64(n), 1))
		for range 100 {
			v := float64(rng.IntN(2*n+4))/2 - 1
			want := 0
			for want < n && bounds[want] < v {
				want++
			}
			if got := bucketOf(bounds, v); got != want {
				t.Errorf("%v in %v is in bucket %d, want %d", v, bounds, got, want)
			}
		}
	}
}

// +Inf may be given or not.
func TestHistogramBounds(t *testing.T) {
	r := newRecorder(recorderConfig{})
	r.Histogram("h", "", []float64{math.Inf(1)}).Observe(3)
	wantDrain(t, r, 1, "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 3\nh_count 1\n")
}
