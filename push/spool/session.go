package spool

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// session is what one process has put, and afterwards what another one that has
// adopted it still has to send.
type session struct {
	o        *Options
	dir      string // the spool's folder; empty: in memory only
	name     string
	path     string
	producer string
	lock     io.Closer // nil as long as the session isn't on disk
	lose     func(*session, *item, string)
	damaged  int // places in the log that could not be read

	log        *logFile // nil as long as there is none
	generation uint64

	q            queue
	nextID       uint64
	nextSequence uint64

	// Every ordered entry that may have been sent has a sequence up to mark. What is
	// above is known never to have been, by the next process, too, if markDurable is
	// as high as tried.
	mark, markDurable, tried uint64

	unrecorded uint64 // the highest sequence of those that are gone and come back

	// unsettled: a split failed, and may be on disk all the same.
	unsettled bool

	retryAt    time.Time
	retryWait  time.Duration
	rewriteErr error
}

const (
	lockName   = "lock"
	timeLayout = "20060102T150405.000000000Z"
)

// A session's name says when it began, so that names sort by age, and who it is.
var sessionName = regexp.MustCompile(`^\d{8}T\d{6}\.\d{9}Z-([0-9a-f]{32})$`)

// sessionsIn returns the names of the sessions among names, the oldest first.
func sessionsIn(names []string) (sessions []string) {
	for _, name := range names {
		if sessionName.MatchString(name) {
			sessions = append(sessions, name)
		}
	}
	return sessions
}

// producerOf is the producer that a session's name ends with.
func producerOf(name string) string {
	_, producer, _ := strings.Cut(name, "-")
	return producer
}

// create makes the session's folder and takes its lock, unless it has them. Another
// process may see the folder before it is locked, take it for an abandoned one and
// remove it: then another name is tried.
func (s *session) create() error {
	if s.lock != nil {
		return nil
	}
	if err := makeDir(s.o.fs, s.dir); err != nil {
		return err
	}
	begin, err := s.beginning()
	if err != nil {
		return err
	}
	for try := range 10 {
		name := begin.Add(time.Duration(try)).UTC().Format(timeLayout) + "-" + s.producer
		err = s.take(name)
		if err == nil {
			return nil
		}
		if !errors.Is(err, errLockHeld) && !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return fmt.Errorf("making a session: %w", err)
}

// beginning is now, but later than that of all sessions there are, whatever the clock
// says.
func (s *session) beginning() (time.Time, error) {
	now := s.o.now()
	names, err := s.o.fs.readDir(s.dir)
	if err != nil {
		return now, err
	}
	for _, name := range sessionsIn(names) {
		at, _, _ := strings.Cut(name, "-")
		if t, err := time.Parse(timeLayout, at); err == nil && !now.After(t) {
			now = t.Add(1)
		}
	}
	return now, nil
}

func (s *session) take(name string) error {
	path := filepath.Join(s.dir, name)
	if err := s.o.fs.mkdir(path); err != nil {
		return err
	}
	lock, err := s.o.fs.lock(filepath.Join(path, lockName))
	if err != nil {
		_ = s.o.fs.remove(path)
		return err
	}
	if err := s.o.fs.syncDir(s.dir); err != nil {
		lock.Close()
		_ = s.o.fs.remove(filepath.Join(path, lockName))
		_ = s.o.fs.remove(path)
		return err
	}
	s.name, s.path, s.lock = name, path, lock
	return nil
}
