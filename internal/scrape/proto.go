package scrape

import (
	"encoding/binary"

	"github.com/headgate/headgate/internal/expo"
)

// A protobuf exposition is length-delimited MetricFamily messages:
//
//	uvarint length | name, help, type | metrics | unit
//
// Where a family lies on several pages, its metrics are several parts, and what
// comes before and after them is made when the response is put together:
//
//	page 0          page 1      page 2
//	[a] [b] [c…     …c…         …c] [d] [e…
//	 │   │   └──── last, body, first ─┘  │   └── last
//	 │   └ body                          └ body
//	 └ first

// protoSheet appends to e.buf the metrics of the first family, then whole families,
// then the metrics of the last one.
func (e *encoder) protoSheet(s *sheet, k key) (first, body, last part, err error) {
	var ends []int // in e.buf, of each run
	e.metrics = e.metrics[:0]
	end := func(run int) {
		if middle := run > 0 && run < len(s.runs)-1; middle {
			e.buf = appendFamily(e.buf, s.runs[run].head.escaped(k.escaping), e.metrics)
		} else {
			e.buf = append(e.buf, e.metrics...)
		}
		ends = append(ends, len(e.buf))
		e.metrics = e.metrics[:0]
	}
	run := 0
	for seg := range s.segments(nil) {
		if seg.run != run {
			end(run)
			run = seg.run
		}
		if err := e.decode(seg, k); err != nil {
			return first, body, last, err
		}
		e.metrics = expo.AppendProtoMetrics(e.metrics, &e.family)
	}
	end(run)
	first = plainPart(e.buf[:ends[0]])
	if len(ends) > 1 {
		tail := ends[len(ends)-2]
		body = plainPart(e.buf[ends[0]:tail])
		last = plainPart(e.buf[tail:])
	}
	return first, body, last, nil
}

// appendFamily appends a whole family of which the metrics are encoded already.
func appendFamily(dst []byte, f *expo.Family, metrics []byte) []byte {
	dst = appendFamilyStart(dst, f, len(metrics))
	dst = append(dst, metrics...)
	return expo.AppendProtoTrailer(dst, f)
}

// appendFamilyStart appends what comes before size bytes of metrics.
func appendFamilyStart(dst []byte, f *expo.Family, size int) []byte {
	header := expo.AppendProtoHeader(nil, f)
	size += len(header) + len(expo.AppendProtoTrailer(nil, f))
	dst = binary.AppendUvarint(dst, uint64(size))
	return append(dst, header...)
}

// protoFamily gathers the parts of a family that may lie on several pages.
type protoFamily struct {
	head  *head
	parts []part
	size  int
}

func (p *protoFamily) add(metrics part) {
	p.parts = append(p.parts, metrics)
	p.size += metrics.size
}

// flush appends the family to b and is empty after it.
func (p *protoFamily) flush(b *body, k key) {
	if p.head == nil {
		return
	}
	f := p.head.escaped(k.escaping)
	b.literal(appendFamilyStart(nil, f, p.size))
	for _, metrics := range p.parts {
		b.add(metrics)
	}
	if trailer := expo.AppendProtoTrailer(nil, f); len(trailer) > 0 {
		b.literal(trailer)
	}
	*p = protoFamily{parts: p.parts[:0]}
}

// protoBody appends all sheets to b.
func (v *View) protoBody(b *body, k key, renditions []*rendition) {
	var open protoFamily
	for i, s := range v.sheets {
		r := renditions[i]
		if s.opens {
			open.flush(b, k)
			open.head = s.runs[0].head
		}
		open.add(r.first)
		if last := len(s.runs) - 1; last > 0 {
			open.flush(b, k)
			b.add(r.body)
			open.head = s.runs[last].head
			open.add(r.last)
		}
	}
	open.flush(b, k)
}
