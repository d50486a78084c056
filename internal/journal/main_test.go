package journal_test

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/headgate/headgate/internal/journal"
	"github.com/headgate/headgate/internal/journal/crashfs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const dataDir = "/data"

func newFS() *crashfs.FS { return crashfs.New(rand.New(rand.NewPCG(1, 2))) }

// small is a journal of small files in memory, driven by Commit.
func small(fs journal.FS) journal.Options {
	return journal.Options{
		Dir: dataDir, FS: fs, SegmentSize: 4 << 10, Preallocate: 512, Reserve: -1,
		Deliver: func([]*journal.Entry) {},
	}
}

// mustReplay opens and replays; it returns the payloads' numbers.
func mustReplay(t *testing.T, opt journal.Options) (*journal.Disk, []uint64) {
	t.Helper()
	d, got, err := replayAll(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d, got
}

func replayAll(opt journal.Options) (*journal.Disk, []uint64, error) {
	d, err := journal.Open(opt)
	if err != nil {
		return nil, nil, err
	}
	var got []uint64
	_, err = d.Replay(context.Background(), func(e *journal.Entry) error {
		got = append(got, binary.LittleEndian.Uint64(e.Payload))
		return nil
	})
	if err != nil {
		_ = d.Close()
	}
	return d, got, err
}

func numbered(n uint64, size int) *journal.Entry {
	payload := make([]byte, max(size, 8))
	binary.LittleEndian.PutUint64(payload, n)
	return &journal.Entry{Kind: 1, Payload: payload}
}

// commit writes the entries from to upTo, each in a batch of its own.
func commit(t *testing.T, d *journal.Disk, from, upTo uint64, size int) {
	t.Helper()
	for n := from; n <= upTo; n++ {
		e := numbered(n, size)
		if d.Commit([]*journal.Entry{e}); e.Err != nil {
			t.Fatal(e.Err)
		}
	}
}

func mustSnapshot(t *testing.T, d *journal.Disk, seq uint64) {
	t.Helper()
	err := d.Snapshot(context.Background(), seq, 1, func(put func(journal.Kind, []byte) error) error {
		for n := range seq {
			if err := put(2, numbered(n+1, 8).Payload); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// upTo is the numbers 1 to n without some.
func upTo(n uint64, without ...uint64) (all []uint64) {
	for i := uint64(1); i <= n; i++ {
		if !slices.Contains(without, i) {
			all = append(all, i)
		}
	}
	return all
}

// filesOf returns the names that begin with prefix, damaged copies left out.
func filesOf(t *testing.T, fs journal.FS, prefix string) (found []string) {
	t.Helper()
	names, err := fs.ReadDir(filepath.Join(dataDir, "journal"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasPrefix(name, prefix) && !strings.Contains(name, ".damaged") {
			found = append(found, name)
		}
	}
	return found
}

func openFile(t *testing.T, fs journal.FS, name string) journal.File {
	t.Helper()
	f, err := fs.OpenFile(filepath.Join(dataDir, "journal", name), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func readFile(t *testing.T, fs journal.FS, name string) []byte {
	t.Helper()
	f := openFile(t, fs, name)
	size, err := f.Size()
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, size)
	if size > 0 {
		if _, err := f.ReadAt(b, 0); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// flip changes one byte.
func flip(t *testing.T, fs journal.FS, name string, off int64) {
	t.Helper()
	f := openFile(t, fs, name)
	var b [1]byte
	if _, err := f.ReadAt(b[:], off); err != nil {
		t.Fatal(err)
	}
	b[0] ^= 0xff
	if _, err := f.WriteAt(b[:], off); err != nil {
		t.Fatal(err)
	}
}
