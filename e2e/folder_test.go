package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// tmpfs mounts a small file system for the test and returns its folder. It
// skips the test where that is not possible.
func tmpfs(t *testing.T, megabytes int) string {
	t.Helper()
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("skipped: it needs a small file system, and only root on Linux can mount one")
	}
	dir := t.TempDir()
	mount := exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%dm", megabytes), "tmpfs", dir)
	if out, err := mount.CombinedOutput(); err != nil {
		t.Skipf("skipped: it needs a small file system, and mount says: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount %s: %v: %s", dir, err, out)
		}
	})
	return dir
}

// A full disk refuses pushes with 507 and nothing else: scrapes, deletes and
// restarts work, nothing acknowledged is lost, and pushes resume by themselves.
func TestFullDisk(t *testing.T) {
	disk := tmpfs(t, 12)
	ballast := filepath.Join(disk, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 4<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(disk, "data")
	g := startGateway(t, data)
	pushed := fillDisk(t, g)
	checkJobs(t, g, pushed)

	g.do(t, http.MethodDelete, "/metrics/job/full0", "", http.StatusAccepted)
	pushed--
	checkJobs(t, g, pushed)

	g.kill()
	g = startGateway(t, data)
	checkJobs(t, g, pushed)

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	eventually(t, "pushes resume", func() error {
		status, answer, err := request(http.MethodPut, g.url+"/metrics/job/resumed", nil, []byte("full_m 1\n"))
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("status %d: %s", status, answer)
		}
		return err
	})
	checkJobs(t, g, pushed+1)
	g.kill()
	checkJobs(t, startGateway(t, data), pushed+1)
}

// fillDisk pushes to ever new groups until the disk is full, and returns how many took it.
func fillDisk(t *testing.T, g *gateway) int {
	t.Helper()
	body := []byte("full_m 1\n# HELP full_m " + strings.Repeat("x", 100_000) + "\n")
	for i := range 200 {
		url := fmt.Sprintf("%s/metrics/job/full%d", g.url, i)
		status, answer, err := request(http.MethodPut, url, nil, body)
		switch {
		case err != nil:
			t.Fatal(err)
		case status == http.StatusInsufficientStorage:
			if !strings.Contains(string(answer), "space") {
				t.Errorf("want the refusal to say that there is no space, got %q", answer)
			}
			return i
		case status != http.StatusOK:
			t.Fatalf("push %d: want status 200 or 507, got %d: %s", i, status, answer)
		}
	}
	t.Fatal("20 MB fit on a disk of 12")
	return 0
}

// checkJobs wants so many groups with the series full_m, no more and no less.
func checkJobs(t *testing.T, g *gateway, want int) {
	t.Helper()
	if got := len(g.scrape(t)["full_m"].GetMetric()); got != want {
		t.Fatalf("series full_m: want %d, got %d", want, got)
	}
}

// A data folder that can't be written stops the start with its name, and keeps what it holds.
func TestReadOnlyFolder(t *testing.T) {
	var dir string
	readOnly := func(mode string) { runTool(t, "", "mount", "-o", "remount,"+mode, dir) }
	if os.Getuid() == 0 { // permissions do not stop root
		dir = tmpfs(t, 16)
	} else {
		dir = t.TempDir()
		readOnly = func(mode string) {
			runTool(t, "", "chmod", "-R", map[string]string{"ro": "a-w", "rw": "u+w"}[mode], dir)
		}
	}
	g := startGateway(t, dir)
	g.do(t, http.MethodPut, "/metrics/job/kept", "kept_m 1\n", http.StatusOK)
	g.kill()
	readOnly("ro")
	failsToStart(t, dir, dir)
	readOnly("rw")
	if got := series(startGateway(t, dir).scrape(t)); len(got) != 1 {
		t.Errorf("want the one series of before, got %v", got)
	}
}

// A second gateway on a folder in use is refused with the first one's process id,
// and the first goes on.
func TestSecondProcess(t *testing.T) {
	dir := t.TempDir()
	g := startGateway(t, dir)
	failsToStart(t, dir, dir, fmt.Sprint(g.cmd.Process.Pid))
	g.do(t, http.MethodPut, "/metrics/job/j", "m 1\n", http.StatusOK)
	g.kill()
	startGateway(t, dir).do(t, http.MethodGet, "/-/healthy", "", http.StatusOK)
}

// failsToStart wants the gateway to end by itself, with an error that has all these words.
func failsToStart(t *testing.T, dataDir string, words ...string) {
	t.Helper()
	p := start(t, binary, "--web.listen-address=127.0.0.1:0", "--data.dir="+dataDir)
	if err := p.exit(t); err == nil {
		t.Fatalf("want a failed start, got exit code 0:\n%s", p.out.String())
	}
	for _, word := range words {
		if !strings.Contains(p.out.String(), word) {
			t.Errorf("want the reason to name %q, got:\n%s", word, p.out.String())
		}
	}
}
