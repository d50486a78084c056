package journal

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncData spares the inode's times: with preallocated space nothing but the data's
// own blocks has to be written.
func syncData(f *os.File) error {
	for {
		err := unix.Fdatasync(int(f.Fd()))
		if err != unix.EINTR {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}
