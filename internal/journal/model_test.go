package journal_test

import (
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/headgate/headgate/internal/journal"
	"github.com/headgate/headgate/internal/journal/crashfs"
)

var (
	seedFlag  = flag.Uint64("seed", 0, "run the model with this seed only")
	seedsFlag = flag.Int("seeds", 150, "how many seeds the model runs with")
)

// TestModel guards the package's promise: what was delivered without an error is
// there after any crash, in order, once; what was refused for certain is not; Seq has
// no gaps and Time never decreases. The machine fails, fills up, loses power within
// any operation and starts again, many times in a row.
func TestModel(t *testing.T) {
	for _, mode := range []journal.SyncMode{journal.SyncAlways, journal.SyncInterval} {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			if *seedFlag != 0 {
				runModel(t, *seedFlag, mode)
				return
			}
			base := uint64(time.Now().UnixNano())
			for i := range *seedsFlag {
				if seed := base + uint64(i); !t.Run(fmt.Sprint(seed), func(t *testing.T) { runModel(t, seed, mode) }) {
					t.Fatalf("failed with -seed=%d", seed)
				}
			}
		})
	}
}

// item is what the model remembers of an entry.
type item struct {
	id   uint64
	seq  uint64
	time int64
}

type model struct {
	t    *testing.T
	rng  *rand.Rand
	mode journal.SyncMode
	fs   *crashfs.FS
	disk *journal.Disk
	now  time.Time

	nextID  uint64
	state   []item          // delivered without error, or found in a replay
	floor   uint64          // of state, what a crash must leave
	cached  uint64          // of state, what the death of a process leaves
	unknown map[uint64]bool // may be found or not
	refused map[uint64]bool

	opsLeft int // until the power goes
	dead    bool
	faults  float64 // probability that an operation fails
}

var (
	errPower = errors.New("power is off")
	errModel = syscall.EIO
)

func runModel(t *testing.T, seed uint64, mode journal.SyncMode) {
	m := &model{
		t: t, rng: rand.New(rand.NewPCG(seed, 0)), mode: mode, now: time.Unix(1_700_000_000, 0),
		fs:      crashfs.New(rand.New(rand.NewPCG(seed, 1))),
		unknown: map[uint64]bool{}, refused: map[uint64]bool{},
	}
	for range 8 {
		m.life()
	}
}

// fault is asked before each operation; it must not draw from crashfs's rng.
func (m *model) fault(op crashfs.Op, _ string) error {
	if m.opsLeft--; m.opsLeft < 0 {
		m.dead = true
	}
	if m.dead {
		return errPower
	}
	if m.rng.Float64() < m.faults {
		return errModel
	}
	return nil
}

// life is one process: it starts, works, and ends in one of three ways.
func (m *model) life() {
	m.opsLeft, m.dead, m.faults = 1<<30, false, 0
	if m.rng.IntN(4) == 0 {
		m.tryToStart()
	}
	m.opsLeft, m.dead, m.faults = 1<<30, false, 0
	m.fs.SetFault(nil)
	m.fs.SetCapacity(0)
	if err := m.start(); err != nil {
		m.t.Fatalf("start: %v", err)
	}
	if m.rng.IntN(2) == 0 {
		m.opsLeft = m.rng.IntN(400)
	}
	m.fs.SetFault(m.fault)
	for range 5 + m.rng.IntN(60) {
		m.step()
	}
	m.end()
}

func (m *model) end() {
	if !m.dead && m.rng.IntN(3) == 0 {
		m.fs.SetFault(nil)
		if err := m.disk.Close(); err == nil {
			m.floor = m.last()
		}
	}
	m.unsure()
	if !m.dead && m.rng.IntN(3) == 0 {
		m.fs = m.fs.Kill()
		m.cached = m.last()
		return
	}
	m.crash()
}

func (m *model) crash() {
	m.fs = m.fs.Crash()
	m.cached = 0
}

// unsure is for SyncInterval: what is not durable yet may be lost.
func (m *model) unsure() {
	if m.mode == journal.SyncAlways {
		m.floor = m.last()
	}
}

func (m *model) last() uint64 {
	if len(m.state) == 0 {
		return 0
	}
	return m.state[len(m.state)-1].seq
}

// tryToStart starts on a failing machine, or one that loses power while starting: it
// may fail, but not lose anything.
func (m *model) tryToStart() {
	m.faults = m.rng.Float64() * 0.2
	m.opsLeft = m.rng.IntN(60)
	m.fs.SetFault(m.fault)
	if err := m.start(); err == nil {
		m.floor = m.last()
	} else if damage := (*journal.DamageError)(nil); errors.As(err, &damage) {
		m.t.Fatal(err)
	}
	m.crash()
}

