package load

import (
	"io/fs"
	"path"
	"reflect"
	"strings"
	"testing"
)

// Values that the kernel doesn't write are errors that quote them, not loads.
func TestParseErrors(t *testing.T) {
	parsers := map[string]func(string) error{
		"stat":    func(s string) error { _, err := parseStat(s); return err },
		"cpu.max": func(s string) error { _, err := parseMax(s); return err },
		"usage":   func(s string) error { _, err := parseUsage(s); return err },
		"cpus":    func(s string) error { _, err := countCPUs(s); return err },
	}
	for _, c := range []struct{ parser, text, quoted string }{
		{"stat", "", `""`},
		{"stat", "cpu0 1 2 3 4\n", `"cpu0 1 2 3 4"`},
		{"stat", "cpu 1 2 3\n", `"cpu 1 2 3"`},
		{"stat", "cpu 1 2 -3 4\n", `"-3"`},
		{"stat", "cpu 1 2 3 99999999999999999999\n", `"99999999999999999999"`},
		{"cpu.max", "", `""`},
		{"cpu.max", "max\n", `"max\n"`},
		{"cpu.max", "0 100000\n", `"0 100000\n"`},
		{"cpu.max", "50000 0\n", `"50000 0\n"`},
		{"cpu.max", "50000 x\n", `"50000 x\n"`},
		{"usage", "nr_periods 3\n", `"nr_periods 3\n"`},
		{"usage", "usage_usec -1\n", `"usage_usec -1"`},
		{"usage", "usage_usec 1\nnr_throttled many\n", `"nr_throttled many"`},
		{"cpus", "\n", `"\n"`},
		{"cpus", "0-3,a", `"0-3,a"`},
		{"cpus", "3-1", `"3-1"`},
		{"cpus", "0-99999999999", `"0-99999999999"`},
	} {
		err := parsers[c.parser](c.text)
		if err == nil || !strings.Contains(err.Error(), c.quoted) {
			t.Errorf("%s of %q: error %v, want one that quotes %s", c.parser, c.text, err, c.quoted)
		}
	}
}

func TestCountCPUs(t *testing.T) {
	for list, n := range map[string]int{"0\n": 1, "0-3\n": 4, "0-3,8,10-11\n": 7, "0-65535": 65536} {
		if got, err := countCPUs(list); got != n || err != nil {
			t.Errorf("countCPUs(%q) = %d, %v; want %d", list, got, err, n)
		}
	}
}

// A cgroup and those around it are found wherever the hierarchy is mounted, and a
// cgroup that isn't mounted has no folders.
func TestFolders(t *testing.T) {
	for _, c := range []struct {
		root, at, cgroup string
		want             []string
	}{
		{"/", "/sys/fs/cgroup", "/", []string{"sys/fs/cgroup"}},
		{"/", "/sys/fs/cgroup", "/a/b", []string{"sys/fs/cgroup/a/b", "sys/fs/cgroup/a", "sys/fs/cgroup"}},
		{"/docker/12", "/sys/fs/cgroup", "/docker/12", []string{"sys/fs/cgroup"}},
		{"/docker/12", "/sys/fs/cgroup", "/docker/12/in", []string{"sys/fs/cgroup/in", "sys/fs/cgroup"}},
		{"/", "/", "/a", []string{"a", "."}},
		{"/docker/12", "/sys/fs/cgroup", "/docker/123", nil},
		{"/docker/12", "/sys/fs/cgroup", "/other", nil},
		{"/", "/sys/fs/cgroup", "/../other", nil},
		{"/..", "/sys/fs/cgroup", "/", nil},
		{"/", "/sys/fs/cgroup", "/a/..", nil},
	} {
		if got := (mount{c.root, c.at}).folders(c.cgroup); !reflect.DeepEqual(got, c.want) {
			t.Errorf("folders of %q with %q mounted at %q: %q, want %q", c.cgroup, c.root, c.at, got, c.want)
		}
	}
}

// The mount that holds the process's own cgroup is taken, among others and with
// its name escaped.
func TestMountinfo(t *testing.T) {
	const text = `30 23 0:27 / /sys/fs/cgroup/unified rw,nosuid shared:9 - cgroup cgroup rw,cpu
31 23 0:28 /../.. /host/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw
32 23 0:28 /my\040pods /mnt/c\134d rw,nosuid - cgroup2 none rw
33 23 0:29 / /cgroup2 rw
`
	want := []mount{{"/../..", "/host/cgroup"}, {"/my pods", `/mnt/c\d`}}
	if got := parseMountinfo(text); !reflect.DeepEqual(got, want) {
		t.Errorf("mounts %+v, want %+v", got, want)
	}
}

// Nothing that /proc and /sys could hold makes a parser panic or hang, and what it
// returns can be computed with.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"cpu  1000 100 500 8000 300 10 20 70 40 5\ncpu0 1 2 3 4\n", "max 100000\n", "50000 100000\n",
		"usage_usec 12345678\nnr_periods 3\nnr_throttled 1\n", "0-3,8,10-11\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := parseStat(text); err == nil && s.busy > s.total {
			t.Errorf("busy %d of %d ticks", s.busy, s.total)
		}
		if q, err := parseMax(text); err == nil && q != (quota{}) && !(q.cpus() > 0 && q.cpus() < 1e16) {
			t.Errorf("a quota of %v CPUs", q.cpus())
		}
		if u, err := parseUsage(text); err == nil && u.busy < 0 {
			t.Errorf("usage %v", u.busy)
		}
		if n, err := countCPUs(text); err == nil && n < 1 {
			t.Errorf("%d CPUs", n)
		}
	})
}

// Whatever names a cgroup and its mount have, each folder is a valid path below
// the mount, and the way up ends.
func FuzzFolders(f *testing.F) {
	f.Add("0::/a/b\n", "31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")
	f.Add("1:cpu:/\n0::/docker/12\n", "31 23 0:28 /docker/12 / rw - cgroup2 cgroup2 rw\n")
	f.Add("0::/../x\n", `31 23 0:28 /.. /a\040b rw - cgroup2 cgroup2 rw`)
	f.Fuzz(func(t *testing.T, own, mountinfo string) {
		cgroup, _ := parseOwn(own)
		for _, m := range parseMountinfo(mountinfo) {
			folders := m.folders(cgroup)
			for i, folder := range folders {
				if i > 0 && path.Dir(folders[i-1]) != folder {
					t.Errorf("%q is followed by %q", folders[i-1], folder)
				}
				if strings.ToValidUTF8(folder, "?") == folder && !fs.ValidPath(folder) {
					t.Errorf("folder %q of %q at %+v isn't a valid path", folder, cgroup, m)
				}
			}
		}
	})
}
