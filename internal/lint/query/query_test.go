package query

import (
	"slices"
	"strings"
	"testing"
)

// What aggregates job or instance away is corrected; what chooses, counts or keeps series is
// left alone. The corrected expression loses nothing.
func TestCheck(t *testing.T) {
	for _, c := range []struct{ expr, lost, corrected string }{
		{`x`, "", ``},
		{`sum by (code) (rate(x[5m]))`, "job instance", `sum by (job, instance, code) (rate(x[5m]))`},
		{`sum(rate(x[5m])) by (code)`, "job instance", `sum by (job, instance, code) (rate(x[5m]))`},
		{`sum(x)`, "job instance", `sum by (job, instance) (x)`},
		{`avg by (job) (x)`, "instance", `avg by (job, instance) (x)`},
		{`avg by (code, job, path) (x)`, "instance", `avg by (code, job, instance, path) (x)`},
		{`max by (instance) (x)`, "job", `max by (job, instance) (x)`},
		{`sum without (instance) (x)`, "instance", `sum without () (x)`},
		{`sum without (cpu, instance, job) (x)`, "job instance", `sum without (cpu) (x)`},
		{`sum without (cpu) (x)`, "", ``},
		{`sum by (job, instance) (x)`, "", ``},
		{`histogram_quantile(0.99, sum by (le) (rate(x_bucket[5m])))`, "job instance", `histogram_quantile(0.99, sum by (job, instance, le) (rate(x_bucket[5m])))`},
		{`quantile(0.9, x)`, "job instance", `quantile by (job, instance) (0.9, x)`},
		// Chosen, counted, or without labels on purpose.
		{`topk(5, x)`, "", ``},
		{`count(up)`, "", ``},
		{`count by (version) (build_info)`, "", ``},
		{`count_values("v", x)`, "", ``},
		{`group by (code) (x)`, "", ``},
		{`absent(sum(x))`, "", ``},
		{`x / scalar(sum(y))`, "", ``},
		{`sum(x) or vector(0)`, "", ``},
		{`sum(x) or on() vector(0)`, "", ``},
		{`topk(5, sum by (code) (x))`, "job instance", `topk(5, sum by (job, instance, code) (x))`},
		// One value, named in the expression.
		{`sum by (instance) (x{job="a"})`, "", ``},
		{`sum(x{job="a", instance="b"})`, "", ``},
		{`sum(x{job="a"})`, "instance", `sum by (job, instance) (x{job="a"})`},
		{`sum(x{job=~"a|b", instance="c"})`, "job", `sum by (job, instance) (x{instance="c",job=~"a|b"})`},
		{`sum(x{instance=""})`, "job", `sum by (job) (x{instance=""})`},
		{`sum(x{job="a"} / y{job="a"})`, "instance", `sum by (job, instance) (x{job="a"} / y{job="a"})`},
		{`sum(x{job="a"} or y)`, "job instance", `sum by (job, instance) (x{job="a"} or y)`},
		// Recorded series say what they have.
		{`sum by (job) (job:x:rate5m)`, "", ``},
		{`sum(job:x:rate5m)`, "job", `sum by (job) (job:x:rate5m)`},
		{`sum by (job) (instance_path:x:rate5m)`, "instance", `sum by (job, instance) (instance_path:x:rate5m)`},
		{`sum(:x:sum)`, "", ``},
		// Nested.
		{`max(sum by (code) (x))`, "job instance", `max by (job, instance) (sum by (job, instance, code) (x))`},
		{`sum(count by (job, instance) (x))`, "job instance", `sum by (job, instance) (count by (job, instance) (x))`},
		{`max_over_time(sum(x)[1h:5m])`, "job instance", `max_over_time(sum by (job, instance) (x)[1h:5m])`},
		{`-sum(x)`, "job instance", `-sum by (job, instance) (x)`},
		{`label_replace(sum by (code) (x), "job", "a", "", "")`, "job instance", `label_replace(sum by (job, instance, code) (x), "job", "a", "", "")`},
		// Two vectors.
		{`sum by (code) (a) / on (code) sum by (code) (b)`, "job instance",
			`sum by (job, instance, code) (a) / on (job, instance, code) sum by (job, instance, code) (b)`},
		{`sum(a) / sum(b)`, "job instance", `sum by (job, instance) (a) / sum by (job, instance) (b)`},
		{`a * on (job, instance) group_left (version) build_info`, "", ``},
		{`a / on () group_left () sum(a)`, "", ``},
		{`a / ignoring (code) group_left () sum without (code) (a)`, "", ``},
		{`sum by (job, code) (x) / on (job) group_left () sum by (job) (x)`, "instance",
			`sum by (job, instance, code) (x) / on (job) group_left () sum by (job) (x)`},
		{`sum by (job, code) (x) / ignoring (code) group_left () sum by (job) (x)`, "instance",
			`sum by (job, instance, code) (x) / ignoring (code) group_left () sum by (job, instance) (x)`},
		{`sum by (job) (x) * on (job) group_right () y`, "", ``},
		{`x and on (job) sum by (job) (y) > 1`, "", ``},
		{`x unless on (job, instance) y`, "", ``},
		{`sum by (code) (a) and sum by (code) (b)`, "job instance", `sum by (job, instance, code) (a) and sum by (job, instance, code) (b)`},
		{`sum(a) or sum(b)`, "job instance", `sum by (job, instance) (a) or sum by (job, instance) (b)`},
		{`2 * sum(a)`, "job instance", `2 * sum by (job, instance) (a)`},
	} {
		check(t, c.expr, Options{}, c.lost, c.corrected)
	}
}

