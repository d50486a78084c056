package load

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// mount is where a part of the hierarchy of cgroup v2 is found: the cgroup root is
// the folder at. In a container root is often not "/", but the container's own cgroup.
type mount struct{ root, at string }

// findMounts looks for the hierarchy in /proc/self/mountinfo.
func findMounts(root fs.FS) ([]mount, error) {
	text, err := read(root, "proc/self/mountinfo", 1<<20)
	if err != nil {
		return nil, err
	}
	mounts := parseMountinfo(text)
	if len(mounts) == 0 {
		return nil, fmt.Errorf("%w: /proc/self/mountinfo has no mount of type cgroup2", ErrUnsupported)
	}
	return mounts, nil
}

// parseMountinfo returns the mounts of type cgroup2. A line is
//
//	id parent major:minor root mountpoint options [optional…] - type source superoptions
func parseMountinfo(text string) []mount {
	var mounts []mount
	for line := range strings.Lines(text) {
		before, after, ok := strings.Cut(line, " - ")
		fields := strings.Fields(before)
		if ok && len(fields) >= 6 && strings.HasPrefix(after, "cgroup2 ") {
			mounts = append(mounts, mount{root: unescape.Replace(fields[3]), at: unescape.Replace(fields[4])})
		}
	}
	return mounts
}

// unescape undoes what mountinfo does to the characters that separate its fields.
var unescape = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)

// ownCgroup returns the cgroup of this process.
func ownCgroup(root fs.FS) (string, error) {
	text, err := read(root, "proc/self/cgroup", 1<<16)
	if err != nil {
		return "", err
	}
	own, ok := parseOwn(text)
	if !ok {
		return "", fmt.Errorf("%w: /proc/self/cgroup has no line \"0::\", so cgroup v2 isn't in use", ErrUnsupported)
	}
	return own, nil
}

// parseOwn finds the line of version 2 in /proc/self/cgroup. Those of version 1
// have another number and the names of controllers.
func parseOwn(text string) (string, bool) {
	for line := range strings.Lines(text) {
		if own, ok := strings.CutPrefix(line, "0::"); ok {
			return strings.TrimSuffix(own, "\n"), true
		}
	}
	return "", false
}

// folders returns the folders of a cgroup and of those of its ancestors that are
// mounted, the cgroup's own first, as paths of an fs.FS. There are none if the
// cgroup itself isn't mounted.
func (m mount) folders(cgroup string) []string {
	below, ok := strings.CutPrefix(cgroup, strings.TrimSuffix(m.root, "/"))
	if !ok || below != "" && below[0] != '/' || strings.Contains(below+"/", "/../") {
		// A process outside of its cgroup namespace has a path with "..".
		return nil
	}
	top := path.Join(".", path.Clean("/" + m.at)[1:])
	var all []string
	for dir := path.Join(top, below); dir != top; dir = path.Dir(dir) {
		all = append(all, dir)
	}
	return append(all, top)
}
