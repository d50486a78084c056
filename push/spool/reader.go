package spool

import (
	"fmt"
	"io"
)

// record is a decoded record; its body is valid until the next call of the reader.
type record struct {
	at      int64
	size    int64
	kind    kind
	durable int64
	body    []byte
}

// recordReader reads the records of a log file from its beginning. It holds one
// window of the file, made larger only for a record whose header is whole.
type recordReader struct {
	f    io.ReaderAt
	size int64
	salt uint32
	at   int64 // of the next record

	buf   []byte
	bufAt int64
}

const readWindow = 256 << 10

// badRecord says where and why there is no record.
type badRecord struct {
	at     int64
	reason string
}

func (e *badRecord) Error() string { return fmt.Sprintf("offset %d: %s", e.at, e.reason) }

// next returns the record at r.at and steps over it: io.EOF at the end of the file, a
// *badRecord if there is something else.
func (r *recordReader) next() (record, error) {
	if r.at >= r.size {
		return record{}, io.EOF
	}
	rec, err := r.read(r.at)
	if err == nil {
		r.at += rec.size
	}
	return rec, err
}

func (r *recordReader) read(at int64) (record, error) {
	h, err := r.bytes(at, recordHeader)
	if err != nil {
		return record{}, err
	}
	if len(h) < recordHeader {
		return record{}, &badRecord{at, fmt.Sprintf("%d bytes are left, a record has at least %d", len(h), recordHeader)}
	}
	if got, want := le.Uint32(h), checkOf(h, r.salt, at); got != want {
		return record{}, &badRecord{at, fmt.Sprintf("record header has checksum %08x, its bytes give %08x", got, want)}
	}
	if h[12] != recordVersion {
		return record{}, fmt.Errorf("offset %d: %w: %d, this program reads %d", at, errVersion, h[12], recordVersion)
	}
	return r.body(at, h)
}

// body reads the record at at, whose header h is whole.
func (r *recordReader) body(at int64, h []byte) (record, error) {
	size, crc := int64(le.Uint32(h[4:])), le.Uint32(h[8:])
	rec := record{at: at, size: size, kind: kind(h[13]), durable: int64(le.Uint64(h[16:]))}
	if size < recordHeader || size > r.size-at {
		return record{}, &badRecord{at, fmt.Sprintf("record claims %d bytes, %d are left in the file", size, r.size-at)}
	}
	b, err := r.bytes(at, size)
	if err != nil {
		return record{}, err
	}
	if int64(len(b)) < size {
		return record{}, &badRecord{at, fmt.Sprintf("record of %d bytes is cut off after %d", size, len(b))}
	}
	rec.body = b[recordHeader:]
	if got := checksum(rec.body); got != crc {
		return record{}, &badRecord{at, fmt.Sprintf("body has checksum %08x, its header says %08x", got, crc)}
	}
	return rec, nil
}

// bytes returns n bytes at off, or as many as there are.
func (r *recordReader) bytes(off, n int64) ([]byte, error) {
	n = min(n, r.size-off)
	if off >= r.bufAt && off+n <= r.bufAt+int64(len(r.buf)) {
		return r.buf[off-r.bufAt:][:n], nil
	}
	want := int(min(max(n, readWindow), r.size-off))
	if cap(r.buf) < want {
		r.buf = make([]byte, want)
	}
	got, err := r.f.ReadAt(r.buf[:want], off)
	if err != nil && err != io.EOF {
		r.buf = r.buf[:0]
		return nil, err
	}
	r.buf, r.bufAt = r.buf[:got], off
	return r.buf[:min(n, int64(got))], nil
}

// skip looks behind a bad record for one that proves that the bad one was on disk
// before: without it, the file ends there in what a crash has torn. It moves r to the
// first whole record in the first case.
func (r *recordReader) skip() (damaged bool, err error) {
	bad, first := r.at, int64(0)
	for at := bad + 1; at+recordHeader <= r.size; at++ {
		if ok, err := r.plausible(at); err != nil || !ok {
			if err != nil {
				return false, err
			}
			continue
		}
		rec, err := r.read(at)
		if err != nil {
			if _, isBad := err.(*badRecord); isBad {
				continue
			}
			return false, err
		}
		if first == 0 {
			first = at
		}
		if rec.durable > bad {
			r.at = first
			return true, nil
		}
		at += rec.size - 1
	}
	return false, nil
}

// plausible spares most offsets the checksum.
func (r *recordReader) plausible(at int64) (bool, error) {
	h, err := r.bytes(at, recordHeader)
	return err == nil && len(h) == recordHeader && h[12] == recordVersion &&
		h[14] == 0 && h[15] == 0 && le.Uint32(h[4:]) >= recordHeader, err
}
