package file

import (
	"fmt"
	"strings"
	"testing"
)

func check(t *testing.T, text string, o Options) string {
	t.Helper()
	found, err := Check("f", []byte(text), o)
	if err != nil {
		return "error: " + err.Error()
	}
	var out []string
	for _, f := range found {
		out = append(out, fmt.Sprintf("%d:%s", f.Line, f.Rule))
	}
	return strings.Join(out, " ")
}

// What a file is, its content says.
func TestKind(t *testing.T) {
	for _, c := range []struct {
		text string
		want kind
	}{
		{"", exposition},
		{"a 1", exposition},
		{"groups: 1", exposition}, // a recorded series may be named so
		{`{"a.b",c="d"} 1`, exposition},
		{`{"a\":b"} 1`, exposition},
		{"groups:\n", rules},
		{"\ufeffgroups:\n", rules},
		{"# comment\ngroups:\r\n- name: a\r\n", rules},
		{"groups: []", rules},
		{"---\napiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\n", rules},
		{`{"groups": []}`, rules},
		{`{"panels": []}`, dashboard},
		{"\n {\n\t\"title\" : \"a\"}", dashboard},
		{"{}", dashboard},
	} {
		if got := kindOf([]byte(c.text)); got != c.want {
			t.Errorf("%q: got %d, want %d", c.text, got, c.want)
		}
	}
}

