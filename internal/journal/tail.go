package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// seek finds the first whole record at or behind from with a seq of at least minSeq
// and moves the reader there; false if there is none. It tries every byte, as the
// sizes of what is damaged can't be trusted.
func (r *recordReader) seek(from int64, minSeq uint64) (bool, error) {
	const versionAt = 12
	for off := from; off+recordHeader <= r.size; {
		b, err := r.bytes(off, readWindow)
		if err != nil {
			return false, err
		}
		if len(b) < recordHeader {
			return false, nil
		}
		last := len(b) - recordHeader
		i := 0
		for i <= last {
			skip := bytes.IndexByte(b[i+versionAt:last+versionAt+1], recordVersion)
			if skip < 0 {
				break
			}
			i += skip
			if rec, reason := decodeHeader(b[i:], r.salt); reason == "" && rec.seq >= minSeq {
				if found, err := r.whole(off + int64(i)); found || err != nil {
					return found, err
				}
				if b, err = r.bytes(off, readWindow); err != nil || len(b) < last+recordHeader {
					return false, err
				}
			}
			i++
		}
		off += int64(last) + 1
	}
	return false, nil
}

// whole moves the reader to off if there is a whole record.
func (r *recordReader) whole(off int64) (bool, error) {
	_, err := r.peek(off)
	if bad := (*badRecord)(nil); errors.As(err, &bad) || err == io.EOF {
		return false, nil
	}
	if err == nil {
		r.off = off
	}
	return err == nil, err
}

// provesDurable looks behind a place where record seq should be and can't be read for
// one that was written when seq was on disk already. If there is one, the hole is
// damage. If not, the hole and all behind it were never synced: nobody was told that
// any of it was durable, and it is cut. The result is empty, or says who proves it.
func (r *recordReader) provesDurable(from int64, seq uint64) (string, error) {
	for {
		found, err := r.seek(from, seq)
		if err != nil || !found {
			return "", err
		}
		rec, err := r.next()
		if err != nil {
			return "", err
		}
		if rec.durable >= seq {
			return fmt.Sprintf("record %d can't be read, yet record %d at offset %d was written after it was durable",
				seq, rec.seq, rec.off), nil
		}
		from = r.off
	}
}
