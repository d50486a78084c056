package push

import (
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// The values are read from variables, as those of a request would be.
var (
	benchMethods = []string{"GET", "POST", "PUT", "DELETE"}
	benchPaths   = []string{"/api/v1/users", "/api/v1/orders", "/", "/healthz"}
)

type recordCase struct {
	name   string
	record func(i int)
}

// recordCases record a sample with two dynamic labels, each in its way.
func recordCases() []recordCase {
	r := newRecorder(recorderConfig{})
	ours := r.Counter("requests_total", "", "method", "path")
	bound := ours.With("GET", "/")
	seconds := r.Histogram("request_seconds", "", nil, "method", "path")
	theirs := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "requests_total"}, []string{"method", "path"})
	theirBound := theirs.WithLabelValues("GET", "/")
	theirSeconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "request_seconds"}, []string{"method", "path"})
	return []recordCase{
		{"headgate_counter", func(i int) { ours.Add(1, benchMethods[i&3], benchPaths[i>>2&3]) }},
		{"client_golang_counter", func(i int) { theirs.WithLabelValues(benchMethods[i&3], benchPaths[i>>2&3]).Add(1) }},
		{"headgate_metric", func(i int) {
			_ = r.Record(Metric{Name: "queue_length", Value: float64(i), Labels: []Label{
				{Name: "method", Value: benchMethods[i&3]}, {Name: "path", Value: benchPaths[i>>2&3]},
			}})
		}},
		{"headgate_histogram", func(i int) { seconds.Observe(float64(i&7), benchMethods[i&3], benchPaths[i>>2&3]) }},
		{"client_golang_histogram", func(i int) {
			theirSeconds.WithLabelValues(benchMethods[i&3], benchPaths[i>>2&3]).Observe(float64(i & 7))
		}},
		{"headgate_bound", func(int) { bound.Add(1) }},
		{"client_golang_bound", func(int) { theirBound.Add(1) }},
	}
}

// BenchmarkRecord is a sample with two dynamic labels in a series known already,
// beside client_golang: from one goroutine, from several at sixteen series, and
// from several at one series.
func BenchmarkRecord(b *testing.B) {
	for _, c := range recordCases() {
		name, record := c.name, c.record
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				record(i)
			}
		})
		b.Run(name+"/parallel", func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				for i := 0; pb.Next(); i++ {
					record(i)
				}
			})
		})
		b.Run(name+"/contended", func(b *testing.B) {
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					record(0)
				}
			})
		})
	}
}

// BenchmarkDrain is a drain of 10,000 series of which each changed.
func BenchmarkDrain(b *testing.B) {
	r := newRecorder(recorderConfig{maxSeries: 10_000})
	c := r.Counter("requests_total", "", "user")
	names := make([]string, 10_000)
	for i := range names {
		names[i] = "user " + string(rune('0'+i%10)) + string(rune('0'+i/10%10)) + string(rune('0'+i/100%10)) + string(rune('0'+i/1000))
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, name := range names {
			c.Inc(name)
		}
		r.drain()
	}
}
