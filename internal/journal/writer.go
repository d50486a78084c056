package journal

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"
)

// writer is the end of the log: the open segment and where the next record goes.
// Until Start it belongs to Replay, then to the writer goroutine alone, after that
// to Close.
//
//	header │ … durable records … │ … written records … │ zeros … │
//	                             durableEnd            end       alloc
//
// With SyncAlways durableEnd and end are equal between batches.
type writer struct {
	d *Disk

	f          File // nil: the next batch begins a segment
	name       string
	salt       uint32
	end        int64
	alloc      int64
	durableEnd int64

	seq     uint64 // of the last record
	durable uint64 // of the last record that is on disk for certain
	time    int64  // of the last record

	// broken is why the open segment's contents behind durableEnd are unknown; see
	// recover.go. Nothing may be written before that is settled.
	broken error

	extent  int64 // how far to preallocate; halved when there is no room
	full    fullDisk
	reserve reserve
	buf     []byte // of the batch; reused

	lastSync time.Duration // how long it took
}

// commit writes the entries of batch that can be written, in order, and sets Err on
// the others.
func (w *writer) commit(batch []*Entry) {
	if err := w.shut(batch); err != nil {
		refuse(batch, err, false)
	}
	err := w.write(batch)
	if errors.Is(err, ErrNoSpace) {
		w.fillUp(err)
		refuse(batch, err, false)
		if anyLeft(batch) && w.reserve.release() {
			err = afterRelease(err, w.write(batch))
		}
	} else if err == nil {
		w.full.ended(w.d.log, batch)
	}
	if err != nil {
		refuse(batch, err, true)
	}
	w.account(batch)
}

// afterRelease is the outcome of a batch that was written again. The first try, if it
// could not be cut off, may still be in the log unless the second has got there.
func afterRelease(first, second error) error {
	if second != nil && errors.Is(first, ErrUncertain) && !errors.Is(second, ErrUncertain) {
		return fmt.Errorf("%w; %w", second, first)
	}
	return second
}

// refuse sets err on the entries that have none; on urgent ones only if all.
func refuse(batch []*Entry, err error, all bool) {
	for _, e := range batch {
		if e.Err == nil && (all || !e.Urgent) {
			e.Err = err
		}
	}
}

func anyLeft(batch []*Entry) bool {
	for _, e := range batch {
		if e.Err == nil {
			return true
		}
	}
	return false
}

// write numbers, encodes, writes and syncs the entries of batch without an Err: all
// of them, or none on error.
func (w *writer) write(batch []*Entry) error {
	size := int64(0)
	for _, e := range batch {
		if e.Err == nil {
			size += recordHeader + int64(len(e.Payload))
		}
	}
	if size == 0 {
		return nil
	}
	if err := w.ready(size); err != nil {
		return noSpace(err)
	}
	seq, at := w.encode(batch)
	if err := w.put(size, seq); err != nil {
		for _, e := range batch {
			e.Seq, e.Time = 0, 0
		}
		return noSpace(err)
	}
	w.seq, w.time = seq, at
	return nil
}

// encode fills w.buf and sets Seq and Time, and returns the last of each. One
// reading of the clock serves a batch.
func (w *writer) encode(batch []*Entry) (uint64, int64) {
	w.buf = w.buf[:0]
	rec := record{seq: w.seq, time: max(w.time, w.d.opt.Now().UnixNano()), durable: w.durable}
	for _, e := range batch {
		if e.Err != nil {
			continue
		}
		rec.seq++
		rec.kind, rec.payload = e.Kind, e.Payload
		e.Seq, e.Time = rec.seq, rec.time
		w.buf = appendRecord(w.buf, w.salt, &rec)
	}
	return rec.seq, rec.time
}

// put writes w.buf, size bytes up to record seq, at the end of the log, and syncs it
// if entries wait for that. On error end, seq and durable are as before.
func (w *writer) put(size int64, seq uint64) error {
	if err := w.writeOut(size); err != nil {
		return w.cut(err)
	}
	if w.d.opt.Sync == SyncAlways {
		if err := w.syncData(); err != nil {
			return w.unsynced(err)
		}
		w.durable, w.durableEnd = seq, w.end+size
	}
	w.end += size
	return nil
}

