package load

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"
)

// machine is a fake /proc and /sys whose files a test changes between readings.
type machine struct {
	t     *testing.T
	files fstest.MapFS
}

// newMachine reads a tree of testdata: files of the machine, each with a heading
// "== path".
func newMachine(t *testing.T, tree string) *machine {
	t.Helper()
	text, err := os.ReadFile("testdata/" + tree)
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{t: t, files: fstest.MapFS{}}
	for _, file := range strings.Split("\n"+string(text), "\n== /")[1:] {
		name, content, _ := strings.Cut(file, "\n")
		m.set(name, strings.TrimSuffix(content, "\n")+"\n")
	}
	return m
}

func (m *machine) set(name, content string) {
	m.files[name] = &fstest.MapFile{Data: []byte(content)}
}

// use lets a second go by in which a cgroup uses CPU time and its quota runs out
// in some periods.
func (m *machine) use(folder string, seconds float64, throttled int) {
	m.t.Helper()
	u, err := parseUsage(string(m.files[folder+"/cpu.stat"].Data))
	if err != nil {
		m.t.Fatal(err)
	}
	u.busy += time.Duration(seconds * float64(time.Second))
	m.set(folder+"/cpu.stat", fmt.Sprintf("usage_usec %d\nnr_periods 10\nnr_throttled %d\n", u.busy.Microseconds(), u.throttled+uint64(throttled)))
}

func want(t *testing.T, s Source, load float64) {
	t.Helper()
	got, err := s()
	if err != nil || math.Abs(got-load) > 1e-9 {
		t.Errorf("load is %v, %v; want %v", got, err, load)
	}
}

func wantErr(t *testing.T, s Source, target error, words ...string) {
	t.Helper()
	got, err := s()
	if !errors.Is(err, target) || got != 0 {
		t.Fatalf("load is %v, %v; want %v", got, err, target)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
}

// Readings too close to each other say ErrNotYet, and leave the window open.
func TestWindow(t *testing.T) {
	for name, source := range map[string]func(*machine) Source{
		"host":   func(m *machine) Source { return (&host{root: m.files}).load },
		"cgroup": func(m *machine) Source { return (&cgroup{root: m.files, cpus: 8}).load },
		"auto":   func(m *machine) Source { return auto(&cgroup{root: m.files, cpus: 8}, &host{root: m.files}) },
	} {
		synctest.Test(t, func(t *testing.T) {
			t.Log(name)
			m := newMachine(t, "container.txt")
			s := source(m)
			wantErr(t, s, ErrNotYet)
			m.set("proc/stat", "cpu 1003 100 500 8001 300 10 20 70 40 5\n")
			m.use("sys/fs/cgroup", 0.15, 0)
			time.Sleep(60 * time.Millisecond)
			wantErr(t, s, ErrNotYet)
			time.Sleep(40 * time.Millisecond)
			want(t, s, 0.75) // 0.15 s of 2 CPUs in 0.1 s
		})
	}
}

// Auto measures the container where there is a limit, else the host, and follows
// when that changes.
func TestAuto(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t, "container.txt")
		s := auto(&cgroup{root: m.files, cpus: 8}, &host{root: m.files})
		second := func(busy, idle uint64, seconds float64) {
			time.Sleep(time.Second)
			h, _ := parseStat(string(m.files["proc/stat"].Data))
			m.set("proc/stat", fmt.Sprintf("cpu %d 0 0 %d\n", h.busy+busy, h.total-h.busy+idle))
			m.use("sys/fs/cgroup", seconds, 0)
		}
		wantErr(t, s, ErrNotYet)
		second(60, 40, 0.4)
		want(t, s, 0.2)

		m.set("sys/fs/cgroup/cpu.max", "max 100000\n") // 4 of 8 CPUs are a limit, too
		second(60, 40, 0.4)
		want(t, s, 0.1)

		m.set("sys/fs/cgroup/cpuset.cpus.effective", "0-7\n")
		second(60, 40, 0.4)
		wantErr(t, s, ErrNotYet) // the host's first reading
		second(60, 40, 0.4)
		want(t, s, 0.6)

		delete(m.files, "proc/self/cgroup")
		second(30, 70, 0.4)
		want(t, s, 0.3)
	})
}

// Where there is no such accounting, the error is ErrUnsupported and names what is missing.
func TestUnsupported(t *testing.T) {
	without := func(name string) *machine {
		m := newMachine(t, "container.txt")
		delete(m.files, name)
		return m
	}
	cgroupOf := func(m *machine) Source { return (&cgroup{root: m.files, cpus: 8}).load }
	nothing := &machine{t: t, files: fstest.MapFS{}}

	wantErr(t, (&host{root: nothing.files}).load, ErrUnsupported, "proc/stat")
	wantErr(t, auto(&cgroup{root: nothing.files}, &host{root: nothing.files}), errors.ErrUnsupported, "proc/stat")
	wantErr(t, cgroupOf(nothing), ErrUnsupported, "proc/self/cgroup")
	wantErr(t, cgroupOf(without("proc/self/mountinfo")), ErrUnsupported, "proc/self/mountinfo")
	wantErr(t, cgroupOf(without("sys/fs/cgroup/cpu.stat")), ErrUnsupported, "cgroup /sys/fs/cgroup", "cpu.stat")

	m := without("")
	m.set("proc/self/cgroup", "4:memory:/a\n1:cpu:/a\n")
	wantErr(t, cgroupOf(m), ErrUnsupported, "v2 isn't in use")
	m.set("proc/self/cgroup", "0::/../elsewhere\n")
	wantErr(t, cgroupOf(m), ErrUnsupported, `"/../elsewhere"`, `"/sys/fs/cgroup"`)
	m.set("proc/self/mountinfo", "31 23 0:28 / /sys/fs/cgroup rw shared:4 - tmpfs tmpfs rw\n")
	wantErr(t, cgroupOf(m), ErrUnsupported, "cgroup2")
}

// On the machine at hand a source counts the work of this very test, or says that it can't.
func TestThisMachine(t *testing.T) {
	for name, s := range map[string]Source{"auto": Auto(), "cgroup": Cgroup(), "host": Host()} {
		load, err := s()
		if !errors.Is(err, ErrNotYet) && !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: first call: %v, %v", name, load, err)
		}
		for errors.Is(err, ErrNotYet) {
			load, err = s()
		}
		t.Logf("%s: load %.3f, %v", name, load, err)
		if err == nil && load <= 0 || err != nil && !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: load %v, %v; want a load, or ErrUnsupported", name, load, err)
		}
	}
}
