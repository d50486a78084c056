package journal

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"sync"
	"time"
)

// A snapshot file is a header (header.go) and records (record.go) whose seq counts
// from 1 within the file, the last of which says how many there are before it:
//
//	header │ record 1 │ record 2 │ … │ record n │ record n+1, flagEnd: n, 8 bytes │
//
// Nothing follows. A file without its end is not a snapshot.

// snapshots guards the writing of snapshots and knows the last one.
type snapshots struct {
	writing sync.Mutex // held while one is written
	closed  bool       // guarded by writing

	mu           sync.Mutex
	seq          uint64
	taken        time.Time
	bytes        int64
	loggedBefore int64 // counters.logged when the last one was begun
	failed       time.Time
}

// A snapshot is due when the log behind the last one has minSnapshotLog bytes and is
// snapshotFactor times as large as that one. More would make a restart slower, less
// would spend a busy gateway's time on snapshots.
const (
	minSnapshotLog = 64 << 20
	snapshotFactor = 3
)

// snapshotRetry is how long a failed snapshot is not due again.
const snapshotRetry = time.Minute

func (s *snapshots) found(seq uint64, at, size int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seq, s.taken, s.bytes = seq, time.Unix(0, at), size
}

// SnapshotDue reports whether the log has outgrown the state: its bytes since the
// last snapshot exceed three times that snapshot's size and 64 MiB. After a failed snapshot it
// waits for a minute.
func (d *Disk) SnapshotDue() bool {
	s := &d.snapshots
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.failed.IsZero() {
		if since := d.opt.Now().Sub(s.failed); since >= 0 && since < snapshotRetry {
			return false
		}
	}
	return d.counters.logged.Load()-s.loggedBefore > max(minSnapshotLog, snapshotFactor*s.bytes)
}

// Snapshot stores the state after record seq, whose time is given, beside the running
// log, and removes what it makes superfluous. write calls put for each entry of the
// state; the payload is copied before put returns. seq must have been delivered, and
// be no less than the last snapshot's. Snapshots are written one at a time. On error
// nothing has changed.
func (d *Disk) Snapshot(ctx context.Context, seq uint64, at int64, write func(put func(Kind, []byte) error) error) error {
	d.snapshots.writing.Lock()
	defer d.snapshots.writing.Unlock()
	if d.snapshots.closed {
		return ErrClosed
	}
	begin := time.Now()
	logged := d.counters.logged.Load()
	size, err := d.writeSnapshot(ctx, seq, at, write)
	s := &d.snapshots
	s.mu.Lock()
	if err != nil {
		s.failed = d.opt.Now()
		s.mu.Unlock()
		return fmt.Errorf("journal snapshot of record %d: %w", seq, noSpace(err))
	}
	s.seq, s.taken, s.bytes = seq, time.Unix(0, at), size
	s.loggedBefore, s.failed = logged, time.Time{}
	s.mu.Unlock()
	if names, err := d.fsys.ReadDir(d.folder); err == nil {
		d.removeCovered(seq, list(names).snapshots)
	}
	if f := d.opt.Observe.Snapshot; f != nil {
		f(time.Since(begin), size)
	}
	return nil
}

func (d *Disk) writeSnapshot(ctx context.Context, seq uint64, at int64, write func(put func(Kind, []byte) error) error) (int64, error) {
	if last := d.counters.seq.Load(); seq > last {
		return 0, fmt.Errorf("the log ends with record %d", last)
	}
	d.snapshots.mu.Lock()
	last := d.snapshots.seq
	d.snapshots.mu.Unlock()
	if seq < last {
		return 0, fmt.Errorf("there is one of record %d", last)
	}
	var size int64
	err := replaceFile(d.fsys, d.folder, snapshotName(seq), func(f File) error {
		sw := newSnapshotWriter(f, seq, at)
		err := write(func(kind Kind, payload []byte) error {
			if err := checkContext(ctx); err != nil {
				return err
			}
			return sw.put(kind, 0, payload)
		})
		if err != nil {
			return err
		}
		err = sw.end()
		size = sw.off
		return err
	})
	return size, err
}

// snapshotWriter appends records to a file.
type snapshotWriter struct {
	f      File
	h      header
	n      uint64
	buf    []byte
	off    int64 // in the file, of buf
	synced int64
}

const (
	snapshotBuffer = 1 << 20
	// snapshotSync is how much is written between syncs: one sync of all of it at the
	// end would hold up the log's for as long.
	snapshotSync = 8 << 20
)

func newSnapshotWriter(f File, seq uint64, at int64) *snapshotWriter {
	w := &snapshotWriter{f: f, h: newHeader(snapshotMagic, seq, at)}
	w.buf = w.h.append(nil)
	return w
}

func (w *snapshotWriter) put(kind Kind, flags uint8, payload []byte) error {
	if len(payload) > maxRecordLimit {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(payload), maxRecordLimit)
	}
	w.n++
	w.buf = appendRecord(w.buf, w.h.salt, &record{kind: kind, flags: flags, seq: w.n, time: w.h.time, payload: payload})
	if len(w.buf) >= snapshotBuffer {
		return w.flush()
	}
	return nil
}

func (w *snapshotWriter) flush() error {
	if _, err := w.f.WriteAt(w.buf, w.off); err != nil {
		return err
	}
	w.off += int64(len(w.buf))
	w.buf = w.buf[:0]
	if w.off-w.synced < snapshotSync {
		return nil
	}
	w.synced = w.off
	return w.f.SyncData()
}

func (w *snapshotWriter) end() error {
	n := binary.LittleEndian.AppendUint64(nil, w.n)
	if err := w.put(0, flagEnd, n); err != nil {
		return err
	}
	return w.flush()
}

// readSnapshot reads a snapshot named for seq to its end and returns the number of
// its entries; *badRecord if it is not whole. each may be nil.
func readSnapshot(ctx context.Context, f File, seq uint64, each func(*record) error) (header, int64, error) {
	h, _, _, reason, err := readHeader(f, snapshotMagic, seq)
	if err == nil && reason != "" {
		err = &badRecord{off: 0, reason: reason}
	}
	if err != nil {
		return h, 0, err
	}
	r, err := newRecordReader(f, h.salt)
	if err != nil {
		return h, 0, err
	}
	for n := uint64(1); ; n++ {
		if n%1024 == 0 {
			if err := checkContext(ctx); err != nil {
				return h, 0, err
			}
		}
		rec, err := r.next()
		if err == io.EOF {
			err = &badRecord{off: r.off, reason: fmt.Sprintf("file ends after %d entries without its end record", n-1)}
		}
		if err == nil && rec.seq != n {
			err = &badRecord{off: rec.off, reason: fmt.Sprintf("entry %d stands where entry %d should", rec.seq, n)}
		}
		if err != nil {
			return h, 0, err
		}
		if rec.flags&flagEnd != 0 {
			return h, int64(n - 1), checkEnd(&rec, r, n-1)
		}
		if each != nil {
			if err := each(&rec); err != nil {
				return h, 0, err
			}
		}
	}
}

func checkEnd(rec *record, r *recordReader, n uint64) error {
	switch {
	case len(rec.payload) != 8 || binary.LittleEndian.Uint64(rec.payload) != n:
		return &badRecord{off: rec.off, reason: fmt.Sprintf("end record does not count %d entries", n)}
	case r.off != r.size:
		return &badRecord{off: r.off, reason: fmt.Sprintf("%d bytes follow the end record", r.size-r.off)}
	}
	return nil
}
