// Package crashfs is an in-memory file system that can crash: what was not synced is
// then lost, kept, or torn, and directory entries that were not synced may or may not
// be there. It can also be full, and fail operations. It is for tests of the journal.
//
// # Model
//
// A file has its contents as the process sees them and as the disk has them, and the
// list of changes in between. Sync applies the changes to the disk. A crash applies
// some: sizes change in order up to a random point, as journalling file systems do,
// but every sector of every write reaches the disk or not independently. SyncData
// does nothing for a file that was made smaller since its last Sync, which is the
// worst that fdatasync may do. A sync that fails leaves each sector on the disk or
// not, at random, and the process sees it as written all the same; a later sync does
// not write it again. A directory works alike: SyncDir makes its entries durable,
// syncing a file does not.
package crashfs

import (
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"

	"github.com/headgate/headgate/internal/journal"
)

// sector is what a disk writes whole, in bytes.
const sector = 512

// Op is an operation that a Fault may fail.
type Op string

// The operations.
const (
	OpOpen     Op = "open"
	OpCreate   Op = "create"
	OpRead     Op = "read"
	OpWrite    Op = "write"
	OpTruncate Op = "truncate"
	OpSync     Op = "sync" // Sync and SyncData
	OpRename   Op = "rename"
	OpRemove   Op = "remove"
	OpReadDir  Op = "readdir"
	OpMkdir    Op = "mkdir"
	OpSyncDir  Op = "syncdir"
	OpLock     Op = "lock"
)

// FS is the file system. It implements journal.FS.
type FS struct {
	mu       sync.Mutex
	rng      *rand.Rand
	dirs     map[string]*dir
	locks    map[string]bool
	capacity int64 // 0: no bound
	fault    func(Op, string) error
	crashed  bool
}

type dir struct {
	live, disk map[string]*inode
	changes    []dirChange // live = disk + changes
}

// dirChange is a creation, a removal (from is the name) or a renaming.
type dirChange struct {
	from, to string
	node     *inode
}

type inode struct {
	live, disk []byte
	changes    []change
	shrunk     bool // since the last Sync
}

// change is a write of data at off, or, with nil data, a truncation to off.
type change struct {
	off  int64
	data []byte
}

// New returns an empty file system. rng decides what failed syncs and crashes leave.
func New(rng *rand.Rand) *FS {
	return &FS{rng: rng, dirs: map[string]*dir{}, locks: map[string]bool{}}
}

// SetFault installs a function that is asked before every operation; an error from
// it is the operation's. Half of a failing write is done, and a failing sync does
// what the package comment says. It must not call the file system. nil removes it.
func (f *FS) SetFault(fault func(Op, string) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = fault
}

// SetCapacity bounds the bytes of all files; writes beyond fail with ENOSPC after
// writing what fits. 0: no bound.
func (f *FS) SetCapacity(bytes int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.capacity = bytes
}

// Used is the sum of all files' sizes.
func (f *FS) Used() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.used()
}

func (f *FS) used() int64 {
	sum := int64(0)
	for _, d := range f.dirs {
		for _, node := range d.live {
			sum += int64(len(node.live))
		}
	}
	return sum
}

// Crash returns what a machine would find after losing power now, without faults and
// with the same capacity. Every use of f from now on fails.
func (f *FS) Crash() *FS {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.crashed = true
	next := New(f.rng)
	next.capacity = f.capacity
	for _, path := range slices.Sorted(maps.Keys(f.dirs)) {
		names := f.dirs[path].afterCrash(f.rng)
		d := &dir{live: map[string]*inode{}, disk: map[string]*inode{}}
		for _, name := range slices.Sorted(maps.Keys(names)) {
			node := names[name]
			node.settle(f.rng)
			d.live[name] = &inode{live: slices.Clone(node.disk), disk: node.disk}
			d.disk[name] = d.live[name]
		}
		next.dirs[path] = d
	}
	return next
}

// Kill returns what a process finds that is started after f's process was killed:
// everything that was written, though not all of it is on disk. Every use of f from
// now on fails.
func (f *FS) Kill() *FS {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.crashed = true
	next := New(f.rng)
	next.capacity, next.dirs = f.capacity, f.dirs
	return next
}

