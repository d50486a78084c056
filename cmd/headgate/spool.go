package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/headgate/headgate/push"
	"github.com/headgate/headgate/push/spool"
)

// spoolCmd looks after what could not be pushed.
type spoolCmd struct {
	List   spoolListCmd   `cmd:"" help:"Show what waits to be pushed, and what was refused."`
	Replay spoolReplayCmd `cmd:"" help:"Push what waits."`
	Drop   spoolDropCmd   `cmd:"" help:"Throw away what waits, or what was refused."`
}

// spoolDir is where a spool is. Commands embed it for its flags.
type spoolDir struct {
	Dir string `name:"spool" placeholder:"DIR" env:"HEADGATE_SPOOL" help:"The spool's folder. Default: that of headgate run."`
}

func (f *spoolDir) path() (string, error) {
	if f.Dir != "" {
		return f.Dir, nil
	}
	return stateFolder("spool")
}

// target is what waits for one target of those that push, which has a folder of its own.
type target struct {
	Name     string    `json:"target"`
	Sessions []session `json:"sessions"`
	Dead     []dead    `json:"dead_letters"`
}

// session is spool.Session as it is shown.
type session struct {
	Name    string     `json:"session"`
	Live    bool       `json:"live"`
	Batches int        `json:"batches"`
	Samples int        `json:"samples"`
	Bytes   int64      `json:"bytes"`
	Oldest  *time.Time `json:"oldest,omitempty"`
	Damaged int        `json:"damaged,omitempty"`
	Error   string     `json:"error,omitempty"`
}

// dead is a dead letter as it is shown.
type dead struct {
	Time    time.Time `json:"time"`
	Job     string    `json:"job,omitempty"`
	Samples int       `json:"samples"`
	Bytes   int64     `json:"bytes"`
	Reason  string    `json:"reason"`
}

// targets reads all of a spool. A folder that isn't there has nothing.
func (f *spoolDir) targets() ([]target, error) {
	dir, err := f.path()
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) && f.Dir == "" {
		return []target{}, nil
	}
	if err != nil {
		return nil, err
	}
	all := []target{}
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		t, err := readTarget(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

func readTarget(dir string) (target, error) {
	t := target{Name: filepath.Base(dir), Sessions: []session{}, Dead: []dead{}}
	sessions, err := spool.List(dir)
	if err != nil {
		return t, err
	}
	for _, s := range sessions {
		shown := session{Name: s.Name, Live: s.Live, Batches: s.Entries, Samples: s.Samples, Bytes: s.Bytes, Damaged: s.Damaged}
		if !s.Oldest.IsZero() {
			shown.Oldest = &s.Oldest
		}
		if s.Err != nil {
			shown.Error = s.Err.Error()
		}
		t.Sessions = append(t.Sessions, shown)
	}
	for l, err := range spool.DeadLetters(dir) {
		d := dead{Time: l.Time, Job: push.SpooledJob(l.Key), Samples: l.Samples, Bytes: l.Bytes, Reason: l.Reason}
		if err != nil {
			d.Reason = err.Error() // a line that a crash has torn
		}
		t.Dead = append(t.Dead, d)
	}
	return t, nil
}

// waiting is how many batches of a target no running process has.
func (t *target) waiting() (n int) {
	for _, s := range t.Sessions {
		if !s.Live {
			n += s.Batches
		}
	}
	return n
}
