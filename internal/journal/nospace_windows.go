package journal

import (
	"errors"
	"syscall"

	"golang.org/x/sys/windows"
)

// syscall.ENOSPC is Go's invented number there; crashfs uses it.
func isNoSpace(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL) ||
		errors.Is(err, windows.ERROR_DISK_QUOTA_EXCEEDED) || errors.Is(err, syscall.ENOSPC)
}
