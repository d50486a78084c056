package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Disk is a journal in a folder. Open, Replay and Start come once each, in this
// order; after Start all methods are safe for concurrent use.
type Disk struct {
	opt    Options
	fsys   FS
	folder string // Options.Dir/journal
	log    *slog.Logger
	lock   io.Closer
	queue  queue
	files  files
	w      writer

	replayed bool
	started  bool
	running  sync.WaitGroup // the writer and the deliverer
	// handoff takes written batches from the writer to the deliverer. One may wait:
	// the writer prepares a third while one is delivered and one is ready.
	handoff chan []*Entry

	snapshots snapshots
	counters  counters
	closing   sync.Once
	closeErr  error
}

// Open takes the folder for this process. The log is not read yet. Errors: a
// *LockedError; an *fs.PathError in one that names the folder.
func Open(opt Options) (*Disk, error) {
	if opt.Deliver == nil {
		return nil, errors.New("journal: Options.Deliver is nil")
	}
	opt = opt.withDefaults()
	d := &Disk{
		opt:     opt,
		fsys:    opt.FS,
		folder:  filepath.Join(opt.Dir, "journal"),
		log:     opt.Log,
		handoff: make(chan []*Entry, 1),
	}
	d.queue.init(opt)
	d.w = writer{d: d, extent: opt.Preallocate, reserve: reserve{d: d}}
	if err := d.claim(); err != nil {
		return nil, err
	}
	return d, nil
}

func (d *Disk) claim() error {
	if err := d.fsys.MkdirAll(d.folder, 0o700); err != nil {
		return folderError(d.opt.Dir, err)
	}
	lock, err := d.fsys.Lock(filepath.Join(d.opt.Dir, "lock"))
	if err != nil {
		return folderError(d.opt.Dir, err)
	}
	// The folders' own names have to last as well as what is in them.
	for _, dir := range []string{filepath.Dir(d.opt.Dir), d.opt.Dir} {
		if err := d.fsys.SyncDir(dir); err != nil && dir == d.opt.Dir {
			_ = lock.Close()
			return folderError(dir, err)
		}
	}
	d.lock = lock
	return nil
}

func folderError(dir string, err error) error {
	switch {
	case errors.Is(err, ErrLocked):
		return err
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("data folder %q is not writable: %w", dir, err)
	}
	return fmt.Errorf("data folder %q: %w", dir, err)
}

// Start begins to take entries. It panics before a successful Replay: entries would
// be numbered anew from 1.
func (d *Disk) Start() {
	if !d.replayed || d.started {
		panic("journal: Start must come once, after Replay")
	}
	d.started = true
	d.running.Add(2)
	go d.writeLoop()
	go d.deliverLoop()
	d.queue.open()
}

// Append puts e into the queue and returns; the outcome comes through Deliver. It
// never waits for the disk. On ErrQueueFull, ErrClosed or ErrTooLarge e is the
// caller's again and will not be delivered.
func (d *Disk) Append(e *Entry) error {
	if len(e.Payload) > d.opt.MaxRecord {
		return fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(e.Payload), d.opt.MaxRecord)
	}
	e.Seq, e.Time, e.Err = 0, 0, nil
	return d.queue.put(e)
}

// Close takes no more entries, writes, syncs and delivers those that wait, and gives
// up the folder. It waits for a snapshot that is being written. Later calls return
// what the first did.
func (d *Disk) Close() error {
	d.closing.Do(func() {
		d.queue.close()
		d.running.Wait()
		d.snapshots.writing.Lock()
		d.snapshots.closed = true
		d.snapshots.writing.Unlock()
		err := d.w.close()
		if cerr := d.lock.Close(); err == nil {
			err = cerr
		}
		d.closeErr = err
	})
	return d.closeErr
}

// writeLoop owns d.w from Start on, and ends when the queue is closed and empty.
func (d *Disk) writeLoop() {
	defer d.running.Done()
	defer close(d.handoff)
	var tick <-chan time.Time
	if d.opt.Sync == SyncInterval {
		t := time.NewTicker(d.opt.SyncInterval)
		defer t.Stop()
		tick = t.C
	}
	var g gather
	for {
		waiting, open := d.queue.take()
		g.noted(len(waiting))
		for len(waiting) > 0 {
			n := batchLen(waiting)
			d.w.commit(waiting[:n])
			d.handoff <- waiting[:n:n]
			waiting = waiting[n:]
		}
		if !open {
			return
		}
		select {
		case <-d.queue.wake:
			if d.opt.Sync == SyncAlways {
				g.wait(&d.queue, d.w.lastSync)
			}
		case <-tick:
			d.w.syncWritten()
		}
	}
}

// maxBatch bounds the payload bytes that are written and synced at once, and so the
// buffer; a single larger entry is a batch of its own.
const maxBatch = 16 << 20

func batchLen(entries []*Entry) int {
	size := 0
	for i, e := range entries {
		if size += len(e.Payload); size > maxBatch && i > 0 {
			return i
		}
	}
	return len(entries)
}

func (d *Disk) deliverLoop() {
	defer d.running.Done()
	for batch := range d.handoff {
		entries, size := len(batch), int64(0)
		for _, e := range batch {
			size += int64(len(e.Payload)) // before Deliver, which gives the entry back
		}
		d.opt.Deliver(batch)
		d.queue.delivered(batch, entries, size)
	}
}

// removeTemps removes what a crash left half made.
func (d *Disk) removeTemps(names []string) {
	for _, name := range names {
		if !strings.HasSuffix(name, tmpSuffix) {
			continue
		}
		if err := d.fsys.Remove(filepath.Join(d.folder, name)); err != nil {
			d.log.Warn("journal: unfinished file stays", "file", name, "err", err)
		}
	}
}

func checkContext(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}
