package spool

import (
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

var (
	seedFlag  = flag.Uint64("seed", 0, "run the model with this seed only")
	seedsFlag = flag.Int("seeds", 100, "how many seeds the model runs with")
)

// TestModel guards what the package promises, through processes that overlap, are
// killed and lose power in the middle of an operation: what Put has acknowledged and
// nobody has reported as lost arrives, once, in order; a number never stands for two
// contents; the newest state of a key arrives; the bounds hold. The disk works as long as
// there is power; or it fills up; or its operations fail, too. Nothing is too large in
// the last case: a disk that takes no note of what was sent leaves the next process to
// guess what may be split (announce.go).
func TestModel(t *testing.T) {
	for _, trouble := range []string{"power", "full", "failing"} {
		t.Run(trouble, func(t *testing.T) {
			t.Parallel()
			if *seedFlag != 0 {
				runModel(t, *seedFlag, trouble)
				return
			}
			base := uint64(time.Now().UnixNano())
			for i := range *seedsFlag {
				if seed := base + uint64(i); !t.Run(fmt.Sprint(seed), func(t *testing.T) { runModel(t, seed, trouble) }) {
					t.Fatalf("failed with -seed=%d", seed)
				}
			}
		})
	}
}

type number struct {
	producer string
	sequence uint64
}

type model struct {
	t       *testing.T
	rng     *rand.Rand
	faulty  bool // the disk may be full
	failing bool // or even fail
	disk    *crashDisk
	now     time.Time
	o       Options
	alive   []*worker
	maxBody int  // what the gateway takes
	crowd   bool // some time two processes were alive together

	nextUnit uint64
	acked    map[uint64]bool // units that have to arrive
	excused  map[uint64]bool // units that were reported lost, or failed

	arrived  map[uint64]int
	received map[number]string
	last     map[string]uint64 // sequence by producer

	version   uint64
	ackedVer  map[string]uint64 // by key
	arrivedVe map[string]uint64
	lostVer   map[string]uint64
}

// worker is a process with its spool.
type worker struct {
	p *process
	s *Spool
}

func runModel(t *testing.T, seed uint64, trouble string) {
	m := &model{
		t: t, rng: rand.New(rand.NewPCG(seed, 0)), faulty: trouble != "power", failing: trouble == "failing", now: time.Unix(1_700_000_000, 0),
		disk:  newDisk(rand.New(rand.NewPCG(seed, 1))),
		acked: map[uint64]bool{}, excused: map[uint64]bool{}, arrived: map[uint64]int{},
		received: map[number]string{}, last: map[string]uint64{},
		ackedVer: map[string]uint64{}, arrivedVe: map[string]uint64{}, lostVer: map[string]uint64{},
	}
	m.crowd = m.rng.IntN(2) == 0
	m.o = Options{
		MaxBytes: [...]int64{16 << 10, 64 << 10, 1 << 20}[m.rng.IntN(3)], MaxEntries: [...]int{12, 1000}[m.rng.IntN(2)],
		MaxMemory: [...]int64{2 << 10, 1 << 20}[m.rng.IntN(2)], MaxDead: 8 << 10,
		Logger: m.logger(), now: func() time.Time { return m.now },
		random: rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16), byte(seed >> 24)}),
	}
	for range 6 {
		m.life()
	}
	m.finish()
}

func (m *model) logger() *slog.Logger {
	if *seedFlag == 0 {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(m.t.Output(), nil))
}

// trace shows the way of one seed that is looked at.
func (m *model) trace(w *worker, format string, args ...any) {
	if *seedFlag != 0 {
		m.t.Logf("%.6s gone=%v fault=%v: %s", w.s.Producer(), w.p.gone(), m.disk.fault != nil, fmt.Sprintf(format, args...))
	}
}

