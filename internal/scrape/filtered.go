package scrape

import (
	"io"

	"github.com/headgate/headgate/internal/expo"
)

// selection writes the part of a view that a filter keeps. It is rendered as it is
// written, and nothing of it is cached: filters are too many.
type selection struct {
	w      io.Writer
	key    key // plain: w compresses
	filter *filter
	enc    *encoder
	out    []byte
	// head is that of the family being written, nil before the first. In protobuf
	// its metrics wait in metrics, as their length comes before them.
	head    *head
	metrics []byte
}

// flushSize is how much is gathered, in bytes, before it is written.
const flushSize = 64 << 10

// writeSelection writes what f keeps of the view in the format k. An error that
// isn't w's own says that resident data can't be read.
func (v *View) writeSelection(w io.Writer, k key, f *filter) error {
	sel := &selection{w: w, key: k, filter: f, enc: v.cache.encoder()}
	defer v.cache.encoders.Put(sel.enc)
	// The header of a family is told by the page that the family begins on.
	var lead *head
	for _, s := range v.sheets {
		if err := sel.sheet(s, lead); err != nil {
			return err
		}
		if n := len(s.runs); n > 1 || s.opens {
			lead = s.runs[n-1].head
		}
	}
	sel.endFamily()
	if k.syntax == asOpenMetrics {
		sel.out = append(sel.out, expo.OpenMetricsEOF...)
	}
	_, err := w.Write(sel.out)
	return err
}

func (sel *selection) sheet(s *sheet, lead *head) error {
	// Text is taken as it is if no series has to be looked at and no name changed.
	raw := sel.key.syntax == asText && len(sel.filter.selectors) == 0 &&
		(sel.key.escaping == escapeNothing || !s.needsEscaping())
	for seg := range s.segments(sel.filter.mayKeep) {
		h := seg.head
		if seg.run == 0 && !s.opens {
			h = lead
		}
		if !raw {
			if err := sel.enc.decode(seg, sel.key); err != nil {
				return err
			}
			if sel.filter.apply(&sel.enc.family); len(sel.enc.family.Metrics) == 0 {
				continue
			}
		}
		sel.beginFamily(h)
		switch {
		case raw:
			sel.out = append(sel.out, seg.text...)
		case sel.key.syntax == asProtobuf:
			sel.metrics = expo.AppendProtoMetrics(sel.metrics, &sel.enc.family)
		default:
			sel.out = appendSamples(sel.out, sel.key, h, &sel.enc.family)
		}
		if err := sel.flush(); err != nil {
			return err
		}
	}
	return nil
}

func (sel *selection) beginFamily(h *head) {
	if sel.head != nil && sel.head.Name == h.Name {
		return
	}
	sel.endFamily()
	sel.head = h
	if sel.key.syntax != asProtobuf {
		sel.out = appendHeader(sel.out, sel.key, h)
	}
}

func (sel *selection) endFamily() {
	if sel.head != nil && sel.key.syntax == asProtobuf {
		sel.out = appendFamily(sel.out, sel.head.escaped(sel.key.escaping), sel.metrics)
		sel.metrics = sel.metrics[:0]
	}
}

func (sel *selection) flush() error {
	if len(sel.out) < flushSize {
		return nil
	}
	_, err := sel.w.Write(sel.out)
	sel.out = sel.out[:0]
	return err
}
