package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// mostBinary bounds the command as it is released, in bytes: it is installed beside jobs,
// in images that are pulled for each run.
const mostBinary = 40_000_000

// The command stays small enough to be put beside any job.
func TestBinaryIsSmall(t *testing.T) {
	file := filepath.Join(t.TempDir(), "headgate")
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", file, "../cmd/headgate")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%.1f MB", float64(info.Size())/1e6)
	if info.Size() > mostBinary {
		t.Errorf("the stripped binary has %d bytes: want at most %d", info.Size(), mostBinary)
	}
}
