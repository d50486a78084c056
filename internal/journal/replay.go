package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// ReplayStats says what a replay has read.
type ReplayStats struct {
	SnapshotSeq     uint64 // 0: there was no snapshot
	SnapshotEntries int64
	SnapshotBytes   int64
	LogEntries      int64 // delivered from the log behind the snapshot
	LogBytes        int64
	TornBytes       int64  // cut off the tail
	LastSeq         uint64 // 0: the journal is empty
	LastTime        int64
}

// replay is the state of one Replay.
type replay struct {
	d     *Disk
	ctx   context.Context
	apply func(*Entry) error
	entry Entry // reused
	stats ReplayStats
	names listing
	// durable is what the last record read says of those before it.
	durable uint64
	// fallback is set when a snapshot newer than the one in use is damaged: the log
	// must then reach to at least its seq.
	fallback *DamageError
	lost     uint64
}

// Replay calls apply with the entries of the newest whole snapshot and then of the
// log behind it, in order. The entry and its payload are valid only until apply
// returns. All entries of a snapshot carry its Seq and Time. A torn tail is cut off
// the log. An error of apply ends the replay and is returned, as is a *DamageError;
// what was applied until then is to be thrown away.
func (d *Disk) Replay(ctx context.Context, apply func(*Entry) error) (ReplayStats, error) {
	if d.replayed {
		return ReplayStats{}, errors.New("journal: Replay called twice")
	}
	begin := time.Now()
	r := replay{d: d, ctx: ctx, apply: apply}
	if err := r.run(); err != nil {
		return r.stats, err
	}
	d.replayed = true
	if f := d.opt.Observe.Replay; f != nil {
		f(time.Since(begin), r.stats)
	}
	return r.stats, nil
}

func (r *replay) run() error {
	d := r.d
	names, err := d.fsys.ReadDir(d.folder)
	if err != nil {
		return folderError(d.opt.Dir, err)
	}
	d.removeTemps(names)
	r.names = list(names)
	d.files.segments = slices.Clone(r.names.segments)
	if err := r.snapshot(); err != nil {
		return err
	}
	if err := r.segments(); err != nil {
		return err
	}
	if r.fallback != nil && r.stats.LastSeq < r.lost {
		return r.fallback
	}
	// An earlier process may have died between a renaming and this.
	if err := d.fsys.SyncDir(d.folder); err != nil {
		return folderError(d.opt.Dir, err)
	}
	c := &d.counters
	c.seq.Store(r.stats.LastSeq)
	c.time.Store(r.stats.LastTime)
	c.logged.Store(r.stats.LogBytes)
	if r.fallback == nil {
		d.removeCovered(r.stats.SnapshotSeq, r.names.snapshots)
	} else if err := r.setAside(names); err != nil {
		return err
	}
	if err := d.w.reserve.ensure(); err != nil {
		d.w.fillUp(err)
	}
	return nil
}

// setAside renames the damaged snapshots that the log has stood in for.
func (r *replay) setAside(names []string) error {
	for _, seq := range r.names.snapshots {
		if seq <= r.stats.SnapshotSeq {
			continue
		}
		name := snapshotName(seq)
		from, to := filepath.Join(r.d.folder, name), filepath.Join(r.d.folder, damagedName(name, names))
		if err := r.d.fsys.Rename(from, to); err != nil {
			return err
		}
	}
	return r.d.fsys.SyncDir(r.d.folder)
}

// snapshot applies the newest one that is whole.
func (r *replay) snapshot() error {
	for _, seq := range slices.Backward(r.names.snapshots) {
		bad, err := r.oneSnapshot(seq)
		if err != nil || bad == nil {
			return err
		}
		damage := &DamageError{Dir: r.d.opt.Dir, Segment: snapshotName(seq), Offset: bad.off, Reason: bad.reason}
		if r.fallback == nil {
			r.fallback, r.lost = damage, seq
		}
		r.d.log.Error("journal: snapshot is damaged, falling back to an older one and the log", "file", damage.Segment,
			"offset", bad.off, "reason", bad.reason)
	}
	if r.fallback != nil && !slices.Contains(r.names.segments, 1) {
		return r.fallback
	}
	return nil
}

