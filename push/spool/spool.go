package spool

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// Spool is a queue of entries that outlives its process. All methods may be called
// concurrently; there is one sender, who calls Head and what settles its entry.
type Spool struct {
	o    Options
	dir  string // empty: in memory only
	dead deadLetters

	mu      sync.Mutex
	closed  bool
	own     *session
	adopted []*session // the oldest first

	head        *item // what Head returned last, until it is settled
	headSession *session

	turn     uint64 // of the last Put
	losses   []Loss // for the next Put to return
	replaced []Loss // for the next Put to say
	latest   int64  // time of an entry, in unix nanoseconds

	others    int64 // bytes of the sessions that other processes have
	putsUntil int   // others is measured again

	lost, lostSamples, superseded, failed, damaged uint64
}

// Open makes dir, which is for the entries of one target, begins a session of its own
// in there and adopts those whose process has ended. It works on a full disk too, with
// what memory holds.
func Open(dir string, o Options) (*Spool, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if dir == "" {
		return nil, errors.New(`spool: folder is "", want a path`)
	}
	s := newSpool(filepath.Clean(dir), o)
	if err := makeDir(o.fs, s.dir); err != nil {
		return nil, fmt.Errorf("spool %q: %w", dir, err)
	}
	if err := s.own.create(); isNoSpace(err) {
		o.Logger.Warn("spool: no room for a session; memory holds what is put until there is", "dir", dir, "err", err)
	} else if err != nil {
		return nil, fmt.Errorf("spool %q: %w", dir, err)
	}
	if _, err := s.adopt(); err != nil {
		return nil, errors.Join(fmt.Errorf("spool %q: %w", dir, err), s.Close())
	}
	return s, nil
}

// InMemory returns a Spool without a folder. MaxMemory bounds its payloads, Put never
// returns ErrNotDurable, and what Fail gets is counted only.
func InMemory(o Options) (*Spool, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	return newSpool("", o), nil
}

func newSpool(dir string, o Options) *Spool {
	s := &Spool{o: o, dir: dir}
	s.dead = deadLetters{o: &s.o, dir: dir}
	s.own = s.newSession()
	var id [16]byte
	_, _ = io.ReadFull(o.random, id[:]) // never fails: crypto/rand ends the program instead
	s.own.producer = hex.EncodeToString(id[:])
	return s
}

func (s *Spool) newSession() *session {
	return &session{o: &s.o, dir: s.dir, nextID: 1, lose: s.lose}
}

// Producer is the id of our own session, which all entries have that are put from now
// on: 32 hexadecimal digits.
func (s *Spool) Producer() string { return s.own.producer }

// sessions is all that we have, in the order in which they are sent.
func (s *Spool) sessions() []*session {
	return append(slices.Clip(s.adopted), s.own)
}

func (s *Spool) has(name string) bool {
	return slices.ContainsFunc(s.sessions(), func(sess *session) bool { return sess.name == name })
}

// retire removes an adopted session that has been replayed to its end.
func (s *Spool) retire(sess *session) {
	s.adopted = slices.DeleteFunc(s.adopted, func(other *session) bool { return other == sess })
	if err := sess.destroy(); err != nil {
		s.o.Logger.Warn("spool: finished session stays", "session", sess.name, "err", err)
	}
}

// Close leaves what is undelivered to the next process, and removes our session if
// that is nothing. The sender has to have ended: an entry that Head returned and that
// wasn't settled counts as one that may have arrived. The error also says what only
// memory had and the disk still refuses.
func (s *Spool) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	s.own.retryAt = time.Time{}
	_ = s.own.flush(s.o.MaxBytes) // close says what is left
	var errs []error
	for _, sess := range s.sessions() {
		if sess.q.count == 0 {
			errs = append(errs, sess.destroy())
		} else {
			errs = append(errs, sess.close(s.head))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("spool %q: %w", s.dir, err)
	}
	return nil
}

// Stats says what the spool holds and has held.
func (s *Spool) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := Stats{
		Adopted: len(s.adopted), Lost: s.lost, LostSamples: s.lostSamples,
		Superseded: s.superseded, DeadLetters: s.failed, Damaged: s.damaged,
	}
	for _, sess := range s.sessions() {
		st.Entries += sess.q.count
		st.Bytes += sess.q.bytes
		st.Samples += sess.q.samples
		st.InMemory += sess.q.inMemory
		st.DiskBytes += sess.fileSize()
		if it := sess.q.head(); it != nil && (st.Oldest.IsZero() || it.time < st.Oldest.UnixNano()) {
			st.Oldest = time.Unix(0, it.time)
		}
	}
	return st
}

// measureOthers sums up what sessions of other processes take.
func (s *Spool) measureOthers() int64 {
	names, err := s.o.fs.readDir(s.dir)
	if err != nil {
		return s.others
	}
	sum := int64(0)
	for _, name := range sessionsIn(names) {
		if s.has(name) {
			continue
		}
		path := filepath.Join(s.dir, name)
		files, err := s.o.fs.readDir(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		for _, file := range files {
			if size, err := s.o.fs.size(filepath.Join(path, file)); err == nil {
				sum += size
			}
		}
	}
	return sum
}
