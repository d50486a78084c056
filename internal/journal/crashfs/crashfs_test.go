package crashfs_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/headgate/headgate/internal/journal"
	"github.com/headgate/headgate/internal/journal/crashfs"
)

func newFS(seed uint64) *crashfs.FS {
	fs := crashfs.New(rand.New(rand.NewPCG(seed, 0)))
	_ = fs.MkdirAll("/d", 0o700)
	return fs
}

func open(t *testing.T, fs *crashfs.FS, name string) journal.File {
	t.Helper()
	f, err := fs.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func put(t *testing.T, f journal.File, b []byte, off int64) {
	t.Helper()
	if _, err := f.WriteAt(b, off); err != nil {
		t.Fatal(err)
	}
}

func contents(t *testing.T, fs *crashfs.FS, name string) []byte {
	t.Helper()
	f, err := fs.OpenFile(name, os.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	size, _ := f.Size()
	b := make([]byte, size)
	if size > 0 {
		if _, err := f.ReadAt(b, 0); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// outcomes is what 200 crashes make of what prepare has done.
func outcomes(t *testing.T, prepare func(*crashfs.FS), look func(*crashfs.FS) string) []string {
	t.Helper()
	var seen []string
	for seed := range uint64(200) {
		fs := newFS(seed)
		prepare(fs)
		if s := look(fs.Crash()); !slices.Contains(seen, s) {
			seen = append(seen, s)
		}
	}
	slices.Sort(seen)
	return seen
}

// TestCrash guards that a crash leaves what was synced, and of the rest everything
// that a real disk may leave.
func TestCrash(t *testing.T) {
	a, b := bytes.Repeat([]byte("a"), 1024), bytes.Repeat([]byte("b"), 1024)
	file := func(fs *crashfs.FS) string {
		c := contents(t, fs, "/d/f")
		if len(c) < 1024 {
			return "short"
		}
		return string([]byte{c[0], c[511], c[512], c[1023]})
	}
	names := func(fs *crashfs.FS) string {
		n, _ := fs.ReadDir("/d")
		return strings.Join(n, ",")
	}
	synced := func(fs *crashfs.FS) journal.File {
		f := open(t, fs, "/d/f")
		put(t, f, a, 0)
		_, _ = f.Sync(), fs.SyncDir("/d")
		return f
	}
	cases := []struct {
		name    string
		prepare func(*crashfs.FS)
		look    func(*crashfs.FS) string
		want    []string
	}{
		{"synced", func(fs *crashfs.FS) { synced(fs) }, file, []string{"aaaa"}},
		{"overwritten", func(fs *crashfs.FS) { put(t, synced(fs), b, 0) }, file, []string{"aaaa", "aabb", "bbaa", "bbbb"}},
		{"made shorter, data synced", func(fs *crashfs.FS) { f := synced(fs); _, _ = f.Truncate(9), f.SyncData() }, file, []string{"aaaa", "short"}},
		{"made shorter, synced", func(fs *crashfs.FS) { f := synced(fs); _, _ = f.Truncate(9), f.Sync() }, file, []string{"short"}},
		{"renamed", func(fs *crashfs.FS) { synced(fs); _ = fs.Rename("/d/f", "/d/g") }, names, []string{"f", "g"}},
		{"renamed, synced", func(fs *crashfs.FS) { synced(fs); _, _ = fs.Rename("/d/f", "/d/g"), fs.SyncDir("/d") }, names, []string{"g"}},
		{"removed", func(fs *crashfs.FS) { synced(fs); _ = fs.Remove("/d/f") }, names, []string{"", "f"}},
		{"file synced, folder not", func(fs *crashfs.FS) { _ = open(t, fs, "/d/f").Sync() }, names, []string{"", "f"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := outcomes(t, c.prepare, c.look); !slices.Equal(got, c.want) {
				t.Errorf("outcomes are %q, want %q", got, c.want)
			}
		})
	}
}

// TestFailedSync guards that pages whose sync failed are not written by the next one,
// though they read as written.
func TestFailedSync(t *testing.T) {
	lost := false
	for seed := range uint64(50) {
		fs := newFS(seed)
		f := open(t, fs, "/d/f")
		_ = fs.SyncDir("/d")
		put(t, f, []byte("x"), 0)
		fs.SetFault(crashfs.FailNth(1))
		if err := f.Sync(); !errors.Is(err, syscall.EIO) {
			t.Fatal(err)
		}
		if err := f.Sync(); err != nil || string(contents(t, fs, "/d/f")) != "x" {
			t.Fatal("the file does not read as written")
		}
		lost = lost || string(contents(t, fs.Crash(), "/d/f")) != "x"
	}
	if !lost {
		t.Error("a failed sync never lost anything")
	}
}

// TestCapacity guards that what fits is written, and the rest is ENOSPC.
func TestCapacity(t *testing.T) {
	fs := newFS(1)
	f := open(t, fs, "/d/f")
	fs.SetCapacity(10)
	if n, err := f.WriteAt(make([]byte, 16), 0); n != 10 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("wrote %d, %v", n, err)
	}
	if err := fs.Remove("/d/f"); err != nil || fs.Used() != 0 {
		t.Errorf("used %d after the removal, %v", fs.Used(), err)
	}
}

// TestDead guards that nothing reaches a crashed file system, and its lock is free in
// the next one.
func TestDead(t *testing.T) {
	fs := newFS(1)
	f := open(t, fs, "/d/f")
	if _, err := fs.Lock("/d/lock"); err != nil {
		t.Fatal(err)
	}
	if _, err := fs.Lock("/d/lock"); !errors.Is(err, journal.ErrLocked) {
		t.Errorf("second lock: %v", err)
	}
	next := fs.Kill()
	if _, err := f.WriteAt([]byte("x"), 0); !errors.Is(err, os.ErrClosed) {
		t.Errorf("write: %v", err)
	}
	if _, err := next.Lock("/d/lock"); err != nil {
		t.Error(err)
	}
}