func (m *model) start() *worker {
	w := &worker{p: m.disk.start()}
	o := m.o
	o.fs = w.p
	var err error
	if w.s, err = Open("/var/spool/target", o); err != nil {
		if !w.p.gone() && m.disk.fault == nil && !isNoSpace(err) {
			m.t.Fatalf("open: %v", err)
		}
		w.p.kill()
		return nil
	}
	m.alive = append(m.alive, w)
	m.trace(w, "starts")
	return w
}

// life is the time between two losses of power.
func (m *model) life() {
	if m.maxBody = 200 + m.rng.IntN(1000); m.failing {
		m.maxBody = 1 << 20
	}
	if m.rng.IntN(2) == 0 {
		m.disk.opsLeft = m.rng.IntN(600)
	}
	for range 10 + m.rng.IntN(80) {
		m.now = m.now.Add(time.Duration(m.rng.IntN(3000)) * time.Millisecond)
		if !m.crowd && !m.failing && m.rng.IntN(10) == 0 {
			m.now = m.now.Add(-time.Minute)
		}
		m.trouble()
		m.step()
		m.bury()
		if m.disk.off {
			break
		}
	}
	for _, w := range m.alive {
		w.p.kill()
	}
	m.alive = nil
	m.disk.lose()
}

func (m *model) trouble() {
	if !m.faulty {
		return
	}
	switch n := m.rng.IntN(20); {
	case n == 0 && m.failing:
		p := [...]float64{0.02, 0.3, 1}[m.rng.IntN(3)]
		m.disk.fault = func() error {
			if m.rng.Float64() < p {
				return syscall.EIO
			}
			return nil
		}
	case n == 1:
		m.disk.capacity = max(1, m.disk.used(m.disk.root)+int64(m.rng.IntN(3000))-1000)
	case n < 4:
		m.disk.fault = nil
	case n < 6:
		m.disk.capacity = 0
	}
}

// bury forgets processes that were killed.
func (m *model) bury() {
	m.alive = slices.DeleteFunc(m.alive, func(w *worker) bool { return w.p.dead })
}

func (m *model) step() {
	if len(m.alive) == 0 || m.crowd && len(m.alive) == 1 && m.rng.IntN(20) == 0 {
		m.start()
		return
	}
	w := m.alive[m.rng.IntN(len(m.alive))]
	switch n := m.rng.IntN(100); {
	case n < 2:
		m.trace(w, "is killed")
		w.p.kill()
	case n < 4:
		w.p.opsLeft = m.rng.IntN(20)
	case n < 7:
		m.close(w)
	case n < 9:
		_, _ = w.s.Adopt()
	case n < 50:
		m.put(w)
	case n < 60:
		m.putState(w)
	default:
		for range 1 + m.rng.IntN(4) {
			m.send(w)
		}
	}
}

func (m *model) close(w *worker) {
	err := w.s.Close()
	m.trace(w, "close: %v", err)
	if err != nil && !m.faulty && !w.p.gone() {
		m.t.Fatalf("close: %v", err)
	}
	w.p.kill()
}

// A payload is a letter and its units, each of 8 bytes, or a letter and a version.
func payloadOf(units []uint64) []byte {
	b := []byte{'u'}
	for _, u := range units {
		b = binary.BigEndian.AppendUint64(b, u)
	}
	return b
}

func unitsOf(b []byte) (units []uint64) {
	for b = b[1:]; len(b) >= 8; b = b[8:] {
		units = append(units, binary.BigEndian.Uint64(b))
	}
	return units
}

