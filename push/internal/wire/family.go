package wire

import (
	"encoding/binary"

	dto "github.com/prometheus/client_model/go"
)

// The fields of metrics.proto but for those of histograms. Fields are written in
// the order of their numbers, as Go's protobuf does.
const (
	familyName   tag = 1<<3 | wireBytes
	familyHelp   tag = 2<<3 | wireBytes
	familyType   tag = 3<<3 | wireVarint
	familyMetric tag = 4<<3 | wireBytes
	familyUnit   tag = 5<<3 | wireBytes

	metricLabel     tag = 1<<3 | wireBytes
	metricGauge     tag = 2<<3 | wireBytes
	metricCounter   tag = 3<<3 | wireBytes
	metricSummary   tag = 4<<3 | wireBytes
	metricUntyped   tag = 5<<3 | wireBytes
	metricTimestamp tag = 6<<3 | wireVarint
	metricHistogram tag = 7<<3 | wireBytes

	labelName  tag = 1<<3 | wireBytes
	labelValue tag = 2<<3 | wireBytes

	// Gauge and Untyped have this field only.
	simpleValue tag = 1<<3 | wireFixed64

	counterValue    tag = 1<<3 | wireFixed64
	counterExemplar tag = 2<<3 | wireBytes
	counterCreated  tag = 3<<3 | wireBytes

	summaryCount    tag = 1<<3 | wireVarint
	summarySum      tag = 2<<3 | wireFixed64
	summaryQuantile tag = 3<<3 | wireBytes
	summaryCreated  tag = 4<<3 | wireBytes

	quantileQuantile tag = 1<<3 | wireFixed64
	quantileValue    tag = 2<<3 | wireFixed64

	exemplarLabel     tag = 1<<3 | wireBytes
	exemplarValue     tag = 2<<3 | wireFixed64
	exemplarTimestamp tag = 3<<3 | wireBytes

	timestampSeconds tag = 1<<3 | wireVarint
	timestampNanos   tag = 2<<3 | wireVarint
)

func appendFamily(dst []byte, f *dto.MetricFamily) []byte {
	if f == nil {
		return dst
	}
	dst = appendString(dst, familyName, f.Name)
	dst = appendString(dst, familyHelp, f.Help)
	if f.Type != nil {
		// A negative number takes ten bytes: an enum is an int32, sign-extended.
		dst = binary.AppendUvarint(append(dst, byte(familyType)), uint64(*f.Type))
	}
	for _, m := range f.Metric {
		var start int
		dst, start = openMessage(dst, familyMetric)
		dst = appendMetric(dst, m)
		dst = closeMessage(dst, start)
	}
	return appendString(dst, familyUnit, f.Unit)
}

func appendMetric(dst []byte, m *dto.Metric) []byte {
	if m == nil {
		return dst
	}
	dst = appendLabels(dst, metricLabel, m.Label)
	if m.Gauge != nil {
		dst = appendSimple(dst, metricGauge, m.Gauge.Value)
	}
	dst = appendCounter(dst, m.Counter)
	dst = appendSummary(dst, m.Summary)
	if m.Untyped != nil {
		dst = appendSimple(dst, metricUntyped, m.Untyped.Value)
	}
	if m.TimestampMs != nil {
		dst = binary.AppendUvarint(append(dst, byte(metricTimestamp)), uint64(*m.TimestampMs))
	}
	return appendHistogram(dst, m.Histogram)
}

func appendLabels(dst []byte, t tag, labels []*dto.LabelPair) []byte {
	for _, l := range labels {
		var start int
		dst, start = openMessage(dst, t)
		if l != nil {
			dst = appendString(dst, labelName, l.Name)
			dst = appendString(dst, labelValue, l.Value)
		}
		dst = closeMessage(dst, start)
	}
	return dst
}

func appendSimple(dst []byte, t tag, v *float64) []byte {
	dst, start := openMessage(dst, t)
	return closeMessage(appendDouble(dst, simpleValue, v), start)
}

func appendCounter(dst []byte, c *dto.Counter) []byte {
	if c == nil {
		return dst
	}
	dst, start := openMessage(dst, metricCounter)
	dst = appendDouble(dst, counterValue, c.Value)
	dst = appendExemplar(dst, counterExemplar, c.Exemplar)
	dst = appendTimestamp(dst, counterCreated, c.CreatedTimestamp)
	return closeMessage(dst, start)
}

func appendSummary(dst []byte, s *dto.Summary) []byte {
	if s == nil {
		return dst
	}
	dst, start := openMessage(dst, metricSummary)
	dst = appendUint(dst, summaryCount, s.SampleCount)
	dst = appendDouble(dst, summarySum, s.SampleSum)
	for _, q := range s.Quantile {
		var inner int
		dst, inner = openMessage(dst, summaryQuantile)
		if q != nil {
			dst = appendDouble(dst, quantileQuantile, q.Quantile)
			dst = appendDouble(dst, quantileValue, q.Value)
		}
		dst = closeMessage(dst, inner)
	}
	dst = appendTimestamp(dst, summaryCreated, s.CreatedTimestamp)
	return closeMessage(dst, start)
}
