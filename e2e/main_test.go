// Package e2e tests the command from outside, as real processes: a real
// Prometheus, the clients of other languages, kill -9, broken disks and hostile
// input. README.md says what it needs.
package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

var (
	gatewayFlag = flag.String("gateway", "", "test this `binary` instead of building ./cmd/headgate")
	seedFlag    = flag.Uint64("seed", 0, "seed of the random tests; 0 draws one")
	roundsFlag  = flag.Int("rounds", 32, "rounds of the crash test")
	soakFlag    = flag.Duration("soak", 5*time.Second, "how long the soak test takes at least")
)

// binary is the command under test; set once, before any test runs.
var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if *seedFlag == 0 {
		*seedFlag = uint64(time.Now().UnixNano())
	}
	fmt.Printf("seed %d (repeat with -seed)\n", *seedFlag)
	if *gatewayFlag != "" {
		binary = *gatewayFlag
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "headgate-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "headgate")
	build := exec.Command("go", "build", "-buildvcs=false", "-o", binary, "../cmd/headgate")
	build.Stdout, build.Stderr = os.Stdout, os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build the command under test:", err)
		return 1
	}
	return m.Run()
}

// cacheDir is where things are kept that are slow to build and do not depend on
// the checkout: Prometheus, the clients' packages.
func cacheDir(t *testing.T, elem ...string) string {
	t.Helper()
	base, err := os.UserCacheDir()
	if err != nil {
		base = os.TempDir()
	}
	dir := filepath.Join(append([]string{base, "headgate-e2e"}, elem...)...)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}
