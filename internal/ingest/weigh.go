package ingest

import (
	"bytes"
	"fmt"

	"github.com/headgate/headgate/internal/expo"
)

// What a push takes in memory while it is prepared can be many times its body: a
// sample of four bytes becomes a metric, and each metric gets the grouping labels.
// So a push is weighed before each step that would take the memory, and all pushes
// being prepared share one budget.

// Rough sizes in bytes, on the high side.
const (
	metricBytes     = 160 // a parsed sample
	protoExpansion  = 8   // parsed protobuf, as a multiple of its wire size
	labelBytes      = 32
	lineBytes       = 16 // of a sample line besides names and labels
	renderingCopies = 4  // rendered, in the record, in the journal's batch, in the store
)

// parsing is about what parsing a push will take.
func parsing(p *Push) int64 {
	switch p.format() {
	case formatProto:
		return protoExpansion * int64(len(p.Body))
	case formatJSON:
		return metricBytes * int64(bytes.Count(p.Body, []byte{'{'}))
	}
	return metricBytes * int64(bytes.Count(p.Body, []byte{'\n'})+1)
}

// rendering is about how long the families will be as text, and what that will
// take, with the grouping labels on each metric.
func rendering(families []*expo.Family, grouping []expo.Label) (text, memory int64) {
	shared := sizeOf(grouping)
	labels := int64(len(grouping) + 1)
	for _, f := range families {
		for i := range f.Metrics {
			m := &f.Metrics[i]
			lines := linesOf(f.Type, m)
			text += lines * (int64(len(f.Name)) + shared + sizeOf(m.Labels) + lineBytes)
			memory += labelBytes * (labels + int64(len(m.Labels)))
		}
	}
	return text, memory + renderingCopies*text
}

func sizeOf(labels []expo.Label) (n int64) {
	for i := range labels {
		n += int64(len(labels[i].Name) + len(labels[i].Value) + len(`,=""`))
	}
	return n
}

// linesOf is how many sample lines a metric has, the added +Inf bucket included.
func linesOf(t expo.Type, m *expo.Metric) int64 {
	switch t {
	case expo.Summary:
		return int64(len(m.Summary.Quantiles) + 2)
	case expo.Histogram, expo.GaugeHistogram:
		return int64(len(m.Histogram.Buckets) + 3)
	}
	return 1
}

// mostPreparing bounds what the pushes being prepared take, in bytes. A single one
// may take more: it is held to the limits on one push.
const mostPreparing = 256 << 20

// take reserves n bytes for w, and says when to come back if there is no room.
func (d *Door) take(w *work, n int64) error {
	if sum := d.preparing.Add(n); sum > mostPreparing && sum != w.weight+n {
		d.preparing.Add(-n)
		return fmt.Errorf("%w: the pushes being prepared take %d bytes, %d allowed, and this one needs %d more", ErrQueueFull, sum-n, mostPreparing, n)
	}
	w.weight += n
	return nil
}

// give returns all that w has taken.
func (d *Door) give(w *work) {
	d.preparing.Add(-w.weight)
	w.weight = 0
}
