package journal_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/headgate/headgate/internal/journal"
	"github.com/headgate/headgate/internal/journal/crashfs"
)

// TestManyPushers guards that each accepted entry is delivered once, in log order,
// and found in this order after a restart on a real disk.
func TestManyPushers(t *testing.T) {
	const pushers, each = 16, 50
	var delivered []uint64
	opt := journal.Options{
		Dir: t.TempDir(), SegmentSize: 16 << 10, Reserve: -1,
		Deliver: func(batch []*journal.Entry) {
			for _, e := range batch {
				if e.Err != nil || e.Seq != uint64(len(delivered)+1) {
					t.Errorf("delivered seq %d after %d, err %v", e.Seq, len(delivered), e.Err)
				}
				delivered = append(delivered, binary.LittleEndian.Uint64(e.Payload))
				close(e.Owner.(chan struct{}))
			}
		},
	}
	d, _ := mustReplay(t, opt)
	d.Start()
	var wg sync.WaitGroup
	for p := range pushers {
		wg.Go(func() {
			for i := range each {
				e := numbered(uint64(p*each+i), 100)
				done := make(chan struct{})
				e.Owner = done
				if err := d.Append(e); err != nil {
					t.Error(err)
					return
				}
				<-done
			}
		})
	}
	wg.Wait()
	check(t, d.Close())
	if len(delivered) != pushers*each {
		t.Fatalf("%d delivered", len(delivered))
	}
	if _, got := mustReplay(t, opt); !slices.Equal(got, delivered) {
		t.Error("the replay differs from what was delivered")
	}
}

// TestCloseDrains guards that what was accepted before Close is written and
// delivered, and nothing is accepted after it.
func TestCloseDrains(t *testing.T) {
	fs := newFS()
	var n atomic.Int64
	opt := small(fs)
	opt.Deliver = func(batch []*journal.Entry) { n.Add(int64(len(batch))) }
	d, _ := mustReplay(t, opt)
	if err := d.Append(numbered(1, 8)); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("before Start: %v", err)
	}
	d.Start()
	for i := range uint64(100) {
		check(t, d.Append(numbered(i, 300)))
	}
	check(t, d.Close())
	if n.Load() != 100 {
		t.Errorf("%d delivered, want 100", n.Load())
	}
	if err := d.Append(numbered(1, 8)); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if err := d.Snapshot(t.Context(), 100, 1, nil); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("snapshot after Close: %v", err)
	}
	if s := d.Stats(); s.Entries != 100 || s.QueueEntries != 0 || s.LastSeq != 100 {
		t.Errorf("%+v", s)
	}
}

// TestQueueBounds guards that a full queue refuses at once and names its bounds, and
// that entries count until they are delivered.
func TestQueueBounds(t *testing.T) {
	release := make(chan struct{})
	opt := small(newFS())
	opt.MaxQueueEntries, opt.MaxQueueBytes, opt.MaxRecord = 3, 100, 200
	opt.Deliver = func([]*journal.Entry) { <-release }
	d, _ := mustReplay(t, opt)
	d.Start()
	if err := d.Append(numbered(1, 201)); !errors.Is(err, journal.ErrTooLarge) {
		t.Errorf("201 bytes: %v", err)
	}
	check(t, d.Append(numbered(1, 150))) // more than MaxQueueBytes, but alone
	if err := d.Append(numbered(2, 8)); !errors.Is(err, journal.ErrQueueFull) || !strings.Contains(err.Error(), "150 of 100 bytes") {
		t.Errorf("bytes: %v", err)
	}
	close(release)
	check(t, d.Close())
}

// TestGroupCommit guards that whatever waits while a batch is synced becomes one
// batch with one sync.
func TestGroupCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fs := newFS()
		var batches []int
		opt := small(fs)
		opt.Observe.Batch = func(n int) { batches = append(batches, n) }
		hold := make(chan struct{}, 100)
		var on atomic.Bool
		d, _ := mustReplay(t, opt)
		fs.SetFault(func(op crashfs.Op, _ string) error {
			if op == crashfs.OpSync && on.CompareAndSwap(true, false) {
				<-hold
			}
			return nil
		})
		d.Start()
		check(t, d.Append(numbered(0, 8)))
		synctest.Wait() // the segment is there
		on.Store(true)
		check(t, d.Append(numbered(1, 8)))
		synctest.Wait() // its sync hangs
		for i := range uint64(20) {
			check(t, d.Append(numbered(i+2, 8)))
		}
		hold <- struct{}{}
		check(t, d.Close())
		if want := []int{1, 1, 20}; !slices.Equal(batches, want) {
			t.Errorf("batches of %v, want %v", batches, want)
		}
	})
}

// TestSyncInterval guards that entries are delivered before they are synced, and are
// durable once the interval has passed.
func TestSyncInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fs := newFS()
		opt := small(fs)
		opt.Sync, opt.SyncInterval = journal.SyncInterval, time.Minute
		var n int
		opt.Deliver = func(batch []*journal.Entry) { n += len(batch) }
		d, _ := mustReplay(t, opt)
		d.Start()
		check(t, d.Append(numbered(1, 8)))
		synctest.Wait()
		if syncs := d.Stats().Syncs; n != 1 || syncs != 0 {
			t.Errorf("%d delivered after %d syncs, want 1 after none", n, syncs)
		}
		time.Sleep(opt.SyncInterval)
		synctest.Wait()
		if syncs := d.Stats().Syncs; syncs != 1 {
			t.Errorf("%d syncs after the interval", syncs)
		}
		_, got := mustReplay(t, small(fs.Crash()))
		if !slices.Equal(got, upTo(1)) {
			t.Errorf("after the crash: %v", got)
		}
		_ = d.Close() // its disk is gone; only the goroutines count
	})
}

