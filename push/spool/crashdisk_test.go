package spool

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// crashDisk is a disk in memory that several processes share and that can lose power.
//
// A file or folder is what processes see, what the disk has, and the changes in
// between. A sync of a file makes its contents durable, that of a folder its names. When
// power goes, a file's size has changed up to some point, and every sector of every
// write reached the disk or not; a folder's changes are kept up to some point, or each
// by chance. A sync of a file that fails does the same, and a later one doesn't make up
// for it. A write that fails is half done, a rename that fails may be done.
type crashDisk struct {
	rng      *rand.Rand
	root     *node
	locks    map[*node]*process
	capacity int64 // 0: no bound

	fault   func() error // asked before each operation
	opsLeft int          // until the power goes
	off     bool
}

const sector = 64

var errPower = errors.New("power is off")

type node struct {
	isDir       bool
	names, disk map[string]*node // of a folder
	renames     []nameChange     // names = disk + renames

	live, durable []byte // of a file
	writes        []write
}

type nameChange struct {
	name string
	to   *node // nil: removed
}

type write struct {
	off  int64
	data []byte // nil: cut off at off
}

func newDir() *node {
	return &node{isDir: true, names: map[string]*node{}, disk: map[string]*node{}}
}

func newDisk(rng *rand.Rand) *crashDisk {
	return &crashDisk{rng: rng, root: newDir(), locks: map[*node]*process{}, opsLeft: 1 << 30}
}

// lose is a loss of power: what a machine finds that starts afterwards.
func (d *crashDisk) lose() {
	d.root.settle(d.rng)
	clear(d.locks)
	d.off, d.opsLeft, d.fault, d.capacity = false, 1<<30, nil, 0
}

func (n *node) settle(rng *rand.Rand) {
	if !n.isDir {
		n.settleFile(rng)
		n.live = slices.Clone(n.durable)
		return
	}
	n.settleNames(rng)
	n.names = maps.Clone(n.disk)
	for _, name := range slices.Sorted(maps.Keys(n.names)) {
		n.names[name].settle(rng)
	}
}

func (n *node) settleNames(rng *rand.Rand) {
	inOrder, upTo := rng.IntN(2) == 0, rng.IntN(len(n.renames)+1)
	for i, c := range n.renames {
		if inOrder && i < upTo || !inOrder && rng.IntN(2) == 0 {
			c.apply(n.disk)
		}
	}
	n.renames = nil
}

func (c nameChange) apply(names map[string]*node) {
	if c.to == nil {
		delete(names, c.name)
		return
	}
	for name, other := range names { // a rename
		if other == c.to {
			delete(names, name)
		}
	}
	names[c.name] = c.to
}

func (n *node) settleFile(rng *rand.Rand) {
	sized := rng.IntN(len(n.writes) + 1)
	keep := [...]float64{0, 0.5, 0.9, 1}[rng.IntN(4)]
	for i, w := range n.writes {
		if w.data == nil {
			if i < sized {
				n.durable = resized(n.durable, w.off)
			}
			continue
		}
		if end := w.off + int64(len(w.data)); i < sized && end > int64(len(n.durable)) {
			n.durable = resized(n.durable, end)
		}
		for at := 0; at < len(w.data); at += sector {
			off := w.off + int64(at)
			if off < int64(len(n.durable)) && rng.Float64() < keep {
				copy(n.durable[off:], w.data[at:min(at+sector, len(w.data))])
			}
		}
	}
	n.writes = nil
}

func (w write) apply(b []byte) []byte {
	if w.data == nil {
		return resized(b, w.off)
	}
	if end := w.off + int64(len(w.data)); end > int64(len(b)) {
		b = resized(b, end)
	}
	copy(b[w.off:], w.data)
	return b
}

func resized(b []byte, size int64) []byte {
	if size <= int64(len(b)) {
		return slices.Clone(b[:size])
	}
	return append(slices.Clone(b), make([]byte, size-int64(len(b)))...)
}

func (d *crashDisk) used(n *node) int64 {
	sum := int64(len(n.live))
	for _, child := range n.names {
		sum += d.used(child)
	}
	return sum
}

// process is a process that uses the disk; it implements fileSystem.
type process struct {
	disk    *crashDisk
	opsLeft int // until it is killed
	dead    bool
}

func (d *crashDisk) start() *process { return &process{disk: d, opsLeft: 1 << 30} }

// kill ends the process; the disk keeps what it has written.
func (p *process) kill() {
	p.dead = true
	maps.DeleteFunc(p.disk.locks, func(_ *node, owner *process) bool { return owner == p })
}

func (p *process) check(op, name string) error {
	d := p.disk
	if d.opsLeft--; d.opsLeft < 0 {
		d.off = true
	}
	if p.opsLeft--; p.opsLeft < 0 {
		p.kill()
	}
	err := error(nil)
	switch {
	case d.off || p.dead:
		err = errPower
	case d.fault != nil:
		err = d.fault()
	}
	if err != nil {
		return &fs.PathError{Op: op, Path: name, Err: err}
	}
	return nil
}

func (p *process) gone() bool { return p.dead || p.disk.off }

