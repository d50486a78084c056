package expo

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// What takes a byte or two in a body and far more when parsed is bounded as well as
// samples are: a body that is small, or decompresses well, can't take all memory.
func TestPartLimit(t *testing.T) {
	const many = 70_000 // more than freeParts
	repeat := func(format string) string {
		var b strings.Builder
		for i := range many {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	proto := func(f Type, payload uint64, field []byte) []byte {
		return delimited(nested(head("m", f), familyMetric, nested(nil, payload, bytes.Repeat(field, many))))
	}
	var families []byte
	for i := range many {
		families = append(families, delimited(appendString(nil, familyName, fmt.Sprintf("f%06d", i)))...)
	}
	for name, c := range map[string]struct {
		parse func(*Parser, []byte) ([]Family, error)
		body  []byte
	}{
		"labels":               {(*Parser).Text, []byte("m{" + repeat(`l%d="",`) + "} 1\n")},
		"types":                {(*Parser).Text, []byte(repeat("# TYPE f%d gauge\n"))},
		"openmetrics types":    {(*Parser).OpenMetrics, []byte(repeat("# TYPE f%d gauge\n"))},
		"exemplar labels":      {(*Parser).OpenMetrics, []byte("# TYPE m counter\nm_total 1 # {" + repeat(`l%d="",`) + "} 1\n")},
		"json labels":          {func(p *Parser, b []byte) ([]Family, error) { j, err := p.JSON(b, inJSON); return j.Families, err }, []byte(`{"name":"m","value":1,"labels":{` + repeat(`"l%d":"",`) + `"x":""}}`)},
		"json entries":         {func(p *Parser, b []byte) ([]Family, error) { j, err := p.JSON(b, inJSON); return j.Families, err }, []byte(`[` + repeat(`{"name":"m%d","value":1},`) + `]`)},
		"protobuf families":    {(*Parser).Proto, families},
		"protobuf metrics":     {(*Parser).Proto, delimited(append(head("m", Gauge), bytes.Repeat(nested(nil, familyMetric, nil), many)...))},
		"protobuf labels":      {(*Parser).Proto, delimited(nested(head("m", Gauge), familyMetric, bytes.Repeat(nested(nil, metricLabel, nil), many)))},
		"protobuf quantiles":   {(*Parser).Proto, proto(Summary, metricSummary, nested(nil, summaryQuantile, nil))},
		"protobuf buckets":     {(*Parser).Proto, proto(Histogram, metricHistogram, nested(nil, histogramBucket, nil))},
		"protobuf spans":       {(*Parser).Proto, proto(Histogram, metricHistogram, nested(nil, histogramPositiveSpan, nil))},
		"protobuf exemplars":   {(*Parser).Proto, proto(Histogram, metricHistogram, nested(nil, histogramExemplars, nil))},
		"protobuf deltas":      {(*Parser).Proto, proto(Histogram, metricHistogram, appendUint(nil, histogramPositiveDelta, 0))},
		"protobuf many deltas": {(*Parser).Proto, proto(Histogram, metricHistogram, nested(nil, histogramPositiveDelta, []byte{0, 0}))},
	} {
		p := Parser{Options: Options{MaxSamples: 10}}
		_, err := c.parse(&p, c.body)
		if limit := (*SampleLimitError)(nil); !errors.As(err, &limit) {
			t.Errorf("%s: error %v, want a SampleLimitError", name, err)
		}
		if n := cap(p.metrics.buf); n > arenaFirst {
			t.Errorf("%s: room for %d metrics under a limit of 10", name, n)
		}
	}
}
