package expo

import (
	"fmt"
	"math"
)

func (p *Parser) protoHistogram(b []byte, m *Metric) error {
	h := p.histograms.one()
	m.Histogram = h
	var created message
	r := wireReader{rest: b}
	for r.next() {
		switch {
		case r.is(histogramCount, wireVarint):
			h.Count = r.n
		case r.is(histogramCountFloat, wireFixed64):
			h.CountFloat = r.double()
		case r.is(histogramSum, wireFixed64):
			h.Sum = r.double()
		case r.is(histogramCreated, wireBytes):
			r.addTo(&created)
		case r.is(histogramBucket, wireBytes):
			if err := p.countPart(); err != nil {
				return err
			}
			var bucket Bucket
			if err := p.protoBucket(r.bytes, &bucket); err != nil {
				return fmt.Errorf("has a bucket that %w", err)
			}
			h.Buckets = p.buckets.push(h.Buckets, bucket)
		case r.native():
			if err := p.countPart(); err != nil {
				return err
			}
			if err := p.protoNative(&r, h); err != nil {
				return err
			}
		}
	}
	if r.err != nil {
		return r.err
	}
	var err error
	m.Created, err = p.protoTimestamp(created)
	return err
}

func (p *Parser) protoBucket(b []byte, bucket *Bucket) error {
	var exemplar message
	r := wireReader{rest: b}
	for r.next() {
		switch {
		case r.is(bucketCount, wireVarint):
			bucket.Count = r.n
		case r.is(bucketCountFloat, wireFixed64):
			bucket.CountFloat = r.double()
		case r.is(bucketUpperBound, wireFixed64):
			bucket.UpperBound = r.double()
		case r.is(bucketExemplar, wireBytes):
			r.addTo(&exemplar)
		}
	}
	if r.err != nil || !exemplar.set {
		return r.err
	}
	bucket.Exemplar = p.exemplars.one()
	return p.protoExemplar(exemplar.bytes, bucket.Exemplar)
}

// native tells whether the present field, of a Histogram, is one of those that
// make it a native one.
func (r *wireReader) native() bool {
	switch r.num {
	case histogramSchema, histogramZeroCount:
		return r.wire == wireVarint
	case histogramZeroThreshold, histogramZeroCountFloat:
		return r.wire == wireFixed64
	case histogramNegativeSpan, histogramPositiveSpan, histogramExemplars:
		return r.wire == wireBytes
	case histogramNegativeDelta, histogramPositiveDelta: // repeated numbers may be packed
		return r.wire == wireVarint || r.wire == wireBytes
	case histogramNegativeCount, histogramPositiveCount:
		return r.wire == wireFixed64 || r.wire == wireBytes
	}
	return false
}

// protoNative decodes the present field of r, which is a native one, into h.
func (p *Parser) protoNative(r *wireReader, h *HistogramValue) (err error) {
	if h.Native == nil {
		h.Native = p.proto.natives.one()
	}
	n := h.Native
	switch r.num {
	case histogramSchema:
		n.Schema = r.sint32()
	case histogramZeroThreshold:
		n.ZeroThreshold = r.double()
	case histogramZeroCount:
		n.ZeroCount = r.n
	case histogramZeroCountFloat:
		n.ZeroCountFloat = r.double()
	case histogramNegativeSpan:
		n.NegativeSpans, err = p.protoSpan(r, n.NegativeSpans)
	case histogramPositiveSpan:
		n.PositiveSpans, err = p.protoSpan(r, n.PositiveSpans)
	case histogramNegativeDelta:
		n.NegativeDeltas, err = p.protoDeltas(r, n.NegativeDeltas)
	case histogramPositiveDelta:
		n.PositiveDeltas, err = p.protoDeltas(r, n.PositiveDeltas)
	case histogramNegativeCount:
		n.NegativeCounts, err = p.protoCounts(r, n.NegativeCounts)
	case histogramPositiveCount:
		n.PositiveCounts, err = p.protoCounts(r, n.PositiveCounts)
	case histogramExemplars:
		var e Exemplar
		err = p.protoExemplar(r.bytes, &e)
		n.Exemplars = p.exemplars.push(n.Exemplars, e)
	}
	return err
}

func (p *Parser) protoSpan(r *wireReader, spans []Span) ([]Span, error) {
	var s Span
	in := wireReader{rest: r.bytes}
	for in.next() {
		switch {
		case in.is(spanOffset, wireVarint):
			s.Offset = in.sint32()
		case in.is(spanLength, wireVarint):
			s.Length = uint32(in.n)
		}
	}
	if in.err != nil {
		return spans, fmt.Errorf("has a span that %w", in.err)
	}
	return p.proto.spans.push(spans, s), nil
}

// protoDeltas adds the deltas in the present field of r, one or packed many.
func (p *Parser) protoDeltas(r *wireReader, deltas []int64) ([]int64, error) {
	if r.wire == wireVarint {
		return p.proto.deltas.push(deltas, r.sint()), nil
	}
	in := wireReader{rest: r.bytes}
	for len(in.rest) > 0 {
		n := in.varint()
		if in.err != nil {
			return deltas, fmt.Errorf("has a list of deltas that %w", in.err)
		}
		if err := p.countPart(); err != nil {
			return deltas, err
		}
		deltas = p.proto.deltas.push(deltas, zigzag(n))
	}
	return deltas, nil
}

// protoCounts adds the counts in the present field of r, one or packed many.
func (p *Parser) protoCounts(r *wireReader, counts []float64) ([]float64, error) {
	if r.wire == wireFixed64 {
		return p.proto.counts.push(counts, r.double()), nil
	}
	in := wireReader{rest: r.bytes, wire: wireFixed64}
	for len(in.rest) > 0 {
		if in.value(); in.err != nil {
			return counts, fmt.Errorf("has a list of counts that %w", in.err)
		}
		counts = p.proto.counts.push(counts, math.Float64frombits(in.n))
	}
	return counts, nil
}
