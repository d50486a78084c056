package job

import (
	"fmt"
	"strings"
	"testing"
)

// A bad line is named by its number; good lines stay whatever the others are.
func TestParseMetrics(t *testing.T) {
	for _, c := range []struct{ text, families, errors string }{
		{"", "", ""},
		{"rows 1", "rows:UNTYPED:1", ""},
		{"rows 1\r\n\n  # a comment\n\trows{a=\"b\"} 2\n", "rows:UNTYPED:2", ""},
		{"# TYPE rows_total counter\nrows_total 1\n", "rows_total:COUNTER:1", ""},
		{"# TYPE d histogram\nd_bucket{le=\"1\"} 1\nd_bucket{le=\"+Inf\"} 2\nd_sum 3\nd_count 2\n", "d:HISTOGRAM:1", ""},
		{"rows\nsize 2", "size:UNTYPED:1", "line 1"},
		{"rows 1\n# TYPE rows gauge\nsize 2", "rows:UNTYPED:1 size:UNTYPED:1", "line 2"},
		{"# TYPE rows nonsense\nrows 2", "rows:UNTYPED:1", "line 1"},
		{"rows 1\nrows 2\nsize 3", "rows:UNTYPED:1 size:UNTYPED:1", "line 2"},
		{"rows{job=\"x\"} 1\nsize 3", "size:UNTYPED:1", "line 1"},
		{"job_run_success 1\njob_run 2", "job_run:UNTYPED:1", "line 1"},
		{"\xff\xfe 1\nsize 3", "size:UNTYPED:1", "line 1"},
	} {
		families, bad := ParseMetrics([]byte(c.text), []string{"job", "instance"})
		var got []string
		for _, f := range families {
			got = append(got, fmt.Sprintf("%s:%s:%d", f.GetName(), f.GetType(), len(f.Metric)))
		}
		var lines []string
		for _, err := range bad {
			line, _, _ := strings.Cut(err.Error(), ":")
			lines = append(lines, line)
		}
		if strings.Join(got, " ") != c.families || strings.Join(lines, " ") != c.errors {
			t.Errorf("%q: got %q and errors %q, want %q and %q", c.text, got, bad, c.families, c.errors)
		}
	}
}

// Whatever a script writes, the errors are of lines and what is left goes to a gateway:
// reading it once more finds nothing.
func FuzzParseMetrics(f *testing.F) {
	for _, seed := range []string{"rows 1\n", "# TYPE a histogram\na_bucket{le=\"1\"} 1\n", "a{b=\"c\\\"\"} NaN 5", "# HELP a b\n# HELP a c\na 1"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		families, _ := ParseMetrics(text, []string{"job"})
		seen := map[string]bool{}
		for _, family := range families {
			if len(family.Metric) == 0 || seen[family.GetName()] {
				t.Errorf("family %q is empty or there twice", family.GetName())
			}
			seen[family.GetName()] = true
		}
	})
}
