package gateway

import (
	"math"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// space is the room on the data folder's file system, as of the last survey: asking a
// file system that hangs must not hold up a scrape. The zero value is not known.
type space struct {
	free, size atomic.Uint64 // bytes as float64; size is 0 until known
}

// look asks the file system anew. Where it can't be asked nothing is shown.
func (s *space) look(dir string) {
	free, size, err := room(dir)
	if err != nil {
		free, size = 0, 0
	}
	s.free.Store(math.Float64bits(free))
	s.size.Store(math.Float64bits(size))
}

var (
	diskFree = prometheus.NewDesc("headgate_disk_free_bytes", "Bytes that the gateway may still write on the file system of its data folder.", nil, nil)
	diskSize = prometheus.NewDesc("headgate_disk_size_bytes", "Size of the file system of the data folder.", nil, nil)
)

// Describe implements prometheus.Collector.
func (s *space) Describe(ch chan<- *prometheus.Desc) {
	ch <- diskFree
	ch <- diskSize
}

// Collect implements prometheus.Collector.
func (s *space) Collect(ch chan<- prometheus.Metric) {
	size := math.Float64frombits(s.size.Load())
	if size == 0 {
		return
	}
	ch <- prometheus.MustNewConstMetric(diskFree, prometheus.GaugeValue, math.Float64frombits(s.free.Load()))
	ch <- prometheus.MustNewConstMetric(diskSize, prometheus.GaugeValue, size)
}
