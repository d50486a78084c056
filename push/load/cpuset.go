package load

import (
	"errors"
	"io/fs"
	"path"
	"strings"
)

// effective returns how many CPUs the cpuset of the first folder has: without the
// controller it is that of the next which has it.
func (c *cgroup) effective(folders []string) (float64, error) {
	for _, folder := range folders {
		text, err := read(c.root, path.Join(folder, "cpuset.cpus.effective"), 1<<16)
		if errors.Is(err, fs.ErrNotExist) || err == nil && strings.TrimSpace(text) == "" {
			continue
		}
		if err != nil {
			return 0, err
		}
		n, err := countCPUs(text)
		return float64(n), err
	}
	return c.cpus, nil
}

// online returns how many CPUs the machine has, 0 if it doesn't say.
func (c *cgroup) online() float64 {
	text, err := read(c.root, "sys/devices/system/cpu/online", 1<<16)
	if err != nil {
		return 0
	}
	n, err := countCPUs(text)
	if err != nil {
		return 0
	}
	return float64(n)
}
