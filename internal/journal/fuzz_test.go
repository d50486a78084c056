package journal_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"testing"

	"github.com/headgate/headgate/internal/journal"
	"github.com/headgate/headgate/internal/journal/crashfs"
)

// plant is a journal whose only segment or snapshot has these bytes.
func plant(t testing.TB, name string, b []byte) *crashfs.FS {
	fs := newFS()
	if err := fs.MkdirAll(dataDir+"/journal", 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := fs.OpenFile(dataDir+"/journal/"+name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt(b, 0); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Sync(), fs.SyncDir(dataDir+"/journal")); err != nil {
		t.Fatal(err)
	}
	return fs
}

// fuzzFile guards that no bytes make a reader panic, or allocate what they merely
// claim; that a start either works or calls it damage, and then a repair makes it
// work; and that what was read once is read again.
func fuzzFile(f *testing.F, name string, seeds ...[]byte) {
	for _, b := range seeds {
		f.Add(b, false)
		f.Add(b[:len(b)-20], true)
		for _, at := range []int{9, 600, 1024, 1029, 1070, len(b) - 30} {
			harmed := slices.Clone(b)
			harmed[at] ^= 0x55
			f.Add(harmed, false)
			f.Add(harmed, true)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, seal bool) {
		if b = slices.Clone(b); seal {
			journal.Seal(b)
		}
		fs := plant(t, name, b)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got, err := payloads(fs)
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 8<<20+16*uint64(len(b)) {
			t.Fatalf("%d bytes allocated for %d", grown, len(b))
		}
		if err != nil {
			if damage := (*journal.DamageError)(nil); !errors.As(err, &damage) {
				t.Fatal(err)
			}
			if _, err := journal.Repair(t.Context(), fs, dataDir); err != nil {
				return // of a later version
			}
			if got, err = payloads(fs); err != nil {
				t.Fatalf("after a repair: %v", err)
			}
		}
		if err := journal.Dump(t.Context(), fs, dataDir, func(*journal.Line) error { return nil }, nil); err != nil {
			t.Fatal(err)
		}
		if again, err := payloads(fs.Crash()); err != nil || !slices.EqualFunc(got, again, bytes.Equal) {
			t.Fatalf("read %d entries, then %d, %v", len(got), len(again), err)
		}
	})
}

func payloads(fs *crashfs.FS) (got [][]byte, err error) {
	d, err := journal.Open(small(fs))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	_, err = d.Replay(context.Background(), func(e *journal.Entry) error {
		got = append(got, e.Payload)
		return nil
	})
	return got, err
}

func FuzzSegment(f *testing.F) {
	fs := newFS()
	d, err := journal.Open(small(fs))
	if err != nil {
		f.Fatal(err)
	}
	if _, err := d.Replay(context.Background(), nil); err != nil {
		f.Fatal(err)
	}
	d.Commit([]*journal.Entry{numbered(1, 8), numbered(2, 100)})
	d.Commit([]*journal.Entry{numbered(3, 8)})
	_ = d.Close()
	fuzzFile(f, "segment-00000000000000000001", fileBytes(f, fs, "segment-00000000000000000001"))
}

func FuzzSnapshot(f *testing.F) {
	fs := newFS()
	d, err := journal.Open(small(fs))
	if err != nil {
		f.Fatal(err)
	}
	if _, err := d.Replay(context.Background(), nil); err != nil {
		f.Fatal(err)
	}
	d.Commit([]*journal.Entry{numbered(1, 8)})
	err = d.Snapshot(context.Background(), 1, 1, func(put func(journal.Kind, []byte) error) error {
		return errors.Join(put(1, []byte("one")), put(2, make([]byte, 100)), put(3, nil))
	})
	if err != nil {
		f.Fatal(err)
	}
	_ = d.Close()
	fuzzFile(f, "snapshot-00000000000000000001", fileBytes(f, fs, "snapshot-00000000000000000001"))
}

func fileBytes(f *testing.F, fs *crashfs.FS, name string) []byte {
	file, err := fs.OpenFile(dataDir+"/journal/"+name, 0, 0)
	if err != nil {
		f.Fatal(err)
	}
	size, _ := file.Size()
	b := make([]byte, size)
	if _, err := file.ReadAt(b, 0); err != nil {
		f.Fatal(err)
	}
	return b
}
