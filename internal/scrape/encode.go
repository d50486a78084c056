package scrape

import (
	"fmt"

	"github.com/headgate/headgate/internal/expo"
)

const escapeNothing = expo.AllowUTF8

// encoder turns canonical text into the other formats. It is reused; what it
// returns is valid until the next call.
type encoder struct {
	parser  expo.Parser
	family  expo.Family
	buf     []byte
	metrics []byte
}

func newEncoder() *encoder {
	return &encoder{parser: expo.Parser{Options: expo.Options{UTF8Names: true}}}
}

// sheet encodes a whole sheet; the parts are those of a rendition.
func (e *encoder) sheet(s *sheet, k key) (first, body, last part, err error) {
	e.buf = e.buf[:0]
	if k.syntax == asProtobuf {
		return e.protoSheet(s, k)
	}
	run := -1
	for seg := range s.segments(nil) {
		if seg.run != run {
			run = seg.run
			if run > 0 || s.opens {
				e.buf = appendHeader(e.buf, k, seg.head)
			}
		}
		if err := e.decode(seg, k); err != nil {
			return first, body, last, err
		}
		e.buf = appendSamples(e.buf, k, seg.head, &e.family)
	}
	return first, plainPart(e.buf), last, nil
}

// decode reads the metrics of a segment into e.family, under the names that k asks for.
//
// Escaping can make names equal, as a.b and a_b. That what is resident stays distinct
// under every scheme is promised by who lets it in: the ingest door for the labels of
// a series, the store for families, their samples and series.
func (e *encoder) decode(seg segment, k key) error {
	e.family = seg.head.Family
	var err error
	if seg.rich != "" {
		err = e.parser.ProtoMetrics(&e.family, bytesOf(seg.rich))
	} else {
		err = e.parser.Samples(&e.family, seg.text)
	}
	if err != nil {
		return fmt.Errorf("resident samples of %q can't be read: %w", seg.head.Name, err)
	}
	expo.Escape(&e.family, k.escaping)
	return nil
}

// appendHeader appends what comes before a family's samples in text or OpenMetrics.
func appendHeader(dst []byte, k key, h *head) []byte {
	f := h.escaped(k.escaping)
	if k.syntax == asOpenMetrics {
		return expo.AppendOpenMetricsHeader(dst, f, h.unknown)
	}
	return expo.AppendTextHeader(dst, f)
}

// appendSamples appends the metrics of f in the syntax of k.
func appendSamples(dst []byte, k key, h *head, f *expo.Family) []byte {
	switch k.syntax {
	case asOpenMetrics:
		return expo.AppendOpenMetricsSamples(dst, f, expo.OpenMetricsOptions{Created: k.created && !h.noCreated})
	case asProtobuf:
		return expo.AppendProtoMetrics(dst, f)
	default:
		return expo.AppendSamples(dst, f)
	}
}

func plainPart(data []byte) part { return part{data: data, size: len(data)} }
