package spool

import (
	"errors"
	"syscall"
)

// ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL and ERROR_DISK_QUOTA_EXCEEDED.
func isNoSpace(err error) bool {
	for _, full := range []syscall.Errno{39, 112, 1295} {
		if errors.Is(err, full) {
			return true
		}
	}
	return false
}
