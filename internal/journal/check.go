package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// FileReport is what Check found in one file.
type FileReport struct {
	Name    string
	Bytes   int64  // the file's size
	End     int64  // where its log ends: preallocated zeros follow
	Records int64  // whole ones
	First   uint64 // segments: seq of the first and last whole record; 0: none
	Last    uint64
	Torn    int64 // bytes at the end that the next start will cut off
	// Damage is nil for a file that the gateway would read. Records are counted
	// behind it too.
	Damage *DamageError
	// Covered: a newer snapshot makes the file superfluous.
	Covered bool
}

// Report is what Check found.
type Report struct {
	Dir   string
	Files []FileReport // snapshots, then segments, each by number
	// Damage is what would stop the gateway from starting; nil: it would start.
	Damage  *DamageError
	LastSeq uint64
}

// Check reads the whole journal in the data folder dir and changes nothing. fsys may
// be nil for the operating system's. It may run beside a gateway; then the tail may
// be moving, and files may go away, which is no damage.
func Check(ctx context.Context, fsys FS, dir string) (Report, error) {
	if fsys == nil {
		fsys = OS{}
	}
	c := checker{ctx: ctx, fsys: fsys, folder: filepath.Join(dir, "journal"), report: Report{Dir: dir}}
	names, err := fsys.ReadDir(c.folder)
	if err != nil {
		return c.report, folderError(dir, err)
	}
	c.names = list(names)
	if err := c.snapshots(); err != nil {
		return c.report, err
	}
	if err := c.segments(); err != nil {
		return c.report, err
	}
	c.judge()
	return c.report, nil
}

type checker struct {
	ctx    context.Context
	fsys   FS
	folder string
	names  listing
	report Report

	base    uint64       // the newest whole snapshot
	newest  *DamageError // of a snapshot newer than base
	damaged uint64       // its seq
	log     *DamageError // the first in the log behind base
}

// open returns nil for a file that has gone since it was listed.
func (c *checker) open(name string) (File, FileReport, error) {
	rep := FileReport{Name: name}
	f, err := c.fsys.OpenFile(filepath.Join(c.folder, name), os.O_RDONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, rep, nil
	}
	if err != nil {
		return nil, rep, err
	}
	rep.Bytes, err = f.Size()
	return f, rep, err
}

func (c *checker) damage(name string, off int64, reason string) *DamageError {
	return &DamageError{Dir: c.report.Dir, Segment: name, Offset: off, Reason: reason}
}

func (c *checker) snapshots() error {
	for _, seq := range c.names.snapshots {
		f, rep, err := c.open(snapshotName(seq))
		if f == nil && err == nil {
			continue
		}
		if err != nil {
			return err
		}
		_, rep.Records, err = readSnapshot(c.ctx, f, seq, nil)
		_ = f.Close()
		rep.End, rep.Last = rep.Bytes, seq
		if bad := (*badRecord)(nil); errors.As(err, &bad) {
			rep.Damage = c.damage(rep.Name, bad.off, bad.reason)
			if c.newest == nil {
				c.newest, c.damaged = rep.Damage, seq
			}
		} else if err != nil {
			return err
		} else {
			c.base, c.newest = seq, nil
		}
		c.report.Files = append(c.report.Files, rep)
	}
	for i := range c.report.Files {
		c.report.Files[i].Covered = c.report.Files[i].Last < c.base
	}
	c.report.LastSeq = c.base
	return nil
}

func (c *checker) segments() error {
	need := c.names.after(c.base)
	for i, first := range c.names.segments {
		f, rep, err := c.open(segmentName(first))
		if f == nil && err == nil {
			continue
		}
		if err != nil {
			return err
		}
		rep, err = inspectSegment(c.ctx, f, rep, first, following(c.names.segments, i))
		_ = f.Close()
		if err != nil {
			return err
		}
		if rep.Damage != nil {
			rep.Damage.Dir = c.report.Dir
		}
		if rep.Covered = first < need[0]; !rep.Covered {
			c.join(&rep, first)
		}
		c.report.Files = append(c.report.Files, rep)
	}
	return nil
}

// join holds a segment against the log before it.
func (c *checker) join(rep *FileReport, first uint64) {
	last := c.report.LastSeq
	if first > last+1 && rep.Damage == nil {
		rep.Damage = c.damage(rep.Name, 0, fmt.Sprintf("it begins with record %d, the log before it ends with %d", first, last))
	}
	if c.log == nil {
		c.log = rep.Damage
	}
	c.report.LastSeq = max(last, rep.Last)
}

// judge decides what a start would say.
func (c *checker) judge() {
	c.report.Damage = c.log
	if c.newest == nil {
		return
	}
	covered := c.log == nil && c.report.LastSeq >= c.damaged
	if c.base == 0 && (len(c.names.segments) == 0 || c.names.segments[0] != 1) {
		covered = false
	}
	if !covered {
		c.report.Damage = c.newest
	}
}

// following returns the first seq of the segment behind the ith, 0 if it is the last.
func following(segments []uint64, i int) uint64 {
	if i+1 < len(segments) {
		return segments[i+1]
	}
	return 0
}

// inspectSegment reads a segment over damage to its end, or to where the one that
// begins with next supersedes it.
func inspectSegment(ctx context.Context, f File, rep FileReport, first, next uint64) (FileReport, error) {
	noteDamage := func(off int64, reason string) {
		if rep.Damage == nil {
			rep.Damage = &DamageError{Segment: rep.Name, Offset: off, Reason: reason}
		}
	}
	w, err := newWalker(ctx, f, segmentMagic, first)
	if err != nil {
		return rep, err
	}
	if w.headReason != "" {
		noteDamage(0, w.headReason)
	}
	seq := first - 1
	for {
		if next != 0 && seq+1 >= next {
			rep.End = w.end
			return rep, nil
		}
		rec, hole, err := w.next(seq + 1)
		if hole != nil {
			torn := false
			if next == 0 && rep.Damage == nil && !hole.whole {
				proof, err := w.proof(hole.off, seq+1)
				if err != nil {
					return rep, err
				}
				torn = proof == ""
			}
			if torn {
				rep.Torn, rep.End = w.size-hole.off, hole.off
				return rep, nil
			}
			noteDamage(hole.off, hole.reason)
		}
		if err == io.EOF {
			rep.End = w.end
			return rep, nil
		}
		if err != nil {
			return rep, err
		}
		if reason := rec.follows(seq); reason != "" && hole == nil {
			noteDamage(rec.off, reason)
		}
		seq = max(seq, rec.seq)
		if rep.Records++; rep.First == 0 {
			rep.First = rec.seq
		}
		rep.Last = seq
	}
}
