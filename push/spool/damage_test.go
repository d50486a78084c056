package spool

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var quiet = Options{Logger: slog.New(slog.DiscardHandler)}

// crashed is a disk with the log of a process that has put five ordered entries and a
// state, each synced by itself, and was killed.
func crashed(t *testing.T) (disk *crashDisk, log *node) {
	t.Helper()
	disk = newDisk(rand.New(rand.NewPCG(1, 1)))
	p := disk.start()
	o := quiet
	o.fs = p
	s := mustOpen(t, "/spool", o)
	for i := range 5 {
		put(t, s, ordered(strings.Repeat(fmt.Sprint(i), 100)))
	}
	put(t, s, state("k", "state"))
	p.kill()
	_, _, log = p.find(filepath.Join(s.own.path, logName(s.own.generation)))
	return disk, log
}

// next is the next process. It returns how much it has set aside, and what arrives.
func next(t *testing.T, disk *crashDisk) (st Stats, unsure bool, aside int64, arrived []string) {
	t.Helper()
	o := quiet
	o.fs = disk.start()
	s := mustOpen(t, "/spool", o)
	st = s.Stats()
	if e := head(t, s); e != nil {
		unsure = e.Unsure
	}
	for _, line := range drain(t, s) {
		_, payload, _ := strings.Cut(line, " ")
		arrived = append(arrived, payload[:1])
	}
	for name, n := range disk.root.names["spool"].names {
		if strings.HasSuffix(name, damagedSuffix) {
			aside += int64(len(n.live))
		}
	}
	return st, unsure, aside, arrived
}

// TestDamage guards that a flipped byte anywhere costs at most the entry it is in: the
// others arrive, what is bad is set aside and counted, and nothing of this log is taken
// for surely unsent any more.
func TestDamage(t *testing.T) {
	_, log := crashed(t)
	last := len(log.live) - len("state") - len("k") - putFields - recordHeader
	for at := range log.live {
		if at >= copySize && at < copyAt || at >= copyAt+copySize && at < headSize {
			continue // nothing is there
		}
		disk, log := crashed(t)
		log.live[at] ^= 0xff
		st, unsure, aside, got := next(t, disk)
		switch {
		case at < headSize:
			if len(got) != 6 || st.Damaged != 0 {
				t.Fatalf("byte %d of the head: %q arrive, %d damaged", at, got, st.Damaged)
			}
		case len(got) != 5:
			t.Fatalf("byte %d: %q arrive", at, got)
		case at < last && (st.Damaged != 1 || aside == 0 || !unsure):
			t.Fatalf("byte %d: %d damaged, %d bytes set aside, unsure %v", at, st.Damaged, aside, unsure)
		}
	}
}

// TestHeadLost guards that without either copy of the mark everything counts as sent,
// and arrives.
func TestHeadLost(t *testing.T) {
	disk, log := crashed(t)
	clear(log.live[:headSize])
	st, unsure, aside, got := next(t, disk)
	if st.Damaged != 1 || !unsure || aside != headSize || len(got) != 6 {
		t.Fatalf("%d damaged, unsure %v, %d bytes set aside, %q arrive", st.Damaged, unsure, aside, got)
	}
}

// TestTornTail guards that a log cut off anywhere gives all entries before the cut, and
// isn't called damaged: a crash does that to what nobody was promised.
func TestTornTail(t *testing.T) {
	_, log := crashed(t)
	last := 7
	for size := len(log.live); size >= headSize; size-- {
		disk, log := crashed(t)
		log.live = log.live[:size]
		st, _, aside, got := next(t, disk)
		if !slices.Equal(got, []string{"0", "1", "2", "3", "4", "s"}[:len(got)]) || len(got) > last || last-len(got) > 1 {
			t.Fatalf("cut to %d bytes: %q arrive", size, got)
		}
		last = len(got)
		if st.Damaged > 0 || aside > 0 {
			t.Fatalf("cut to %d bytes: called damaged", size)
		}
	}
	if last != 0 {
		t.Fatalf("%d entries arrive from an empty log", last)
	}
}

// leave is a real log of such a process.
func leave(t *testing.T, dir string) string {
	t.Helper()
	s := mustOpen(t, dir, quiet)
	for i := range 3 {
		put(t, s, ordered(fmt.Sprint(i)))
	}
	path := filepath.Join(s.own.path, logName(s.own.generation))
	if err := s.own.release(); err != nil {
		t.Fatal(err)
	}
	s.closed = true
	return path
}

func flip(t *testing.T, path string, at int) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[at] ^= 0xff
	if err := os.WriteFile(path, b, fileMode); err != nil {
		t.Fatal(err)
	}
}

// TestForgery guards that a payload made to look like records is never read as such,
// not even if it is a copy of real ones, and not from a damaged log either.
func TestForgery(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, quiet)
	put(t, s, ordered("first"))
	path := filepath.Join(s.own.path, logName(1))
	log, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, &Entry{Ordered: true, Payload: bytes.Repeat(log[headSize:], 3)})
	put(t, s, ordered("last"))
	if err := s.own.release(); err != nil {
		t.Fatal(err)
	}
	s.closed = true
	flip(t, path, len(log)+recordHeader) // the second record's body
	flip(t, path, len(log)+4)            // and its size
	s = mustOpen(t, dir, quiet)
	if st := s.Stats(); st.Damaged != 1 {
		t.Fatalf("stats %+v", st)
	}
	wantDrained(t, s, "1 first", "3 last")
}

// TestNewerVersion guards that a session of a newer program is left as it is.
func TestNewerVersion(t *testing.T) {
	dir := t.TempDir()
	path := leave(t, dir)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rec := b[headSize:]
	rec[12] = recordVersion + 1
	salt := saltOf(producerOf(filepath.Base(filepath.Dir(path))), 1)
	binary.LittleEndian.PutUint32(rec, checkOf(rec, salt, headSize))
	if err := os.WriteFile(path, b, fileMode); err != nil {
		t.Fatal(err)
	}
	wantDrained(t, mustOpen(t, dir, quiet))
	after, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(after, b) {
		t.Fatalf("the log was touched: %v", err)
	}
}

// TestPayloadRots guards that an entry whose payload is garbled under way is lost with
// a report, and doesn't hold up the others.
func TestPayloadRots(t *testing.T) {
	s := mustOpen(t, t.TempDir(), quiet)
	put(t, s, ordered("rotten"))
	put(t, s, ordered("good"))
	path := filepath.Join(s.own.path, logName(1))
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte("R"), int64(bytes.Index(raw, []byte("rotten")))); err != nil {
		t.Fatal(err)
	}
	wantDrained(t, s, "2 good")
	lost := s.Losses()
	if len(lost) != 1 || lost[0].Sequence != 1 || s.Stats().Lost != 1 || s.Stats().Damaged != 1 {
		t.Fatalf("lost %+v, stats %+v", lost, s.Stats())
	}
}
