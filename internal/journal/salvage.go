package journal

import (
	"errors"
	"fmt"
	"io"
)

// salvage collects the whole records of a segment.
type salvage struct {
	*repairer
	name    string
	h       header
	content []byte
	last    uint64
	time    int64
	end     int64
	kept    int64
}

var errNewer = errors.New("written by a newer version: repair it with that")

func (s *salvage) read(f File, first, next uint64) error {
	w, err := newWalker(s.ctx, f, segmentMagic, first)
	if err != nil {
		return err
	}
	s.h = newHeader(segmentMagic, first, w.time)
	s.time, s.end = w.time, headerSize
	s.content = s.h.append(s.buf[:0])
	if w.headReason != "" {
		s.lose(Loss{File: s.name, Reason: w.headReason})
	}
	for next == 0 || s.last+1 < next {
		rec, hole, err := w.next(s.last + 1)
		if hole != nil && hole.whole {
			return fmt.Errorf("journal file %q, offset %d: %s: %w", s.name, hole.off, hole.reason, errNewer)
		}
		if err == io.EOF {
			if hole != nil {
				s.lose(Loss{File: s.name, Offset: hole.off, Reason: hole.reason})
			}
			return nil
		}
		if err != nil {
			return err
		}
		s.add(&rec, hole)
	}
	return nil
}

func (s *salvage) add(rec *record, hole *badRecord) {
	reason, off := "records are missing", rec.off
	if hole != nil {
		reason, off = hole.reason, hole.off
	}
	if rec.seq <= s.last {
		return // a second time
	}
	if rec.flags&flagGap == 0 && rec.seq > s.last+1 {
		s.skip(off, rec.seq-1, reason)
	} else if rec.flags&flagGap != 0 {
		s.content = appendRecord(s.content, s.h.salt, gap(s.last+1, rec.seq, max(s.time, rec.time)))
		s.last = rec.seq
		return
	}
	s.time = max(s.time, rec.time)
	// All that is in the new file is durable before the file is there.
	rec.durable = rec.seq - 1
	s.content = appendRecord(s.content, s.h.salt, rec)
	s.last, s.end = rec.seq, rec.off+rec.size
	s.kept++
}

// skip gives up the records behind last, up to to.
func (s *salvage) skip(off int64, to uint64, reason string) {
	s.lose(Loss{File: s.name, Offset: off, Reason: reason, First: s.last + 1, Last: to})
	s.content = appendRecord(s.content, s.h.salt, gap(s.last+1, to, s.time))
	s.last = to
}