func (p *process) find(name string) (parent *node, base string, n *node) {
	parent = p.disk.root
	names := strings.Split(strings.Trim(filepath.ToSlash(name), "/"), "/")
	if names[0] == "" {
		return nil, "", parent
	}
	for _, folder := range names[:len(names)-1] {
		if parent = parent.names[folder]; parent == nil {
			return nil, "", nil
		}
	}
	base = names[len(names)-1]
	return parent, base, parent.names[base]
}

func (parent *node) set(name string, n *node) {
	c := nameChange{name, n}
	c.apply(parent.names)
	parent.renames = append(parent.renames, c)
}

func notExist(op, name string) error { return &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist} }

func (p *process) open(name string, flag int) (file, error) {
	if err := p.check("open", name); err != nil {
		return nil, err
	}
	parent, base, n := p.find(name)
	if parent == nil || n == nil && flag&os.O_CREATE == 0 {
		return nil, notExist("open", name)
	}
	if n == nil {
		n = &node{}
		parent.set(base, n)
	}
	if flag&os.O_TRUNC != 0 {
		n.write(write{off: 0})
	}
	return &crashFile{p: p, name: name, n: n}, nil
}

func (p *process) mkdir(name string) error {
	if err := p.check("mkdir", name); err != nil {
		return err
	}
	parent, base, n := p.find(name)
	if parent == nil {
		return notExist("mkdir", name)
	}
	if n != nil {
		return &fs.PathError{Op: "mkdir", Path: name, Err: fs.ErrExist}
	}
	parent.set(base, newDir())
	return nil
}

func (p *process) rename(from, to string) error {
	err := p.check("rename", from)
	if err != nil && (p.gone() || p.disk.rng.IntN(2) == 0) {
		return err
	}
	parent, _, n := p.find(from)
	if n == nil {
		return notExist("rename", from)
	}
	parent.set(filepath.Base(to), n)
	return err
}

func (p *process) remove(name string) error {
	if err := p.check("remove", name); err != nil {
		return err
	}
	parent, base, n := p.find(name)
	if n == nil {
		return notExist("remove", name)
	}
	if len(n.names) > 0 {
		return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrExist}
	}
	parent.set(base, nil)
	return nil
}

func (p *process) readDir(dir string) ([]string, error) {
	if err := p.check("readdir", dir); err != nil {
		return nil, err
	}
	_, _, n := p.find(dir)
	if n == nil {
		return nil, notExist("readdir", dir)
	}
	return slices.Sorted(maps.Keys(n.names)), nil
}

func (p *process) size(name string) (int64, error) {
	if err := p.check("stat", name); err != nil {
		return 0, err
	}
	_, _, n := p.find(name)
	if n == nil {
		return 0, notExist("stat", name)
	}
	return int64(len(n.live)), nil
}

func (p *process) syncDir(dir string) error {
	_, _, n := p.find(dir)
	if err := p.check("syncdir", dir); err != nil {
		return err
	}
	if n == nil {
		return notExist("syncdir", dir)
	}
	for _, c := range n.renames {
		c.apply(n.disk)
	}
	n.renames = nil
	return nil
}

func (p *process) lock(name string) (io.Closer, error) {
	f, err := p.open(name, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, err
	}
	n := f.(*crashFile).n
	if p.disk.locks[n] != nil {
		return nil, errLockHeld
	}
	p.disk.locks[n] = p
	return unlock(func() { delete(p.disk.locks, n) }), nil
}

type unlock func()

func (u unlock) Close() error { u(); return nil }

type crashFile struct {
	p    *process
	name string
	n    *node
}

func (n *node) write(w write) {
	n.live = w.apply(n.live)
	n.writes = append(n.writes, w)
}

func (f *crashFile) ReadAt(b []byte, off int64) (int, error) {
	if err := f.p.check("read", f.name); err != nil {
		return 0, err
	}
	if off >= int64(len(f.n.live)) {
		return 0, io.EOF
	}
	n := copy(b, f.n.live[off:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

func (f *crashFile) WriteAt(b []byte, off int64) (int, error) {
	d := f.p.disk
	err := f.p.check("write", f.name)
	fits := len(b)
	if err != nil {
		fits /= 2
	} else if room := max(0, d.capacity-d.used(d.root)) + int64(len(f.n.live)) - off; d.capacity > 0 && room < int64(fits) {
		fits, err = int(max(0, room)), &fs.PathError{Op: "write", Path: f.name, Err: syscall.ENOSPC}
	}
	if fits > 0 && !f.p.dead {
		f.n.write(write{off, slices.Clone(b[:fits])})
	}
	return fits, err
}

func (f *crashFile) Write(b []byte) (int, error) { return f.WriteAt(b, int64(len(f.n.live))) }

func (f *crashFile) Truncate(size int64) error {
	if err := f.p.check("truncate", f.name); err != nil {
		return err
	}
	f.n.write(write{off: size})
	return nil
}

func (f *crashFile) Sync() error {
	if err := f.p.check("sync", f.name); err != nil {
		if !f.p.gone() {
			f.n.settleFile(f.p.disk.rng)
		}
		return err
	}
	for _, w := range f.n.writes {
		f.n.durable = w.apply(f.n.durable)
	}
	f.n.writes = nil
	return nil
}

func (f *crashFile) Close() error { return nil }
