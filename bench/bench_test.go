package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// TestMain lets the test binary be the peers, as the bench binary is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "peer" {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

// TestPeersAlone promises figures of the discard handler on a machine that has
// neither a gateway nor a Pushgateway, and that the lines which need one say so.
func TestPeersAlone(t *testing.T) {
	rep := quickRun(t, "-headgate", "none")
	for _, l := range rep.Lines {
		if l.Ours != nil {
			t.Errorf("%s: %q: ours is %v without a gateway", l.Row, l.What, l.Ours)
		}
		if l.Row == "push" && (l.Peer == nil || l.Peer.Median <= 0) {
			t.Errorf("%s: %q: peer is %v, want a positive rate", l.Row, l.What, l.Peer)
		}
		if l.Budget != nil && l.Verdict != "not measured" {
			t.Errorf("%s: %q: verdict %q, want not measured", l.Row, l.What, l.Verdict)
		}
	}
	checkRows(t, rep)
}

// TestGateway promises that each row measures the gateway, and by that that the
// gateway takes, serves and recovers what the rows push.
func TestGateway(t *testing.T) {
	gateway := filepath.Join(t.TempDir(), "headgate")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", gateway, "github.com/headgate/headgate/cmd/headgate")
	if out, err := build.CombinedOutput(); err != nil {
		t.Skipf("the gateway does not build: %v: %s", err, out)
	}
	rep := quickRun(t, "-headgate", gateway, "-no-big-peer")
	for _, l := range rep.Lines {
		if l.Ours == nil || l.Ours.Median <= 0 {
			t.Errorf("%s: %q: ours is %v, want a positive figure", l.Row, l.What, l.Ours)
		}
	}
	checkRows(t, rep)
}

// quickRun runs every row in smoke mode without a Pushgateway.
func quickRun(t *testing.T, args ...string) report {
	t.Helper()
	var stdout, stderr bytes.Buffer
	args = append(args, "-quick", "-o", "json", "-pushgateway", "none", "-dir", t.TempDir())
	if status := run(args, &stdout, &stderr); status != 0 {
		t.Fatalf("exit status %d: %s", status, &stderr)
	}
	var rep report
	if err := json.Unmarshal(stdout.Bytes(), &rep); err != nil {
		t.Fatalf("output is not JSON: %v: %s", err, &stdout)
	}
	return rep
}

func checkRows(t *testing.T, rep report) {
	t.Helper()
	for _, name := range rowNames() {
		if !slices.ContainsFunc(rep.Lines, func(l line) bool { return l.Row == name }) {
			t.Errorf("row %s is missing", name)
		}
	}
	if err := rep.print(new(bytes.Buffer), "text"); err != nil {
		t.Errorf("printing the table: %v", err)
	}
}
