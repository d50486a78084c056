package e2e

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

var (
	reliabilityFlag = flag.String("reliability", "", "write the table of faults to this `file`; without it TestFaults is short")
	bytesFlag       = flag.Duration("random-bytes", 2*time.Second, "how long TestFaults sends random bytes")
)

// fault is something that goes wrong, what is promised then, and a test that makes it
// go wrong, fails if the promise doesn't hold, and returns what it measured.
type fault struct {
	name    string
	promise string
	test    func(t *testing.T) string
	// long faults are proved by other tests in every run, and here for the table only.
	long bool
}

func faults() []fault {
	return []fault{
		{"`kill -9` under load", "what was acknowledged is there, whole; what was refused is not", killed, true},
		{"a torn write", "the start cuts the tail at the last whole record and shows all before it", tornTail, false},
		{"a damaged file", "the start stops with the file, the place and the repair, which gives up the damaged record and no other", damaged, true},
		{"a full disk", "pushes get 507, scrapes and deletes go on, pushes resume by themselves", fullDisk, true},
		{"a slow disk", "pushes wait for the disk, health and scrapes don't, and what is acknowledged is on disk", slowDisk, false},
		{"the clock jumps back", "nothing is lost or expires early; records keep their order", clockBack, false},
		{"the clock jumps ahead", "groups expire whose time has come by then, and no others", clockAhead, false},
		{"slow and half-open clients", "each is cut off, and others don't notice", slowlorises, true},
		{"ten thousand connections", "pushes and scrapes go on beside them", manyConnections, false},
		{"compression bombs", "413, and memory stays within three times the budget for bodies of 256 MiB", bombs, false},
		{"random bytes on every route", "every later scrape is valid and complete, and nothing panics", randomBytes, false},
		{"half of all packets lost", "the client library loses and repeats nothing", packetLoss, false},
		{"`kill -9` during a snapshot", "the state before is there: log and last snapshot stay until the new one is whole", killedSnapshot, false},
		{"a memory limit", "within it with bounds set to fit; bodies wait or get 429 instead of memory", memoryLimit, false},
	}
}

// TestFaults is the proof behind docs/reliability.md, which it writes with -reliability.
func TestFaults(t *testing.T) {
	table := *reliabilityFlag != ""
	var rows strings.Builder
	for _, f := range faults() {
		t.Run(f.name, func(t *testing.T) {
			if f.long && !table {
				t.Skip("skipped: other tests prove it in every run; make reliability measures it")
			}
			measured := "not measured"
			defer func() {
				switch {
				case t.Skipped():
					measured = "not measured on this machine"
				case t.Failed():
					measured = "**failed**"
				}
				fmt.Fprintf(&rows, "| %s | %s | %s |\n", f.name, f.promise, measured)
			}()
			measured = f.test(t)
			t.Log(measured)
		})
	}
	if table {
		writeReliability(t, rows.String())
	}
}

const reliabilityText = `# Reliability

What goes wrong, what is promised then, and what was measured. This page is written by a run, ` + "`make reliability`" + `, which fails where a promise
doesn't hold; [e2e/](../e2e/README.md) has the tests. Real processes on loopback, the gateway as it is shipped, ` + "`--journal.sync=always`" + `.

| fault | promise | measured |
|---|---|---|
%s
Measured on %s, %d processors, %s, by %s.

Two that a process can't make happen to itself are tested on a simulated file system instead (` + "`internal/journal`" + `): power loss, where
everything not synced may be lost in any combination of sectors, and an fsync that fails, after which nothing more is acknowledged.
` + "`make soak`" + ` adds a minute of workers that add to sums over connections that break at any byte.
`

func writeReliability(t *testing.T, rows string) {
	t.Helper()
	text := fmt.Sprintf(reliabilityText, rows, runtime.GOOS+"/"+runtime.GOARCH, runtime.NumCPU(), runtime.Version(), "seed "+fmt.Sprint(*seedFlag))
	if err := os.WriteFile(*reliabilityFlag, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
