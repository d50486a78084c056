package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// memoryGroup makes a control group with a limit in MB and returns a file: a process whose
// number is written there is in it.
func memoryGroup(t *testing.T, megabytes int) (procs string) {
	t.Helper()
	// Version 2, or 1 where that is still mounted.
	for _, limit := range []string{"/sys/fs/cgroup/*/memory.max", "/sys/fs/cgroup/memory/*/memory.limit_in_bytes"} {
		root, file := filepath.Dir(filepath.Dir(limit)), filepath.Base(limit)
		dir, err := os.MkdirTemp(root, "headgate-e2e-")
		if err != nil {
			continue
		}
		t.Cleanup(func() { os.Remove(dir) })
		// Only a control group has the file before anybody writes it.
		if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
			continue
		}
		if os.WriteFile(filepath.Join(dir, file), []byte(fmt.Sprint(megabytes<<20)), 0o600) == nil {
			return filepath.Join(dir, "cgroup.procs")
		}
	}
	t.Skip("skipped: it needs a memory control group of its own, and none can be made")
	return ""
}

// memoryLimit sends more than fits into memory at once to a gateway whose budgets say so.
func memoryLimit(t *testing.T) string {
	const limit, pushers, rounds = 192, 32, 6
	procs := memoryGroup(t, limit)
	config := filepath.Join(t.TempDir(), "headgate.yml")
	if err := os.WriteFile(config, []byte("limits:\n  body_bytes: 8388608\n  decoded_body_bytes: 8388608\n  in_flight_bytes: 25165824\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	g := awaitReady(t, start(t, "sh", "-c", `echo $$ >"$0" && GOMEMLIMIT=150MiB exec "$@"`, procs,
		binary, "--web.listen-address=127.0.0.1:0", "--data.dir="+dir, "--config.file="+config))
	var body bytes.Buffer
	for i := range 2000 { // 2 MB, of which one series in a hundred stays different
		fmt.Fprintf(&body, "memory_m{i=\"%d\",pad=%q} 1\n", i, strings.Repeat("x", 1000))
	}
	var taken, later atomic.Int64
	var all sync.WaitGroup
	for range pushers {
		all.Go(func() {
			for range rounds {
				status, answer, err := request(http.MethodPut, g.url+"/metrics/job/memory", nil, body.Bytes())
				switch {
				case err != nil:
					t.Error(err)
				case status == http.StatusOK:
					taken.Add(1)
				case status == http.StatusTooManyRequests:
					later.Add(1)
				default:
					t.Errorf("status %d: %.200s", status, answer)
				}
			}
		})
	}
	all.Wait()
	select {
	case <-g.done:
		t.Fatalf("the gateway is gone: %v", g.err)
	default:
	}
	peak := memoryOf(t, g, "VmHWM")
	g.scrape(t)
	return fmt.Sprintf("%d MB, %d pushes of 2 MB, %d at once: %d taken, %d told to come later, %d MB at most", limit, pushers*rounds, pushers, taken.Load(), later.Load(), peak)
}
