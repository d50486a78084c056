// Package expo reads and writes Prometheus's exposition formats: text 0.0.4,
// OpenMetrics 1.0 text and length-delimited protobuf.
//
// It is on the path of every push and every scrape, so it works on the package's
// own flat types instead of the generated protobuf ones, and appends to the
// caller's buffers instead of writing to an io.Writer.
package expo

// Type is the type of a metric family. The numbers are those of the MetricType
// enum in client_model's metrics.proto, so they travel unchanged in protobuf.
type Type uint8

// The types of metrics.proto. OpenMetrics' unknown is Untyped; its info and
// stateset families are kept as gauges, as their samples read in text 0.0.4.
const (
	Counter Type = iota
	Gauge
	Summary
	Untyped
	Histogram
	GaugeHistogram
)

var typeNames = [...]string{"counter", "gauge", "summary", "untyped", "histogram", "gaugehistogram"}

// String returns the type as the text format spells it.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return "invalid"
}

// Label is one label of a series.
type Label struct {
	Name, Value string
}

// Family is a metric family: all metrics of one name.
type Family struct {
	Name    string
	Help    string
	Unit    string
	HasHelp bool // tells an empty HELP from none
	Type    Type
	Metrics []Metric
}

// Metric is one metric of a family: a label set and what was measured.
type Metric struct {
	// Labels without the name, le and quantile. In parsed families they stand in
	// the order of the input; the encoders write them in the order given.
	Labels []Label
	// Value of a counter, a gauge or an untyped metric.
	Value float64
	// Summary is set if, and only if, the family's type is Summary.
	Summary *SummaryValue
	// Histogram is set if, and only if, the family's type is Histogram or GaugeHistogram.
	Histogram *HistogramValue
	// Exemplar of a counter.
	Exemplar *Exemplar
	// Created is when a counter, summary or histogram began to count.
	Created *Timestamp
	// TimestampMs is the sample's own time in milliseconds since the epoch.
	TimestampMs  int64
	HasTimestamp bool
}

// Timestamp is a google.protobuf.Timestamp.
type Timestamp struct {
	Seconds int64
	Nanos   int32
}

// SummaryValue is the content of a summary.
type SummaryValue struct {
	Count     uint64
	Sum       float64
	Quantiles []Quantile
}

// Quantile is one pre-computed quantile of a summary.
type Quantile struct {
	Quantile, Value float64
}

// HistogramValue is the content of a classic histogram, a native one, or one that is both.
type HistogramValue struct {
	Count      uint64
	CountFloat float64 // overrides Count if not 0
	Sum        float64
	Buckets    []Bucket
	Native     *NativeHistogram // nil for a purely classic histogram
}

// Bucket is a classic bucket; the counts are cumulative.
type Bucket struct {
	UpperBound float64
	Count      uint64
	CountFloat float64 // overrides Count if not 0
	Exemplar   *Exemplar
}

// NativeHistogram holds the sparse buckets, as metrics.proto describes them.
type NativeHistogram struct {
	Schema         int32
	ZeroThreshold  float64
	ZeroCount      uint64
	ZeroCountFloat float64
	NegativeSpans  []Span
	NegativeDeltas []int64
	NegativeCounts []float64
	PositiveSpans  []Span
	PositiveDeltas []int64
	PositiveCounts []float64
	Exemplars      []Exemplar
}

// Span is a run of consecutive native buckets.
type Span struct {
	Offset int32
	Length uint32
}

// Exemplar links a sample to a trace.
type Exemplar struct {
	Labels    []Label
	Value     float64
	Timestamp *Timestamp
}
