package journal

import (
	"sync/atomic"
	"time"
)

// counters are written by the journal's goroutines and read by Stats.
type counters struct {
	entries, failed, batches, bytes atomic.Int64
	syncs, syncNanos                atomic.Int64
	seq                             atomic.Uint64
	time                            atomic.Int64
	// logged counts all bytes of the log that was replayed or written since Open.
	logged      atomic.Int64
	reserveHeld atomic.Bool
	failing     atomic.Pointer[error]
}

// Stats is a reading of a Disk's counters, which start at zero with each Open.
type Stats struct {
	Entries  int64 // written
	Failed   int64 // accepted and failed
	Batches  int64
	Bytes    int64 // of records written
	Syncs    int64
	SyncTime time.Duration

	LastSeq  uint64 // of the newest record, replayed or written
	LastTime int64  // of the same, in unix nanoseconds

	QueueEntries int   // accepted, not yet delivered
	QueueBytes   int64 // of their payloads
	Segments     int

	LogBytes      int64     // of records since the last snapshot: what a restart replays
	SnapshotTime  time.Time // when the last snapshot was taken; zero: there is none
	SnapshotBytes int64
	ReserveHeld   bool  // the reserve for urgent entries is in place
	Err           error // why entries fail at present; nil: they don't
}

// Stats may be called at any time after Open.
func (d *Disk) Stats() Stats {
	c := &d.counters
	s := Stats{
		Entries: c.entries.Load(), Failed: c.failed.Load(), Batches: c.batches.Load(), Bytes: c.bytes.Load(),
		Syncs: c.syncs.Load(), SyncTime: time.Duration(c.syncNanos.Load()),
		LastSeq: c.seq.Load(), LastTime: c.time.Load(),
		Segments: d.files.count(), ReserveHeld: c.reserveHeld.Load(),
	}
	s.QueueEntries, s.QueueBytes = d.queue.depth()
	if p := c.failing.Load(); p != nil {
		s.Err = *p
	}
	sn := &d.snapshots
	sn.mu.Lock()
	defer sn.mu.Unlock()
	s.LogBytes = c.logged.Load() - sn.loggedBefore
	s.SnapshotTime, s.SnapshotBytes = sn.taken, sn.bytes
	return s
}
