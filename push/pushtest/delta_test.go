package pushtest

import (
	"strings"
	"testing"
)

const histogram = `# TYPE h histogram
h_bucket{le="1"} 1
h_bucket{le="+Inf"} 3
h_sum 7
h_count 3
`

// Increments add up by type.
func TestDelta(t *testing.T) {
	g := New(t)
	body := histogram + "# TYPE c counter\nc{x=\"1\"} 2\nc{x=\"2\"} 0.5\n# TYPE g gauge\ng 4\n" +
		"# TYPE s summary\ns{quantile=\"0.5\"} 3\ns_sum 6\ns_count 2\n"
	for range 2 {
		a := must(t, g, 200, "POST", "/metrics/job/j", body, aggregateHeader, "delta")
		if echo := a.header.Get(aggregateHeader); echo != "delta" {
			t.Errorf("echo: want delta, got %q", echo)
		}
	}
	must(t, g, 200, "POST", "/metrics/job/j", "# TYPE c counter\nc{x=\"3\"} 1\n# TYPE g gauge\ng 9\n", aggregateHeader, "delta")
	for _, want := range []struct {
		v      float64
		name   string
		labels []string
	}{
		{4, "c", []string{"x", "1"}}, {1, "c", []string{"x", "2"}}, {1, "c", []string{"x", "3"}}, {9, "g", nil},
		{2, "h_bucket", []string{"le", "1"}}, {6, "h_bucket", []string{"le", "+Inf"}}, {14, "h_sum", nil}, {6, "h_count", nil},
		{12, "s_sum", nil}, {4, "s_count", nil},
	} {
		wantValue(t, g, want.v, want.name, want.labels...)
	}
	if v, ok := g.Lookup("s"); ok {
		t.Errorf("a summary that was added has quantile %v", v)
	}
	if sum := g.Sum("c", "job", "j"); sum != 6 {
		t.Errorf("sum: want 6, got %v", sum)
	}
}

// A producer's sequence is applied once, whatever the order; the record says which
// were repeated and which came late.
func TestSequences(t *testing.T) {
	g := New(t)
	for i, want := range []struct {
		sequence         int
		duplicate, order bool
	}{{1, false, false}, {3, false, false}, {2, false, true}, {3, true, false}, {1, true, false}, {4, false, false}} {
		a := mustIncrement(t, g, want.sequence)
		p := last(t, g)
		if p.Duplicate != want.duplicate || p.OutOfOrder != want.order || p.Applied == want.duplicate {
			t.Errorf("push %d: %v", i, p)
		}
		if a.header.Get(aggregateHeader) != "delta" || a.header.Get(duplicateHeader) != map[bool]string{true: "true"}[want.duplicate] {
			t.Errorf("push %d: headers %v", i, a.header)
		}
	}
	wantValue(t, g, 4, "a_total")
}

// A gateway that is not aggregating takes increments for values and says nothing.
func TestNotAggregating(t *testing.T) {
	g := New(t, NotAggregating())
	for range 2 {
		if a := mustIncrement(t, g, 1); a.header.Get(aggregateHeader) != "" || a.header.Get(duplicateHeader) != "" {
			t.Errorf("headers %v", a.header)
		}
	}
	wantValue(t, g, 1, "a_total")
	if p := last(t, g); !p.Applied || !p.Delta || p.Sequence != 1 {
		t.Errorf("want it applied, and the headers noted: %+v", p)
	}
}

// What can't be added, or isn't said right, is 400 and changes nothing.
func TestDeltaRefused(t *testing.T) {
	g := New(t)
	must(t, g, 200, "POST", "/metrics/job/j", histogram+"# TYPE c counter\nc 1\n", aggregateHeader, "delta")
	delta := []string{aggregateHeader, "delta"}
	for name, c := range map[string]struct {
		method, body string
		headers      []string
		says         string
	}{
		"other bounds":        {"POST", strings.Replace(histogram, `le="1"`, `le="2"`, 1), delta, `le="2"`},
		"another bound":       {"POST", strings.Replace(histogram, "h_sum", "h_bucket{le=\"2\"} 2\nh_sum", 1), delta, "want the same bounds"},
		"another type":        {"POST", "# TYPE c gauge\nc 1\n", delta, "COUNTER"},
		"negative":            {"POST", "# TYPE c counter\nc -1\n", delta, "-1"},
		"not a number":        {"POST", "# TYPE c counter\nc NaN\n", delta, "NaN"},
		"PUT":                 {"PUT", "# TYPE c counter\nc 1\n", delta, "want POST"},
		"sequence 0":          {"POST", "", append(delta, producerHeader, "p", sequenceHeader, "0"), `"0"`},
		"sequence without":    {"POST", "", append(delta, sequenceHeader, "1"), "both or neither"},
		"producer without":    {"POST", "", append(delta, producerHeader, "p"), "both or neither"},
		"unknown aggregation": {"POST", "", []string{aggregateHeader, "sum"}, `"sum"`},
		"unknown keep":        {"POST", "", []string{"Headgate-Keep", "for ever"}, `"for ever"`},
		"TTL":                 {"POST", "", []string{"Headgate-TTL", "3 days"}, `"3 days"`},
	} {
		a := must(t, g, 400, c.method, "/metrics/job/j", c.body, c.headers...)
		if !strings.Contains(a.body, c.says) {
			t.Errorf("%s: want %q in %q", name, c.says, a.body)
		}
		if p := last(t, g); p.Applied || !strings.Contains(p.Refused, c.says) {
			t.Errorf("%s: %v", name, p)
		}
	}
	wantValue(t, g, 1, "c")
	wantValue(t, g, 3, "h_count")
}
