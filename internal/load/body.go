package load

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/encoding/protodelim"
)

// jobMetrics is what a nightly backup pushes when it ends: families of one
// sample, with HELP and TYPE as every stock client writes them.
var jobMetrics = [SeriesPerGroup]jobMetric{
	{name: "backup_start_timestamp_seconds", help: "Start of the run.", value: "1764000000"},
	{name: "backup_end_timestamp_seconds", help: "End of the run.", value: "1765000000"},
	{name: "backup_duration_seconds", help: "Duration.", value: "1834.000000"},
	{name: "backup_cpu_seconds_total", help: "CPU time spent.", counter: true, value: "412.000000"},
	{name: "backup_files_total", help: "Files seen.", counter: true, value: "7000000"},
	{name: "backup_bytes_total", help: "Bytes copied.", counter: true, label: "target", labelValue: "s3", value: "48000000000"},
	{name: "backup_skipped_total", help: "Files left out.", counter: true, label: "reason", labelValue: "unchanged", value: "6000000"},
	{name: "backup_retries_total", help: "Requests repeated.", counter: true, value: "3000000"},
	{name: "backup_memory_bytes", help: "Peak memory.", value: "213000000"},
	{name: "backup_exit_code", help: "Exit status.", value: "0"},
}

// SeriesPerGroup is the number of samples in a push of the benchmark's own job.
const SeriesPerGroup = 10

// jobMetric is one sample of the body, of the family before it if that has its name. All
// families' values differ; where one ends in volatile, every push overwrites that, so that
// no two pushes of a group are alike.
type jobMetric struct {
	name, help        string
	counter           bool // else a gauge
	label, labelValue string
	value             string
}

// samples are jobMetrics, cut to n, or made n by a family with a sample for each table.
func samples(n int) []jobMetric {
	all := slices.Clone(jobMetrics[:min(n, len(jobMetrics))])
	for i := len(all); i < n; i++ {
		all = append(all, jobMetric{name: "backup_rows", help: "Rows of a table.", label: "table", labelValue: fmt.Sprintf("t%06d", i), value: "5000000"})
	}
	return all
}

const volatile = "000000"

// Body is the body of a push with the places where its values change.
type Body struct {
	ContentType string
	bytes       []byte
	values      []int // offsets of what stamp overwrites
	binary      bool  // the values are float64, not digits
	// series is where the digits of a series' label are in the body of a push that is
	// added to a sum: all go to one group. 0 for others, whose group is in the URL.
	series int
}

// Len is the length in bytes.
func (b *Body) Len() int { return len(b.bytes) }

// Text is a push of so many samples in text 0.0.4.
func Text(series int) Body {
	var buf bytes.Buffer
	body := Body{ContentType: "text/plain; version=0.0.4; charset=utf-8"}
	family := ""
	for _, m := range samples(series) {
		if m.name != family {
			family = m.name
			fmt.Fprintf(&buf, "# HELP %s %s\n# TYPE %s %s\n", m.name, m.help, m.name, m.kind())
		}
		buf.WriteString(m.name)
		if m.label != "" {
			fmt.Fprintf(&buf, "{%s=%q}", m.label, m.labelValue)
		}
		fmt.Fprintf(&buf, " %s\n", m.value)
		if bytes.HasSuffix(buf.Bytes(), []byte(volatile+"\n")) {
			body.values = append(body.values, buf.Len()-len(volatile)-1)
		}
	}
	body.bytes = buf.Bytes()
	return body
}

// Proto is Text in delimited protobuf.
func Proto(series int) (Body, error) {
	var buf bytes.Buffer
	body := Body{
		ContentType: "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
		binary:      true,
	}
	for all := samples(series); len(all) > 0; {
		n := 1
		for n < len(all) && all[n].name == all[0].name {
			n++
		}
		f, values, err := family(all[:n])
		if err != nil {
			return body, err
		}
		from := buf.Len()
		if _, err := protodelim.MarshalTo(&buf, f); err != nil {
			return body, fmt.Errorf("encoding family %q: %w", all[0].name, err)
		}
		body.mark(buf.Bytes(), from, values)
		all = all[n:]
	}
	body.bytes = buf.Bytes()
	return body, nil
}

// mark notes where values are that come one after the other in text. Those that are 0
// stay so.
func (b *Body) mark(text []byte, from int, values []float64) {
	for _, v := range values {
		if v != 0 {
			at := from + bytes.Index(text[from:], binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)))
			b.values = append(b.values, at)
			from = at + 8
		}
	}
}

func (m *jobMetric) kind() string {
	if m.counter {
		return "counter"
	}
	return "gauge"
}

// family is the family of samples of one name, and their values.
func family(all []jobMetric) (f *dto.MetricFamily, values []float64, _ error) {
	f = &dto.MetricFamily{Name: &all[0].name, Help: &all[0].help, Type: dto.MetricType_GAUGE.Enum()}
	if all[0].counter {
		f.Type = dto.MetricType_COUNTER.Enum()
	}
	for i := range all {
		value, err := strconv.ParseFloat(all[i].value, 64)
		if err != nil {
			return nil, nil, err
		}
		values = append(values, value)
		f.Metric = append(f.Metric, all[i].metric(value))
	}
	return f, values, nil
}

func (m *jobMetric) metric(value float64) *dto.Metric {
	metric := &dto.Metric{}
	if m.label != "" {
		metric.Label = []*dto.LabelPair{{Name: &m.label, Value: &m.labelValue}}
	}
	if m.counter {
		metric.Counter = &dto.Counter{Value: &value}
	} else {
		metric.Gauge = &dto.Gauge{Value: &value}
	}
	return metric
}

// Increment is a push that adds to one series of a counter, in text 0.0.4. Loops go round
// the series of one group then.
func Increment() Body {
	const head = "# TYPE thumbnails_total counter\nthumbnails_total{path=\"/album/"
	line := head + strings.Repeat("0", groupDigits) + "\"} "
	return Body{
		ContentType: "text/plain; version=0.0.4; charset=utf-8",
		bytes:       []byte(line + volatile + "\n"),
		values:      []int{len(line)},
		series:      len(head),
	}
}

// stamp writes n, taken modulo a million, over the values of body, which is a
// copy of b.bytes.
func (b *Body) stamp(body []byte, n int) {
	if b.binary {
		bits := math.Float64bits(1e6 + float64(n%1e6))
		for _, at := range b.values {
			binary.LittleEndian.PutUint64(body[at:], bits)
		}
		return
	}
	for _, at := range b.values {
		putDigits(body[at:at+len(volatile)], n)
	}
}

// putDigits fills dst with the last decimal digits of n.
func putDigits(dst []byte, n int) {
	for i := len(dst) - 1; i >= 0; i-- {
		dst[i] = byte('0' + n%10)
		n /= 10
	}
}