func check(t *testing.T, expr string, o Options, lost, corrected string) *Loss {
	t.Helper()
	loss, err := Check(expr, o)
	if err != nil {
		t.Errorf("%s: %v", expr, err)
		return nil
	}
	if loss == nil {
		loss = &Loss{}
	}
	if got := strings.Join(loss.Labels, " "); got != lost || loss.Corrected != corrected {
		t.Errorf("%s\ngot  %q: %s\nwant %q: %s", expr, got, loss.Corrected, lost, corrected)
	}
	if loss.Corrected != "" {
		if again, err := Check(loss.Corrected, o); err != nil || again != nil {
			t.Errorf("%s: the corrected %s: got %+v, %v", expr, loss.Corrected, again, err)
		}
	}
	return loss
}

// A recorded series loses on purpose what its name's level doesn't speak of, and what the
// caller spares isn't lost.
func TestOnPurpose(t *testing.T) {
	for _, c := range []struct {
		expr       string
		o          Options
		lost       string
		deliberate bool
		corrected  string
	}{
		{`sum by (job) (x)`, Options{Record: "job:x:sum"}, "", false, ""},
		{`sum by (code) (x)`, Options{Record: "job_code:x:sum"}, "job", false, `sum by (job, code) (x)`},
		{`sum by (job) (x)`, Options{Record: "job_instance:x:sum"}, "instance", false, `sum by (job, instance) (x)`},
		{`sum by (path) (x)`, Options{Record: "path:x:sum"}, "job", true, `sum by (job, path) (x)`},
		{`sum(x)`, Options{Record: ":x:sum"}, "", false, ""},
		{`sum(x)`, Options{Record: "x_sum"}, "job instance", false, `sum by (job, instance) (x)`},
		{`sum by (code) (x)`, Options{Spare: []string{Instance}}, "job", false, `sum by (job, code) (x)`},
		{`sum by (code) (x)`, Options{Spare: []string{Job, Instance}}, "", false, ""},
		{`sum(x) > 0`, Options{}, "job instance", true, `sum by (job, instance) (x) > 0`},
		{`sum(a) / sum(b) > 0.1`, Options{}, "job instance", true, `sum by (job, instance) (a) / sum by (job, instance) (b) > 0.1`},
		{`sum by (code) (x) > 0`, Options{}, "job instance", false, `sum by (job, instance, code) (x) > 0`},
		{`sum(sum by (code) (x)) > 0`, Options{}, "job instance", false, `sum by (job, instance) (sum by (job, instance, code) (x)) > 0`},
	} {
		if loss := check(t, c.expr, c.o, c.lost, c.corrected); loss != nil && loss.Deliberate != c.deliberate {
			t.Errorf("%s: deliberate is %v, want %v", c.expr, loss.Deliberate, c.deliberate)
		}
	}
}

