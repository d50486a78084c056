package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/encoding/protodelim"
)

// jobMetrics is what a nightly backup pushes when it ends: families of one
// sample, with HELP and TYPE as every stock client writes them.
var jobMetrics = [seriesPerGroup]jobMetric{
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

// seriesPerGroup is the number of samples in one push.
const seriesPerGroup = 10

// jobMetric is one family of the body. All values differ; where one ends in
// volatile, every push overwrites that, so that no two pushes of a group are alike.
type jobMetric struct {
	name, help        string
	counter           bool // else a gauge
	label, labelValue string
	value             string
}

const volatile = "000000"

// pushBody is the body of a push with the places where its values change.
type pushBody struct {
	contentType string
	bytes       []byte
	values      []int // offsets of what stamp overwrites
	binary      bool  // the values are float64, not digits
	// series is where the digits of a series' label are in the body of a push that is
	// added to a sum: all go to one group. 0 for others, whose group is in the URL.
	series int
}

// textBody is jobMetrics in text 0.0.4.
func textBody() pushBody {
	var buf bytes.Buffer
	body := pushBody{contentType: "text/plain; version=0.0.4; charset=utf-8"}
	for _, m := range jobMetrics {
		kind := "gauge"
		if m.counter {
			kind = "counter"
		}
		fmt.Fprintf(&buf, "# HELP %s %s\n# TYPE %s %s\n%s", m.name, m.help, m.name, kind, m.name)
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

// protoBody is jobMetrics in delimited protobuf.
func protoBody() (pushBody, error) {
	var buf bytes.Buffer
	body := pushBody{
		contentType: "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
		binary:      true,
	}
	for _, m := range jobMetrics {
		value, err := strconv.ParseFloat(m.value, 64)
		if err != nil {
			return body, err
		}
		from := buf.Len()
		if _, err := protodelim.MarshalTo(&buf, m.family(value)); err != nil {
			return body, fmt.Errorf("encoding family %q: %w", m.name, err)
		}
		if value != 0 {
			at := bytes.Index(buf.Bytes()[from:], binary.LittleEndian.AppendUint64(nil, math.Float64bits(value)))
			body.values = append(body.values, from+at)
		}
	}
	body.bytes = buf.Bytes()
	return body, nil
}

func (m *jobMetric) family(value float64) *dto.MetricFamily {
	f := &dto.MetricFamily{Name: &m.name, Help: &m.help, Type: dto.MetricType_GAUGE.Enum()}
	metric := &dto.Metric{}
	if m.label != "" {
		metric.Label = []*dto.LabelPair{{Name: &m.label, Value: &m.labelValue}}
	}
	if m.counter {
		f.Type = dto.MetricType_COUNTER.Enum()
		metric.Counter = &dto.Counter{Value: &value}
	} else {
		metric.Gauge = &dto.Gauge{Value: &value}
	}
	f.Metric = []*dto.Metric{metric}
	return f
}

// sumBody is an increment of one series of a counter, in text 0.0.4.
func sumBody() pushBody {
	const head = "# TYPE thumbnails_total counter\nthumbnails_total{path=\"/album/"
	line := head + strings.Repeat("0", groupDigits) + "\"} "
	return pushBody{
		contentType: "text/plain; version=0.0.4; charset=utf-8",
		bytes:       []byte(line + volatile + "\n"),
		values:      []int{len(line)},
		series:      len(head),
	}
}

// stamp writes n, taken modulo a million, over the values of body, which is a
// copy of b.bytes.
func (b *pushBody) stamp(body []byte, n int) {
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
