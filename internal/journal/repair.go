package journal

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
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

// setAside copies a file under a name of its own.
func (r *repairer) setAside(f File, name string) error {
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
	return nil
}

// rewrite replaces a file that has been set aside.
func (r *repairer) rewrite(name string, kept int64, fill func(File) error) error {
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
	r.buf = s.content
	if err := r.setAside(f, name); err != nil {
		return err
	}
	_ = f.Close() // Windows does not replace open files
	return r.rewrite(name, s.kept, func(to File) error {
		_, err := to.WriteAt(s.content, 0)
		return err
	})
}
