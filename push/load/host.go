package load

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
)

// host measures all CPUs of a machine by /proc/stat.
type host struct {
	root fs.FS

	at   time.Time // of last; zero before the first reading
	last ticks
}

// ticks is CPU time since boot, summed over all CPUs, in units of which only
// ratios matter.
type ticks struct{ busy, total uint64 }

func (h *host) load() (float64, error) {
	now := time.Now()
	if !h.at.IsZero() && now.Sub(h.at) < window {
		return 0, ErrNotYet
	}
	// The first line is all that counts; behind it is one of each CPU and interrupt.
	text, err := read(h.root, "proc/stat", 512)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	if err != nil {
		return 0, err
	}
	t, err := parseStat(text)
	if err != nil {
		return 0, err
	}
	first, last := h.at.IsZero(), h.last
	h.at, h.last = now, t
	// The kernel's counters can step back by a little, iowait's in particular.
	if first || t.total <= last.total || t.busy < last.busy {
		return 0, ErrNotYet
	}
	return float64(t.busy-last.busy) / float64(t.total-last.total), nil
}

// parseStat reads the first line of /proc/stat:
//
//	cpu user nice system idle iowait irq softirq steal guest guest_nice
//
// Steal is busy: there was work for that time, and it was not to be had. Guests'
// time is left out, as it is part of user and nice already.
func parseStat(text string) (ticks, error) {
	line, _, _ := strings.Cut(text, "\n")
	fields := strings.Fields(line)
	if len(fields) < 5 || fields[0] != "cpu" {
		return ticks{}, fmt.Errorf("/proc/stat begins with %.80q, want \"cpu\" and at least 4 numbers", line)
	}
	const idle, iowait, steal = 3, 4, 7
	var t ticks
	for i, f := range fields[1:min(len(fields), steal+2)] {
		n, err := strconv.ParseUint(f, 10, 60)
		if err != nil {
			return ticks{}, fmt.Errorf("/proc/stat: field %d of %.80q: %w", i+2, line, err)
		}
		t.total += n
		if i != idle && i != iowait {
			t.busy += n
		}
	}
	return t, nil
}