func (m *model) put(w *worker) {
	units := make([]uint64, 1+m.rng.IntN(20))
	if m.rng.IntN(5) == 0 {
		units = make([]uint64, 40+m.rng.IntN(100)) // too large for the gateway
	}
	for i := range units {
		m.nextUnit++
		units[i] = m.nextUnit
	}
	// Samples is the first unit and Key their number: so a loss says what was lost.
	e := &Entry{Ordered: true, Samples: int(units[0]), Key: fmt.Sprint(len(units)), Payload: payloadOf(units)}
	lost, err := w.s.Put(e)
	m.noteLost(lost)
	m.trace(w, "put %d %d: lost %v, %v", e.Sequence, units, lost, err)
	if w.p.gone() && err != nil {
		return
	}
	if err == nil {
		for _, u := range units {
			m.acked[u] = true
		}
	} else if !errors.Is(err, ErrNotDurable) || !m.faulty {
		m.t.Fatalf("put: %v", err)
	}
	if m.crowd || m.faulty || w.p.gone() {
		return
	}
	if st := w.s.Stats(); st.DiskBytes > m.o.MaxBytes || st.Entries > m.o.MaxEntries {
		m.t.Fatalf("a bound is broken: %+v", st)
	}
}

func (m *model) noteLost(lost []Loss) {
	for _, l := range lost {
		if l.Sequence == 0 {
			m.lostVer[l.Key] = max(m.lostVer[l.Key], uint64(l.Samples))
			continue
		}
		n := uint64(0)
		fmt.Sscan(l.Key, &n)
		if n == 0 || (l.Bytes-1)%8 != 0 {
			m.t.Fatalf("strange loss: %+v", l)
		}
		for u := range uint64(l.Bytes-1) / 8 {
			m.excused[uint64(l.Samples)+u] = true
		}
	}
}

func (m *model) putState(w *worker) {
	m.version++
	key := [...]string{"x", "y"}[m.rng.IntN(2)]
	e := &Entry{Key: key, Samples: int(m.version), Payload: binary.BigEndian.AppendUint64([]byte{'s'}, m.version)}
	lost, err := w.s.Put(e)
	m.noteLost(lost)
	m.trace(w, "put state %q %d: lost %v, %v", key, m.version, lost, err)
	if w.p.gone() && err != nil {
		return
	}
	if err == nil {
		m.ackedVer[key] = m.version
	} else if !errors.Is(err, ErrNotDurable) || !m.faulty {
		m.t.Fatalf("put: %v", err)
	}
}

// send is one attempt, with one of the outcomes there are.
func (m *model) send(w *worker) bool {
	e, err := w.s.Head()
	m.noteLost(w.s.Losses())
	if e != nil {
		m.trace(w, "head %.6s %d, unsure=%v, %d bytes: %v", e.Producer, e.Sequence, e.Unsure, len(e.Payload), unitsOf(e.Payload))
	} else {
		m.trace(w, "head none: %v", err)
	}
	if w.p.gone() {
		return false
	}
	if err != nil {
		if !m.faulty {
			m.t.Fatalf("head: %v", err)
		}
		return true
	}
	if e == nil {
		return false
	}
	switch {
	case len(e.Payload) > m.maxBody: // status 413
		m.tooLarge(w, e)
	case m.disk.fault == nil && m.rng.IntN(40) == 0:
		m.fail(w, e)
	case m.rng.IntN(4) == 0: // no answer
		m.arrive(e, m.rng.IntN(2) == 0)
		if m.rng.IntN(2) == 0 {
			_ = w.s.MarkUnsure(e)
		} else {
			w.p.kill()
		}
	case m.rng.IntN(6) == 0: // refused
	default:
		m.arrive(e, true)
		err := w.s.Done(e)
		m.trace(w, "done: %v", err)
		if err != nil && !m.faulty && !w.p.gone() {
			m.t.Fatalf("done: %v", err)
		}
	}
	return true
}

func (m *model) fail(w *worker, e *Entry) {
	err := w.s.Fail(e, "the gateway says no")
	m.trace(w, "fail: %v", err)
	if !e.Ordered {
		m.lostVer[e.Key] = max(m.lostVer[e.Key], uint64(e.Samples))
		return
	}
	for _, u := range unitsOf(e.Payload) {
		m.excused[u] = true
	}
}