// A finding in an exposition has the line of the value that it shows, or of its family.
func TestExposition(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"good", "# HELP a_total A.\n# TYPE a_total counter\na_total 1\n", ""},
		{"help", "b 1\n# TYPE a_total counter\na_total 1", "1:help-missing 2:help-missing"},
		{"a value", "# HELP a x\na{u=\"1\"} 1\n# HELP b x\nb{u=\"10.1.2.3\"} 1\na{u=\"10.1.2.3\"} 1", "4:label-ip 5:label-ip"},
		{"a histogram", "# HELP x x\nx 1\n# TYPE a histogram\na_bucket{le=\"+Inf\"} 1\na_count 1\na_sum 1", "3:help-missing"},
		{"OpenMetrics", "# HELP a x\n# TYPE a counter\na_total{u=\"10.1.2.3\"} 1\n# EOF\n", "3:label-ip"},
		{"a timestamp", "# HELP a x\na 1 1700000000000", "1:sample-timestamp"},
		{"broken", "a 1\nb{ 1\n", "2:invalid"},
		{"job", "# HELP a x\na{job=\"j\"} 1", "1:label-reserved"},
		{"a gateway's page", "# HELP a x\na{job=\"j\",instance=\"\"} 1\n# HELP push_time_seconds x\npush_time_seconds{job=\"j\",instance=\"\"} 1.7e9", ""},
		{"nothing", "", ""},
	} {
		if got := check(t, c.text, Options{}); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// Rules are found wherever a rule file has them; keys that are not known here don't matter.
func TestRuleFiles(t *testing.T) {
	const bad = "sum by (code) (x)"
	for _, c := range []struct{ name, text, want string }{
		{"alert", "groups:\n- rules:\n  - alert: a\n    expr: " + bad, "4:query-drops-job"},
		{"record", "groups:\n- rules:\n  - record: job:a:sum\n    expr: sum by (job) (x)\n  - record: job:b:sum\n    expr: sum(x)", "6:query-drops-job"},
		{"several documents", "groups: []\n---\ngroups:\n- rules:\n  - record: a\n    expr: " + bad, "6:query-drops-job"},
		{"manifest", "apiVersion: v1\nspec:\n  groups:\n  - rules:\n    - alert: a\n      expr: " + bad, "6:query-drops-job"},
		{"JSON", `{"groups":[{"rules":[{"record":"a","expr":"` + bad + `"}]}]}`, "1:query-drops-job"},
		{"manifest in JSON", "{\"kind\":\"PrometheusRule\",\n\"spec\":{\"groups\":[{\"rules\":[{\"record\":\"a\",\"expr\":\"" + bad + "\"}]}]}}", "2:query-drops-job"},
		{"alias", "x: &e " + bad + "\ngroups:\n- rules:\n  - alert: a\n    expr: *e", "1:query-drops-job"},
		{"alias of itself", "groups: &a\n- rules: *a", "1:invalid"},
		{"broken YAML", "groups:\n- rules:\n  - \"", "3:invalid"},
		{"broken PromQL", "groups:\n- rules:\n  - alert: a\n    expr: sum by", "4:invalid"},
		{"future keys", "groups:\n- new: 1\n  rules:\n  - alert: a\n    new: 2\n    expr: x", ""},
		{"no expression", "groups:\n- rules:\n  - alert: a\n  - 1\n  - []", ""},
		{"another manifest", "apiVersion: v1\nkind: Pod", "error: f: it has neither groups nor spec.groups: want a rule file"},
	} {
		if got := check(t, c.text, Options{}); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// Queries are found in panels, rows, annotations and variables, and those of other
// languages are left alone.
func TestDashboards(t *testing.T) {
	target := func(datasource string) string {
		return `{` + datasource + `"expr":"sum by (code) (x)"}`
	}
	const prometheus, loki = `"datasource":{"type":"prometheus"},`, `"datasource":{"type":"loki"},`
	const found = "1:query-drops-job"
	for _, c := range []struct{ name, text, want string }{
		{"panel", `{"panels":[{"targets":[` + target("") + `]}]}`, found},
		{"line", "{\"panels\":[\n{\"targets\":[\n\n" + target("") + `]}]}`, "4:query-drops-job"},
		{"rows", `{"rows":[{"panels":[{"targets":[` + target("") + `]}]}]}`, found},
		{"folded row", `{"panels":[{"panels":[{"targets":[` + target("") + `]}]}]}`, found},
		{"of the API", `{"meta":{},"dashboard":{"panels":[{"targets":[` + target("") + `]}]}}`, found},
		{"annotation", `{"panels":[],"annotations":{"list":[` + target("") + `]}}`, found},
		{"variable", `{"templating":{"list":[{"type":"query","query":"query_result(sum(x))"}]}}`, found},
		{"variable of values", `{"templating":{"list":[{"type":"query","query":"label_values(x, job)"},{"type":"custom","query":"query_result(sum(x))"}]}}`, ""},
		{"Prometheus", `{"panels":[{` + prometheus + `"targets":[` + target("") + `]}]}`, found},
		{"Loki", `{"panels":[{` + loki + `"targets":[` + target("") + `]}]}`, ""},
		{"mixed", `{"panels":[{` + loki + `"targets":[` + target(prometheus) + "," + target("") + `]}]}`, found},
		{"not PromQL, of Prometheus", `{"panels":[{` + prometheus + `"targets":[{"expr":"sum("}]}]}`, "1:invalid"},
		{"not PromQL, of nobody knows", `{"panels":[{"targets":[{"expr":"sum("}]}]}`, ""},
		{"null", `{"panels":[null,1,"a",{"targets":null},{"targets":[null,{"expr":null}]}],"templating":null,"rows":{"a":1}}`, ""},
		{"broken", "{\"panels\":\n[}", "2:invalid"},
		{"cut off", `{"panels":[{"targets":[{"expr":"x"`, "1:invalid"},
		{"two", `{"panels":[]} {}`, "1:invalid"},
		{"deep", `{"panels":` + strings.Repeat("[", 1000000), "1:invalid"},
		{"second schema", `{"kind":"Dashboard","spec":{"elements":{"a":{"spec":{"title":"A","data":{"spec":{"queries":[` +
			`{"spec":{"query":{"group":"prometheus","spec":{"expr":"sum(x)"}}}},{"spec":{"query":{"group":"loki","spec":{"expr":"sum(x)"}}}}]}}}}}}}`, found},
		{"none", `{"a":1}`, "error: f: this JSON has no panels: want a dashboard of Grafana"},
	} {
		if got := check(t, c.text, Options{}); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// A deeply nested document isn't followed to its end.
func TestDeepJSON(t *testing.T) {
	found, err := Check("f", []byte(`{"panels":`+strings.Repeat("[", 200)+strings.Repeat("]", 200)+"}"), Options{})
	if err != nil || len(found) != 1 || !strings.Contains(found[0].Message, "nested deeper than 100") {
		t.Errorf("got %v, %v", found, err)
	}
}

// What is ignored isn't reported, and doesn't go into what is corrected.
func TestIgnore(t *testing.T) {
	const text = "groups:\n- rules:\n  - alert: a\n    expr: sum by (code) (x)"
	for _, c := range []struct{ ignore, want string }{
		{"query-drops-instance", "sum by (job, code) (x)"},
		{"instance", "sum by (job, code) (x)"},
		{"query-drops-job", "sum by (instance, code) (x)"},
		{"", "sum by (job, instance, code) (x)"},
	} {
		found, err := Check("f", []byte(text), Options{Ignore: []string{c.ignore}})
		if err != nil || len(found) != 1 || found[0].Suggestion != c.want {
			t.Errorf("%s: got %+v, %v, want %s", c.ignore, found, err, c.want)
		}
	}
	if got := check(t, "user_at 1 1", Options{Ignore: []string{"user_at"}}); got != "" {
		t.Errorf("got %q", got)
	}
	if got := check(t, "a{", Options{Ignore: []string{Invalid}}); got != "" {
		t.Errorf("got %q", got)
	}
}

// Texts of files can't write to the terminal what they like.
func TestTerminal(t *testing.T) {
	found, err := Check("f", []byte("groups:\n- rules:\n  - alert: \"\\e[31m\\n\"\n    expr: sum(x)"), Options{})
	if err != nil || len(found) != 1 {
		t.Fatalf("got %v, %v", found, err)
	}
	if text := found[0].String(); strings.Contains(text, "\x1b") || strings.Count(text, "\n") != 1 {
		t.Errorf("got %q", text)
	}
}

// No file ends badly.
func FuzzCheck(f *testing.F) {
	f.Add("a{b=\"10.1.2.3\"} 1\n")
	f.Add("# TYPE a counter\na_total 1 # {x=\"y\"} 1\n# EOF")
	f.Add("groups:\n- rules:\n  - record: a:b:c\n    expr: &x sum(x)\n  - expr: *x\n")
	f.Add(`{"panels":[{"title":"a","targets":[{"expr":"sum(rate(x[$__rate_interval]))"}]}],"rows":[{"panels":[]}]}`)
	f.Add("apiVersion: v1\nspec: {groups: [{rules: [{alert: a, expr: 'sum by (b) (c)'}]}]}\n---\n")
	f.Fuzz(func(t *testing.T, text string) {
		found, err := Check("f", []byte(text), Options{})
		lines := strings.Count(text, "\n") + 1
		for _, f := range found {
			if err != nil || f.Line < 0 || f.Line > lines || f.Rule == "" || f.Message == "" || f.File != "f" {
				t.Errorf("%q: got %+v, %v", text, f, err)
			}
		}
	})
}
