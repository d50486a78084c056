package crashfs

import (
	"io"
	"io/fs"
	"math/rand/v2"
	"slices"
	"syscall"
)

// file is an open file. All of it is guarded by the file system's lock.
type file struct {
	fs       *FS
	path     string
	node     *inode
	readOnly bool
	closed   bool
}

func (f *file) check(op Op) error {
	if f.closed {
		return &fs.PathError{Op: string(op), Path: f.path, Err: fs.ErrClosed}
	}
	return f.fs.check(op, f.path)
}

func (f *file) ReadAt(b []byte, off int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.check(OpRead); err != nil {
		return 0, err
	}
	if off >= int64(len(f.node.live)) {
		return 0, io.EOF
	}
	n := copy(b, f.node.live[off:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (f *file) WriteAt(b []byte, off int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if f.readOnly {
		return 0, &fs.PathError{Op: "write", Path: f.path, Err: fs.ErrPermission}
	}
	if err := f.check(OpWrite); err != nil {
		half := len(b) / 2
		f.node.write(b[:half], off)
		return half, err
	}
	if f.fs.capacity > 0 {
		grow := off + int64(len(b)) - int64(len(f.node.live))
		if free := f.fs.capacity - f.fs.used(); grow > 0 && grow > free {
			fits := max(0, int64(len(b))-(grow-max(0, free)))
			f.node.write(b[:fits], off)
			return int(fits), &fs.PathError{Op: "write", Path: f.path, Err: syscall.ENOSPC}
		}
	}
	f.node.write(b, off)
	return len(b), nil
}

func (f *file) Truncate(size int64) error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.check(OpTruncate); err != nil {
		return err
	}
	f.node.truncate(size)
	return nil
}

func (f *file) Sync() error     { return f.sync(true) }
func (f *file) SyncData() error { return f.sync(false) }

func (f *file) sync(all bool) error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.check(OpSync); err != nil {
		if !f.fs.crashed && !f.closed {
			f.node.settle(f.fs.rng)
		}
		return err
	}
	if f.node.shrunk && !all {
		return nil
	}
	for _, c := range f.node.changes {
		f.node.disk = c.apply(f.node.disk)
	}
	f.node.changes, f.node.shrunk = nil, false
	return nil
}

func (f *file) Size() (int64, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if err := f.check(OpRead); err != nil {
		return 0, err
	}
	return int64(len(f.node.live)), nil
}

func (f *file) Close() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	f.closed = true
	return nil
}

func (n *inode) write(b []byte, off int64) {
	if len(b) == 0 {
		return
	}
	c := change{off, slices.Clone(b)}
	n.live = c.apply(n.live)
	n.changes = append(n.changes, c)
}

func (n *inode) truncate(size int64) {
	n.shrunk = n.shrunk || size < int64(len(n.live))
	c := change{off: size}
	n.live = c.apply(n.live)
	n.changes = append(n.changes, c)
}

func (c change) apply(b []byte) []byte {
	if c.data == nil {
		return resize(b, c.off)
	}
	if end := c.off + int64(len(c.data)); end > int64(len(b)) {
		b = resize(b, end)
	}
	copy(b[c.off:], c.data)
	return b
}

func resize(b []byte, size int64) []byte {
	if size <= int64(len(b)) {
		return b[:size]
	}
	return append(b, make([]byte, size-int64(len(b)))...)
}

// settle decides what of the unsynced changes is on disk.
func (n *inode) settle(rng *rand.Rand) {
	sized := rng.IntN(len(n.changes) + 1) // so many have changed the size
	keep := [...]float64{0, 0.5, 0.9, 1}[rng.IntN(4)]
	for i, c := range n.changes {
		switch {
		case c.data == nil && i < sized:
			n.disk = resize(n.disk, c.off)
		case c.data != nil:
			if end := c.off + int64(len(c.data)); i < sized && end > int64(len(n.disk)) {
				n.disk = resize(n.disk, end)
			}
			c.scatter(n.disk, keep, rng)
		}
	}
	n.changes, n.shrunk = nil, false
}

// scatter writes some of a change's sectors into disk, within its size.
func (c change) scatter(disk []byte, keep float64, rng *rand.Rand) {
	end := min(c.off+int64(len(c.data)), int64(len(disk)))
	for at := c.off; at < end; {
		next := min(at-at%sector+sector, end)
		if rng.Float64() < keep {
			copy(disk[at:next], c.data[at-c.off:])
		}
		at = next
	}
}

func (c dirChange) apply(names map[string]*inode) {
	if c.from != "" && names[c.from] == c.node {
		delete(names, c.from)
	}
	if c.to != "" {
		names[c.to] = c.node
	}
}

// afterCrash returns the entries that are found. Either the changes are kept up to a
// point, or each on its own.
func (d *dir) afterCrash(rng *rand.Rand) map[string]*inode {
	ordered, upTo := rng.IntN(2) == 0, rng.IntN(len(d.changes)+1)
	for i, c := range d.changes {
		if ordered && i < upTo || !ordered && rng.IntN(2) == 0 {
			c.apply(d.disk)
		}
	}
	return d.disk
}
