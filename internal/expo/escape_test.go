package expo

import (
	"testing"

	"github.com/prometheus/common/model"
)

// Names are escaped as Prometheus's encoder escapes them.
func TestEscapeNameAgreesWithModel(t *testing.T) {
	names := []string{"", "up", "a:b", "a.b", "a_b.c", "0x", "ü", "a b", "\xff", "U__a", "_"}
	for e := EscapeUnderscores; e <= AllowUTF8; e++ {
		for _, name := range names {
			want := name
			if !model.LegacyValidation.IsValidMetricName(name) {
				want = model.EscapeName(name, schemes[e])
			}
			if got := EscapeName(name, e); got != want {
				t.Errorf("%s: EscapeName(%q) = %q, want %q", e, name, got, want)
			}
		}
	}
}

// A colon in a label name would end Prometheus's scrape.
func TestEscapeColonInLabelName(t *testing.T) {
	for e, want := range map[Escaping]string{
		EscapeUnderscores: "a_b_c", EscapeDots: "a__b_dot_c", EscapeValues: "U__a_3a_b_2e_c", AllowUTF8: "a:b.c",
	} {
		f := Family{Name: "m", Metrics: []Metric{{Labels: []Label{{"a:b.c", "x"}, {"ok", "a:b"}}}}}
		Escape(&f, e)
		if got := f.Metrics[0].Labels[0].Name; got != want {
			t.Errorf("%s: got %q, want %q", e, got, want)
		}
		if got := f.Metrics[0].Labels[1]; got != (Label{"ok", "a:b"}) {
			t.Errorf("%s: %q was changed", e, got)
		}
	}
	if got, want := string(AppendSamples(nil, &Family{Name: "m:x", Type: Gauge, Metrics: []Metric{{Labels: []Label{{"a:b", "x"}}}}})),
		"m:x{\"a:b\"=\"x\"} 0\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
