// Package load measures how busy the CPUs are that a process may use, so that
// what can wait, such as a push of metrics, waits while they have enough to do.
//
// It reads Linux's accounting: cgroup v2 for a container, /proc/stat for a host.
// Elsewhere every Source of this package returns ErrUnsupported.
package load

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"time"
)

// Source returns the CPU load since its previous call: 0 is idle, 1 is all that
// may be used, and a burst can be above 1. A Source remembers its last reading, so
// it has one caller, who calls it from one goroutine at a time. It returns at once.
//
// A func() (float64, error) of one's own is a Source, too. It returns ErrNotYet
// when it has nothing new to say; any other error means that the load is unknown.
type Source func() (float64, error)

var (
	// ErrNotYet is returned by the first call, and by one that follows the last
	// reading so soon (within 100 ms) that the kernel's counters say little.
	ErrNotYet = errors.New("no CPU load yet")
	// ErrUnsupported is returned where the system has no such accounting. It is an
	// errors.ErrUnsupported.
	ErrUnsupported = fmt.Errorf("CPU load is not measured on this system: %w", errors.ErrUnsupported)
)

// window is the least time between two readings. In less, /proc/stat counts a
// handful of its ticks of 10 ms, and a cgroup's quota, which is handed out every
// 100 ms, looks exhausted or untouched by turns.
const window = 100 * time.Millisecond

// Auto returns the load of the container, if a cgroup (version 2) limits the CPUs
// of this process, and else that of the host. Which of the two it is may change
// with the limits.
func Auto() Source {
	return auto(newCgroup(system()), &host{root: system()})
}

func auto(c *cgroup, h *host) Source {
	return func() (float64, error) {
		load, err := c.load()
		if c.limited {
			return load, err
		}
		return h.load()
	}
}

// Cgroup returns the load of the cgroup (version 2) of this process: its CPU time
// against its quota, or else against the CPUs that it may run on. Periods in which
// the quota ran out count as full. Of ancestors that have a quota, each is measured
// likewise, siblings included, and the highest load is returned.
func Cgroup() Source {
	return newCgroup(system()).load
}

// Host returns the load of all CPUs of the host.
func Host() Source {
	return (&host{root: system()}).load
}

func newCgroup(root fs.FS) *cgroup {
	return &cgroup{root: root, cpus: float64(runtime.NumCPU())}
}

// system is the file system of this machine.
func system() fs.FS { return os.DirFS("/") }

// read returns the beginning of a file, at most limit bytes: nothing that these
// files can hold makes the reader grow.
func read(root fs.FS, name string, limit int64) (string, error) {
	f, err := root.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // what was only read from loses nothing
	text, err := io.ReadAll(io.LimitReader(f, limit))
	if err != nil {
		return "", fmt.Errorf("read /%s: %w", name, err)
	}
	return string(text), nil
}