func (m *model) tooLarge(w *worker, e *Entry) {
	var parts []Part
	for units := range slices.Chunk(unitsOf(e.Payload), 1+m.rng.IntN(40)) {
		parts = append(parts, Part{Samples: int(units[0]), Payload: payloadOf(units)})
	}
	err := w.s.Split(e, parts)
	m.trace(w, "split into %d: %v", len(parts), err)
	switch {
	case errors.Is(err, ErrUnsure) != e.Unsure:
		m.t.Fatalf("unsure is %v, split says %v", e.Unsure, err)
	case e.Unsure:
		m.fail(w, e)
	case err != nil && !m.faulty && !w.p.gone():
		m.t.Fatalf("split: %v", err)
	}
}

// arrive is the gateway: what it applies, and what it only may have received.
func (m *model) arrive(e *Entry, applied bool) {
	if !e.Ordered {
		v := binary.BigEndian.Uint64(e.Payload[1:])
		if applied && !m.crowd && !m.faulty && v < m.arrivedVe[e.Key] {
			m.t.Fatalf("state %q goes from version %d back to %d", e.Key, m.arrivedVe[e.Key], v)
		}
		if applied {
			m.arrivedVe[e.Key] = max(m.arrivedVe[e.Key], v)
		}
		return
	}
	n := number{e.Producer, e.Sequence}
	seen, known := m.received[n]
	if seen = strings.TrimPrefix(seen, "?"); known && seen != string(e.Payload) {
		m.t.Fatalf("number %v: first %v, now %v", n, unitsOf([]byte(seen)), unitsOf(e.Payload))
	}
	if !applied {
		if !known {
			m.received[n] = "?" + string(e.Payload)
		}
		return
	}
	if known && m.received[n][0] != '?' {
		return // recognised as a repetition
	}
	if m.faulty && e.Sequence < m.last[e.Producer] && m.excused[unitsOf(e.Payload)[0]] {
		return // given up, but the disk had not taken that
	}
	m.received[n] = string(e.Payload)
	if e.Sequence <= m.last[e.Producer] {
		m.t.Fatalf("%q: %d arrives after %d", e.Producer, e.Sequence, m.last[e.Producer])
	}
	m.last[e.Producer] = e.Sequence
	for _, u := range unitsOf(e.Payload) {
		if m.arrived[u]++; m.arrived[u] > 1 {
			m.t.Fatalf("unit %d arrives twice, now with %v", u, n)
		}
	}
}

// finish has a last process send all that is left, on a disk that works.
func (m *model) finish() {
	m.now = m.now.Add(time.Hour)
	m.maxBody = 400
	w := m.start()
	for {
		e, err := w.s.Head()
		if err != nil {
			m.t.Fatal(err)
		}
		if e == nil {
			break
		}
		if !m.failing && len(e.Payload) > m.maxBody {
			m.tooLarge(w, e)
			continue
		}
		m.arrive(e, true)
		if err := w.s.Done(e); err != nil {
			m.t.Fatal(err)
		}
	}
	if st := w.s.Stats(); st.Damaged > 0 {
		m.t.Fatalf("crashes were taken for damage: %+v", st)
	}
	if err := w.s.Close(); err != nil {
		m.t.Fatal(err)
	}
	for u := range m.acked {
		if m.arrived[u] == 0 && !m.excused[u] {
			m.t.Fatalf("unit %d was acknowledged and never arrived", u)
		}
	}
	for key, v := range m.ackedVer {
		if max(m.arrivedVe[key], m.lostVer[key]) < v {
			m.t.Fatalf("state %q: version %d was acknowledged, %d arrived", key, v, m.arrivedVe[key])
		}
	}
	if _, _, n := w.p.find("/var/spool/target"); len(sessionsIn(mapKeys(n.names))) > 0 {
		m.t.Fatalf("left: %q", mapKeys(n.names))
	}
}

func mapKeys(names map[string]*node) (keys []string) {
	for name := range names {
		keys = append(keys, name)
	}
	return keys
}