func (m *model) start() error {
	d, err := journal.Open(journal.Options{
		Dir: "/data", FS: m.fs, Sync: m.mode,
		SegmentSize: 4 << 10, Preallocate: int64(m.rng.IntN(3)) * 700, Reserve: 2 << 10,
		Now:     func() time.Time { return m.now },
		Deliver: m.deliver, Log: m.log(),
	})
	if err != nil {
		return err
	}
	m.disk = d
	var found []item
	_, err = d.Replay(context.Background(), func(e *journal.Entry) error {
		if e.Kind == kindState {
			found = append(found, decodeState(e.Payload)...)
			return nil
		}
		found = append(found, item{id: binary.LittleEndian.Uint64(e.Payload), seq: e.Seq, time: e.Time})
		return nil
	})
	if err != nil {
		return err
	}
	m.compare(found)
	return nil
}

// compare holds what a replay has found against what it must and may find.
func (m *model) compare(found []item) {
	m.t.Helper()
	for i, it := range found {
		if it.seq != uint64(i+1) {
			m.t.Fatalf("record %d has seq %d", i+1, it.seq)
		}
		if i > 0 && it.time < found[i-1].time {
			m.t.Fatalf("time decreases at seq %d", it.seq)
		}
		if m.refused[it.id] {
			m.t.Fatalf("seq %d: entry %d was refused", it.seq, it.id)
		}
		if i < len(m.state) {
			if m.state[i] != it {
				m.t.Fatalf("found %+v, want %+v; durable to %d", it, m.state[i], m.floor)
			}
		} else if !m.unknown[it.id] {
			m.t.Fatalf("seq %d: entry %d was never appended, or is found twice", it.seq, it.id)
		}
		delete(m.unknown, it.id)
	}
	if want := max(m.floor, m.cached); uint64(len(found)) < want {
		m.t.Fatalf("found %d records, want at least %d", len(found), want)
	}
	m.state = found
	m.floor, m.cached = uint64(len(found)), 0
}

func (m *model) step() {
	m.now = m.now.Add(time.Duration(m.rng.IntN(400)-100) * time.Millisecond)
	switch n := m.rng.IntN(100); {
	case n < 6:
		m.snapshot()
	case n < 10:
		m.faults = [...]float64{0, 0.02, 0.3}[m.rng.IntN(3)]
	case n < 14:
		m.fs.SetCapacity(m.fs.Used() + int64(m.rng.IntN(3000)) - 500)
	case n < 20:
		m.fs.SetCapacity(0)
	case n < 26 && m.mode == journal.SyncInterval:
		m.disk.SyncWritten()
		m.floor = max(m.floor, m.disk.Durable())
	default:
		m.commit()
	}
}

func (m *model) commit() {
	batch := make([]*journal.Entry, 1+m.rng.IntN(6))
	for i := range batch {
		m.nextID++
		payload := make([]byte, 8+m.rng.IntN(700))
		for j := range payload {
			payload[j] = byte(m.rng.Uint32())
		}
		binary.LittleEndian.PutUint64(payload, m.nextID)
		batch[i] = &journal.Entry{Kind: 1, Payload: payload, Urgent: m.rng.IntN(5) == 0}
	}
	m.disk.Commit(batch)
	if m.mode == journal.SyncInterval {
		m.floor = max(m.floor, m.disk.Durable())
	}
}

func (m *model) deliver(batch []*journal.Entry) {
	for _, e := range batch {
		id := binary.LittleEndian.Uint64(e.Payload)
		switch {
		case e.Err == nil:
			if want := m.last() + 1; e.Seq != want {
				m.t.Fatalf("entry %d has seq %d, want %d", id, e.Seq, want)
			}
			m.state = append(m.state, item{id, e.Seq, e.Time})
		case m.dead || errors.Is(e.Err, journal.ErrUncertain):
			m.unknown[id] = true
		default:
			m.refused[id] = true
		}
	}
}

const kindState journal.Kind = 9

func (m *model) snapshot() {
	seq := m.last()
	at := int64(0)
	if len(m.state) > 0 {
		at = m.state[len(m.state)-1].time
	}
	err := m.disk.Snapshot(context.Background(), seq, at, func(put func(journal.Kind, []byte) error) error {
		for part := range slices.Chunk(m.state, 7) {
			if err := put(kindState, encodeState(part)); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		m.floor = max(m.floor, seq)
	}
}

func encodeState(items []item) []byte {
	var b []byte
	for _, it := range items {
		b = binary.LittleEndian.AppendUint64(b, it.id)
		b = binary.LittleEndian.AppendUint64(b, it.seq)
		b = binary.LittleEndian.AppendUint64(b, uint64(it.time))
	}
	return b
}

func decodeState(b []byte) (items []item) {
	le := binary.LittleEndian
	for ; len(b) > 0; b = b[24:] {
		items = append(items, item{le.Uint64(b), le.Uint64(b[8:]), int64(le.Uint64(b[16:]))})
	}
	return items
}

// log shows what the journal says when one seed is looked at.
func (m *model) log() *slog.Logger {
	if *seedFlag == 0 {
		return nil
	}
	return slog.New(slog.NewTextHandler(m.t.Output(), nil))
}
