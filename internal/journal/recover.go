package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// What happens when a write or a sync fails.
//
// A failed write leaves a part of the batch behind the end of the log. It is cut off,
// the cut is synced, and only then are the batch's entries answered: nothing of it
// can come back after a crash.
//
// After a failed sync nobody knows which pages are on disk: the kernel may have
// marked them clean all the same, so another sync that succeeds proves nothing. The
// segment is cut back to what an earlier sync proved, the rest is read again to be
// sure, and the log goes on in a new segment.
//
// With SyncInterval and SyncNever, records behind that point have been answered
// already. They are read back, and the new segment begins with them; it supersedes
// what the old one holds from its first seq on, so nothing has to be cut before it is
// durable, and a kill in between finds all of them in the old one.
//
// Until one of this has succeeded the segment is broken: the entries' outcome is
// unknown (ErrUncertain), and every later batch tries again before anything else.

func uncertain(cause, cut error) error {
	return fmt.Errorf("%w: %w (cutting it off: %w)", ErrUncertain, cause, cut)
}

// cut follows a failed write.
func (w *writer) cut(cause error) error {
	err := w.f.Truncate(w.end)
	if err == nil {
		err = w.sync()
	}
	if err != nil {
		w.broken = err
		return uncertain(cause, err)
	}
	w.alloc = w.end
	w.durable, w.durableEnd = w.seq, w.end
	return cause
}

// unsynced follows a failed sync.
func (w *writer) unsynced(cause error) error {
	w.broken = cause
	if err := w.retire(); err != nil {
		return uncertain(cause, err)
	}
	return cause
}

// retire settles a broken segment. It can be called again when it fails, and leaves
// broken set until it has succeeded.
func (w *writer) retire() error {
	name, cause, old := w.name, w.broken, w.f
	var err error
	if w.durable < w.seq {
		err = w.supersede()
	} else {
		err = w.cutBack()
	}
	if err != nil {
		return fmt.Errorf("journal segment %q can't be settled after %w: %w", name, cause, err)
	}
	w.broken = nil
	_ = old.Close() // what it holds that counts is synced
	w.d.log.Warn("journal: segment ended early", "segment", name, "seq", w.durable, "cause", cause)
	return nil
}

func (w *writer) cutBack() error {
	if err := w.f.Truncate(w.durableEnd); err != nil {
		return err
	}
	if err := w.sync(); err != nil {
		return err
	}
	if err := w.verify(); err != nil {
		return err
	}
	w.f = nil
	return nil
}

func (w *writer) supersede() error {
	recs, err := w.readBack()
	if err != nil {
		return err
	}
	return w.begin(recs)
}

// readBack reads the records that were answered and never synced.
func (w *writer) readBack() ([]record, error) {
	r := recordReader{f: w.f, size: w.end, salt: w.salt, off: w.durableEnd}
	var recs []record
	last := w.durable
	for r.off < w.end {
		rec, err := r.next()
		if err != nil {
			return nil, fmt.Errorf("reading back record %d: %w", last+1, err)
		}
		if reason := rec.follows(last); reason != "" {
			return nil, errors.New(reason)
		}
		last = rec.seq
		rec.payload = slices.Clone(rec.payload)
		recs = append(recs, rec)
	}
	return recs, nil
}

// verify reads the segment up to where it is durable.
func (w *writer) verify() error {
	r, err := newRecordReader(w.f, w.salt)
	if err != nil {
		return err
	}
	for {
		rec, err := r.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if rec.seq > w.durable {
			return fmt.Errorf("record %d is still there, the last durable one is %d", rec.seq, w.durable)
		}
	}
	if r.off != w.durableEnd {
		return fmt.Errorf("log ends at offset %d, want %d", r.off, w.durableEnd)
	}
	return nil
}

// begin makes the next segment, durable by content and by name before it is used. It
// starts with the given records, which follow the last durable one.
func (w *writer) begin(recs []record) error {
	h := newHeader(segmentMagic, w.durable+1, w.time)
	if len(recs) > 0 {
		h.time = recs[0].time
	}
	content := h.append(nil)
	for _, rec := range recs {
		rec.durable = w.durable
		content = appendRecord(content, h.salt, &rec)
	}
	name := segmentName(h.seq)
	if err := writeFile(w.d.fsys, w.d.folder, name, content); err != nil {
		return fmt.Errorf("new journal segment: %w", err)
	}
	f, err := w.d.fsys.OpenFile(w.path(name), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	w.f, w.name, w.salt = f, name, h.salt
	w.end = int64(len(content))
	w.alloc, w.durableEnd = w.end, w.end
	w.durable = w.seq
	w.d.files.added(h.seq)
	return nil
}

// writeFile makes a small file durable under its name, or leaves none: an existing
// one stays until the new one is whole.
func writeFile(fsys FS, folder, name string, content []byte) error {
	return replaceFile(fsys, folder, name, func(f File) error {
		_, err := f.WriteAt(content, 0)
		return err
	})
}
