package expo

// appendProtoHistogram appends the content of a Histogram message.
func appendProtoHistogram(dst []byte, m *Metric) []byte {
	h := m.Histogram
	if h.CountFloat == 0 {
		dst = appendUint(dst, histogramCount, h.Count)
	}
	dst = appendDouble(dst, histogramSum, h.Sum)
	for i := range h.Buckets {
		dst = appendProtoBucket(dst, &h.Buckets[i])
	}
	if h.CountFloat != 0 {
		dst = appendDouble(dst, histogramCountFloat, h.CountFloat)
	}
	if h.Native != nil {
		dst = appendProtoNative(dst, h.Native)
	}
	dst = appendProtoTimestamp(dst, histogramCreated, m.Created)
	if h.Native != nil {
		for i := range h.Native.Exemplars {
			dst = appendProtoExemplar(dst, histogramExemplars, &h.Native.Exemplars[i])
		}
	}
	return dst
}

func appendProtoBucket(dst []byte, b *Bucket) []byte {
	dst, start := openMessage(dst, histogramBucket)
	if b.CountFloat == 0 {
		dst = appendUint(dst, bucketCount, b.Count)
	}
	dst = appendDouble(dst, bucketUpperBound, b.UpperBound)
	dst = appendProtoExemplar(dst, bucketExemplar, b.Exemplar)
	if b.CountFloat != 0 {
		dst = appendDouble(dst, bucketCountFloat, b.CountFloat)
	}
	return closeMessage(dst, start)
}

// appendProtoNative appends the fields of the sparse buckets, except for the
// exemplars. The repeated numbers are not packed, as metrics.proto is proto2.
func appendProtoNative(dst []byte, n *NativeHistogram) []byte {
	dst = appendSint(dst, histogramSchema, int64(n.Schema))
	dst = appendDouble(dst, histogramZeroThreshold, n.ZeroThreshold)
	if n.ZeroCountFloat == 0 {
		dst = appendUint(dst, histogramZeroCount, n.ZeroCount)
	} else {
		dst = appendDouble(dst, histogramZeroCountFloat, n.ZeroCountFloat)
	}
	dst = appendProtoSpans(dst, histogramNegativeSpan, n.NegativeSpans)
	dst = appendProtoDeltas(dst, histogramNegativeDelta, n.NegativeDeltas)
	dst = appendProtoCounts(dst, histogramNegativeCount, n.NegativeCounts)
	dst = appendProtoSpans(dst, histogramPositiveSpan, n.PositiveSpans)
	dst = appendProtoDeltas(dst, histogramPositiveDelta, n.PositiveDeltas)
	return appendProtoCounts(dst, histogramPositiveCount, n.PositiveCounts)
}

func appendProtoSpans(dst []byte, field uint64, spans []Span) []byte {
	for _, s := range spans {
		var start int
		dst, start = openMessage(dst, field)
		dst = appendSint(dst, spanOffset, int64(s.Offset))
		dst = appendUint(dst, spanLength, uint64(s.Length))
		dst = closeMessage(dst, start)
	}
	return dst
}

func appendProtoDeltas(dst []byte, field uint64, deltas []int64) []byte {
	for _, d := range deltas {
		dst = appendSint(dst, field, d)
	}
	return dst
}

func appendProtoCounts(dst []byte, field uint64, counts []float64) []byte {
	for _, c := range counts {
		dst = appendDouble(dst, field, c)
	}
	return dst
}
