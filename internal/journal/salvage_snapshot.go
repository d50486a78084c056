package journal

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// snapshot rewrites a damaged snapshot with the entries that can be read. They are
// gone over twice, first to count, so that none has to be held.
func (r *repairer) snapshot(seq uint64) error {
	name := snapshotName(seq)
	f, err := r.fsys.OpenFile(filepath.Join(r.folder, name), os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	kept, err := r.eachEntry(f, name, seq, r.lose, func(*walker, *record) error { return nil })
	if err != nil {
		return err
	}
	if err := r.setAside(f, name); err != nil {
		return err
	}
	_ = f.Close() // Windows does not replace open files
	return r.rewrite(name, kept, func(to File) error {
		again, err := r.fsys.OpenFile(filepath.Join(r.folder, name), os.O_RDONLY, 0)
		if err != nil {
			return err
		}
		defer again.Close()
		return r.copyEntries(again, to, name, seq)
	})
}

func (r *repairer) copyEntries(from, to File, name string, seq uint64) error {
	var out *snapshotWriter
	start := func(w *walker) {
		if out == nil {
			out = newSnapshotWriter(to, seq, w.time)
		}
	}
	_, err := r.eachEntry(from, name, seq, func(Loss) {}, func(w *walker, rec *record) error {
		start(w)
		return out.put(rec.kind, 0, rec.payload)
	})
	if err != nil {
		return err
	}
	start(&walker{})
	return out.end()
}

// eachEntry calls each with the readable entries, reports the rest to lose, and
// counts.
func (r *repairer) eachEntry(f File, name string, seq uint64, lose func(Loss), each func(*walker, *record) error) (int64, error) {
	w, err := newWalker(r.ctx, f, snapshotMagic, seq)
	if err != nil {
		return 0, err
	}
	if w.headReason != "" {
		lose(Loss{File: name, Reason: w.headReason})
	}
	n, last := int64(0), uint64(0)
	for {
		rec, hole, err := w.next(last + 1)
		if hole != nil && hole.whole {
			return 0, fmt.Errorf("journal file %q, offset %d: %s: %w", name, hole.off, hole.reason, errNewer)
		}
		if hole != nil {
			lose(Loss{File: name, Offset: hole.off, Reason: hole.reason})
		}
		if err == io.EOF {
			lose(Loss{File: name, Offset: w.end, Reason: "the end is missing: entries may be"})
			return n, nil
		}
		if err != nil {
			return 0, err
		}
		if rec.flags&flagEnd != 0 {
			return n, nil
		}
		last = rec.seq
		n++
		if err := each(w, &rec); err != nil {
			return 0, err
		}
	}
}
