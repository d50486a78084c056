// Package prometheus has Prometheus's configuration and rules, which are files beside
// this one. Its tests need no Prometheus; e2e runs the rules' own with promtool.
package prometheus

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/headgate/headgate/internal/alert"
	"github.com/headgate/headgate/internal/lint/file"
)

// rule is a rule as Prometheus reads it. That the files are otherwise right promtool says.
type rule struct {
	Alert, Record, Expr string
	Labels, Annotations map[string]string
}

// eachRule calls f for all rules of all files.
func eachRule(t *testing.T, f func(name string, r rule)) {
	t.Helper()
	for _, name := range glob(t, "rules/*.yml") {
		var all struct {
			Groups []struct{ Rules []rule }
		}
		read(t, name, &all)
		for _, g := range all.Groups {
			for _, r := range g.Rules {
				f(name, r)
			}
		}
	}
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: want files, got %d, %v", pattern, len(files), err)
	}
	return files
}

func read(t *testing.T, name string, v any) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err == nil {
		err = yaml.Unmarshal(b, v)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// Whoever is woken is told what it is, how urgent, and where to read what to do.
func TestAlertsSayWhatToDo(t *testing.T) {
	const operations = "https://github.com/headgate/headgate/blob/main/docs/operations.md#"
	sections, text := sections(t)
	told := map[string]bool{}
	eachRule(t, func(name string, r rule) {
		if r.Alert == "" {
			return
		}
		told[r.Alert] = true
		if s := r.Labels["severity"]; s != "warning" && s != "critical" {
			t.Errorf("%s: %s: severity %q: want warning or critical", name, r.Alert, s)
		}
		if c := r.Labels["component"]; !slices.Contains([]string{"gateway", "job", "client", "service"}, c) {
			t.Errorf("%s: %s: component %q: Alertmanager's inhibitions don't know it", name, r.Alert, c)
		}
		if r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
			t.Errorf("%s: %s: want a summary and a description", name, r.Alert)
		}
		if want := operations + strings.ToLower(r.Alert); r.Annotations["runbook_url"] != want {
			t.Errorf("%s: %s: runbook_url %q: want %q", name, r.Alert, r.Annotations["runbook_url"], want)
		}
		if !slices.Contains(sections, r.Alert) {
			t.Errorf("%s: %s: docs/operations.md has no section of that name", name, r.Alert)
		}
	})
	for _, g := range alert.Rules([]alert.Group{{Labels: map[string]string{"job": "backup"}, Expect: time.Hour}}).Groups {
		for _, r := range g.Rules {
			told[r.Alert] = true
			if !slices.Contains(sections, r.Alert) {
				t.Errorf("headgate rules generate: %s: docs/operations.md has no section of that name", r.Alert)
			}
		}
	}
	for _, s := range sections {
		if !told[s] {
			t.Errorf("docs/operations.md: section %q: there is no such alert", s)
		}
	}
	for _, link := range regexp.MustCompile(`\]\(#(\w+)\)`).FindAllStringSubmatch(text, -1) {
		if !slices.ContainsFunc(sections, func(s string) bool { return strings.EqualFold(s, link[1]) }) {
			t.Errorf("docs/operations.md: link to #%s: there is no such section", link[1])
		}
	}
}

// sections returns the headings that are an alert's, and all of the text.
func sections(t *testing.T) (names []string, text string) {
	t.Helper()
	b, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^### (\w+)$`).FindAllStringSubmatch(string(b), -1) {
		names = append(names, m[1])
	}
	return names, string(b)
}

// suite is what promtool test rules reads, as far as it matters here.
type suite struct {
	Tests []struct {
		Cases   []alertCase `yaml:"alert_rule_test"`
		Queries []struct {
			Expr string
		} `yaml:"promql_expr_test"`
	}
}

type alertCase struct {
	Alert    string `yaml:"alertname"`
	Expected []struct {
		Labels map[string]string `yaml:"exp_labels"`
	} `yaml:"exp_alerts"`
}

func (s *suite) cases() (all []alertCase) {
	for _, one := range s.Tests {
		all = append(all, one.Cases...)
	}
	return all
}

func (c *alertCase) fires(severity string) bool {
	for _, e := range c.Expected {
		if e.Labels["severity"] == severity {
			return true
		}
	}
	return false
}

// Each alert has a test in which it fires, in each severity, and one in which it doesn't.
func TestAlertsHaveTests(t *testing.T) {
	type graded struct{ name, severity string }
	fires, silent := map[graded]bool{}, map[graded]bool{}
	for _, name := range glob(t, "tests/*.yml") {
		var s suite
		read(t, name, &s)
		for _, a := range s.cases() {
			for _, severity := range []string{"warning", "critical"} {
				seen := silent
				if a.fires(severity) {
					seen = fires
				}
				seen[graded{a.Alert, severity}] = true
			}
		}
	}
	eachRule(t, func(name string, r rule) {
		a := graded{r.Alert, r.Labels["severity"]}
		if r.Alert != "" && !(fires[a] && silent[a]) {
			t.Errorf("%s: %s (%s): tested firing %v, not firing %v: want both", name, a.name, a.severity, fires[a], silent[a])
		}
	})
}

// Each recorded series has a test that says what it is made of.
func TestRecordsHaveTests(t *testing.T) {
	tested := map[string]bool{}
	for _, name := range glob(t, "tests/*.yml") {
		var s suite
		read(t, name, &s)
		for _, one := range s.Tests {
			for _, q := range one.Queries {
				tested[q.Expr] = true
			}
		}
	}
	eachRule(t, func(name string, r rule) {
		if r.Record != "" && !tested[r.Record] {
			t.Errorf("%s: %s: no test asks for it", name, r.Record)
		}
	})
}

// What the rules tell about is told with the job and instance that it is about.
func TestRulesKeepJobAndInstance(t *testing.T) {
	for _, name := range glob(t, "rules/*.yml") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		found, err := file.Check(name, text, file.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			t.Error(f)
		}
	}
}
