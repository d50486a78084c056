package wire

import (
	"encoding/binary"
	"math"
	"math/rand/v2"

	dto "github.com/prometheus/client_model/go"
)

// choices are the random choices of which families are made: from a seed, or from
// a fuzzer's input.
type choices struct{ *rand.Rand }

// input is a fuzzer's input as a source of random numbers. Used up, it counts:
// rand turns down some numbers, and would wait for ever for others than zeros.
type input struct {
	data []byte
	used uint64
}

func (in *input) Uint64() uint64 {
	if len(in.data) == 0 {
		in.used++
		return in.used << 56
	}
	var b [8]byte
	in.data = in.data[copy(b[:], in.data):]
	return binary.LittleEndian.Uint64(b[:])
}

func (c choices) one(in int) bool { return c.IntN(in) == 1 }

// maybe returns a pointer to v, or nil now and then.
func maybe[T any](c choices, v T) *T {
	if c.one(6) {
		return nil
	}
	return &v
}

// some returns up to n elements, few of them nil.
func some[T any](c choices, n int, element func() *T) []*T {
	var all []*T
	for range c.IntN(n + 1) {
		if c.one(60) {
			all = append(all, nil)
			continue
		}
		all = append(all, element())
	}
	return all
}

// fresh sets *p to a new value and returns it. It makes values of types whose
// package the library doesn't import.
func fresh[T any](p **T) *T {
	*p = new(T)
	return *p
}

func (c choices) string() *string {
	from := []string{"", "a", "job", "http_requests_total", "a:b", "__name__", "9a", "a.b", "é", "\x00", "\xff\xfe", "long_" + string(make([]byte, c.IntN(300)))}
	return maybe(c, from[c.IntN(len(from))])
}

func (c choices) name() *string {
	from := []string{"le", "path", "code", "region", "instance", "a_1"}
	if c.one(30) {
		return c.string()
	}
	return &from[c.IntN(len(from))]
}

func (c choices) float() float64 {
	from := []float64{0, 1, -1, 0.1, 1e300, math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), math.Float64frombits(c.Uint64())}
	return from[c.IntN(len(from))]
}

func (c choices) count() uint64 { return c.Uint64() >> c.IntN(64) }

func (c choices) int() int64 { return int64(c.Uint64()) >> c.IntN(64) }

func (c choices) floats() []float64 {
	var all []float64
	for range c.IntN(4) {
		all = append(all, c.float())
	}
	return all
}

func (c choices) deltas() []int64 {
	var all []int64
	for range c.IntN(4) {
		all = append(all, c.int())
	}
	return all
}

func (c choices) families() []*dto.MetricFamily { return some(c, 4, c.family) }

func (c choices) family() *dto.MetricFamily {
	return &dto.MetricFamily{
		Name: c.name(), Help: c.string(), Unit: c.string(),
		Type:   maybe(c, dto.MetricType(c.IntN(9)-2)),
		Metric: some(c, 6, c.metric),
	}
}

func (c choices) metric() *dto.Metric {
	m := &dto.Metric{Label: some(c, 4, c.label)}
	if c.one(4) {
		m.TimestampMs = maybe(c, c.int())
	}
	switch c.IntN(7) {
	case 0:
		m.Gauge = &dto.Gauge{Value: maybe(c, c.float())}
	case 1:
		m.Counter = &dto.Counter{Value: maybe(c, c.float()), Exemplar: c.exemplar()}
		m.Counter.CreatedTimestamp = c.created().CreatedTimestamp
	case 2:
		m.Summary = &dto.Summary{SampleCount: maybe(c, c.count()), SampleSum: maybe(c, c.float()), Quantile: some(c, 4, c.quantile)}
		m.Summary.CreatedTimestamp = c.created().CreatedTimestamp
	case 3:
		m.Untyped = &dto.Untyped{Value: maybe(c, c.float())}
	case 4, 5:
		m.Histogram = c.histogram()
	}
	return m
}

func (c choices) label() *dto.LabelPair {
	return &dto.LabelPair{Name: c.name(), Value: c.string()}
}

func (c choices) quantile() *dto.Quantile {
	return &dto.Quantile{Quantile: maybe(c, c.float()), Value: maybe(c, c.float())}
}

// created returns a histogram that has nothing but a timestamp, for its type: the
// package it comes from isn't imported.
func (c choices) created() *dto.Histogram {
	h := new(dto.Histogram)
	if c.one(2) {
		ts := fresh(&h.CreatedTimestamp)
		ts.Seconds, ts.Nanos = c.int()*int64(c.IntN(2)), int32(c.int())*int32(c.IntN(2))
	}
	return h
}

func (c choices) exemplar() *dto.Exemplar {
	if c.one(2) {
		return nil
	}
	e := &dto.Exemplar{Label: some(c, 3, c.label), Value: maybe(c, c.float())}
	e.Timestamp = c.created().CreatedTimestamp
	return e
}

func (c choices) bucket() *dto.Bucket {
	b := &dto.Bucket{UpperBound: maybe(c, c.float()), CumulativeCount: maybe(c, c.count()), Exemplar: c.exemplar()}
	if c.one(3) {
		b.CumulativeCountFloat = maybe(c, c.float())
	}
	return b
}

func (c choices) span() *dto.BucketSpan {
	return &dto.BucketSpan{Offset: maybe(c, int32(c.int())), Length: maybe(c, uint32(c.count()))}
}

func (c choices) histogram() *dto.Histogram {
	h := &dto.Histogram{SampleCount: maybe(c, c.count()), SampleSum: maybe(c, c.float()), Bucket: some(c, 5, c.bucket)}
	h.CreatedTimestamp = c.created().CreatedTimestamp
	if c.one(3) {
		h.SampleCountFloat = maybe(c, c.float())
	}
	if c.one(2) {
		c.native(h)
	}
	return h
}

func (c choices) native(h *dto.Histogram) {
	h.Schema, h.ZeroThreshold = maybe(c, int32(c.int())), maybe(c, c.float())
	h.ZeroCount, h.ZeroCountFloat = maybe(c, c.count()), maybe(c, c.float())
	h.NegativeSpan, h.PositiveSpan = some(c, 3, c.span), some(c, 3, c.span)
	h.NegativeDelta, h.PositiveDelta = c.deltas(), c.deltas()
	h.NegativeCount, h.PositiveCount = c.floats(), c.floats()
	h.Exemplars = some(c, 3, c.exemplar)
}