func (f *FS) check(op Op, path string) error {
	if f.crashed {
		return &fs.PathError{Op: string(op), Path: path, Err: fs.ErrClosed}
	}
	if f.fault != nil {
		if err := f.fault(op, path); err != nil {
			return &fs.PathError{Op: string(op), Path: path, Err: err}
		}
	}
	return nil
}

// OpenFile implements journal.FS.
func (f *FS) OpenFile(path string, flag int, _ fs.FileMode) (journal.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.check(OpOpen, path); err != nil {
		return nil, err
	}
	d, name, err := f.find(path)
	if err != nil {
		return nil, err
	}
	node := d.live[name]
	if node == nil {
		if flag&os.O_CREATE == 0 {
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		}
		if err := f.check(OpCreate, path); err != nil {
			return nil, err
		}
		node = &inode{}
		d.live[name] = node
		d.changes = append(d.changes, dirChange{to: name, node: node})
	}
	if flag&os.O_TRUNC != 0 {
		node.truncate(0)
	}
	return &file{fs: f, path: path, node: node, readOnly: flag&(os.O_RDWR|os.O_WRONLY) == 0}, nil
}

func (f *FS) find(path string) (*dir, string, error) {
	d := f.dirs[filepath.Dir(path)]
	if d == nil {
		return nil, "", &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
	}
	return d, filepath.Base(path), nil
}

// Rename implements journal.FS. Both names have to be in one folder.
func (f *FS) Rename(from, to string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.check(OpRename, from); err != nil {
		return err
	}
	d, old, err := f.find(from)
	if err != nil {
		return err
	}
	node := d.live[old]
	if node == nil || filepath.Dir(from) != filepath.Dir(to) {
		return &fs.PathError{Op: "rename", Path: from, Err: fs.ErrNotExist}
	}
	c := dirChange{from: old, to: filepath.Base(to), node: node}
	c.apply(d.live)
	d.changes = append(d.changes, c)
	return nil
}

// Remove implements journal.FS.
func (f *FS) Remove(path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.check(OpRemove, path); err != nil {
		return err
	}
	d, name, err := f.find(path)
	if err != nil {
		return err
	}
	node := d.live[name]
	if node == nil {
		return &fs.PathError{Op: "remove", Path: path, Err: fs.ErrNotExist}
	}
	delete(d.live, name)
	d.changes = append(d.changes, dirChange{from: name, node: node})
	return nil
}

// ReadDir implements journal.FS. Folders within are not listed.
func (f *FS) ReadDir(path string) ([]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.check(OpReadDir, path); err != nil {
		return nil, err
	}
	d := f.dirs[filepath.Clean(path)]
	if d == nil {
		return nil, &fs.PathError{Op: "readdir", Path: path, Err: fs.ErrNotExist}
	}
	return slices.Sorted(maps.Keys(d.live)), nil
}

// MkdirAll implements journal.FS. Folders are durable at once.
func (f *FS) MkdirAll(path string, _ fs.FileMode) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.check(OpMkdir, path); err != nil {
		return err
	}
	for p := filepath.Clean(path); f.dirs[p] == nil; p = filepath.Dir(p) {
		f.dirs[p] = &dir{live: map[string]*inode{}, disk: map[string]*inode{}}
	}
	return nil
}

// SyncDir implements journal.FS.
func (f *FS) SyncDir(path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.check(OpSyncDir, path); err != nil {
		return err
	}
	if d := f.dirs[filepath.Clean(path)]; d != nil {
		for _, c := range d.changes {
			c.apply(d.disk)
		}
		d.changes = nil
	}
	return nil
}

// Lock implements journal.FS.
func (f *FS) Lock(path string) (io.Closer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.check(OpLock, path); err != nil {
		return nil, err
	}
	if f.locks[path] {
		return nil, &journal.LockedError{Dir: filepath.Dir(path), PID: os.Getpid()}
	}
	f.locks[path] = true
	return unlock(func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.locks, path)
	}), nil
}

type unlock func()

func (u unlock) Close() error { u(); return nil }

// errFault is for tests that don't care which error it is.
var errFault error = syscall.EIO

// FailNth is a fault that fails the nth operation, counted from 1, with EIO.
func FailNth(n int) func(Op, string) error {
	return func(Op, string) error {
		if n--; n == 0 {
			return errFault
		}
		return nil
	}
}
