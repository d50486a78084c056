package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Session is what one process has put and what is left of that.
type Session struct {
	Name     string
	Producer string
	// Live says that a process has it: the one that put it, or one that replays it.
	Live    bool
	Entries int
	Samples int
	Bytes   int64     // of payloads
	Oldest  time.Time // when the oldest entry was put; zero without entries
	// Damaged is how many places of its log can't be read.
	Damaged int
	// Err is why the session can't be read at all.
	Err error
}

// List returns the sessions in a spool's folder, the oldest first. It changes nothing
// and may run beside the processes that use it; whoever opens the folder in the moment
// that List looks whether a session is live leaves that to the next process.
func List(dir string) ([]Session, error) {
	names, err := osFS{}.readDir(dir)
	if err != nil {
		return nil, err
	}
	var all []Session
	for _, name := range sessionsIn(names) {
		info := Session{Name: name, Producer: producerOf(name)}
		path := filepath.Join(dir, name)
		info.Live, info.Err = isLive(path)
		if info.Err == nil {
			info.Err = info.read(path)
		}
		if errors.Is(info.Err, fs.ErrNotExist) {
			continue // finished meanwhile
		}
		all = append(all, info)
	}
	return all, nil
}

func isLive(path string) (bool, error) {
	name := filepath.Join(path, lockName)
	if _, err := os.Stat(name); err != nil {
		return false, err
	}
	lock, err := lockFile(name)
	if errors.Is(err, errLockHeld) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return false, lock.Close()
}

func (info *Session) read(path string) error {
	r, err := readSession(path, info.Producer)
	for range 3 {
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
		r, err = readSession(path, info.Producer) // its log was written anew meanwhile
	}
	if err != nil {
		return err
	}
	info.Entries, info.Samples, info.Bytes = r.q.count, r.q.samples, r.q.bytes
	info.Damaged = len(r.damaged)
	if it := r.q.head(); it != nil {
		info.Oldest = time.Unix(0, it.time)
	}
	return nil
}

func readSession(path, producer string) (*replay, error) {
	names, err := osFS{}.readDir(path)
	if err != nil {
		return nil, err
	}
	generation := latest(names)
	if generation == 0 {
		return &replay{}, nil
	}
	f, err := os.Open(filepath.Join(path, logName(generation)))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return replayLog(f, st.Size(), saltOf(producer, generation))
}

// Drop removes a session with all that it holds; ErrLive if a process has it.
func Drop(dir, session string) error {
	if !sessionName.MatchString(session) {
		return fmt.Errorf("spool: %q is no session, want a name that List returns", session)
	}
	path := filepath.Join(dir, session)
	if _, err := os.Stat(path); err != nil {
		return err
	}
	lock, err := lockFile(filepath.Join(path, lockName))
	if errors.Is(err, errLockHeld) {
		return fmt.Errorf("spool: session %q: %w", session, ErrLive)
	}
	if err != nil {
		return err
	}
	return removeSession(osFS{}, path, lock.Close)
}
