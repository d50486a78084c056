// Package wire encodes metric families as the length-delimited protobuf that the
// push API takes, byte for byte as expfmt does.
//
// The encoder is our own because of what a push costs: expfmt walks each family
// by reflection, twice, and makes a buffer for each.
package wire

import dto "github.com/prometheus/client_model/go"

// Append appends families to dst, each in front of it its length as a varint.
// Names stay as they are: what expfmt does to names that aren't legacy ones is up
// to the caller, see Legacy.
//
// A nil message is written as an empty one, and bytes that aren't UTF-8 as they
// are, as proto2 has it. Fields that client_model doesn't know, of families that
// were decoded from elsewhere, are left out.
func Append(dst []byte, families []*dto.MetricFamily) []byte {
	if n := len(dst) + estimate(families); n > cap(dst) {
		dst = append(make([]byte, 0, n), dst...)
	}
	for _, f := range families {
		var start int
		dst, start = openDelimited(dst)
		dst = appendFamily(dst, f)
		dst = closeMessage(dst, start)
	}
	return dst
}

// estimate returns about how many bytes families will take. It takes the first and
// the last series of each family for the others, so that the buffer is nearly
// always allocated once, without computing all sizes first.
func estimate(families []*dto.MetricFamily) int {
	const (
		perFamily = 16 // type and lengths
		perSeries = 4  // tag and length
	)
	var scratch [1024]byte
	total := 0
	for _, f := range families {
		if f == nil {
			total++
			continue
		}
		total += perFamily + len(f.GetName()) + len(f.GetHelp()) + len(f.GetUnit())
		if n := len(f.Metric); n > 0 {
			first := len(appendMetric(scratch[:0], f.Metric[0]))
			last := len(appendMetric(scratch[:0], f.Metric[n-1]))
			total += n * (perSeries + max(first, last))
		}
	}
	return total
}
