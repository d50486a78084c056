package journal

import (
	"errors"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// On a full disk pushes fail, but deletes and wipes must get through: they are what
// makes room. So a file of real bytes is kept, and given up when an urgent entry
// finds no space. As long as it is missing other entries are refused unwritten, or
// they would use up what it has freed; the first thing to happen when there is room
// again is that it is made anew.

const reserveName = "reserve"

type reserve struct {
	d    *Disk
	held bool
}

// ensure makes the reserve if it is missing. An error other than ErrNoSpace is only
// logged: without a reserve the log still works.
func (r *reserve) ensure() error {
	size := r.d.opt.Reserve
	if r.held || size == 0 {
		return nil
	}
	err := noSpace(r.make(size))
	if errors.Is(err, ErrNoSpace) {
		return err
	}
	if err != nil {
		r.d.log.Warn("journal: no reserve for deletes on a full disk", "err", err)
	}
	r.held = true
	r.d.counters.reserveHeld.Store(err == nil)
	return nil
}

func (r *reserve) make(size int64) error {
	if f, err := r.d.fsys.OpenFile(r.path(), os.O_RDWR, 0); err == nil {
		have, err := f.Size()
		_ = f.Close()
		if err == nil && have == size {
			return nil
		}
	}
	// Noise, as some file systems store zeros without using space.
	noise := rand.New(rand.NewPCG(1, 2))
	chunk := make([]byte, min(size, 64<<10))
	return replaceFile(r.d.fsys, r.d.folder, reserveName, func(f File) error {
		for off := int64(0); off < size; off += int64(len(chunk)) {
			chunk = chunk[:min(size-off, int64(len(chunk)))]
			for i := range chunk {
				chunk[i] = byte(noise.Uint32())
			}
			if _, err := f.WriteAt(chunk, off); err != nil {
				return err
			}
		}
		return nil
	})
}

// release gives the space back to the disk; false if there is none to give. The
// folder is synced because some file systems free blocks only with that.
func (r *reserve) release() bool {
	if !r.held || r.d.opt.Reserve == 0 {
		return false
	}
	err := r.d.fsys.Remove(r.path())
	if err == nil {
		err = r.d.fsys.SyncDir(r.d.folder)
	}
	r.held = false
	r.d.counters.reserveHeld.Store(false)
	if err != nil {
		r.d.log.Warn("journal: reserve not given up", "err", err)
		return false
	}
	r.d.log.Info("journal: reserve given up for a delete")
	return true
}

func (r *reserve) path() string { return filepath.Join(r.d.folder, reserveName) }

// fullDisk remembers that the disk is full, so that a storm of pushes does not try it
// with each batch.
type fullDisk struct {
	err   error
	tried time.Time
}

// retryFull is how long pushes are refused without another try.
const retryFull = 100 * time.Millisecond

// shut says why the batch's entries that are not urgent can't be taken now; nil if
// they can be tried.
func (w *writer) shut(batch []*Entry) error {
	if w.reserve.held && w.full.err == nil || !anyNormal(batch) {
		return nil
	}
	now := w.d.opt.Now()
	if since := now.Sub(w.full.tried); w.full.err != nil && since >= 0 && since < retryFull {
		return w.full.err
	}
	w.full.tried = now
	err := w.reserve.ensure()
	if err != nil {
		w.fillUp(err)
	}
	return err
}

// fillUp notes that there is no room.
func (w *writer) fillUp(err error) {
	if w.full.err == nil {
		w.d.log.Error("journal: disk is full, pushes are refused", "err", err)
	}
	w.full = fullDisk{err: err, tried: w.d.opt.Now()}
}

// ended notes that a batch with other than urgent entries has been written.
func (f *fullDisk) ended(log *slog.Logger, batch []*Entry) {
	if f.err == nil || !anyNormal(batch) {
		return
	}
	log.Info("journal: there is room again")
	f.err = nil
}

// anyNormal reports whether there is an entry left that is not urgent.
func anyNormal(batch []*Entry) bool {
	for _, e := range batch {
		if e.Err == nil && !e.Urgent {
			return true
		}
	}
	return false
}

// note keeps why entries fail for Stats; nil: they don't.
func (w *writer) note(err error) {
	if err == nil {
		w.d.counters.failing.Store(nil)
		return
	}
	w.d.counters.failing.Store(&err)
}
