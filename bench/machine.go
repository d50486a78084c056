package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// machine says where the figures come from.
type machine struct {
	CPU         string        `json:"cpu"`
	Cores       int           `json:"cores"`
	Kernel      string        `json:"kernel"`
	Go          string        `json:"go"`
	Commit      string        `json:"commit"`
	Pushgateway string        `json:"pushgateway"`
	FsyncMedian time.Duration `json:"fsync_median_ns"` // of 4 KiB appended in the work folder
	FsyncWorst  time.Duration `json:"fsync_worst_ns"`
}

func describeMachine(ctx context.Context, b *bench) (machine, error) {
	m := machine{
		CPU:         cpuModel(),
		Cores:       runtime.NumCPU(),
		Kernel:      firstLine(ctx, "uname", "-sr"),
		Go:          runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH,
		Commit:      commit(ctx),
		Pushgateway: "none",
	}
	if b.pushgateway != "" {
		m.Pushgateway = firstLine(ctx, b.pushgateway, "--version")
	}
	var err error
	m.FsyncMedian, m.FsyncWorst, err = fsyncLatency(b.work)
	return m, err
}

func cpuModel() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown"
	}
	for l := range bytes.Lines(info) {
		if name, value, ok := strings.Cut(string(l), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

// commit names the commit of the working folder, with + for changes on top of it.
func commit(ctx context.Context) string {
	head := firstLine(ctx, "git", "rev-parse", "--short", "HEAD")
	if out, err := exec.CommandContext(ctx, "git", "status", "--porcelain", "--untracked-files=no").Output(); err == nil && len(out) > 0 {
		return head + "+"
	}
	return head
}

// firstLine is the first line a command prints, or "unknown".
func firstLine(ctx context.Context, name string, args ...string) string {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	first, _, _ := strings.Cut(string(out), "\n")
	if err != nil || first == "" {
		return "unknown"
	}
	return strings.TrimSpace(first)
}

// fsyncLatency appends 4 KiB to a file in dir a hundred times, syncing each.
func fsyncLatency(dir string) (median, worst time.Duration, err error) {
	f, err := os.Create(filepath.Join(dir, "fsync"))
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	var took [100]time.Duration
	page := make([]byte, 4096)
	for i := range took {
		began := time.Now()
		if _, err := f.Write(page); err != nil {
			return 0, 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, 0, fmt.Errorf("fsync in %s: %w", dir, err)
		}
		took[i] = time.Since(began)
	}
	slices.Sort(took[:])
	return took[len(took)/2], took[len(took)-1], nil
}
