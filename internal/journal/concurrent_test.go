package journal_test

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/headgate/headgate/internal/journal"
	"github.com/headgate/headgate/internal/journal/crashfs"
)

// TestPowerLossUnderLoad guards the same as TestModel with all goroutines running:
// pushers and a snapshotter beside each other, and the power goes within any
// operation of any of them.
func TestPowerLossUnderLoad(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	fs := crashfs.New(rand.New(rand.NewPCG(seed, 1)))
	var acked []uint64 // in log order, across all lives
	next := uint64(1)
	for range 40 {
		l := load{t: t}
		l.run(fs, rng.IntN(300), &acked, &next)
		fs = fs.Crash()
	}
}

type load struct {
	t     *testing.T
	ops   atomic.Int64
	mu    sync.Mutex
	state []uint64 // applied, in order
	seq   uint64
	at    int64
}

func (l *load) run(fs *crashfs.FS, ops int, acked *[]uint64, next *uint64) {
	opt := small(fs)
	opt.Deliver = l.deliver
	d, err := journal.Open(opt)
	check(l.t, err)
	stats, err := d.Replay(l.t.Context(), func(e *journal.Entry) error {
		l.state = append(l.state, binary.LittleEndian.Uint64(e.Payload))
		return nil
	})
	check(l.t, err)
	l.seq, l.at = stats.LastSeq, stats.LastTime
	if n := len(*acked); len(l.state) < n || !slices.Equal(l.state[:n], *acked) {
		l.t.Fatalf("found %d entries, which do not begin with the %d acknowledged", len(l.state), n)
	}
	l.ops.Store(int64(ops))
	fs.SetFault(func(crashfs.Op, string) error {
		if l.ops.Add(-1) < 0 {
			return errPower
		}
		return nil
	})
	d.Start()
	l.push(d, next)
	_ = d.Close()
	*acked = slices.Clone(l.state)
}

func (l *load) deliver(batch []*journal.Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range batch {
		if e.Err == nil {
			l.state = append(l.state, binary.LittleEndian.Uint64(e.Payload))
			l.seq, l.at = e.Seq, e.Time
		}
		e.Owner.(chan error) <- e.Err
	}
}

// push runs pushers and snapshots until one fails.
func (l *load) push(d *journal.Disk, next *uint64) {
	var wg sync.WaitGroup
	base := *next
	*next += 1 << 20
	for p := range uint64(8) {
		wg.Go(func() {
			done := make(chan error, 1)
			for i := range uint64(200) {
				e := numbered(base+p*1000+i, 50)
				e.Owner = done
				if d.Append(e) != nil || <-done != nil {
					return
				}
			}
		})
	}
	wg.Go(func() {
		for range 5 {
			if l.snapshot(d) != nil {
				return
			}
		}
	})
	wg.Wait()
}

func (l *load) snapshot(d *journal.Disk) error {
	l.mu.Lock()
	state, seq, at := slices.Clone(l.state), l.seq, l.at
	l.mu.Unlock()
	return d.Snapshot(context.Background(), seq, at, func(put func(journal.Kind, []byte) error) error {
		for _, n := range state {
			if err := put(2, numbered(n, 8).Payload); err != nil {
				return err
			}
		}
		return nil
	})
}
