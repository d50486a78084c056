package journal_test

import (
	"errors"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/headgate/headgate/internal/journal"
	"github.com/headgate/headgate/internal/journal/crashfs"
)

// TestFullDisk guards that pushes fail with ErrNoSpace while deletes get through on
// the reserve, and that pushes come back by themselves when there is room.
func TestFullDisk(t *testing.T) {
	fs := newFS()
	now := time.Unix(1000, 0)
	opt := small(fs)
	opt.Reserve = 4 << 10
	opt.Now = func() time.Time { now = now.Add(time.Second); return now }
	d, _ := mustReplay(t, opt)
	commit(t, d, 1, 2, 8)
	fs.SetCapacity(fs.Used())
	push, urgent := numbered(3, 2000), numbered(4, 2000)
	urgent.Urgent = true
	d.Commit([]*journal.Entry{push, urgent})
	if !errors.Is(push.Err, journal.ErrNoSpace) || !errors.Is(push.Err, syscall.ENOSPC) || urgent.Err != nil || urgent.Seq != 3 {
		t.Fatalf("push: %v; delete: %v", push.Err, urgent.Err)
	}
	if s := d.Stats(); !errors.Is(s.Err, journal.ErrNoSpace) {
		t.Errorf("after a delete on a full disk: %+v", s)
	}
	// What the reserve has freed is not for pushes, however small.
	small := numbered(5, 8)
	d.Commit([]*journal.Entry{small})
	if !errors.Is(small.Err, journal.ErrNoSpace) {
		t.Fatalf("push after the reserve is gone: %v", small.Err)
	}
	if s := d.Stats(); s.ReserveHeld || !errors.Is(s.Err, journal.ErrNoSpace) || s.Failed != 2 {
		t.Errorf("%+v", s)
	}
	fs.SetCapacity(0)
	commit(t, d, 6, 6, 2000)
	if s := d.Stats(); !s.ReserveHeld || s.Err != nil {
		t.Errorf("%+v", s)
	}
	check(t, d.Close())
	if _, got := mustReplay(t, opt); !slices.Equal(got, []uint64{1, 2, 4, 6}) {
		t.Errorf("got %v", got)
	}
}

// TestFullDiskSnapshot guards that a snapshot without room fails, leaves nothing
// behind and takes nothing away.
func TestFullDiskSnapshot(t *testing.T) {
	fs := newFS()
	d, _ := mustReplay(t, small(fs))
	commit(t, d, 1, 20, 300)
	fs.SetCapacity(fs.Used() + 2000)
	err := d.Snapshot(t.Context(), 20, 1, func(put func(journal.Kind, []byte) error) error {
		return put(1, make([]byte, 4000))
	})
	if !errors.Is(err, journal.ErrNoSpace) {
		t.Fatalf("snapshot: %v", err)
	}
	if names := filesOf(t, fs, "snapshot"); len(names) != 0 {
		t.Errorf("left behind: %v", names)
	}
	if _, got := mustReplay(t, small(fs.Crash())); len(got) != 20 {
		t.Errorf("%d entries are left", len(got))
	}
}

// TestUncertainDelete guards that a delete which was written in vain on a full disk,
// and could be neither cut off nor written again, is said to be uncertain.
func TestUncertainDelete(t *testing.T) {
	fs := newFS()
	opt := small(fs)
	opt.Reserve = 4 << 10
	d, _ := mustReplay(t, opt)
	commit(t, d, 1, 2, 8)
	fs.SetCapacity(fs.Used() + 100)
	fs.SetFault(func(op crashfs.Op, _ string) error {
		if op == crashfs.OpTruncate {
			return errModel
		}
		return nil
	})
	push, urgent := numbered(3, 2000), numbered(4, 8)
	urgent.Urgent = true
	d.Commit([]*journal.Entry{push, urgent})
	for _, e := range []*journal.Entry{push, urgent} {
		if !errors.Is(e.Err, journal.ErrUncertain) || !errors.Is(e.Err, errModel) {
			t.Errorf("urgent %t: %v", e.Urgent, e.Err)
		}
	}
}
