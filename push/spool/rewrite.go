package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A session's log is log-<generation>. A new generation holds what is left in the
// queue, in order. It is made when too much of the old one is done with, after damage,
// and when nobody knows any more what the disk has of the old one:
//
//	log.tmp: write all, sync ─► rename to log-<n+1> ─► sync the folder ─► remove log-<n>
//
// A crash before the rename leaves log-<n>, which is whole; after it, either of them or
// both, and the higher is read. Both say the same until the folder is synced: if that
// or the rename fails, neither is written to, as only one of them may be found.
const (
	logPrefix = "log-"
	tmpName   = "log.tmp"
)

func logName(generation uint64) string { return logPrefix + strconv.FormatUint(generation, 10) }

func parseLogName(name string) (uint64, bool) {
	digits, ok := strings.CutPrefix(name, logPrefix)
	n, err := strconv.ParseUint(digits, 10, 64)
	return n, ok && err == nil && n > 0
}

// latest is the generation to read, 0 if there is none.
func latest(names []string) (generation uint64) {
	for _, name := range names {
		if n, ok := parseLogName(name); ok {
			generation = max(generation, n)
		}
	}
	return generation
}

// Between two attempts to rewrite a log in vain.
const (
	minRewriteWait = time.Second
	maxRewriteWait = time.Minute
)

// rewrite begins the next generation, which also holds what only memory had. On error
// the old one is as good as it was before. After an error it isn't tried for a while.
func (s *session) rewrite() error {
	if now := s.o.now(); now.Before(s.retryAt) {
		return fmt.Errorf("log can't be rewritten before %s: %w", s.retryAt.Format(time.RFC3339), s.rewriteErr)
	}
	err := s.nextGeneration()
	if err == nil {
		s.retryWait, s.retryAt, s.rewriteErr = 0, time.Time{}, nil
		return nil
	}
	s.retryWait = min(max(2*s.retryWait, minRewriteWait), maxRewriteWait)
	s.retryAt, s.rewriteErr = s.o.now().Add(s.retryWait), err
	return err
}

func (s *session) nextGeneration() error {
	if err := s.create(); err != nil {
		return err
	}
	items := s.q.live()
	mark, generation := s.mark, s.generation+1
	tmp, final := filepath.Join(s.path, tmpName), filepath.Join(s.path, logName(generation))
	next := &logFile{salt: saltOf(s.producer, generation)}
	offs, err := s.writeAll(next, tmp, items)
	if err != nil {
		return errors.Join(err, removeFile(s.o.fs, tmp))
	}
	s.generation = generation
	if err := s.o.fs.rename(tmp, final); err != nil {
		s.breakLog(err)
		return err
	}
	if err := s.o.fs.syncDir(s.path); err != nil {
		s.breakLog(err)
		return err
	}
	if next.f, err = s.o.fs.open(final, os.O_RDWR); err != nil {
		s.breakLog(err)
		return err
	}
	s.replaceLog(next)
	for i, it := range items {
		if offs[i] < 0 {
			s.lose(s, it, errPayload.Error())
			continue
		}
		s.q.stored(it, offs[i])
	}
	s.markDurable, s.unsettled, s.unrecorded = mark, false, 0
	return nil
}

// writeAll makes a synced file of items and returns where their payloads are, -1 for
// those that the disk has forgotten.
func (s *session) writeAll(next *logFile, name string, items []*item) ([]int64, error) {
	f, err := s.o.fs.open(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
	if err != nil {
		return nil, err
	}
	defer f.Close() // Windows does not rename open files
	next.f = f
	if err := next.begin(s.mark); err != nil {
		return nil, err
	}
	offs := make([]int64, len(items))
	for i, it := range items {
		payload, err := s.read(it)
		if errors.Is(err, errPayload) {
			offs[i] = -1
			continue
		}
		if err != nil {
			return nil, err
		}
		if offs[i], err = s.appendPut(next, it, payload); err != nil {
			return nil, err
		}
	}
	return offs, next.sync()
}

func (s *session) breakLog(err error) {
	if s.log != nil && s.log.broken == nil {
		s.log.broken = err
	}
}

func (s *session) replaceLog(next *logFile) {
	if s.log != nil {
		s.log.f.Close()
	}
	s.log = next
	names, err := s.o.fs.readDir(s.path)
	if err != nil {
		return // superseded files do no harm
	}
	for _, name := range names {
		if n, ok := parseLogName(name); ok && n != s.generation {
			_ = s.o.fs.remove(filepath.Join(s.path, name))
		}
	}
}
