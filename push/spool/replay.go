package spool

import (
	"errors"
	"fmt"
	"io"
)

// replay is what a log file says, as far as it can be read.
type replay struct {
	q      queue
	nextID uint64
	head   logHead

	durable int64 // how much of the file was known to be on disk by its last record
	end     int64 // of the last whole record
	damaged []damage

	byID     map[uint64]*item
	sequence uint64 // the highest so far
}

// damage is a stretch of a log file that can't be read though it was once written.
type damage struct {
	at, end int64
	reason  string
}

// replayLog reads a log file of size bytes. What a crash has torn from its end is left
// out, and so are damaged records, which it lists. An error is one of reading, or
// errVersion.
func replayLog(f io.ReaderAt, size int64, salt uint32) (*replay, error) {
	r := &replay{byID: map[uint64]*item{}, nextID: 1, durable: headSize, end: headSize}
	h, ok, err := readHead(f, salt)
	if err != nil {
		return nil, err
	}
	if r.head = h; !ok {
		r.damaged = append(r.damaged, damage{0, min(size, headSize), "neither copy of the head is whole"})
	}
	in := &recordReader{f: f, size: size, salt: salt, at: headSize}
	for {
		rec, err := in.next()
		var bad *badRecord
		switch {
		case err == io.EOF:
			r.finish()
			return r, nil
		case errors.As(err, &bad):
			more, err := in.skip()
			if err != nil {
				return nil, err
			}
			if !more {
				r.finish()
				return r, nil
			}
			r.damaged = append(r.damaged, damage{bad.at, in.at, bad.reason})
		case err != nil:
			return nil, err
		default:
			if reason := r.apply(&rec); reason != "" {
				r.damaged = append(r.damaged, damage{rec.at, in.at, reason})
			}
			r.durable, r.end = rec.durable, in.at
		}
	}
}

// maxNumber is far beyond what is reached, and far from where sums run over.
const maxNumber = 1 << 62

// apply says why rec can't be what follows.
func (r *replay) apply(rec *record) string {
	switch rec.kind {
	case kindPut:
		return r.applyPut(rec)
	case kindSplit:
		return r.applySplit(rec)
	case kindGone:
		f := fields{b: rec.body}
		id := f.u64()
		if f.short {
			return "record is too short"
		}
		if it := r.byID[id]; it != nil {
			r.q.remove(it)
			delete(r.byID, id)
		}
		return ""
	}
	return fmt.Sprintf("record of unknown kind %d", rec.kind)
}

func (r *replay) applyPut(rec *record) string {
	p, ok := decodePut(rec.body)
	switch {
	case !ok || p.id > maxNumber || p.sequence > maxNumber:
		return "entry is malformed"
	case p.id < r.nextID && r.byID[p.id] != nil:
		return fmt.Sprintf("entry %d is there already", p.id)
	case p.sequence > 0 && p.sequence <= r.sequence:
		return fmt.Sprintf("sequence %d follows %d", p.sequence, r.sequence)
	}
	if !p.ordered {
		r.supersede(p.key)
	}
	it := &item{
		id: p.id, sequence: p.sequence, time: p.time, samples: int(p.samples), key: p.key,
		size: int64(len(p.payload)), crc: checksum(p.payload),
		off: rec.at + rec.size - int64(len(p.payload)),
	}
	r.q.push(it)
	r.byID[it.id] = it
	r.nextID, r.sequence = max(r.nextID, p.id+1), max(r.sequence, p.sequence)
	return ""
}

func (r *replay) supersede(key string) {
	for _, it := range r.q.states[key] {
		r.q.remove(it)
		delete(r.byID, it.id)
	}
}

func (r *replay) applySplit(rec *record) string {
	s, ok := decodeSplit(rec.body)
	it := r.byID[s.id]
	switch {
	case !ok || len(s.parts) == 0 || s.first > maxNumber || r.sequence > maxNumber:
		return "split is malformed"
	case it == nil:
		return fmt.Sprintf("split of entry %d, which is not there", s.id)
	case s.first < r.nextID:
		return fmt.Sprintf("split into entries from %d, which is taken", s.first)
	}
	parts := partsOf(it, s.first, s.parts)
	off := rec.at + rec.size
	for i := len(parts) - 1; i >= 0; i-- {
		off -= parts[i].size
		parts[i].off = off
		r.byID[parts[i].id] = parts[i]
	}
	r.q.split(it, parts)
	delete(r.byID, it.id)
	r.nextID = s.first + uint64(len(parts))
	if it.ordered() {
		r.sequence += uint64(len(parts) - 1)
	}
	return ""
}

// finish notes which entries may have been sent: those up to the mark. Where a split or
// the mark itself may be missing, all may.
func (r *replay) finish() {
	for _, it := range r.q.live() {
		it.unsure = it.ordered() && (it.sequence <= r.head.mark || len(r.damaged) > 0)
	}
	r.byID = nil
}
