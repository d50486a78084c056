package lint

import (
	"hash/maphash"
	"math"
	"math/bits"
	"strings"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/push/labels"
)

// sketch is what a push is known again by: a hash of its shape, and the few values that say
// something about who pushes.
type sketch struct {
	// sum is over the families' names and types, the label sets without those of
	// the key, so that the groups of a job share a shape, and the bounds of
	// buckets. Of values it has only which look like a Unix time.
	sum uint64
	// start is process_start_time_seconds, or 0.
	start float64
	// runtime is whether there are metrics of a process or of Go's runtime.
	runtime bool
}

// hash sums up texts and numbers. Its seed is the process's own, so that nobody can
// make two shapes fall together.
type hash struct {
	seed maphash.Seed
	sum  uint64
}

func (h *hash) text(s string) { h.number(maphash.String(h.seed, s)) }

func (h *hash) number(n uint64) {
	hi, lo := bits.Mul64(h.sum^0x9e3779b97f4a7c15, n^0xd1b54a32d192ed03)
	h.sum = hi ^ lo
}

func (l *Linter) sketch(o *settings, p *Push) sketch {
	var s sketch
	h := hash{seed: l.seed}
	h.number(o.number)
	h.text(p.BodyJob)
	h.text(p.BodyInstance)
	for _, f := range p.Families {
		s.look(f)
		h.text(f.Name)
		h.number(uint64(f.Type)<<32 | uint64(len(f.Metrics)))
		for i := range f.Metrics {
			h.metric(&f.Metrics[i], p.Key)
		}
		if f.Type == expo.Gauge || f.Type == expo.Untyped {
			h.number(math.Float64bits(perSecond(f)))
		}
	}
	s.sum = h.sum
	return s
}

func (h *hash) metric(m *expo.Metric, key []expo.Label) {
	for i := range m.Labels {
		label := &m.Labels[i]
		for len(key) > 0 && key[0].Name < label.Name {
			key = key[1:]
		}
		if own(label, key) {
			h.text(label.Name)
			h.text(label.Value)
		}
	}
	if m.Histogram == nil {
		h.number(uint64(len(m.Labels)))
		return
	}
	for i := range m.Histogram.Buckets {
		h.number(math.Float64bits(m.Histogram.Buckets[i].UpperBound))
	}
	h.number(uint64(len(m.Labels))<<32 | uint64(len(m.Histogram.Buckets)))
}

// own is whether a series has the label from its body. key begins with the first label
// whose name isn't before that of label. The empty instance is the gateway's.
func own(label *expo.Label, key []expo.Label) bool {
	return (len(key) == 0 || key[0].Name != label.Name) && (label.Name != "instance" || label.Value != "")
}

// perSecond is labels.UnixTime of the first metric that has one.
func perSecond(f *expo.Family) float64 {
	for i := range f.Metrics {
		if n := labels.UnixTime(f.Name, f.Metrics[i].Value); n > 0 {
			return n
		}
	}
	return 0
}

func (s *sketch) look(f *expo.Family) {
	if strings.HasPrefix(f.Name, "process_") {
		s.runtime = true
		if f.Name == "process_start_time_seconds" && len(f.Metrics) > 0 {
			s.start = f.Metrics[0].Value
		}
	} else if strings.HasPrefix(f.Name, "go_") {
		s.runtime = true
	}
}
