package expo

import (
	"errors"
	"fmt"
	"strings"
)

// protoState is what a Parser needs for protobuf beside the arenas that all formats share.
type protoState struct {
	natives arena[NativeHistogram]
	spans   arena[Span]
	deltas  arena[int64]
	counts  arena[float64]

	faults []protoFault // one for each of Parser.fams
	index  familyIndex
}

// protoFault is what of a decoded family a Family can't hold, but has to be refused.
type protoFault struct {
	unknownType int32 // the type, if it isn't one of ours
	noPayload   int   // 1 + the index of a metric without the payload of its type
}

func (p *Parser) beginProto() {
	p.begin("")
	s := &p.proto
	s.natives.reset()
	s.spans.reset()
	s.deltas.reset()
	s.counts.reset()
	s.faults = s.faults[:0]
	s.index.reset()
}

// Proto reads a body of length-delimited MetricFamily messages.
//
// What can't be decoded is a *ParseError, and what was decoded but makes no valid
// exposition an *InvalidError; a body of too many samples is a
// *SampleLimitError. Where a family is given more than once the last one counts.
// Unknown fields are skipped.
func (p *Parser) Proto(body []byte) ([]Family, error) {
	p.beginProto()
	for offset, n := 0, 1; offset < len(body); n++ {
		r := wireReader{rest: body[offset:]}
		size := r.varint()
		if r.err == nil && size > uint64(len(r.rest)) {
			r.err = fmt.Errorf("claims %d bytes where %d are left", size, len(r.rest))
		}
		if r.err != nil {
			return nil, &ParseError{Msg: fmt.Sprintf("message %d at byte %d %v", n, offset, r.err)}
		}
		if err := p.protoFamily(r.rest[:size:size], n, offset); err != nil {
			return nil, err
		}
		offset = len(body) - len(r.rest) + int(size)
	}
	return p.finishProto()
}

// protoFamily decodes a MetricFamily: message n of the body, at offset.
func (p *Parser) protoFamily(b []byte, n, offset int) error {
	var f Family
	var fault protoFault
	metrics, err := familyHead(b, &f, &fault)
	p.parts += familyParts - 1
	if err == nil {
		err = p.countPart()
	}
	if err == nil {
		err = p.protoMetrics(b, &f, metrics, &fault)
	}
	if err != nil {
		return familyError(&f, n, offset, err)
	}
	if at, found := p.proto.index.find(p.fams, f.Name); found {
		p.fams[at], p.proto.faults[at] = f, fault
		return nil
	}
	p.fams = append(p.fams, f)
	p.proto.faults = append(p.proto.faults, fault)
	return nil
}

// familyError says in which message of the body something went wrong.
func familyError(f *Family, n, offset int, err error) error {
	if tooMany := (*SampleLimitError)(nil); errors.As(err, &tooMany) {
		return tooMany
	}
	return &ParseError{Family: strings.Clone(f.Name), Msg: fmt.Sprintf("message %d at byte %d %v", n, offset, err)}
}

// familyHead decodes all fields of a MetricFamily but the metrics, which may
// come before the type that tells how to read them, and counts these.
func familyHead(b []byte, f *Family, fault *protoFault) (metrics int, err error) {
	r := wireReader{rest: b}
	for r.next() {
		switch {
		case r.is(familyName, wireBytes):
			f.Name = r.text()
		case r.is(familyHelp, wireBytes):
			f.Help, f.HasHelp = r.text(), true
		case r.is(familyUnit, wireBytes):
			f.Unit = r.text()
		case r.is(familyMetric, wireBytes):
			metrics++
		case r.is(familyType, wireVarint):
			f.Type, *fault = Untyped, protoFault{}
			if t := int32(r.n); t < 0 || t > int32(GaugeHistogram) {
				fault.unknownType = t
			} else {
				f.Type = Type(t)
			}
		}
	}
	return metrics, r.err
}

// protoMetrics decodes the metrics among the fields in b, n of them, into f.
func (p *Parser) protoMetrics(b []byte, f *Family, n int, fault *protoFault) error {
	if p.MaxSamples > 0 && n > p.MaxSamples-p.samples {
		return &SampleLimitError{Limit: p.MaxSamples} // before there is memory for them
	}
	f.Metrics = take(&p.metrics, n)
	r := wireReader{rest: b}
	for i := 0; r.next(); {
		if !r.is(familyMetric, wireBytes) {
			continue
		}
		hasPayload, err := p.protoMetric(r.bytes, f.Type, &f.Metrics[i])
		if err != nil {
			return fmt.Errorf("has a metric, number %d, that %w", i+1, err)
		}
		i++
		if !hasPayload && fault.noPayload == 0 {
			fault.noPayload = i
		}
		if err := p.countProtoSamples(&f.Metrics[i-1]); err != nil {
			return err
		}
	}
	return r.err
}

// take cuts n zero elements.
func take[T any](a *arena[T], n int) []T {
	a.room(n)
	used := len(a.buf)
	a.buf = a.buf[:used+n]
	clear(a.buf[used:])
	return a.buf[used : used+n : used+n]
}

// countProtoSamples counts the lines that m is in the text format.
func (p *Parser) countProtoSamples(m *Metric) error {
	switch {
	case p.trusted:
		return nil
	case m.Summary != nil:
		p.samples += len(m.Summary.Quantiles) + 1
	case m.Histogram != nil:
		p.samples += len(m.Histogram.Buckets) + 1
	}
	return p.countSample()
}

// ProtoMetrics reads into f.Metrics what AppendProtoMetrics wrote for a family of
// f's type. The metrics are valid until the next call on p and share memory with
// the argument. Malformed input is an error; nothing else is checked.
func (p *Parser) ProtoMetrics(f *Family, metrics []byte) error {
	p.beginProto()
	p.trusted = true
	var head Family
	var fault protoFault
	n, err := familyHead(metrics, &head, &fault)
	if err == nil {
		err = p.protoMetrics(metrics, f, n, &fault)
	}
	if err != nil {
		f.Metrics = nil
		return fmt.Errorf("metric family %s %w", quote(f.Name), err)
	}
	if fault.noPayload > 0 {
		return fmt.Errorf("metric family %s: metric %d is not a %s", quote(f.Name), fault.noPayload, protoTypeName(f.Type))
	}
	return nil
}
