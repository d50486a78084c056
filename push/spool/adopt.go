package spool

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// open locks a session of another process and reads it; errLockHeld if that runs.
func (s *session) open(name string) error {
	s.name, s.path, s.producer = name, filepath.Join(s.dir, name), producerOf(name)
	lock, err := s.o.fs.lock(filepath.Join(s.path, lockName))
	if errors.Is(err, fs.ErrNotExist) {
		return errLockHeld // another process has just finished it
	}
	if err != nil {
		return err
	}
	s.lock = lock
	if err := s.load(); err != nil {
		return errors.Join(err, s.release())
	}
	return nil
}

// load reads the log of the highest generation.
func (s *session) load() error {
	names, err := s.o.fs.readDir(s.path)
	if err != nil {
		return err
	}
	if s.generation = latest(names); s.generation == 0 {
		return nil
	}
	name := filepath.Join(s.path, logName(s.generation))
	size, err := s.o.fs.size(name)
	if err != nil {
		return err
	}
	f, err := s.o.fs.open(name, os.O_RDWR)
	if err != nil {
		return err
	}
	salt := saltOf(s.producer, s.generation)
	r, err := replayLog(f, size, salt)
	if err != nil {
		f.Close()
		return err
	}
	s.log = &logFile{f: f, salt: salt, head: r.head, end: r.end, durable: r.durable}
	s.q, s.nextID, s.mark, s.markDurable = r.q, r.nextID, r.head.mark, r.head.mark
	for _, it := range s.q.items {
		if it.unsure {
			s.mark = max(s.mark, it.sequence)
		}
	}
	s.secure(r, size)
	return nil
}

// secure makes sure that what was read stays: what a crash has torn is cut off, and a
// log with damage in its middle is written anew. Where the disk refuses, the log is
// only read from.
func (s *session) secure(r *replay, size int64) {
	for _, d := range r.damaged {
		s.o.Logger.Error("spool: log is damaged; going on behind it",
			"session", s.name, "offset", d.at, "bytes", d.end-d.at, "reason", d.reason)
		if err := s.setAside(d); err != nil {
			s.o.Logger.Error("spool: what is damaged can't be set aside", "session", s.name, "err", err)
		}
	}
	s.damaged += len(r.damaged)
	err := s.o.fs.syncDir(s.path) // whoever made the log may have failed to
	if err == nil && size > r.end {
		s.o.Logger.Warn("spool: cutting off what a crash has torn", "session", s.name, "offset", r.end, "bytes", size-r.end)
		err = s.log.f.Truncate(r.end)
	}
	if err == nil {
		err = s.log.takeOver()
	}
	if err == nil && len(r.damaged) > 0 {
		err = s.rewrite()
	}
	if err != nil {
		s.breakLog(err)
		s.o.Logger.Warn("spool: session can't be written", "session", s.name, "err", err)
	}
}

// setAside copies a stretch of the log behind what <session>.damaged has already.
func (s *session) setAside(d damage) error {
	to, err := s.o.fs.open(filepath.Join(s.dir, s.name+damagedSuffix), os.O_WRONLY|os.O_CREATE|os.O_APPEND)
	if err != nil {
		return err
	}
	defer to.Close()
	for off := d.at; off < d.end; {
		b := make([]byte, min(readWindow, d.end-off))
		if _, err := s.log.f.ReadAt(b, off); err != nil {
			return err
		}
		if _, err := to.Write(b); err != nil {
			return err
		}
		off += int64(len(b))
	}
	return to.Sync()
}

const damagedSuffix = ".damaged"

// Adopt takes over the sessions whose process has ended, as Open does, and returns how
// many have entries. Their entries come before our own. A process that lives long
// calls it now and then, for those that it has seen die.
func (s *Spool) Adopt() (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, ErrClosed
	}
	return s.adopt()
}

func (s *Spool) adopt() (int, error) {
	if s.dir == "" {
		return 0, nil
	}
	names, err := s.o.fs.readDir(s.dir)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, name := range sessionsIn(names) {
		if s.has(name) {
			continue
		}
		sess := s.newSession()
		if err := sess.open(name); err != nil {
			if !errors.Is(err, errLockHeld) {
				s.o.Logger.Warn("spool: session can't be adopted", "session", name, "err", err)
			}
			continue
		}
		s.damaged += uint64(sess.damaged)
		if sess.q.count == 0 {
			s.retire(sess)
			continue
		}
		n++
		s.adopted = append(s.adopted, sess)
		for _, it := range sess.q.items {
			s.latest = max(s.latest, it.time)
		}
	}
	slices.SortFunc(s.adopted, func(a, b *session) int { return strings.Compare(a.name, b.name) })
	s.supersedeOlder()
	return n, trim(s.o.fs, s.dir, s.o.MaxDead, func(name string) bool { return strings.HasSuffix(name, damagedSuffix) })
}
