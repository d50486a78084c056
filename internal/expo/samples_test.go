package expo

import "testing"

// TestSamples guards that canonical sample lines of every type come back as they were.
func TestSamples(t *testing.T) {
	for _, c := range []struct {
		name string
		typ  Type
		text string
	}{
		{"g", Gauge, "g{instance=\"\",job=\"j\"} 1.5e+06\ng{instance=\"a\\n\\\"\",job=\"j\"} NaN\n"},
		{"g", Untyped, "g -1 17\n"},
		{"s", Summary, "s{job=\"j\",quantile=\"0.5\"} 1\ns{job=\"j\",quantile=\"0.9\"} 2\ns_sum{job=\"j\"} 3\ns_count{job=\"j\"} 2\ns_sum 0\ns_count 0\n"},
		{"h", Histogram, "h_bucket{job=\"j\",le=\"0.5\"} 1\nh_bucket{job=\"j\",le=\"+Inf\"} 2.5\nh_sum{job=\"j\"} 3\nh_count{job=\"j\"} 2.5\n"},
		{"h.é", GaugeHistogram, "{\"h.é_bucket\",\"l.y\"=\"x\",le=\"+Inf\"} 2\n{\"h.é_sum\",\"l.y\"=\"x\"} -3\n{\"h.é_count\",\"l.y\"=\"x\"} 2\n"},
		{"c_sum", Counter, "c_sum{le=\"x\",quantile=\"y\"} 1\n"},
	} {
		var p Parser
		f := Family{Name: c.name, Type: c.typ}
		if err := p.Samples(&f, c.text); err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if got := string(AppendSamples(nil, &f)); got != c.text {
			t.Errorf("got\n%swant\n%s", got, c.text)
		}
	}
}

// TestSamplesRefuses guards that text of another family is an error, not a mix-up.
func TestSamplesRefuses(t *testing.T) {
	for _, text := range []string{"g 1\n", "h 1\n", "h_total 1\n", "h_count x\n", "h_count 1 2 3\n", "# TYPE h histogram\n", " ", "h{"} {
		var p Parser
		f := Family{Name: "h", Type: Histogram}
		if err := p.Samples(&f, text); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}
