package journal

import (
	"errors"
	"os"
	"strconv"
	"strings"
)

// errLockHeld is lockFile's word for: somebody else has it.
var errLockHeld = errors.New("lock is held")

// The lock is on the open file, not in the file's existence: a killed process leaves
// nothing to clean up. The file is never removed, as a process that had it open could
// then lock a file that nobody else sees.

func readPID(f *os.File) int {
	var b [24]byte
	n, _ := f.ReadAt(b[:], 0)
	pid, _ := strconv.Atoi(strings.TrimSpace(string(b[:n])))
	return pid
}

func writePID(f *os.File, pid int) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	// On a full disk the lock holds all the same; only its owner stays unnamed.
	if _, err := f.WriteAt([]byte(strconv.Itoa(pid)+"\n"), 0); err != nil && !isNoSpace(err) {
		return err
	}
	return nil
}