// oneSnapshot reads the file twice: nothing of a damaged one may be applied.
func (r *replay) oneSnapshot(seq uint64) (*badRecord, error) {
	f, err := r.d.fsys.OpenFile(filepath.Join(r.d.folder, snapshotName(seq)), os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h, n, err := readSnapshot(r.ctx, f, seq, nil)
	if bad := (*badRecord)(nil); errors.As(err, &bad) {
		return bad, nil
	}
	if err != nil {
		return nil, err
	}
	_, _, err = readSnapshot(r.ctx, f, seq, func(rec *record) error {
		r.entry = Entry{Kind: rec.kind, Payload: rec.payload, Seq: h.seq, Time: h.time}
		return r.apply(&r.entry)
	})
	if err != nil {
		return nil, err
	}
	size, err := f.Size()
	r.stats.SnapshotSeq, r.stats.SnapshotEntries, r.stats.SnapshotBytes = h.seq, n, size
	r.stats.LastSeq, r.stats.LastTime = h.seq, h.time
	r.d.snapshots.found(h.seq, h.time, size)
	return nil, err
}

// segments applies the log behind the snapshot and leaves the writer at its end.
func (r *replay) segments() error {
	need := r.names.after(r.stats.SnapshotSeq)
	w := &r.d.w
	for i, first := range need {
		if want := r.stats.LastSeq + 1; first > want {
			return r.damaged(segmentName(first), 0,
				fmt.Sprintf("it begins with record %d, the log before it ends with %d", first, want-1))
		}
		if err := r.segment(first, following(need, i)); err != nil {
			return err
		}
	}
	w.seq, w.durable, w.time = r.stats.LastSeq, r.stats.LastSeq, r.stats.LastTime
	return nil
}

func (r *replay) damaged(name string, off int64, reason string) error {
	if r.fallback != nil { // the log can't stand in for it
		return r.fallback
	}
	return &DamageError{Dir: r.d.opt.Dir, Segment: name, Offset: off, Reason: reason}
}

// segment applies one that begins with first, up to the one that begins with next;
// 0: it is the last.
func (r *replay) segment(first, next uint64) error {
	last := next == 0
	name, flag := segmentName(first), os.O_RDONLY
	if last {
		flag = os.O_RDWR
	}
	f, err := r.d.fsys.OpenFile(filepath.Join(r.d.folder, name), flag, 0)
	if err != nil {
		return folderError(r.d.opt.Dir, err)
	}
	taken := false
	defer func() {
		if !taken {
			_ = f.Close()
		}
	}()
	h, _, _, reason, err := readHeader(f, segmentMagic, first)
	if err != nil {
		return err
	}
	if reason != "" {
		return r.damaged(name, 0, reason)
	}
	rd, err := newRecordReader(f, h.salt)
	if err != nil {
		return err
	}
	seq, err := r.records(rd, first-1, next-1)
	if err == io.EOF {
		err = nil
	} else if bad := (*badRecord)(nil); errors.As(err, &bad) {
		err = r.tail(name, f, rd, bad, seq+1, last)
	}
	if err != nil || !last {
		return err
	}
	taken, err = r.takeOver(f, name, rd, seq)
	return err
}

// records applies what follows seq, up to and including upTo, and is behind the
// snapshot. It returns the last seq read, with io.EOF or what ended the reading.
func (r *replay) records(rd *recordReader, seq, upTo uint64) (uint64, error) {
	for seq < upTo {
		rec, err := rd.next()
		if err != nil {
			return seq, err
		}
		if reason := rec.follows(seq); reason != "" {
			rd.off = rec.off
			return seq, &badRecord{off: rec.off, reason: reason, whole: true}
		}
		seq, r.durable = rec.seq, rec.durable
		if seq <= r.stats.LastSeq {
			continue
		}
		r.stats.LastSeq = seq
		r.stats.LastTime = max(r.stats.LastTime, rec.time)
		if rec.flags&flagGap != 0 {
			continue
		}
		r.stats.LogEntries++
		r.stats.LogBytes += rec.size
		if r.stats.LogEntries%1024 == 0 {
			if err := checkContext(r.ctx); err != nil {
				return seq, err
			}
		}
		r.entry = Entry{Kind: rec.kind, Payload: rec.payload, Seq: seq, Time: rec.time}
		if err := r.apply(&r.entry); err != nil {
			return seq, fmt.Errorf("journal record %d: %w", seq, err)
		}
	}
	return seq, io.EOF
}

// tail decides whether what can't be read at bad, where record seq should be, is a
// torn tail, and cuts it, or damage.
func (r *replay) tail(name string, f File, rd *recordReader, bad *badRecord, seq uint64, last bool) error {
	if !last || bad.whole {
		return r.damaged(name, bad.off, bad.reason)
	}
	proof, err := rd.provesDurable(bad.off, seq)
	if err != nil {
		return err
	}
	if proof != "" {
		return r.damaged(name, bad.off, bad.reason+"; "+proof)
	}
	cut := rd.size - bad.off
	if err := f.Truncate(bad.off); err != nil {
		return fmt.Errorf("journal segment %q: cutting the torn tail at %d: %w", name, bad.off, err)
	}
	rd.size, rd.off = bad.off, bad.off
	r.stats.TornBytes += cut
	r.d.log.Warn("journal: torn tail cut off", "segment", name, "offset", bad.off, "bytes", cut, "reason", bad.reason)
	return nil
}
