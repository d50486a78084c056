package spool

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Metrics may be private.
const (
	dirMode  fs.FileMode = 0o700
	fileMode fs.FileMode = 0o600
)

// fileSystem is what the spool needs of one: osFS, or one that crashes in tests.
type fileSystem interface {
	open(name string, flag int) (file, error)
	mkdir(name string) error
	rename(from, to string) error
	remove(name string) error
	// readDir returns the names in a folder, sorted.
	readDir(dir string) ([]string, error)
	// size is fs.ErrNotExist for what isn't there, 0 for a folder.
	size(name string) (int64, error)
	// syncDir makes the names in dir durable.
	syncDir(dir string) error
	// lock takes a lock file, which is made if need be, until it is closed or the
	// process ends; errLockHeld if somebody else has it or has just removed it.
	lock(name string) (io.Closer, error)
}

type file interface {
	io.ReaderAt
	io.WriterAt
	io.Writer // at the end, of a file opened with os.O_APPEND
	io.Closer
	Truncate(size int64) error
	Sync() error
}

type osFS struct{}

func (osFS) open(name string, flag int) (file, error) {
	f, err := os.OpenFile(name, flag, fileMode)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func (osFS) mkdir(name string) error             { return os.Mkdir(name, dirMode) }
func (osFS) rename(from, to string) error        { return os.Rename(from, to) }
func (osFS) remove(name string) error            { return os.Remove(name) }
func (osFS) syncDir(dir string) error            { return syncDir(dir) }
func (osFS) lock(name string) (io.Closer, error) { return lockFile(name) }

func (osFS) readDir(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

func (osFS) size(name string) (int64, error) {
	st, err := os.Stat(name)
	if err != nil || st.IsDir() {
		return 0, err
	}
	return st.Size(), nil
}

// makeDir makes dir and what is missing above it. A folder's name is durable before
// anything is made in it; that of dir is made so even if it is there, as an earlier
// attempt may have failed to.
func makeDir(fsys fileSystem, dir string) error {
	parent := filepath.Dir(dir)
	_, err := fsys.size(dir)
	if errors.Is(err, fs.ErrNotExist) && parent != dir {
		if err := makeDir(fsys, parent); err != nil {
			return err
		}
		if err = fsys.mkdir(dir); errors.Is(err, fs.ErrExist) {
			err = nil
		}
	}
	if err != nil {
		return err
	}
	return fsys.syncDir(parent)
}

// removeFile is remove for what may be gone already.
func removeFile(fsys fileSystem, name string) error {
	if err := fsys.remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
