package job

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Holder is the run that holds a lock.
type Holder struct {
	ID    string    `json:"id"`
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	Since time.Time `json:"since"`
}

// HeldError is returned by TakeLock while another run holds the lock.
type HeldError struct {
	Job    string
	Holder Holder // zero if the file doesn't say
}

func (e *HeldError) Error() string {
	if e.Holder.ID == "" {
		return fmt.Sprintf("job %q is running already", e.Job)
	}
	h := e.Holder
	return fmt.Sprintf("job %q is running already: run %s, process %d on %s, since %s (%s)", e.Job, h.ID, h.PID, h.Host,
		h.Since.Format(time.RFC3339), time.Since(h.Since).Round(time.Second))
}

var errLocked = errors.New("lock is held")

// Lock keeps a job from running twice at a time on a machine. The process holds it until
// Release or its end: what a killed one leaves behind locks nobody out.
type Lock struct{ f *os.File }

// TakeLock takes the lock of a job in a folder, which is made if need be, for a run, or
// returns a *HeldError. name tells the job's kinds apart that may run beside each other.
func TakeLock(dir, job, name string, by Holder) (*Lock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, lockName(job, name)), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := lockFile(f); err != nil {
		defer f.Close()
		if !errors.Is(err, errLocked) {
			return nil, fmt.Errorf("%s: %w", f.Name(), err)
		}
		held := &HeldError{Job: job}
		_ = json.NewDecoder(f).Decode(&held.Holder) // the other may not have written it yet
		return nil, held
	}
	l := &Lock{f}
	if err := l.sign(by); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return l, nil
}

func (l *Lock) sign(by Holder) error {
	text, err := json.Marshal(by)
	if err != nil {
		return err
	}
	if err := l.f.Truncate(0); err != nil {
		return err
	}
	_, err = l.f.WriteAt(append(text, '\n'), 0)
	return err
}

// Release lets the next run have the lock. The file stays: who removed it might remove
// that of a run that has just taken it.
func (l *Lock) Release() error { return l.f.Close() }

// lockName is a file's name that people find the job in, and that no other job has.
func lockName(job, name string) string {
	readable := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '_'
	}, job)
	sum := sha256.Sum256([]byte(job + "\xff" + name))
	return fmt.Sprintf("%s-%x.lock", readable[:min(len(readable), 100)], sum[:6])
}
