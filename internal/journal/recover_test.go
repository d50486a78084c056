package journal_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/headgate/headgate/internal/journal"
	"github.com/headgate/headgate/internal/journal/crashfs"
)

// TestFailedSync guards that entries whose sync has failed are refused and gone, that
// the log goes on in a new segment, and that it is tried until it works.
func TestFailedSync(t *testing.T) {
	fs := newFS()
	d, _ := mustReplay(t, small(fs))
	commit(t, d, 1, 2, 8)
	broken := true
	fs.SetFault(func(op crashfs.Op, _ string) error {
		if broken && op == crashfs.OpSync {
			return errModel
		}
		return nil
	})
	lost, later := numbered(3, 8), numbered(4, 8)
	d.Commit([]*journal.Entry{lost})
	if !errors.Is(lost.Err, journal.ErrUncertain) || !errors.Is(lost.Err, errModel) {
		t.Fatalf("entry whose sync and cut failed: %v", lost.Err)
	}
	d.Commit([]*journal.Entry{later})
	if later.Err == nil || errors.Is(later.Err, journal.ErrUncertain) {
		t.Fatalf("entry that was never written: %v", later.Err)
	}
	broken = false
	commit(t, d, 5, 5, 8)
	if n := len(filesOf(t, fs, "segment")); n != 2 {
		t.Errorf("%d segments, want a new one", n)
	}
	if _, got := mustReplay(t, small(fs.Crash())); !slices.Equal(got, []uint64{1, 2, 5}) {
		t.Errorf("got %v", got)
	}
}

// TestIdleAfterFailedSync guards that with SyncInterval what was answered becomes
// durable once the disk works again, though no further entry comes.
func TestIdleAfterFailedSync(t *testing.T) {
	fs := newFS()
	opt := small(fs)
	opt.Sync = journal.SyncInterval
	d, _ := mustReplay(t, opt)
	commit(t, d, 1, 2, 8)
	fs.SetFault(func(op crashfs.Op, _ string) error {
		if op == crashfs.OpSync {
			return errModel
		}
		return nil
	})
	d.SyncWritten()
	fs.SetFault(nil)
	d.SyncWritten()
	if _, got := mustReplay(t, small(fs.Crash())); !slices.Equal(got, upTo(2)) {
		t.Errorf("got %v", got)
	}
}
