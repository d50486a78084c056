package load

import (
	"testing"
	"testing/synctest"
	"time"
)

// A host's load is the share of the time since the call before in which its CPUs
// had work, wherever the counters began.
func TestHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t, "host.txt")
		s := Source((&host{root: m.files}).load)
		wantErr(t, s, ErrNotYet)
		for _, c := range []struct {
			name, stat string
			load       float64
		}{
			// From "cpu 1000 100 500 8000 300 10 20 70 40 5".
			{"half", "cpu 1150 100 550 8200 300 10 20 70 40 5", 0.5},
			{"waiting for the disk is idle", "cpu 1150 100 550 8200 500 10 20 70 40 5", 0},
			{"stolen time is busy", "cpu 1150 100 550 8200 500 10 20 270 40 5", 1},
			{"guests count once, as user", "cpu 1250 100 550 8300 500 10 20 270 140 5", 0.5},
		} {
			time.Sleep(time.Second)
			m.set("proc/stat", c.stat+"\ncpu0 1 2 3 4\n")
			t.Log(c.name)
			want(t, s, c.load)
		}
	})
}

// Counters that step back, as the kernel's sometimes do, give no load; the next
// reading is measured from there.
func TestHostCountersStepBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(t, "host.txt")
		s := Source((&host{root: m.files}).load)
		wantErr(t, s, ErrNotYet)
		for _, back := range []string{"cpu 900 100 500 8900 300 10 20 70", "cpu 1000 100 500 7000 300", "cpu 1000 100 500 7000 300"} {
			time.Sleep(time.Second)
			m.set("proc/stat", back+"\n")
			wantErr(t, s, ErrNotYet)
		}
		time.Sleep(time.Second)
		m.set("proc/stat", "cpu 1003 100 500 7001 300\n")
		want(t, s, 0.75)
	})
}
