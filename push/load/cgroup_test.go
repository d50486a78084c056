package load

import (
	"maps"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"
)

// What a process may use is its cgroup's quota, its cpuset, or the machine; and a
// quota around it that it shares with others.
func TestCgroup(t *testing.T) {
	const pod = "sys/fs/cgroup/kubepods.slice/pod1"
	const own = pod + "/app"
	for _, c := range []struct {
		name  string
		tree  string
		files map[string]string
		run   func(m *machine)
		load  float64
	}{
		{"the quota of a container", "container.txt", nil, func(m *machine) { m.use("sys/fs/cgroup", 1.2, 0) }, 0.6},
		{"a fraction of a CPU", "container.txt", map[string]string{"sys/fs/cgroup/cpu.max": "25000 50000"},
			func(m *machine) { m.use("sys/fs/cgroup", 0.45, 0) }, 0.9},
		{"no quota, but a cpuset", "container.txt", map[string]string{"sys/fs/cgroup/cpu.max": "max 100000"},
			func(m *machine) { m.use("sys/fs/cgroup", 1, 0) }, 0.25},
		{"neither: the CPUs of the process", "container.txt",
			map[string]string{"sys/fs/cgroup/cpu.max": "max 100000", "sys/fs/cgroup/cpuset.cpus.effective": "\n"},
			func(m *machine) { m.use("sys/fs/cgroup", 1, 0) }, 0.125},
		{"a quota above the cpuset", "container.txt", map[string]string{"sys/fs/cgroup/cpu.max": "1600000 100000"},
			func(m *machine) { m.use("sys/fs/cgroup", 1, 0) }, 0.25},
		{"a burst above the quota", "container.txt", nil, func(m *machine) { m.use("sys/fs/cgroup", 2.5, 0) }, 1.25},
		{"throttled in 9 of 10 periods", "container.txt", nil, func(m *machine) { m.use("sys/fs/cgroup", 1.2, 9) }, 0.9},
		{"throttled in each period, and in the one cut off", "container.txt", nil, func(m *machine) { m.use("sys/fs/cgroup", 0.2, 11) }, 1},
		{"throttled once, idle otherwise", "container.txt", nil, func(m *machine) { m.use("sys/fs/cgroup", 0.2, 1) }, 0.1},
		{"without a quota throttling is a thing of the past", "container.txt", map[string]string{"sys/fs/cgroup/cpu.max": "max 100000"},
			func(m *machine) { m.use("sys/fs/cgroup", 1, 9) }, 0.25},
		{"the own quota is the fuller one", "pod.txt", nil,
			func(m *machine) { m.use(own, 0.9, 0); m.use(pod, 1, 0) }, 0.9},
		{"the pod's quota is used up by others", "pod.txt", nil,
			func(m *machine) { m.use(own, 0.1, 0); m.use(pod, 3.8, 0) }, 0.95},
		{"the pod is throttled", "pod.txt", nil,
			func(m *machine) { m.use(own, 0.1, 0); m.use(pod, 1, 10) }, 1},
		{"ancestors without a quota don't count", "pod.txt", nil,
			func(m *machine) { m.use(own, 0.1, 0); m.use("sys/fs/cgroup/kubepods.slice", 7, 0) }, 0.1},
		{"no controller in the own cgroup", "pod.txt", map[string]string{own + "/cpu.max": "", own + "/cpuset.cpus.effective": ""},
			func(m *machine) { m.use(own, 3, 0) }, 0.5},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMachine(t, c.tree)
				for name, content := range c.files {
					m.set(name, content)
				}
				maps.DeleteFunc(m.files, func(_ string, f *fstest.MapFile) bool { return len(f.Data) == 0 })
				s := Source((&cgroup{root: m.files, cpus: 8}).load)
				wantErr(t, s, ErrNotYet)
				time.Sleep(time.Second)
				c.run(m)
				want(t, s, c.load)
			})
		})
	}
}

// Counters that begin anew, or step back, give no load; the next reading is measured from there.
func TestCgroupCountersStepBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t, "container.txt")
		s := Source((&cgroup{root: m.files, cpus: 8}).load)
		wantErr(t, s, ErrNotYet)
		for _, stat := range []string{"usage_usec 500\nnr_throttled 37\n", "usage_usec 900\nnr_throttled 0\n"} {
			time.Sleep(time.Second)
			m.set("sys/fs/cgroup/cpu.stat", stat)
			wantErr(t, s, ErrNotYet)
		}
		time.Sleep(time.Second)
		m.use("sys/fs/cgroup", 1.5, 0)
		want(t, s, 0.75)
	})
}

// A limit that changes counts from the next reading, and a process that is moved
// is measured where it is.
func TestCgroupChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t, "container.txt")
		s := Source((&cgroup{root: m.files, cpus: 8}).load)
		wantErr(t, s, ErrNotYet)

		time.Sleep(time.Second)
		m.set("sys/fs/cgroup/cpu.max", "100000 100000\n")
		m.use("sys/fs/cgroup", 0.9, 0)
		want(t, s, 0.9)

		time.Sleep(time.Second)
		m.set("proc/self/cgroup", "0::/moved\n")
		m.set("sys/fs/cgroup/moved/cpu.max", "50000 100000\n")
		m.set("sys/fs/cgroup/moved/cpu.stat", "usage_usec 0\n")
		m.use("sys/fs/cgroup", 0.5, 0)
		want(t, s, 0.5) // the new one has no earlier reading yet, the one around it has

		time.Sleep(time.Second)
		m.use("sys/fs/cgroup", 0.5, 0)
		m.use("sys/fs/cgroup/moved", 0.4, 0)
		want(t, s, 0.8)

		time.Sleep(time.Second)
		m.set("sys/fs/cgroup/moved/cpu.stat", "usage_usec 0\n") // made anew
		m.use("sys/fs/cgroup", 0.3, 0)
		want(t, s, 0.3)
	})
}
