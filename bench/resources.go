package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// memoryUse is the resident memory of a process, in MB of 10^6 bytes.
type memoryUse struct {
	now, peak float64
}

// readMemory reads VmRSS and VmHWM from /proc. Elsewhere than on Linux it is an
// error that the file does not exist.
func readMemory(pid int) (memoryUse, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return memoryUse{}, err
	}
	var m memoryUse
	if m.now, err = statusMegabytes(status, "VmRSS:"); err != nil {
		return m, err
	}
	m.peak, err = statusMegabytes(status, "VmHWM:")
	return m, err
}

// statusMegabytes reads a field of /proc/PID/status, which is in units of 1,024 bytes.
func statusMegabytes(status []byte, field string) (float64, error) {
	for l := range bytes.Lines(status) {
		if rest, ok := bytes.CutPrefix(l, []byte(field)); ok {
			var kib float64
			if _, err := fmt.Sscanf(string(rest), "%f kB", &kib); err != nil {
				return 0, fmt.Errorf("field %q of /proc/PID/status: %w", l, err)
			}
			return kib * 1024 / 1e6, nil
		}
	}
	return 0, fmt.Errorf("no field %q in /proc/PID/status", field)
}

// clockTick is the unit of the times in /proc/PID/stat: USER_HZ, which is 100 on
// every architecture that Go runs on.
const clockTick = 10 * time.Millisecond

// readCPU reads the processor time that a process has used so far, in user and
// kernel mode, from /proc.
func readCPU(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The second field is the command in parentheses and may contain anything.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	const utime, stime = 14 - 3, 15 - 3 // proc(5) counts from 1; fields begins at the third
	if len(fields) <= stime {
		return 0, fmt.Errorf("/proc/%d/stat: %d fields", pid, len(fields))
	}
	user, err := strconv.Atoi(string(fields[utime]))
	if err != nil {
		return 0, err
	}
	system, err := strconv.Atoi(string(fields[stime]))
	return time.Duration(user+system) * clockTick, err
}
