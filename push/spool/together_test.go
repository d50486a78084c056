package spool

import (
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// Processes that begin and end at the same time leave each other's sessions alone, though
// each finds those of the others, some not locked yet and some about to go.
func TestOpenedTogether(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 25 {
				s, err := Open(dir, Options{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
				if err != nil {
					t.Error(err)
					return
				}
				_, err = s.Put(&Entry{Ordered: true, Payload: []byte("batch")})
				if err != nil {
					t.Error(err)
				}
				for e, err := s.Head(); e != nil; e, err = s.Head() {
					if err != nil {
						t.Error(err)
					}
					if err := s.Done(e); err != nil {
						t.Error(err)
					}
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// A session's lock is held until nobody can find it: whoever got it in between would lose
// its folder.
func TestLockGoesLocked(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files that are open can't be removed")
	}
	o := quiet
	removed := 0
	o.fs = removing{before: func(name string) {
		if filepath.Base(name) != lockName {
			return
		}
		removed++
		l, err := osFS{}.lock(name)
		if err == nil {
			l.Close()
		}
		if !errors.Is(err, errLockHeld) {
			t.Errorf("the lock could be taken before it was removed: %v", err)
		}
	}}
	s := mustOpen(t, t.TempDir(), o)
	if err := s.Close(); err != nil || removed != 1 {
		t.Errorf("closed with %v, %d locks removed, want one", err, removed)
	}
}

// removing is a file system that tells before it removes a file.
type removing struct {
	osFS
	before func(name string)
}

func (r removing) remove(name string) error {
	r.before(name)
	return r.osFS.remove(name)
}
