package load

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"time"
)

// cgroup measures the cgroup of this process and those of its ancestors that
// have a quota: a looser quota that is shared with others can be the one that is
// used up.
type cgroup struct {
	root fs.FS
	cpus float64 // of this process, where no cpuset says how many

	mounts  []mount // found once: a process moves between cgroups, the mounts stay
	at      time.Time
	last    []level // as of at, the own cgroup's first
	limited bool    // as of at: a quota, or fewer CPUs than the machine has
}

// level is a reading of one cgroup.
type level struct {
	folder string
	usage  usage
	quota  quota
	cpus   float64 // what the usage is measured against
}

// load returns the load since the last reading. It sets limited, which an error
// leaves as it was.
func (c *cgroup) load() (float64, error) {
	now := time.Now()
	if !c.at.IsZero() && now.Sub(c.at) < window {
		return 0, ErrNotYet
	}
	levels, err := c.read()
	if errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	if err != nil {
		return 0, err
	}
	elapsed, last := now.Sub(c.at), c.last
	c.at, c.last = now, levels
	load, err := 0.0, ErrNotYet
	for _, l := range levels {
		i := slices.IndexFunc(last, func(p level) bool { return p.folder == l.folder })
		// A cgroup that was made anew under the same name begins at 0.
		if i >= 0 && l.usage.busy >= last[i].usage.busy && l.usage.throttled >= last[i].usage.throttled {
			load, err = max(load, l.since(last[i], elapsed)), nil
		}
	}
	return load, err
}

func (l level) since(last level, elapsed time.Duration) float64 {
	load := float64(l.usage.busy-last.usage.busy) / float64(elapsed) / l.cpus
	if l.quota.time == 0 {
		return load
	}
	// Many threads can use up a quota at a period's beginning and leave the mean
	// low. The periods are all that went by: the kernel's own count has only those
	// in which there was work.
	periods := float64(elapsed) / float64(l.quota.period)
	return max(load, min(1, float64(l.usage.throttled-last.usage.throttled)/periods))
}

// read reads the own cgroup and each ancestor that has a quota.
func (c *cgroup) read() ([]level, error) {
	folders, err := c.folders()
	if err != nil {
		return nil, err
	}
	var levels []level
	limited := false
	for i, folder := range folders {
		q, err := c.quota(folder)
		if err == nil && (q.time > 0 || i == 0) {
			var l level
			l, err = c.level(folders[i:], q)
			levels = append(levels, l)
		}
		if err != nil {
			return nil, fmt.Errorf("cgroup /%s: %w", folder, err)
		}
		limited = limited || q.time > 0
	}
	c.limited = limited || levels[0].cpus < c.online()
	return levels, nil
}

// folders returns the folders of the own cgroup and of its ancestors. They are
// looked up each time, as a process can be moved.
func (c *cgroup) folders() ([]string, error) {
	own, err := ownCgroup(c.root)
	if err != nil {
		return nil, err
	}
	if c.mounts == nil {
		if c.mounts, err = findMounts(c.root); err != nil {
			return nil, err
		}
	}
	for _, m := range c.mounts {
		if folders := m.folders(own); folders != nil {
			return folders, nil
		}
	}
	return nil, fmt.Errorf("%w: cgroup %.200q is not below what is mounted at %.200q", ErrUnsupported, own, c.mounts[0].at)
}

// quota reads a folder's quota. The real root has none, and neither has a cgroup
// without the controller.
func (c *cgroup) quota(folder string) (quota, error) {
	text, err := read(c.root, path.Join(folder, "cpu.max"), 256)
	if errors.Is(err, fs.ErrNotExist) {
		return quota{}, nil
	}
	if err != nil {
		return quota{}, err
	}
	return parseMax(text)
}

// level reads the first of some folders, of which each is in the next.
func (c *cgroup) level(folders []string, q quota) (level, error) {
	l := level{folder: folders[0], quota: q}
	text, err := read(c.root, path.Join(l.folder, "cpu.stat"), 1<<14)
	if err != nil {
		return level{}, err
	}
	if l.usage, err = parseUsage(text); err != nil {
		return level{}, err
	}
	l.cpus, err = c.effective(folders)
	if q.time > 0 {
		l.cpus = min(l.cpus, q.cpus())
	}
	return l, err
}
