package journal

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"io"
)

// readWindow is how much a reader takes from the file at once.
const readWindow = 1 << 20

// recordReader reads the records of one file in order. It allocates one window, and
// more only for a record whose header is whole and which the file is large enough to
// hold.
type recordReader struct {
	f    io.ReaderAt
	size int64 // of the file when it was opened
	salt uint32
	off  int64 // of the next record
	buf  []byte
	at   int64 // file offset of buf[0]
}

// badRecord says where and why no record could be read.
type badRecord struct {
	off    int64
	reason string
	// whole: it is one by its checksums, so no crash has made it, and it must not be
	// cut off.
	whole bool
}

func (e *badRecord) Error() string { return fmt.Sprintf("offset %d: %s", e.off, e.reason) }

func newRecordReader(f File, salt uint32) (*recordReader, error) {
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	return &recordReader{f: f, size: size, salt: salt, off: headerSize}, nil
}

// next returns the record at off and steps over it: io.EOF at the end of the log,
// be it the end of the file or zeros up to there; *badRecord if there is something
// else. The payload is valid until the next call.
func (r *recordReader) next() (record, error) {
	rec, err := r.peek(r.off)
	if err == nil {
		r.off += rec.size
	}
	return rec, err
}

func (r *recordReader) peek(off int64) (record, error) {
	bad := func(format string, args ...any) (record, error) {
		return record{}, &badRecord{off: off, reason: fmt.Sprintf(format, args...)}
	}
	b, err := r.bytes(off, recordHeader)
	if err != nil {
		return record{}, err
	}
	if len(b) < 8 || bytes.Equal(b[4:8], []byte{0, 0, 0, 0}) {
		zero, err := r.zeroFrom(off)
		if err != nil {
			return record{}, err
		}
		if zero {
			return record{}, io.EOF
		}
		if b, err = r.bytes(off, recordHeader); err != nil { // the window has moved
			return record{}, err
		}
	}
	if len(b) < recordHeader {
		return bad("%d bytes are left, a record has at least %d", len(b), recordHeader)
	}
	rec, reason := decodeHeader(b, r.salt)
	if reason != "" {
		return record{}, &badRecord{off: off, reason: reason, whole: rec.size != 0}
	}
	if rec.size > r.size-off {
		return bad("record %d claims %d bytes, %d are left in the file", rec.seq, rec.size, r.size-off)
	}
	b, err = r.bytes(off, rec.size)
	if err != nil {
		return record{}, err
	}
	if int64(len(b)) < rec.size {
		return bad("record %d of %d bytes is cut off after %d", rec.seq, rec.size, len(b))
	}
	rec.off, rec.payload = off, b[recordHeader:]
	if got := crc32.Checksum(rec.payload, castagnoli); got != rec.crc {
		return bad("payload of record %d has checksum %08x, its header says %08x", rec.seq, got, rec.crc)
	}
	return rec, nil
}

// bytes returns n bytes at off, or as many as there are.
func (r *recordReader) bytes(off, n int64) ([]byte, error) {
	if n = min(n, r.size-off); n <= 0 {
		return nil, nil
	}
	if off >= r.at && off+n <= r.at+int64(len(r.buf)) {
		return r.buf[off-r.at:][:n], nil
	}
	want := int(min(max(n, readWindow), r.size-off))
	if cap(r.buf) < want {
		r.buf = make([]byte, want)
	}
	got, err := r.f.ReadAt(r.buf[:want], off)
	if err != nil && err != io.EOF {
		return nil, err
	}
	r.buf, r.at = r.buf[:got], off
	if got < want { // cut off meanwhile: a live log's tail
		r.size = off + int64(got)
	}
	return r.buf[:min(n, int64(got))], nil
}

func (r *recordReader) zeroFrom(off int64) (bool, error) {
	for off < r.size {
		b, err := r.bytes(off, min(readWindow, r.size-off))
		if err != nil {
			return false, err
		}
		for _, c := range b {
			if c != 0 {
				return false, nil
			}
		}
		off += int64(len(b))
	}
	return true, nil
}
