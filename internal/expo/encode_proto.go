package expo

// AppendProto appends f as one length-delimited MetricFamily message.
//
// The bytes are those of Prometheus's encoder for a family in which the client
// library set every field that has a meaning: values, sums and counts are written
// even if 0, a float count, then instead of the integer, only if it is not 0.
func AppendProto(dst []byte, f *Family) []byte {
	dst, start := openDelimited(dst)
	dst = AppendProtoHeader(dst, f)
	dst = AppendProtoMetrics(dst, f)
	dst = AppendProtoTrailer(dst, f)
	return closeMessage(dst, start)
}

// AppendProtoHeader appends the fields of a MetricFamily that come before its
// metrics: name, help and type. There is no length before them.
func AppendProtoHeader(dst []byte, f *Family) []byte {
	dst = appendString(dst, familyName, f.Name)
	if f.HasHelp {
		dst = appendString(dst, familyHelp, f.Help)
	}
	return appendUint(dst, familyType, uint64(f.Type))
}

// AppendProtoTrailer appends the fields of a MetricFamily that come after its
// metrics: the unit, if there is one.
func AppendProtoTrailer(dst []byte, f *Family) []byte {
	if f.Unit == "" {
		return dst
	}
	return appendString(dst, familyUnit, f.Unit)
}

// AppendProtoMetrics appends the metrics of f as the repeated field of a
// MetricFamily, each with its tag and length.
func AppendProtoMetrics(dst []byte, f *Family) []byte {
	for i := range f.Metrics {
		var start int
		dst, start = openMessage(dst, familyMetric)
		dst = appendProtoMetric(dst, f.Type, &f.Metrics[i])
		dst = closeMessage(dst, start)
	}
	return dst
}

// appendProtoMetric appends the content of a Metric, in the order of the field
// numbers, which puts the timestamp before a histogram and after everything else.
func appendProtoMetric(dst []byte, t Type, m *Metric) []byte {
	dst = appendProtoLabels(dst, metricLabel, m.Labels)
	isHistogram := t == Histogram || t == GaugeHistogram
	if m.HasTimestamp && isHistogram {
		dst = appendUint(dst, metricTimestamp, uint64(m.TimestampMs))
	}
	dst, start := openMessage(dst, payloadField(t))
	switch {
	case isHistogram:
		dst = appendProtoHistogram(dst, m)
	case t == Summary:
		dst = appendProtoSummary(dst, m)
	case t == Counter:
		dst = appendDouble(dst, simpleValue, m.Value)
		dst = appendProtoExemplar(dst, counterExemplar, m.Exemplar)
		dst = appendProtoTimestamp(dst, counterCreated, m.Created)
	default:
		dst = appendDouble(dst, simpleValue, m.Value)
	}
	dst = closeMessage(dst, start)
	if m.HasTimestamp && !isHistogram {
		dst = appendUint(dst, metricTimestamp, uint64(m.TimestampMs))
	}
	return dst
}

func appendProtoLabels(dst []byte, field uint64, labels []Label) []byte {
	for i := range labels {
		var start int
		dst, start = openMessage(dst, field)
		dst = appendString(dst, labelName, labels[i].Name)
		dst = appendString(dst, labelValue, labels[i].Value)
		dst = closeMessage(dst, start)
	}
	return dst
}

func appendProtoSummary(dst []byte, m *Metric) []byte {
	s := m.Summary
	dst = appendUint(dst, summaryCount, s.Count)
	dst = appendDouble(dst, summarySum, s.Sum)
	for _, q := range s.Quantiles {
		var start int
		dst, start = openMessage(dst, summaryQuantile)
		dst = appendDouble(dst, quantileQuantile, q.Quantile)
		dst = appendDouble(dst, quantileValue, q.Value)
		dst = closeMessage(dst, start)
	}
	return appendProtoTimestamp(dst, summaryCreated, m.Created)
}

// appendProtoExemplar appends e as the given field, or nothing if it is nil.
func appendProtoExemplar(dst []byte, field uint64, e *Exemplar) []byte {
	if e == nil {
		return dst
	}
	dst, start := openMessage(dst, field)
	dst = appendProtoLabels(dst, exemplarLabel, e.Labels)
	dst = appendDouble(dst, exemplarValue, e.Value)
	dst = appendProtoTimestamp(dst, exemplarTimestamp, e.Timestamp)
	return closeMessage(dst, start)
}

// appendProtoTimestamp appends t as the given field, or nothing if it is nil.
// Timestamp is a proto3 message, so zeros are not written.
func appendProtoTimestamp(dst []byte, field uint64, t *Timestamp) []byte {
	if t == nil {
		return dst
	}
	dst, start := openMessage(dst, field)
	if t.Seconds != 0 {
		dst = appendUint(dst, timestampSeconds, uint64(t.Seconds))
	}
	if t.Nanos != 0 {
		dst = appendUint(dst, timestampNanos, uint64(int64(t.Nanos)))
	}
	return closeMessage(dst, start)
}
