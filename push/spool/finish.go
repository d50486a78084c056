package spool

import (
	"errors"
	"fmt"
	"path/filepath"
)

// close leaves the session to the next process.
func (s *session) close(underWay *item) error {
	var err error
	if s.log != nil && s.q.count > s.q.inMemory {
		// First that entries are gone, then that what is left was never sent.
		if err = s.sync(); err == nil {
			s.mark = s.exactMark(underWay)
			err = s.writeMark()
		}
	}
	if s.q.inMemory > 0 && s.dir != "" {
		err = errors.Join(err, fmt.Errorf("%d entries could not be written and are lost", s.q.inMemory))
	}
	return errors.Join(err, s.release())
}

// exactMark is the highest number that may have arrived of those that the next process
// will find. An entry that is under way may.
func (s *session) exactMark(underWay *item) uint64 {
	mark := s.unrecorded
	for _, it := range s.q.items {
		if !it.gone && it.ordered() && (it.unsure || it == underWay) {
			mark = max(mark, it.sequence)
		}
	}
	return mark
}

// release closes the log and lets go of the lock.
func (s *session) release() error {
	var err error
	if s.log != nil {
		err = s.log.f.Close()
		s.log = nil
	}
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
		s.lock = nil
	}
	return err
}

// destroy removes a session that has nothing left. Its logs go first, for good: until
// then it is locked, afterwards it does no harm when it is found.
func (s *session) destroy() error {
	if s.lock == nil {
		return nil
	}
	if s.log != nil {
		s.log.f.Close() // Windows does not remove open files
		s.log = nil
	}
	err := removeSession(s.o.fs, s.path, s.release)
	return errors.Join(err, s.release())
}

// removeSession removes the folder of a session whose lock the caller has and unlock
// releases. It is no error if another process has begun a session in there meanwhile.
func removeSession(fsys fileSystem, path string, unlock func() error) error {
	names, err := fsys.readDir(path)
	if err != nil {
		return err
	}
	// The log that counts goes last: an older one must never be found without it.
	last := logName(latest(names))
	for _, name := range names {
		if name == lockName || name == last {
			continue
		}
		if err := removeFile(fsys, filepath.Join(path, name)); err != nil {
			return err
		}
	}
	if err := fsys.syncDir(path); err != nil {
		return err
	}
	if err := removeFile(fsys, filepath.Join(path, last)); err != nil {
		return err
	}
	if err := fsys.syncDir(path); err != nil {
		return err
	}
	// The lock file goes while it is locked: a process that has just made the session and
	// opened the file would have its lock, and lose the folder. Where files that are open
	// stay, that process's stays, too.
	lock := filepath.Join(path, lockName)
	stays := fsys.remove(lock)
	if err := unlock(); err != nil {
		return err
	}
	if stays != nil {
		_ = fsys.remove(lock)
	}
	_ = fsys.remove(path)
	return fsys.syncDir(filepath.Dir(path))
}
