package spool

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// DeadLetter is an entry that will not be delivered by itself any more: a line of JSON
// in dead-letters.jsonl, or in an older dead-letters-<time>.jsonl.
type DeadLetter struct {
	Time     time.Time `json:"time"`
	Reason   string    `json:"reason"`
	Producer string    `json:"producer"`
	Sequence uint64    `json:"sequence,omitempty"` // 0 for state
	Key      string    `json:"key,omitempty"`
	Samples  int       `json:"samples"`
	Bytes    int64     `json:"bytes"`
	Put      time.Time `json:"put"`
	// Payload is missing where the entry was pushed out by a bound, or is too large
	// for the bound of the dead letters.
	Payload []byte `json:"payload,omitempty"`
}

const (
	deadName   = "dead-letters.jsonl"
	deadPrefix = "dead-letters-"
	deadSuffix = ".jsonl"
)

// deadLetters writes them. Processes share the file without a lock: a line is one
// write at the end of the file, and a file that is full is renamed to a name of its
// own, by whoever comes first.
type deadLetters struct {
	o     *Options
	dir   string // empty: nowhere
	begun bool   // with a line that ends
}

func (d *deadLetters) failed(e *Entry, reason string) error {
	return d.write(&DeadLetter{
		Reason: reason, Producer: e.Producer, Sequence: e.Sequence, Key: e.Key, Samples: e.Samples,
		Bytes: int64(len(e.Payload)), Put: e.Time, Payload: e.Payload,
	}, true)
}

func (d *deadLetters) lost(l Loss) error {
	return d.write(&DeadLetter{
		Reason: l.Reason, Producer: l.Producer, Sequence: l.Sequence, Key: l.Key, Samples: l.Samples,
		Bytes: l.Bytes, Put: l.Time,
	}, false)
}

func (d *deadLetters) write(l *DeadLetter, sync bool) error {
	if d.dir == "" {
		return nil
	}
	l.Time = d.o.now()
	line, err := json.Marshal(l)
	if int64(len(line)) >= d.o.MaxDead/4 && err == nil {
		l.Payload = nil
		line, err = json.Marshal(l)
	}
	if err == nil {
		line = append(line, '\n')
		err = d.append(line, sync)
	}
	if err != nil {
		return fmt.Errorf("dead letters: %w", err)
	}
	return nil
}

// append writes a line. The first of a process, and one after an error, begins with a
// line break: what is before it may be half a line.
func (d *deadLetters) append(line []byte, sync bool) error {
	name := filepath.Join(d.dir, deadName)
	size, err := d.o.fs.size(name)
	isNew := errors.Is(err, fs.ErrNotExist)
	if err != nil && !isNew {
		return err
	}
	if size+int64(len(line)) > d.o.MaxDead/4 && size > 0 {
		if err := d.rotate(name); err != nil {
			return err
		}
		isNew = true
	}
	f, err := d.o.fs.open(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND)
	if err != nil {
		return err
	}
	defer f.Close()
	if !d.begun {
		line = append([]byte{'\n'}, line...)
	}
	if _, err = f.Write(line); err == nil && sync {
		err = f.Sync()
	}
	if d.begun = err == nil; isNew && d.begun {
		err = d.o.fs.syncDir(d.dir)
	}
	return err
}

func (d *deadLetters) rotate(name string) error {
	to := filepath.Join(d.dir, deadPrefix+d.o.now().UTC().Format(timeLayout)+deadSuffix)
	if err := d.o.fs.rename(name, to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return trim(d.o.fs, d.dir, d.o.MaxDead/4*3, isOldDead)
}

func isOldDead(name string) bool {
	return strings.HasPrefix(name, deadPrefix) && strings.HasSuffix(name, deadSuffix)
}

// trim removes the oldest files of a kind, whose names sort by age, until the others
// have at most most bytes.
func trim(fsys fileSystem, dir string, most int64, isKind func(string) bool) error {
	names, err := fsys.readDir(dir)
	if err != nil {
		return err
	}
	sum := int64(0)
	for i := len(names) - 1; i >= 0; i-- {
		if !isKind(names[i]) {
			continue
		}
		path := filepath.Join(dir, names[i])
		size, err := fsys.size(path)
		if err == nil {
			if sum += size; sum > most {
				err = removeFile(fsys, path)
			}
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// DeadLetters reads the dead letters of a spool's folder, the oldest first. It may run
// beside the processes that write them. A line that isn't one, such as what a crash has
// torn, comes as an error, and the reading goes on behind it.
func DeadLetters(dir string) iter.Seq2[DeadLetter, error] {
	return func(yield func(DeadLetter, error) bool) {
		names, err := deadFiles(dir)
		if err != nil {
			yield(DeadLetter{}, err)
			return
		}
		for _, name := range names {
			if !readDead(filepath.Join(dir, name), yield) {
				return
			}
		}
	}
}

func readDead(path string, yield func(DeadLetter, error) bool) bool {
	f, err := os.Open(path)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist) || yield(DeadLetter{}, err)
	}
	defer f.Close()
	in := bufio.NewReader(f)
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if len(line) > 1 {
			var l DeadLetter
			bad := json.Unmarshal(line, &l)
			if bad != nil {
				l, bad = DeadLetter{}, fmt.Errorf("%s:%d: %q… is no dead letter: %w", path, n, line[:min(len(line), 40)], bad)
			}
			if !yield(l, bad) {
				return false
			}
		}
		if err == io.EOF {
			return true
		}
		if err != nil {
			return yield(DeadLetter{}, err)
		}
	}
}

// deadFiles returns the names of the files, the oldest first.
func deadFiles(dir string) ([]string, error) {
	names, err := osFS{}.readDir(dir)
	if err != nil {
		return nil, err
	}
	var old, current []string
	for _, name := range names {
		if isOldDead(name) {
			old = append(old, name)
		} else if name == deadName {
			current = append(current, name)
		}
	}
	return append(old, current...), nil
}

// DropDeadLetters removes the dead letters of a spool's folder.
func DropDeadLetters(dir string) error {
	names, err := deadFiles(dir)
	for _, name := range names {
		err = errors.Join(err, removeFile(osFS{}, filepath.Join(dir, name)))
	}
	return err
}
