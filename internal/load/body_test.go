package load

import (
	"bytes"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/encoding/protodelim"
)

// TestBodiesAgree promises that the text and the protobuf line push the same
// values: the figures of both stand for the same work.
func TestBodiesAgree(t *testing.T) {
	text := Text(SeriesPerGroup)
	proto, err := Proto(SeriesPerGroup)
	if err != nil {
		t.Fatal(err)
	}
	if len(text.values) != len(proto.values) || len(text.values) != SeriesPerGroup-1 {
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
	req := (&Target{Addr: "127.0.0.1:1"}).Push(Text(SeriesPerGroup))
	first := bytes.Clone(req.Next(7, 1))
	second := req.Next(99_999, 234_567)
	if len(first) != len(second) {
		t.Errorf("lengths %d and %d", len(first), len(second))
	}
	for _, want := range []string{"/instance/host-099999 ", "backup_duration_seconds 1834.234567\n", "backup_files_total 7234567\n"} {
		if !bytes.Contains(second, []byte(want)) {
			t.Errorf("no %q in request %q", want, second)
		}
	}
}
