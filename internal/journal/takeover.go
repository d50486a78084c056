package journal

import "fmt"

// takeOver makes the last segment, read to its end, the writer's; false if the log
// goes on in a new one.
//
// What was read of the last batches may be in memory only, and a sync does not have
// to put it on disk: when the process before died after a sync that failed, the
// kernel holds the pages for clean. So everything that no later record vouches for
// is written once more, byte for byte in its place, and then synced.
func (r *replay) takeOver(f File, name string, rd *recordReader, seq uint64) (bool, error) {
	if err := r.rewrite(f, rd); err != nil {
		return false, fmt.Errorf("journal segment %q: making its tail durable: %w", name, err)
	}
	if seq < r.stats.LastSeq {
		return false, nil // the snapshot is ahead of the log
	}
	w := &r.d.w
	w.f, w.name, w.salt = f, name, rd.salt
	w.end, w.alloc, w.durableEnd = rd.off, rd.off, rd.off
	return true, nil
}

func (r *replay) rewrite(f File, rd *recordReader) error {
	end := rd.off
	off, err := r.unproven(f, rd)
	if err != nil {
		return err
	}
	for off < end {
		b, err := rd.bytes(off, min(readWindow, end-off))
		if err != nil {
			return err
		}
		if _, err := f.WriteAt(b, off); err != nil {
			return err
		}
		off += int64(len(b))
	}
	if rd.size > end { // preallocated zeros, of which the same is true
		if err := f.Truncate(end); err != nil {
			return err
		}
	}
	return f.Sync()
}

// unproven is where the first record begins that was not known to be durable when the
// last one was written.
func (r *replay) unproven(f File, rd *recordReader) (int64, error) {
	again := recordReader{f: f, size: rd.off, salt: rd.salt, off: headerSize}
	for again.off < rd.off {
		rec, err := again.next()
		if err != nil {
			return 0, err
		}
		if rec.seq > r.durable {
			return rec.off, nil
		}
	}
	return rd.off, nil
}