// TestTimeNeverDecreases guards it across a clock that is set back and a restart.
func TestTimeNeverDecreases(t *testing.T) {
	fs := newFS()
	now := time.Unix(2000, 0)
	opt := small(fs)
	opt.Now = func() time.Time { return now }
	at := func(d *journal.Disk) int64 {
		e := numbered(1, 8)
		d.Commit([]*journal.Entry{e})
		check(t, e.Err)
		return e.Time
	}
	d, _ := mustReplay(t, opt)
	first := at(d)
	now = time.Unix(1000, 0)
	second := at(d)
	check(t, d.Close())
	d, _ = mustReplay(t, opt)
	third := at(d)
	if first != time.Unix(2000, 0).UnixNano() || second != first || third != first {
		t.Errorf("times are %d, %d, %d", first, second, third)
	}
	check(t, d.Snapshot(t.Context(), 3, third, func(func(journal.Kind, []byte) error) error { return nil }))
	commit(t, d, 4, 20, 3000)
	mustSnapshotAt(t, d, 20, third)
	check(t, d.Close())
	d, _ = mustReplay(t, opt)
	if got := at(d); got != first {
		t.Errorf("time is %d after a snapshot and a restart, want %d", got, first)
	}
}

func mustSnapshotAt(t *testing.T, d *journal.Disk, seq uint64, at int64) {
	t.Helper()
	check(t, d.Snapshot(t.Context(), seq, at, func(func(journal.Kind, []byte) error) error { return nil }))
}

// TestSnapshotReplaces guards that a snapshot takes the place of older ones and of the
// segments that it covers.
func TestSnapshotReplaces(t *testing.T) {
	fs := newFS()
	d, _ := mustReplay(t, small(fs))
	commit(t, d, 1, 30, recordBytes-40)
	mustSnapshot(t, d, 10)
	mustSnapshot(t, d, 20)
	commit(t, d, 31, 31, 8)
	got := append(filesOf(t, fs, "snapshot"), filesOf(t, fs, "segment")...)
	want := []string{"snapshot-00000000000000000020", "segment-00000000000000000019", last}
	if !slices.Equal(got, want) {
		t.Errorf("files are %v, want %v", got, want)
	}
	if err := d.Snapshot(t.Context(), 19, 1, nil); err == nil {
		t.Error("a snapshot older than the last was taken")
	}
	if err := d.Snapshot(t.Context(), 99, 1, nil); err == nil {
		t.Error("a snapshot ahead of the log was taken")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := d.Snapshot(ctx, 31, 1, func(put func(journal.Kind, []byte) error) error { return put(1, nil) })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled snapshot: %v", err)
	}
	if _, got := mustReplay(t, small(fs.Crash())); !slices.Equal(got, upTo(31)) {
		t.Errorf("got %v", got)
	}
}

// TestLock guards one process per folder, which the second is told by number.
func TestLock(t *testing.T) {
	opt := journal.Options{Dir: t.TempDir(), Reserve: -1, Deliver: func([]*journal.Entry) {}}
	d, _ := mustReplay(t, opt)
	_, err := journal.Open(opt)
	locked := (*journal.LockedError)(nil)
	if !errors.As(err, &locked) || !errors.Is(err, journal.ErrLocked) || locked.PID != syscall.Getpid() || locked.Dir != opt.Dir {
		t.Errorf("second process: %v", err)
	}
	check(t, d.Close())
	mustReplay(t, opt)
}

// TestReadOnly guards an error that names the folder.
func TestReadOnly(t *testing.T) {
	fs := newFS()
	fs.SetFault(func(op crashfs.Op, _ string) error {
		if op == crashfs.OpMkdir {
			return syscall.EROFS
		}
		return nil
	})
	_, err := journal.Open(small(fs))
	if want := fmt.Sprintf("data folder %q is not writable", dataDir); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestReplayErrors guards that what apply says ends the replay, io.EOF included.
func TestReplayErrors(t *testing.T) {
	for _, snapshot := range []uint64{0, 15} {
		opt := small(written(t, snapshot))
		d, err := journal.Open(opt)
		check(t, err)
		boom := errors.New("boom")
		if _, err = d.Replay(t.Context(), func(*journal.Entry) error { return boom }); !errors.Is(err, boom) {
			t.Errorf("got %v", err)
		}
		check(t, d.Close())
	}
}

// TestSyncModeText guards the flag's values.
func TestSyncModeText(t *testing.T) {
	for _, want := range []journal.SyncMode{journal.SyncAlways, journal.SyncInterval, journal.SyncNever} {
		var got journal.SyncMode
		if err := got.UnmarshalText([]byte(want.String())); err != nil || got != want {
			t.Errorf("%s: %v, %v", want, got, err)
		}
	}
	var m journal.SyncMode
	if err := m.UnmarshalText([]byte("often")); err == nil || !strings.Contains(err.Error(), `"often"`) {
		t.Errorf("got %v", err)
	}
}
