package journal

import (
	"fmt"
	"path/filepath"
	"slices"
	"sync"
)

// files is the list of segments on disk, by first seq, shared by the writer, which
// adds, and snapshots, which remove.
type files struct {
	mu       sync.Mutex
	segments []uint64
}

// added notes a new last segment. One of the same name held no record and has been
// replaced.
func (fl *files) added(first uint64) {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	if n := len(fl.segments); n > 0 && fl.segments[n-1] == first {
		return
	}
	fl.segments = append(fl.segments, first)
}

func (fl *files) count() int {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	return len(fl.segments)
}

// covered returns the segments whose records are all at or below seq. The last
// segment is never one: it is, or may be, being written.
func (fl *files) covered(seq uint64) []uint64 {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	n := 0
	for n+1 < len(fl.segments) && fl.segments[n+1] <= seq+1 {
		n++
	}
	return slices.Clone(fl.segments[:n])
}

func (fl *files) removed(first uint64) {
	fl.mu.Lock()
	defer fl.mu.Unlock()
	fl.segments = slices.DeleteFunc(fl.segments, func(s uint64) bool { return s == first })
}

// removeCovered removes what a durable snapshot of seq has made superfluous. A file
// that can't be removed stays for the next time; it does no harm.
func (d *Disk) removeCovered(seq uint64, snapshots []uint64) {
	removed := 0
	remove := func(name string) bool {
		if err := d.fsys.Remove(filepath.Join(d.folder, name)); err != nil {
			d.log.Warn("journal: superfluous file stays", "file", name, "err", err)
			return false
		}
		removed++
		return true
	}
	for _, s := range snapshots {
		if s < seq {
			remove(snapshotName(s))
		}
	}
	for _, s := range d.files.covered(seq) {
		if remove(segmentName(s)) {
			d.files.removed(s)
		}
	}
	if removed == 0 {
		return
	}
	if err := d.fsys.SyncDir(d.folder); err != nil {
		d.log.Warn("journal: folder not synced after removals", "err", err)
	}
}

// listing is what a journal's folder holds, each in ascending order.
type listing struct {
	segments  []uint64
	snapshots []uint64
}

func list(names []string) listing {
	var l listing
	for _, name := range names {
		if n, ok := parseName(name, segmentPrefix); ok {
			l.segments = append(l.segments, n)
		} else if n, ok := parseName(name, snapshotPrefix); ok {
			l.snapshots = append(l.snapshots, n)
		}
	}
	slices.Sort(l.segments)
	slices.Sort(l.snapshots)
	return l
}

// after returns the segments that hold or may hold records behind seq.
func (l *listing) after(seq uint64) []uint64 {
	i := 0
	for i+1 < len(l.segments) && l.segments[i+1] <= seq+1 {
		i++
	}
	return l.segments[i:]
}

// damagedName is a free name for a copy of a damaged file.
func damagedName(name string, taken []string) string {
	for n := 1; ; n++ {
		free := fmt.Sprintf("%s.damaged-%d", name, n)
		if !slices.Contains(taken, free) {
			return free
		}
	}
}
