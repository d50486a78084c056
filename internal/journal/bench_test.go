package journal_test

import (
	"context"
	"sync"
	"testing"

	"github.com/headgate/headgate/internal/journal"
)

// BenchmarkAppend is 64 pushers that each wait for their entry to be durable.
func BenchmarkAppend(b *testing.B) {
	for _, mode := range []journal.SyncMode{journal.SyncAlways, journal.SyncNever} {
		b.Run(mode.String(), func(b *testing.B) { benchmarkAppend(b, mode) })
	}
}

func benchmarkAppend(b *testing.B, mode journal.SyncMode) {
	type pusher struct {
		entry journal.Entry
		done  chan struct{}
	}
	d, err := journal.Open(journal.Options{
		Dir: b.TempDir(), Sync: mode,
		Deliver: func(batch []*journal.Entry) {
			for _, e := range batch {
				e.Owner.(*pusher).done <- struct{}{}
			}
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	if _, err := d.Replay(context.Background(), func(*journal.Entry) error { return nil }); err != nil {
		b.Fatal(err)
	}
	d.Start()
	payload := make([]byte, 600)
	const pushers = 64
	var wg sync.WaitGroup
	b.ReportAllocs()
	b.SetBytes(int64(len(payload)))
	b.ResetTimer()
	for i := range pushers {
		n := b.N / pushers
		if i < b.N%pushers {
			n++
		}
		wg.Go(func() {
			p := &pusher{done: make(chan struct{}, 1)}
			p.entry = journal.Entry{Payload: payload, Owner: p}
			for range n {
				if err := d.Append(&p.entry); err != nil {
					b.Error(err)
					return
				}
				if <-p.done; p.entry.Err != nil {
					b.Error(p.entry.Err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	s := d.Stats()
	b.ReportMetric(float64(s.Entries)/float64(s.Batches), "entries/batch")
	b.ReportMetric(float64(s.SyncTime.Microseconds())/float64(max(1, s.Syncs)), "µs/sync")
}

// BenchmarkReplay is a restart from a snapshot of 1.2 million series in 100,000
// groups, 100 bytes each.
func BenchmarkReplay(b *testing.B) {
	dir := b.TempDir()
	open := func() *journal.Disk {
		d, err := journal.Open(journal.Options{Dir: dir, Deliver: func([]*journal.Entry) {}})
		if err != nil {
			b.Fatal(err)
		}
		return d
	}
	d := open()
	keep := func(*journal.Entry) error { return nil }
	if _, err := d.Replay(context.Background(), keep); err != nil {
		b.Fatal(err)
	}
	d.Start()
	payload := make([]byte, 1200)
	err := d.Snapshot(context.Background(), 0, 0, func(put func(journal.Kind, []byte) error) error {
		for range 100_000 {
			if err := put(1, payload); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	if err := d.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		d := open()
		stats, err := d.Replay(context.Background(), keep)
		if err != nil || stats.SnapshotEntries != 100_000 {
			b.Fatalf("%+v, %v", stats, err)
		}
		_ = d.Close()
	}
}
