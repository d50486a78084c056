package load

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// quota is how much CPU time a cgroup gets in each period. A time of 0 is no limit.
type quota struct{ time, period time.Duration }

// cpus is how many CPUs the quota amounts to.
func (q quota) cpus() float64 { return float64(q.time) / float64(q.period) }

// parseMax reads cpu.max: "max 100000" or "50000 100000", in microseconds.
func parseMax(text string) (quota, error) {
	limit, period, ok := strings.Cut(strings.TrimSpace(text), " ")
	if ok && limit == "max" {
		return quota{}, nil
	}
	l, err := parseMicroseconds(limit)
	p, perr := parseMicroseconds(period)
	if err != nil || perr != nil || l == 0 || p == 0 {
		return quota{}, fmt.Errorf("cpu.max is %.80q, want a limit or \"max\", and a period, in microseconds", text)
	}
	return quota{time: l, period: p}, nil
}

// usage is what a cgroup, with all below it, has used so far.
type usage struct {
	busy      time.Duration // CPU time
	throttled uint64        // periods in which the quota ran out
}

// parseUsage reads cpu.stat, lines of a name and a number. nr_throttled is there
// only where a quota can be set.
func parseUsage(text string) (usage, error) {
	var u usage
	found := false
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		var err error
		switch name {
		case "usage_usec":
			found = true
			u.busy, err = parseMicroseconds(value)
		case "nr_throttled":
			u.throttled, err = strconv.ParseUint(value, 10, 63)
		}
		if err != nil {
			return usage{}, fmt.Errorf("cpu.stat: line %.80q: %w", strings.TrimSpace(line), err)
		}
	}
	if !found {
		return usage{}, fmt.Errorf("cpu.stat has no usage_usec: %.80q", text)
	}
	return u, nil
}

func parseMicroseconds(s string) (time.Duration, error) {
	// 53 bits of microseconds are 285 years, and as nanoseconds fit a Duration.
	n, err := strconv.ParseUint(s, 10, 53)
	return time.Duration(n) * time.Microsecond, err
}

// countCPUs counts a list of CPUs as the kernel writes it: "0-3,8,10-11".
func countCPUs(list string) (int, error) {
	total := 0
	for part := range strings.SplitSeq(strings.TrimSpace(list), ",") {
		from, to, isRange := strings.Cut(part, "-")
		first, err := strconv.ParseUint(from, 10, 16)
		last := first
		if isRange && err == nil {
			last, err = strconv.ParseUint(to, 10, 16)
		}
		if err != nil || last < first {
			return 0, fmt.Errorf("list of CPUs %.80q: want numbers and ranges as in \"0-3,8\"", list)
		}
		total += int(last-first) + 1
	}
	return total, nil
}
