//go:build linux || darwin || freebsd

package gateway

import "syscall"

// room returns the bytes that are free to an ordinary user, and all there are.
func room(dir string) (free, size float64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	block := float64(s.Bsize)
	return float64(s.Bavail) * block, float64(s.Blocks) * block, nil
}
