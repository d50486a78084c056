package journal

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// Loss is something that a repair had to give up.
type Loss struct {
	File   string
	Offset int64
	Reason string
	// First and Last are the lost records of the log; 0 if that can't be said, as of
	// entries of a snapshot.
	First, Last uint64
}

func (l Loss) String() string {
	if l.First == 0 {
		return fmt.Sprintf("%s offset %d: %s", l.File, l.Offset, l.Reason)
	}
	return fmt.Sprintf("%s offset %d: records %d to %d: %s", l.File, l.Offset, l.First, l.Last, l.Reason)
}

// RepairReport is what Repair did.
type RepairReport struct {
	Rewritten []string // files that now hold what could be read of them
	SetAside  []string // copies of what they were before
	Lost      []Loss
	Kept      int64 // records and snapshot entries in rewritten files
}

// Repair makes a journal with damage in dir readable again: it writes the whole
// records of damaged files anew, with a mark where some are missing, after copying
// the files aside. A torn tail is left to the next start, which cuts it. It takes the
// folder's lock, so no gateway may run. A journal without damage is not touched. fsys
// may be nil.
func Repair(ctx context.Context, fsys FS, dir string) (RepairReport, error) {
	if fsys == nil {
		fsys = OS{}
	}
	lock, err := fsys.Lock(filepath.Join(dir, "lock"))
	if err != nil {
		return RepairReport{}, folderError(dir, err)
	}
	defer lock.Close()
	report, err := Check(ctx, fsys, dir)
	if err != nil || report.Damage == nil {
		return RepairReport{}, err
	}
	r := repairer{ctx: ctx, fsys: fsys, folder: filepath.Join(dir, "journal")}
	if r.names, err = fsys.ReadDir(r.folder); err != nil {
		return r.report, err
	}
	return r.report, r.run(&report)
}

type repairer struct {
	ctx    context.Context
	fsys   FS
	folder string
	names  []string
	report RepairReport
	buf    []byte // of a rewritten segment; reused
}

func (r *repairer) run(check *Report) error {
	l := list(r.names)
	base := uint64(0)
	for _, rep := range check.Files {
		if seq, ok := parseName(rep.Name, snapshotPrefix); ok && rep.Damage == nil {
			base = seq
		}
	}
	if n, ok := parseName(check.Damage.Segment, snapshotPrefix); ok {
		base = n
		if err := r.snapshot(n); err != nil {
			return err
		}
	}
	need := l.after(base)
	for i, first := range need {
		if i == 0 && first > base+1 {
			if err := r.missing(base+1, first-1); err != nil {
				return err
			}
		}
		if err := r.segment(first, following(need, i)); err != nil {
			return err
		}
	}
	return nil
}

// missing puts a segment that says so in place of those that are not there.
func (r *repairer) missing(from, to uint64) error {
	h := newHeader(segmentMagic, from, 0)
	content := appendRecord(h.append(nil), h.salt, gap(from, to, 0))
	name := segmentName(from)
	r.lose(Loss{File: name, Reason: "segment is missing", First: from, Last: to})
	r.report.Rewritten = append(r.report.Rewritten, name)
	return writeFile(r.fsys, r.folder, name, content)
}

func gap(from, to uint64, at int64) *record {
	return &record{flags: flagGap, seq: to, durable: from - 1, time: at, payload: binary.LittleEndian.AppendUint64(nil, from)}
}

func (r *repairer) lose(l Loss) { r.report.Lost = append(r.report.Lost, l) }

// replace copies a file aside and writes it anew.
func (r *repairer) replace(f File, name string, kept int64, fill func(File) error) error {
	aside := damagedName(name, r.names)
	err := replaceFile(r.fsys, r.folder, aside, func(to File) error {
		_, err := io.Copy(io.NewOffsetWriter(to, 0), io.NewSectionReader(f, 0, 1<<62))
		return err
	})
	if err != nil {
		return fmt.Errorf("setting %q aside: %w", name, err)
	}
	r.names = append(r.names, aside)
	r.report.SetAside = append(r.report.SetAside, aside)
	_ = f.Close()
	if err := replaceFile(r.fsys, r.folder, name, fill); err != nil {
		return fmt.Errorf("writing %q anew: %w", name, err)
	}
	r.report.Rewritten = append(r.report.Rewritten, name)
	r.report.Kept += kept
	return nil
}

// segment rewrites a segment unless it is whole up to the one that begins with next;
// 0: it is the last.
func (r *repairer) segment(first, next uint64) error {
	name := segmentName(first)
	f, err := r.fsys.OpenFile(filepath.Join(r.folder, name), os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	rep, err := inspectSegment(r.ctx, f, FileReport{Name: name}, first, next)
	if err != nil {
		return err
	}
	if rep.Damage == nil && (next == 0 || max(rep.Last, first-1)+1 == next) {
		return nil
	}
	s := salvage{repairer: r, name: name, last: first - 1}
	if err := s.read(f, first, next); err != nil {
		return err
	}
	if next > s.last+1 {
		s.skip(s.end, next-1, "end of the segment is lost")
	}
	content := s.content
	r.buf = content
	return r.replace(f, name, s.kept, func(to File) error {
		_, err := to.WriteAt(content, 0)
		return err
	})
}

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

// snapshot rewrites a damaged snapshot with the entries that can be read.
func (r *repairer) snapshot(seq uint64) error {
	name := snapshotName(seq)
	f, err := r.fsys.OpenFile(filepath.Join(r.folder, name), os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	var lost []Loss
	w, err := r.copySnapshot(f, name, seq, nil, &lost)
	if err != nil {
		return err
	}
	r.report.Lost = append(r.report.Lost, lost...)
	again, err := r.fsys.OpenFile(filepath.Join(r.folder, name), os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer again.Close() // read while its successor is written, under a temporary name
	return r.replace(f, name, w, func(to File) error {
		_, err := r.copySnapshot(again, name, seq, to, nil)
		return err
	})
}

// copySnapshot goes over the readable entries, counts them, and writes them to a new
// snapshot if to is not nil.
func (r *repairer) copySnapshot(f File, name string, seq uint64, to File, lost *[]Loss) (int64, error) {
	lose := func(off int64, reason string) {
		if lost != nil {
			*lost = append(*lost, Loss{File: name, Offset: off, Reason: reason})
		}
	}
	w, err := newWalker(r.ctx, f, snapshotMagic, seq)
	if err != nil {
		return 0, err
	}
	if w.headReason != "" {
		lose(0, w.headReason)
	}
	var out *snapshotWriter
	if to != nil {
		out = newSnapshotWriter(to, seq, w.time)
	}
	n, last, ended := int64(0), uint64(0), false
	for {
		rec, hole, err := w.next(last + 1)
		if hole != nil && hole.whole {
			return 0, fmt.Errorf("journal file %q, offset %d: %s: %w", name, hole.off, hole.reason, errNewer)
		}
		if hole != nil {
			lose(hole.off, hole.reason)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return 0, err
		}
		last = rec.seq
		if ended = rec.flags&flagEnd != 0; ended {
			break
		}
		n++
		if out != nil {
			if err := out.put(rec.kind, 0, slices.Clip(rec.payload)); err != nil {
				return 0, err
			}
		}
	}
	if !ended {
		lose(w.end, "the end is missing: entries may be")
	}
	if out != nil {
		return n, out.end()
	}
	return n, nil
}