// Grafana's variables are in the corrected expression as they were, wherever they stand.
func TestVariables(t *testing.T) {
	for _, c := range []struct{ expr, lost, corrected string }{
		{`sum(rate(x{job=~"$job"}[$__rate_interval]))`, "job instance", `sum by (job, instance) (rate(x{job=~"$job"}[$__rate_interval]))`},
		{`sum(rate(x[${__range_s}s]))`, "job instance", `sum by (job, instance) (rate(x[${__range_s}s]))`},
		{`sum(rate(x[[[interval]]]))`, "job instance", `sum by (job, instance) (rate(x[[[interval]]]))`},
		{`sum(max_over_time(x[$a:$b] offset $c))`, "job instance", `sum by (job, instance) (max_over_time(x[$a:$b] offset $c))`},
		{`sum(${metric}_total)`, "job instance", `sum by (job, instance) (${metric}_total)`},
		{`sum(rate([[metric]][5m]))`, "job instance", `sum by (job, instance) (rate([[metric]][5m]))`},
		{`topk($n, sum by (code) (x))`, "job instance", `topk($n, sum by (job, instance, code) (x))`},
		{`sum(x) > $limit`, "job instance", `sum by (job, instance) (x) > $limit`},
		{`sum(x{${filter:raw}, code="200"})`, "job instance", ``},
		{`sum by ($group) (x)`, "", ``},
		{`sum by (code, ${group:csv}) (x)`, "", ``},
		{`sum(x{job="$job", instance="$instance"})`, "", ``},
		{`$query`, "", ``},
		{`histogram_quantile($q, sum by (le) (rate(x[$__interval])))`, "job instance", `histogram_quantile($q, sum by (job, instance, le) (rate(x[$__interval])))`},
		{"sum by (le) (\n  rate(x[5m]) # $comment\n)", "job instance", `sum by (job, instance, le) (rate(x[5m]))`},
	} {
		loss, err := Check(c.expr, Options{})
		if err != nil {
			t.Errorf("%s: %v", c.expr, err)
			continue
		}
		if loss == nil {
			loss = &Loss{}
		}
		if strings.Join(loss.Labels, " ") != c.lost || c.corrected != "" && loss.Corrected != c.corrected {
			t.Errorf("%s\ngot  %v: %s\nwant %s", c.expr, loss.Labels, loss.Corrected, c.corrected)
		}
		if strings.Contains(loss.Corrected, standPrefix) || strings.Contains(loss.Corrected, "7777") {
			t.Errorf("%s: a stand-in is left in %s", c.expr, loss.Corrected)
		}
	}
}

// What is no PromQL is an error in the reader's own words.
func TestNoPromQL(t *testing.T) {
	for _, expr := range []string{"", "sum(", `{app="x"} |= "error"`, "$fn(x)", "sum by (code) rate(x[$d])", "$"} {
		if loss, err := Check(expr, Options{}); err == nil {
			t.Errorf("%q: got %+v", expr, loss)
		} else if strings.Contains(err.Error(), standPrefix) {
			t.Errorf("%q: %v", expr, err)
		}
	}
}

// No expression ends badly, and a corrected one loses nothing.
func FuzzCheck(f *testing.F) {
	f.Add(`sum by (code) (rate(x{job="a"}[5m]))`, "job:x:sum")
	f.Add(`sum(rate(x[$__rate_interval])) / on () group_left sum(y) > bool $n`, "")
	f.Add("a[[[b]]] offset -${c:d} @ end()", ":")
	f.Fuzz(func(t *testing.T, expr, record string) {
		o := Options{Record: record}
		loss, err := Check(expr, o)
		if err != nil || loss == nil {
			return
		}
		if len(loss.Labels) == 0 || !slices.IsSortedFunc(loss.Labels, func(a, b string) int { return strings.Compare(b, a) }) {
			t.Errorf("%q: got %q", expr, loss.Labels)
		}
		if strings.ContainsAny(expr, "$[") {
			return // what stands for variables may be written otherwise
		}
		if again, err := Check(loss.Corrected, o); err != nil || again != nil {
			t.Errorf("%q: %q: got %+v, %v", expr, loss.Corrected, again, err)
		}
	})
}
