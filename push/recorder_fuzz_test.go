package push

import (
	"errors"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Whatever is recorded, it is refused as invalid or comes out as a valid
// exposition of one sample.
func FuzzRecord(f *testing.F) {
	f.Add("m", "a", "1", "b", "2", 1.0, false)
	f.Add("c_total", "x", "1", "", "", -1.0, false)
	f.Add("h", "le", "1", "x", "\xff", 2.0, true)
	f.Add("größe", "__name__", "a", "job", "b", 3.0, true)
	f.Add("h_count", "a", "", "a", "1", 0.0, false)
	f.Fuzz(func(t *testing.T, name, label, value, label2, value2 string, v float64, utf8 bool) {
		r := newRecorder(recorderConfig{utf8: utf8})
		r.Counter("c_total", "", "x", "y")
		r.Histogram("h", "", []float64{1}, "x", "y")
		err := r.Record(Metric{Name: name, Value: v, Labels: []Label{{Name: label, Value: value}, {Name: label2, Value: value2}}})
		families, samples := r.drain()
		if err != nil {
			if samples != 0 || !errors.Is(err, ErrInvalidMetric) {
				t.Fatalf("%v, and %d samples", err, samples)
			}
			return
		}
		if samples != 1 {
			t.Fatalf("%d samples", samples)
		}
		if utf8 {
			return // expfmt writes a label name with a colon in a way that it doesn't read
		}
		parser := expfmt.NewTextParser(model.LegacyValidation)
		if _, err := parser.TextToMetricFamilies(strings.NewReader(recordedText(t, families))); err != nil {
			t.Fatal(err)
		}
	})
}
