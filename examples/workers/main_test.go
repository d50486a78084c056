package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/headgate/headgate/examples/internal/stage"
	"github.com/headgate/headgate/push/pushtest"
)

func TestMain(m *testing.M) { stage.Main(m, main) }

// files makes n files of ten bytes each.
func files(t *testing.T, n int) (paths []string) {
	t.Helper()
	dir := t.TempDir()
	for i := range n {
		path := filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(path, []byte("0123456789"), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

// Workers that run at once add up to what they did, although some pushes get no
// answer and are repeated.
func TestWorkers(t *testing.T) {
	gw := pushtest.New(t)
	gw.Respond(pushtest.CutAfterApply().Times(3), pushtest.Pass(), pushtest.Status(503).Times(2))
	const workers, each = 12, 5
	paths, spool := files(t, each), t.TempDir()
	var running []*stage.Process
	for range workers {
		args := append([]string{"-spool", spool}, paths...)
		running = append(running, stage.Start(t, gw.URL(), args...))
	}
	for _, worker := range running {
		if got := worker.Wait(); got.Code != 0 || strings.Count(got.Stdout, "\n") != each {
			t.Errorf("want %d checksums, got %+v", each, got)
		}
	}
	if n := gw.Value("checksum_files_total", "job", "checksum", "outcome", "ok"); n != workers*each {
		t.Errorf("%v files, want %d", n, workers*each)
	}
	if n := gw.Value("checksum_read_bytes_total"); n != workers*each*10 {
		t.Errorf("%v bytes, want %d", n, workers*each*10)
	}
}

// The same against each gateway, without faults: that the project's adds up.
func TestWorkersAddUp(t *testing.T) {
	stage.Each(t, func(t *testing.T, gw stage.Gateway) {
		const workers, each = 6, 5
		args := append([]string{"-spool", t.TempDir()}, files(t, each)...)
		var running []*stage.Process
		for range workers {
			running = append(running, stage.Start(t, gw.URL(), args...))
		}
		for _, worker := range running {
			if got := worker.Wait(); got.Code != 0 {
				t.Errorf("got %+v", got)
			}
		}
		if n := gw.Value("checksum_read_bytes_total"); n != workers*each*10 {
			t.Errorf("%v bytes, want %d", n, workers*each*10)
		}
	})
}

// A file that can't be read is counted, and doesn't keep the others from it.
func TestWorkerFails(t *testing.T) {
	gw := pushtest.New(t)
	paths := append(files(t, 1), "not-there")
	got := stage.Run(t, gw.URL(), append([]string{"-spool", t.TempDir()}, paths...)...)
	if got.Code != 1 || !strings.Contains(got.Stderr, "not-there") {
		t.Errorf("want exit code 1 and the file that is missing, got %+v", got)
	}
	for outcome, want := range map[string]float64{"ok": 1, "failed": 1} {
		if n := gw.Value("checksum_files_total", "outcome", outcome); n != want {
			t.Errorf("%v files %s, want %v", n, outcome, want)
		}
	}
}

// A gateway that would take increments for values is an error, not a wrong sum.
func TestWorkerNeedsAggregation(t *testing.T) {
	gw := pushtest.New(t, pushtest.NotAggregating())
	got := stage.Run(t, gw.URL(), append([]string{"-spool", t.TempDir()}, files(t, 1)...)...)
	if got.Code != 1 || !strings.Contains(got.Stderr, "does not aggregate") {
		t.Errorf("want exit code 1 and what is wrong with the gateway, got %+v", got)
	}
}
