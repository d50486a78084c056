package expo

// The field numbers of metrics.proto and of google.protobuf.Timestamp.
const (
	familyName   = 1
	familyHelp   = 2
	familyType   = 3
	familyMetric = 4
	familyUnit   = 5

	metricLabel     = 1
	metricGauge     = 2
	metricCounter   = 3
	metricSummary   = 4
	metricUntyped   = 5
	metricTimestamp = 6
	metricHistogram = 7

	labelName  = 1
	labelValue = 2

	simpleValue     = 1 // of gauge, counter and untyped
	counterExemplar = 2
	counterCreated  = 3

	summaryCount    = 1
	summarySum      = 2
	summaryQuantile = 3
	summaryCreated  = 4

	quantileQuantile = 1
	quantileValue    = 2

	histogramCount          = 1
	histogramSum            = 2
	histogramBucket         = 3
	histogramCountFloat     = 4
	histogramSchema         = 5
	histogramZeroThreshold  = 6
	histogramZeroCount      = 7
	histogramZeroCountFloat = 8
	histogramNegativeSpan   = 9
	histogramNegativeDelta  = 10
	histogramNegativeCount  = 11
	histogramPositiveSpan   = 12
	histogramPositiveDelta  = 13
	histogramPositiveCount  = 14
	histogramCreated        = 15
	histogramExemplars      = 16

	bucketCount      = 1
	bucketUpperBound = 2
	bucketExemplar   = 3
	bucketCountFloat = 4

	spanOffset = 1
	spanLength = 2

	exemplarLabel     = 1
	exemplarValue     = 2
	exemplarTimestamp = 3

	timestampSeconds = 1
	timestampNanos   = 2
)

// payloadField is the field of a Metric that holds the value of a family of type t.
func payloadField(t Type) uint64 {
	switch t {
	case Counter:
		return metricCounter
	case Gauge:
		return metricGauge
	case Summary:
		return metricSummary
	case Untyped:
		return metricUntyped
	}
	return metricHistogram
}
