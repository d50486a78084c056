package e2e

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const damageGroups = 60

// Damage in the log, before its tail, stops the start and names the file, the
// place and the repair. The repair gives up the damaged record and no other.
func TestDamagedSegment(t *testing.T) {
	dir := t.TempDir()
	g := startGateway(t, dir)
	pushGroups(t, g)
	g.kill() // no snapshot: the log is all there is
	file := journalFile(t, dir, "segment-")
	at := corrupt(t, file, fmt.Appendf(nil, "%d.25", damageGroups/2))
	failsToStart(t, dir, filepath.Base(file), "offset", "headgate journal repair")
	failsToStart(t, dir, filepath.Base(file)) // and again: it was not overwritten

	checked, err := journalCommand("check", dir)
	if err == nil || !strings.Contains(checked, filepath.Base(file)) {
		t.Errorf("journal check: want a failure that names the file, got %v:\n%s", err, checked)
	}
	repaired, err := journalCommand("repair", dir)
	if err != nil {
		t.Fatalf("journal repair: %v\n%s", err, repaired)
	}
	if checked, err = journalCommand("check", dir); err != nil {
		t.Errorf("journal check after the repair: %v\n%s", err, checked)
	}
	got := series(startGateway(t, dir).scrape(t))
	if len(got) != damageGroups-1 {
		t.Errorf("damage at offset %d of %s: want %d of %d groups after the repair, got %d\n%s",
			at, filepath.Base(file), damageGroups-1, damageGroups, len(got), repaired)
	}
}

// A damaged snapshot is done without, and said in the log, as long as the log
// still has all that it replaced.
func TestDamagedSnapshotWithLog(t *testing.T) {
	dir := t.TempDir()
	g := startGateway(t, dir)
	pushGroups(t, g)
	lengthenLog(t, g, 2)
	g.stop(t) // writes a snapshot; the log stays, as it is in one segment
	file := journalFile(t, dir, "snapshot-")
	corrupt(t, file, fmt.Appendf(nil, "%d.25", damageGroups/2))
	g = startGateway(t, dir)
	if got := series(g.scrape(t)); len(got) != damageGroups {
		t.Errorf("want all %d groups, got %d", damageGroups, len(got))
	}
	if out := g.out.String(); !strings.Contains(out, filepath.Base(file)) {
		t.Errorf("want the log to name %s, got:\n%s", filepath.Base(file), out)
	}
}

// A damaged snapshot that nothing can replace stops the start as a damaged
// segment does. The repair gives up the damaged group and no other.
func TestDamagedSnapshot(t *testing.T) {
	dir := t.TempDir()
	g := startGateway(t, dir)
	pushGroups(t, g)
	lengthenLog(t, g, 72) // beyond a segment, and beyond the size from which a snapshot is due
	first := filepath.Join(dir, "journal", fmt.Sprintf("segment-%020d", 1))
	eventually(t, "snapshot instead of the first segment", func() error {
		if _, err := os.Stat(first); err == nil {
			return fmt.Errorf("%s is still there", first)
		}
		return nil
	})
	g.kill()
	file := journalFile(t, dir, "snapshot-")
	corrupt(t, file, fmt.Appendf(nil, "%d.25", damageGroups/2))
	failsToStart(t, dir, filepath.Base(file), "offset", "headgate journal repair")

	if checked, err := journalCommand("check", dir); err == nil || !strings.Contains(checked, filepath.Base(file)) {
		t.Errorf("journal check: want a failure that names the file, got %v:\n%s", err, checked)
	}
	repaired, err := journalCommand("repair", dir)
	if err != nil {
		t.Fatalf("journal repair: %v\n%s", err, repaired)
	}
	g = startGateway(t, dir)
	if got := series(g.scrape(t)); len(got) != damageGroups-1 {
		t.Errorf("want %d of %d groups after the repair, got %d\n%s", damageGroups-1, damageGroups, len(got), repaired)
	}
	g.do(t, http.MethodPut, "/metrics/job/after", "after_m 1\n", http.StatusOK)
}

// pushGroups pushes groups whose values end in .25, so that each can be found in a file.
func pushGroups(t *testing.T, g *gateway) {
	t.Helper()
	for i := range damageGroups {
		body := fmt.Sprintf("# TYPE damage_m gauge\ndamage_m %d.25\n", i)
		g.do(t, http.MethodPut, fmt.Sprintf("/metrics/job/damage%d", i), body, http.StatusOK)
	}
	if got := series(g.scrape(t)); len(got) != damageGroups {
		t.Fatalf("want %d groups, got %d", damageGroups, len(got))
	}
}

// lengthenLog writes so much to the log and leaves nothing behind in the state.
func lengthenLog(t *testing.T, g *gateway, megabytes int) {
	t.Helper()
	body := "# HELP bulk_m " + strings.Repeat("x", 1<<20) + "\nbulk_m 1\n"
	for range megabytes {
		g.do(t, http.MethodPut, "/metrics/job/bulk", body, http.StatusOK)
	}
	g.do(t, http.MethodDelete, "/metrics/job/bulk", "", http.StatusAccepted)
}

// journalFile returns the only file of the journal whose name begins so.
func journalFile(t *testing.T, dataDir, prefix string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dataDir, "journal", prefix+"*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 {
		t.Fatalf("want one file %s*, got %v", prefix, found)
	}
	return found[0]
}

// corrupt flips a bit within the given bytes, or, where they are not to be found as
// they are, in the middle of what is not zero. It returns the offset.
func corrupt(t *testing.T, file string, within []byte) int {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	at := strings.Index(string(b), string(within))
	if at < 0 {
		at = len(strings.TrimRight(string(b), "\x00")) / 2
	}
	b[at] ^= 0x10
	if err := os.WriteFile(file, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return at
}

func journalCommand(name, dataDir string) (string, error) {
	out, err := exec.Command(binary, "journal", name, "--data.dir="+dataDir).CombinedOutput()
	return string(out), err
}
