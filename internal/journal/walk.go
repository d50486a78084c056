package journal

import (
	"context"
	"errors"
	"io"
)

// walker reads all whole records of a file, over whatever is damaged between them.
type walker struct {
	ctx        context.Context
	r          *recordReader // nil: neither header can be read, so no record can
	f          File
	size       int64
	end        int64 // where the last whole record ends
	headReason string
	seq        uint64
	time       int64 // of the header
	n          int64
}

// newWalker opens a walk over a file with the magic and number that are expected.
func newWalker(ctx context.Context, f File, magic string, seq uint64) (*walker, error) {
	_, spare, ok, reason, err := readHeader(f, magic, seq)
	if err != nil {
		return nil, err
	}
	w := &walker{ctx: ctx, f: f, end: headerSize, headReason: reason, seq: seq, time: spare.time}
	if w.size, err = f.Size(); err != nil || !ok {
		return w, err
	}
	w.r, err = newRecordReader(f, spare.salt)
	return w, err
}

// next returns the next whole record, minSeq or later, and what could not be read
// before it, if anything; io.EOF at the end. The payload is valid until the next call.
func (w *walker) next(minSeq uint64) (rec record, hole *badRecord, err error) {
	if w.n++; w.n%1024 == 0 {
		if err := checkContext(w.ctx); err != nil {
			return rec, nil, err
		}
	}
	if w.r == nil {
		return rec, nil, io.EOF
	}
	rec, err = w.r.next()
	if errors.As(err, &hole) {
		var found bool
		if found, err = w.r.seek(hole.off+1, minSeq); err != nil {
			return rec, hole, err
		}
		if !found {
			return rec, hole, io.EOF
		}
		rec, err = w.r.next()
	}
	if err == nil {
		w.end = w.r.off
	}
	return rec, hole, err
}

// proof is recordReader.provesDurable without moving the walk.
func (w *walker) proof(from int64, seq uint64) (string, error) {
	r := recordReader{f: w.f, size: w.r.size, salt: w.r.salt}
	return r.provesDurable(from, seq)
}
