//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/headgate/headgate/examples/internal/stage"
)

// A run that is told to stop still says that it didn't succeed. Here it reads from a
// pipe, so that it is in the middle of a table for sure.
func TestBackupStopped(t *testing.T) {
	stage.Each(t, func(t *testing.T, gw stage.Gateway) {
		from := t.TempDir()
		pipe := filepath.Join(from, "orders.csv")
		if err := syscall.Mkfifo(pipe, 0o600); err != nil {
			t.Skipf("no pipes here: %v", err)
		}
		process := stage.Start(t, gw.URL(), from, t.TempDir())
		table, err := os.OpenFile(pipe, os.O_WRONLY, 0) // waits for the program to open it
		if err != nil {
			t.Fatal(err)
		}
		defer table.Close()
		if _, err := table.WriteString("1,apple\n"); err != nil {
			t.Fatal(err)
		}
		process.Stop()
		if got := process.Wait(); got.Code != 1 || !strings.Contains(got.Stderr, "signal") {
			t.Errorf("want exit code 1 and the signal, got %+v", got)
		}
		if v := gw.Value("backup_success"); v != 0 {
			t.Errorf("backup_success is %v after SIGTERM", v)
		}
	})
}