// writeOut is one write call: the batch, and the zeros behind it when it reaches
// beyond what is preallocated.
func (w *writer) writeOut(size int64) error {
	const keep = 2 * maxBatch
	defer func() {
		if cap(w.buf) > keep {
			w.buf = nil
		}
	}()
	if w.end+size > w.alloc && w.extent > 0 {
		pad := max(0, min(w.extent, w.d.opt.SegmentSize-w.end-size))
		w.buf = append(w.buf, make([]byte, pad)...)
		_, err := w.f.WriteAt(w.buf, w.end)
		if err == nil {
			w.alloc = w.end + size + pad
			w.extent = min(max(2*w.extent, minExtent), w.d.opt.Preallocate)
			return nil
		}
		if !isNoSpace(err) {
			return err
		}
		w.extent /= 2
		w.buf = w.buf[:size]
	}
	_, err := w.f.WriteAt(w.buf, w.end)
	w.alloc = max(w.alloc, w.end+size)
	return err
}

const minExtent = 4 << 10

func (w *writer) syncData() error {
	begin := time.Now()
	err := w.f.SyncData()
	w.syncTook(time.Since(begin))
	return err
}

// sync is for what syncData does not cover: a lower size.
func (w *writer) sync() error {
	begin := time.Now()
	err := w.f.Sync()
	w.syncTook(time.Since(begin))
	return err
}

func (w *writer) syncTook(t time.Duration) {
	w.d.counters.syncs.Add(1)
	w.d.counters.syncNanos.Add(int64(t))
	w.lastSync = t
	if f := w.d.opt.Observe.Sync; f != nil {
		f(t)
	}
}

// syncWritten makes durable what has been written; for SyncInterval.
func (w *writer) syncWritten() {
	if w.f == nil || w.durable == w.seq {
		return
	}
	if w.broken != nil {
		// Nothing may come that would settle it, and what was answered waits.
		if err := w.retire(); err != nil {
			w.d.log.Error("journal: sync failed", "segment", w.name, "err", err)
		}
		return
	}
	if err := w.syncData(); err != nil {
		err = w.unsynced(err)
		w.d.log.Error("journal: sync failed", "segment", w.name, "err", err)
		return
	}
	w.durable, w.durableEnd = w.seq, w.end
}

// ready makes sure that there is a sound segment with room for size bytes; a record
// larger than a segment gets one of its own.
func (w *writer) ready(size int64) error {
	if w.broken != nil {
		if err := w.retire(); err != nil {
			return err
		}
	}
	if w.f != nil && w.end > headerSize && w.end+size > w.d.opt.SegmentSize {
		if err := w.finish(); err != nil {
			return err
		}
	}
	if w.f == nil {
		return w.begin(nil)
	}
	return nil
}

// finish syncs the open segment to its end and closes it.
func (w *writer) finish() error {
	if w.alloc > w.end {
		if err := w.f.Truncate(w.end); err != nil {
			return err // zeros behind the end do no harm; the next batch tries again
		}
		w.alloc = w.end
	}
	if err := w.sync(); err != nil {
		w.broken = err
		return err
	}
	w.durable, w.durableEnd = w.seq, w.end
	err := w.f.Close()
	w.f = nil
	return err
}

// close ends the log: whatever can still be made durable is.
func (w *writer) close() error {
	var err error
	if w.broken != nil {
		err = w.retire()
	}
	if err == nil && w.f != nil {
		err = w.finish()
	}
	if w.f != nil {
		_ = w.f.Close()
		w.f = nil
	}
	return err
}

// account counts the batch, and keeps the reason while entries fail.
func (w *writer) account(batch []*Entry) {
	c := &w.d.counters
	written, failed, size := 0, 0, 0
	why := w.full.err
	for _, e := range batch {
		if e.Err != nil {
			failed++
			why = e.Err
			continue
		}
		written++
		size += recordHeader + len(e.Payload)
	}
	c.seq.Store(w.seq)
	c.time.Store(w.time)
	if failed > 0 {
		c.failed.Add(int64(failed))
	}
	if why != nil || c.failing.Load() != nil {
		w.note(why)
	}
	if written == 0 {
		return
	}
	c.entries.Add(int64(written))
	c.batches.Add(1)
	c.bytes.Add(int64(size))
	c.logged.Add(int64(size))
	if f := w.d.opt.Observe.Batch; f != nil {
		f(written)
	}
}

func (w *writer) path(name string) string { return filepath.Join(w.d.folder, name) }
