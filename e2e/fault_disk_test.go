package e2e

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

func killed(t *testing.T) string {
	const rounds = 64
	return fmt.Sprintf("%d times under 8 pushers; %d acknowledged requests, none lost, none in part", rounds, crash(t, rounds))
}

// tornTail cuts the log at random places, as a crash of the machine may, and fills some
// of what it cut with other bytes.
func tornTail(t *testing.T) string {
	const cuts = 24
	rng := rand.New(rand.NewPCG(*seedFlag, 11))
	dir := t.TempDir()
	g := startGateway(t, dir)
	pushGroups(t, g)
	g.kill()
	file := journalFile(t, dir, "segment-")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	end := len(bytes.TrimRight(whole, "\x00"))
	first := bytes.Index(whole, []byte("damage_m"))
	for range cuts {
		at := first + rng.IntN(end-first)
		torn := slices.Clone(whole[:at])
		if rng.IntN(2) == 0 {
			torn = append(torn, make([]byte, 512)...) // the sector's rest was never written
		}
		if err := os.WriteFile(file, torn, 0o600); err != nil {
			t.Fatal(err)
		}
		// A group is whole in the log if its value is; the record's end may be cut, so it may be gone.
		before := bytes.Count(whole[:at], []byte("\ndamage_m")) + bytes.Count(whole[:at], []byte("damage_m{"))
		g := startGateway(t, dir)
		shown := series(g.scrape(t))
		for i := range len(shown) {
			if v, ok := shown[fmt.Sprintf(`damage_m{job="damage%d"}`, i)]; !ok || v != float64(i)+0.25 {
				t.Fatalf("seed %d: cut at %d of %d: %d groups, and group %d is not among them", *seedFlag, at, end, len(shown), i)
			}
		}
		if len(shown) > before {
			t.Fatalf("seed %d: cut at %d of %d: %d groups from a log that has begun %d", *seedFlag, at, end, len(shown), before)
		}
		g.kill()
	}
	return fmt.Sprintf("%d tails cut at random places: each start shows the pushes before the cut, in order and without a gap", cuts)
}

func damaged(t *testing.T) string {
	dir := t.TempDir()
	g := startGateway(t, dir)
	pushGroups(t, g)
	g.kill()
	file := journalFile(t, dir, "segment-")
	corrupt(t, file, fmt.Appendf(nil, "%d.25", damageGroups/2))
	failsToStart(t, dir, filepath.Base(file), "offset", "headgate journal repair")
	if out, err := journalCommand("repair", dir); err != nil {
		t.Fatalf("journal repair: %v\n%s", err, out)
	}
	began := time.Now()
	left := len(series(startGateway(t, dir).scrape(t)))
	if left != damageGroups-1 {
		t.Fatalf("want %d groups after the repair, got %d", damageGroups-1, left)
	}
	return fmt.Sprintf("one bit of one record: refused with file and offset; after the repair %d of %d groups, up in %s", left, damageGroups, round(time.Since(began)))
}

func fullDisk(t *testing.T) string {
	disk := tmpfs(t, 12)
	ballast := filepath.Join(disk, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 4<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	g := startGateway(t, filepath.Join(disk, "data"))
	pushed := fillDisk(t, g)
	checkJobs(t, g, pushed)
	g.do(t, http.MethodDelete, "/metrics/job/full0", "", http.StatusAccepted)
	checkJobs(t, g, pushed-1)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	eventually(t, "pushes resume", func() error {
		status, answer, err := request(http.MethodPut, g.url+"/metrics/job/resumed", nil, []byte("full_m 1\n"))
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("status %d: %s", status, answer)
		}
		return err
	})
	resumed := time.Since(began)
	checkJobs(t, g, pushed)
	return fmt.Sprintf("507 after %d pushes; a delete and scrapes on the full disk; pushes again %s after there was room", pushed, round(resumed))
}

