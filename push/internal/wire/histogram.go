package wire

import (
	"encoding/binary"

	dto "github.com/prometheus/client_model/go"
)

// The fields of histograms.
const (
	histogramCount          tag = 1<<3 | wireVarint
	histogramSum            tag = 2<<3 | wireFixed64
	histogramBucket         tag = 3<<3 | wireBytes
	histogramCountFloat     tag = 4<<3 | wireFixed64
	histogramSchema         tag = 5<<3 | wireVarint
	histogramZeroThreshold  tag = 6<<3 | wireFixed64
	histogramZeroCount      tag = 7<<3 | wireVarint
	histogramZeroCountFloat tag = 8<<3 | wireFixed64
	histogramNegativeSpan   tag = 9<<3 | wireBytes
	histogramNegativeDelta  tag = 10<<3 | wireVarint
	histogramNegativeCount  tag = 11<<3 | wireFixed64
	histogramPositiveSpan   tag = 12<<3 | wireBytes
	histogramPositiveDelta  tag = 13<<3 | wireVarint
	histogramPositiveCount  tag = 14<<3 | wireFixed64
	histogramCreated        tag = 15<<3 | wireBytes

	bucketCount      tag = 1<<3 | wireVarint
	bucketUpperBound tag = 2<<3 | wireFixed64
	bucketExemplar   tag = 3<<3 | wireBytes
	bucketCountFloat tag = 4<<3 | wireFixed64

	spanOffset tag = 1<<3 | wireVarint
	spanLength tag = 2<<3 | wireVarint
)

// histogramExemplars is the one field whose tag takes two bytes.
const histogramExemplars = 16<<3 | wireBytes

func appendHistogram(dst []byte, h *dto.Histogram) []byte {
	if h == nil {
		return dst
	}
	dst, start := openMessage(dst, metricHistogram)
	dst = appendUint(dst, histogramCount, h.SampleCount)
	dst = appendDouble(dst, histogramSum, h.SampleSum)
	for _, b := range h.Bucket {
		dst = appendBucket(dst, b)
	}
	dst = appendDouble(dst, histogramCountFloat, h.SampleCountFloat)
	dst = appendNative(dst, h)
	dst = appendTimestamp(dst, histogramCreated, h.CreatedTimestamp)
	for _, e := range h.Exemplars {
		var inner int
		dst, inner = openDelimited(binary.AppendUvarint(dst, histogramExemplars))
		dst = closeMessage(appendExemplarFields(dst, e), inner)
	}
	return closeMessage(dst, start)
}

func appendBucket(dst []byte, b *dto.Bucket) []byte {
	dst, start := openMessage(dst, histogramBucket)
	if b != nil {
		dst = appendUint(dst, bucketCount, b.CumulativeCount)
		dst = appendDouble(dst, bucketUpperBound, b.UpperBound)
		dst = appendExemplar(dst, bucketExemplar, b.Exemplar)
		dst = appendDouble(dst, bucketCountFloat, b.CumulativeCountFloat)
	}
	return closeMessage(dst, start)
}

// appendNative appends the fields of the sparse buckets. The repeated numbers are
// not packed, as metrics.proto is proto2.
func appendNative(dst []byte, h *dto.Histogram) []byte {
	if h.Schema != nil {
		dst = appendSint(dst, histogramSchema, int64(*h.Schema))
	}
	dst = appendDouble(dst, histogramZeroThreshold, h.ZeroThreshold)
	dst = appendUint(dst, histogramZeroCount, h.ZeroCount)
	dst = appendDouble(dst, histogramZeroCountFloat, h.ZeroCountFloat)
	dst = appendSpans(dst, histogramNegativeSpan, h.NegativeSpan)
	dst = appendDeltas(dst, histogramNegativeDelta, h.NegativeDelta)
	dst = appendCounts(dst, histogramNegativeCount, h.NegativeCount)
	dst = appendSpans(dst, histogramPositiveSpan, h.PositiveSpan)
	dst = appendDeltas(dst, histogramPositiveDelta, h.PositiveDelta)
	return appendCounts(dst, histogramPositiveCount, h.PositiveCount)
}

func appendSpans(dst []byte, t tag, spans []*dto.BucketSpan) []byte {
	for _, s := range spans {
		var start int
		dst, start = openMessage(dst, t)
		if s != nil && s.Offset != nil {
			dst = appendSint(dst, spanOffset, int64(*s.Offset))
		}
		if s != nil && s.Length != nil {
			dst = binary.AppendUvarint(append(dst, byte(spanLength)), uint64(*s.Length))
		}
		dst = closeMessage(dst, start)
	}
	return dst
}

func appendDeltas(dst []byte, t tag, deltas []int64) []byte {
	for _, d := range deltas {
		dst = appendSint(dst, t, d)
	}
	return dst
}

func appendCounts(dst []byte, t tag, counts []float64) []byte {
	for i := range counts {
		dst = appendDouble(dst, t, &counts[i])
	}
	return dst
}
