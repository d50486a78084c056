package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protodelim"

	dto "github.com/prometheus/client_model/go"
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

// TestBodiesAgree promises that the text and the protobuf line push the same
// values: the figures of both stand for the same work.
func TestBodiesAgree(t *testing.T) {
	text := textBody()
	proto, err := protoBody()
	if err != nil {
		t.Fatal(err)
	}
	if len(text.values) != len(proto.values) || len(text.values) != seriesPerGroup-1 {
		t.Errorf("%d values change in text, %d in protobuf, want all but the exit code", len(text.values), len(proto.values))
	}
	stamped := bytes.Clone(proto.bytes)
	proto.stamp(stamped, 42)
	r := bytes.NewReader(stamped)
	for i, m := range jobMetrics {
		var f dto.MetricFamily
		if err := protodelim.UnmarshalFrom(r, &f); err != nil {
			t.Fatalf("family %d: %v", i, err)
		}
		got := f.GetMetric()[0].GetGauge().GetValue() + f.GetMetric()[0].GetCounter().GetValue()
		if want := 1e6 + 42; f.GetName() != m.name || m.value != "0" && got != want {
			t.Errorf("family %d: %s is %v, want %s to be %v", i, f.GetName(), got, m.name, want)
		}
	}
}

// TestStamp promises that a push differs from the one before in every value but
// the exit code, and that its length stays what Content-Length says.
func TestStamp(t *testing.T) {
	req := newPushRequest("127.0.0.1:1", textBody())
	first := bytes.Clone(req.next(7, 1))
	second := req.next(99_999, 234_567)
	if len(first) != len(second) {
		t.Errorf("lengths %d and %d", len(first), len(second))
	}
	for _, want := range []string{"/instance/host-099999 ", "backup_duration_seconds 1834.234567\n", "backup_files_total 7234567\n"} {
		if !bytes.Contains(second, []byte(want)) {
			t.Errorf("no %q in request %q", want, second)
		}
	}
}

// TestVerdict promises that a budget is judged on the right figure and side.
func TestVerdict(t *testing.T) {
	for _, tc := range []struct {
		name  string
		ratio float64
		ours  float64
		b     budget
		want  string
	}{
		{"at least, reached", 0.6, 0, budget{AtLeast: 0.6}, "met"},
		{"at least, not reached", 0.59, 9, budget{AtLeast: 0.6}, "missed"},
		{"at most, kept", 2.5, 9, budget{AtMost: 2.5}, "met"},
		{"at most, exceeded", 2.6, 0, budget{AtMost: 2.5}, "missed"},
		{"absolute judges ours", 1, 451, budget{AtMost: 450, Absolute: true}, "missed"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := line{Ours: summarize([]float64{tc.ours}), Ratio: summarize([]float64{tc.ratio}), Budget: &tc.b}
			if l.judge(); l.Verdict != tc.want {
				t.Errorf("verdict %q, want %q", l.Verdict, tc.want)
			}
		})
	}
}