// slowDisk makes each sync take a fifth of a second, by holding the system call up.
func slowDisk(t *testing.T) string {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("skipped: it needs strace to hold up system calls")
	}
	const delay, workers, each = 200 * time.Millisecond, 32, 10
	dir := t.TempDir()
	g := awaitReady(t, start(t, "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync,sync_file_range",
		"-e", fmt.Sprintf("inject=fsync,fdatasync,sync_file_range:delay_enter=%d", delay.Microseconds()),
		binary, "--web.listen-address=127.0.0.1:0", "--web.enable-admin-api", "--data.dir="+dir))
	var mu sync.Mutex
	var took []time.Duration
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := range each {
				began := time.Now()
				status, answer, err := request(http.MethodPut, fmt.Sprintf("%s/metrics/job/slow%d", g.url, w), nil, fmt.Appendf(nil, "slow_m %d\n", i))
				if err != nil || status != http.StatusOK {
					t.Errorf("push: status %d, %v: %.200s", status, err, answer)
				}
				mu.Lock()
				took = append(took, time.Since(began))
				mu.Unlock()
			}
		})
	}
	busy := make(chan struct{})
	go func() { all.Wait(); close(busy) }()
	var health, scrape time.Duration
	for done := false; !done; {
		select {
		case <-busy:
			done = true
		default:
		}
		began := time.Now()
		g.do(t, http.MethodGet, "/-/healthy", "", http.StatusOK)
		health = max(health, time.Since(began))
		began = time.Now()
		g.do(t, http.MethodGet, "/metrics", "", http.StatusOK)
		scrape = max(scrape, time.Since(began))
	}
	slices.Sort(took)
	// The gateway itself: strace ends with it, and would leave it behind if it were killed.
	runTool(t, "", "pkill", "-9", "-f", "^"+binary+".*"+dir)
	<-g.done
	shown := series(startGateway(t, dir).scrape(t))
	for w := range workers {
		if v := shown[fmt.Sprintf(`slow_m{job="slow%d"}`, w)]; v != each-1 {
			t.Errorf("job slow%d: acknowledged %d, shown %v", w, each-1, v)
		}
	}
	return fmt.Sprintf("%s a sync: pushes take %s at the median, %s at most; `/-/healthy` %s, a scrape %s at most; %d acknowledged, all there after `kill -9`",
		delay, round(took[len(took)/2]), round(took[len(took)-1]), round(health), round(scrape), len(took))
}

// killedSnapshot kills the gateway while it writes a snapshot, again and again.
func killedSnapshot(t *testing.T) string {
	const rounds, groups = 5, 400
	dir := t.TempDir()
	pad := bytes.Repeat([]byte("x"), 100_000)
	for range rounds {
		g := startGateway(t, dir)
		writing := make(chan struct{})
		stop := make(chan struct{})
		go func() {
			defer close(writing)
			for {
				select {
				case <-stop:
					return
				default:
				}
				if found, _ := filepath.Glob(filepath.Join(dir, "journal", "snapshot-*.tmp")); len(found) > 0 {
					g.cmd.Process.Kill()
					return
				}
			}
		}()
		// More than the 64 MiB of log after which a snapshot is due.
		alive := true
		for i := 0; alive && i < 2*groups; i++ {
			body := fmt.Appendf(nil, "# HELP pad_m %s\npad_m %d\n", pad, i%groups)
			status, _, err := request(http.MethodPut, fmt.Sprintf("%s/metrics/job/pad%d", g.url, i%groups), nil, body)
			alive = err == nil && status == http.StatusOK
		}
		if alive {
			eventually(t, "a snapshot begins", func() error {
				select {
				case <-writing:
					return nil
				default:
					return fmt.Errorf("no snapshot yet")
				}
			})
		}
		close(stop)
		<-writing
		g.kill()
		g = startGateway(t, dir)
		shown := series(g.scrape(t))
		for i := range len(shown) {
			if v, ok := shown[fmt.Sprintf(`pad_m{job="pad%d"}`, i)]; !ok || v != float64(i) {
				t.Fatalf("group %d of %d is %v (there: %t)", i, len(shown), v, ok)
			}
		}
		g.kill()
	}
	return fmt.Sprintf("%d times, each time all groups that were acknowledged", rounds)
}

// round makes a duration fit to read.
func round(d time.Duration) time.Duration {
	switch {
	case d >= time.Second:
		return d.Round(10 * time.Millisecond)
	case d >= 10*time.Millisecond:
		return d.Round(time.Millisecond)
	}
	return d.Round(10 * time.Microsecond)
}
