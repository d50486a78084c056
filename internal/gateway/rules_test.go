package gateway

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	dto "github.com/prometheus/client_model/go"
)

// configFile is a configuration file that a test writes anew.
type configFile struct {
	t    *testing.T
	path string
}

func newConfigFile(t *testing.T, text string) configFile {
	t.Helper()
	c := configFile{t, filepath.Join(t.TempDir(), "c.yml")}
	c.write(text)
	return c
}

func (c configFile) write(text string) {
	c.t.Helper()
	if err := os.WriteFile(c.path, []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// value is what a scrape shows of a gauge or counter with these labels, which are pairs,
// and whether it shows it.
func value(families map[string]*dto.MetricFamily, name string, labels ...string) (float64, bool) {
	for _, m := range families[name].GetMetric() {
		found := 0
		for _, l := range m.GetLabel() {
			for i := 0; i < len(labels); i += 2 {
				if l.GetName() == labels[i] && l.GetValue() == labels[i+1] {
					found++
				}
			}
		}
		if found == len(labels)/2 {
			return m.GetGauge().GetValue() + m.GetCounter().GetValue() + m.GetUntyped().GetValue(), true
		}
	}
	return 0, false
}

// wantValue fails the test unless a scrape shows that value.
func wantValue(t *testing.T, families map[string]*dto.MetricFamily, want float64, name string, labels ...string) {
	t.Helper()
	if got, ok := value(families, name, labels...); !ok || got != want {
		t.Errorf("%s%q is %v (there: %v), want %v", name, labels, got, ok, want)
	}
}

func wantNone(t *testing.T, families map[string]*dto.MetricFamily, name string, labels ...string) {
	t.Helper()
	if got, ok := value(families, name, labels...); ok {
		t.Errorf("%s%q is %v, want none", name, labels, got)
	}
}

const allRules = `
limits:
  group_series: 5
lifetimes:
  - match: '{job="web"}'
    ttl: 1h
relabel_configs:
  - source_labels: [service]
    regex: (.+)
    target_label: job
  - regex: service
    action: labeldrop
vocabulary:
  - label: env
    values: {production: [prod]}
lint: {enabled: false}
group_metrics: all
undo: {window: 5m}
`

// A reload is all or nothing: one fault in any section leaves every other section as
// it was, also where its new value is right, and a metric says so. Mended, all of it holds.
func TestReloadIsAllOrNothing(t *testing.T) {
	file := newConfigFile(t, allRules)
	g := start(t, Config{ConfigFile: file.path})
	check := func(when string) {
		t.Helper()
		push(t, g, "/metrics/job/j/service/web", "m{env=\"prod\"} 1\n")
		_, text := do(t, g.Handler(), http.MethodGet, "/metrics", "")
		for _, part := range []string{`m{env="production",instance="",job="web"} 1`, `headgate_group_expires_in_seconds{instance="",job="web"}`} {
			if !strings.Contains(text, part) {
				t.Errorf("%s: the scrape lacks %s", when, part)
			}
		}
		if code, answer := do(t, g.Handler(), http.MethodPut, "/metrics/job/j", "a 1\nb 1\nc 1\nd 1\n"); code != http.StatusUnprocessableEntity {
			t.Errorf("%s: status %d %s, want 422", when, code, answer)
		}
	}
	check("at the start")
	const good = "limits: {group_series: 100}\nlifetimes: []\ngroup_metrics: none\n"
	for name, fault := range map[string]string{
		"a regular expression":    "relabel_configs: [{source_labels: [a], regex: '(', target_label: b}]\n",
		"an unknown action":       "relabel_configs: [{source_labels: [a], action: copy}]\n",
		"a hash without modulus":  "relabel_configs: [{source_labels: [a], action: hashmod, target_label: b}]\n",
		"a second term of a name": "vocabulary: [{label: env}, {label: env}]\n",
		"an alias for job":        "vocabulary: [{label: service, aliases: [job]}]\n",
		"an unknown key":          "relabel: []\n",
		"a window without a unit": "undo: {window: 5}\n",
		"no values at all":        "lint: {max_values: -1}\n",
	} {
		file.write(good + fault)
		err := g.Reload()
		if err == nil || !strings.Contains(err.Error(), file.path+":4: ") {
			t.Errorf("%s: got %v, want the file and line 4", name, err)
		}
		check(name)
		wantValue(t, scraped(t, g), 0, "headgate_config_last_reload_successful")
	}
	file.write(good)
	if err := g.Reload(); err != nil {
		t.Fatal(err)
	}
	push(t, g, "/metrics/job/j/service/web", "a 1\nb 1\nc 1\nd{env=\"prod\"} 1\n")
	families := scraped(t, g)
	wantValue(t, families, 1, "headgate_config_last_reload_successful")
	wantValue(t, families, 1, "d", "env", "prod", "service", "web")
	wantNone(t, families, "headgate_group_last_push_age_seconds")
}

// What rules do to pushes is counted from the first scrape on, zeros included.
func TestRulesAreCounted(t *testing.T) {
	file := newConfigFile(t, `
limits:
  group_series: 6
  label_value_bytes: 30
  dry_run: [label_value_bytes]
lifetimes: [{match: '{job=~".+"}', max_ttl: 1h}]
relabel_configs: [{source_labels: [__name__], regex: debug_.*, action: drop}]
vocabulary: [{label: env, values: {production: [prod]}}]
`)
	g := start(t, Config{ConfigFile: file.path})
	families := scraped(t, g)
	for _, id := range []string{"limit-series", "limit-job-series", "limit-group-series", "limit-metric-series", "limit-job-groups",
		"limit-series-labels", "limit-label-name-bytes", "limit-label-value-bytes", "limit-job-pushes-per-second"} {
		wantValue(t, families, 0, "headgate_limit_refused_pushes_total", "limit", id)
		wantValue(t, families, 0, "headgate_limit_dry_run_pushes_total", "limit", id)
	}
	wantValue(t, families, 0, "headgate_relabel_dropped_series_total")
	wantValue(t, families, 0, "headgate_vocabulary_pushes_total")
	wantValue(t, families, 0, "headgate_lifetime_bounded_pushes_total")

	push(t, g, "/metrics/job/a?ttl=2h", "debug_a 1\ndebug_b 1\nm{env=\"prod\",x=\""+strings.Repeat("y", 40)+"\",z=\""+strings.Repeat("y", 40)+"\"} 1\n")
	if code, _ := do(t, g.Handler(), http.MethodPut, "/metrics/job/b", "a 1\nb 1\nc 1\nd 1\ne 1\n"); code != http.StatusUnprocessableEntity {
		t.Fatalf("status %d, want 422", code)
	}
	families = scraped(t, g)
	wantValue(t, families, 1, "headgate_limit_refused_pushes_total", "limit", "limit-group-series")
	wantValue(t, families, 1, "headgate_limit_dry_run_pushes_total", "limit", "limit-label-value-bytes")
	wantValue(t, families, 2, "headgate_relabel_dropped_series_total")
	wantValue(t, families, 1, "headgate_vocabulary_pushes_total")
	wantValue(t, families, 1, "headgate_lifetime_bounded_pushes_total")
	wantValue(t, families, 1, "headgate_pushes_total", "method", "PUT", "result", "refused", "reason", "limit")
}

// How full each limit is can be alerted on before it bites: the survey shows what is
// allowed, what the fullest uses, and by name the jobs that use half of it or more.
func TestUsageOfLimitsIsShown(t *testing.T) {
	file := newConfigFile(t, `
limits:
  series: 100
  job_series: 20
  group_series: none
  metric_series: 10
  job_groups: 4
  series_labels: 10
  label_value_bytes: 100
  overrides: [{match: '{job="big"}', job_series: 1000}]
`)
	dir := t.TempDir()
	bubble(t, func(t *testing.T) {
		g, end := reopen(t, Config{DataDir: dir, ConfigFile: file.path})
		defer end()
		synctest.Wait() // for the first survey, of nothing
		push(t, g, "/metrics/job/full", "m{x=\"1\"} 1\nm{x=\"2\"} 1\nm{x=\"3\"} 1\nm{x=\"4\"} 1\nm{x=\"5\"} 1\nm{x=\"6\"} 1\nm{x=\"7\"} 1\nm{x=\"12345678\"} 1\n")
		push(t, g, "/metrics/job/half/run/1", "a 1\nb 1\nc 1\n")
		push(t, g, "/metrics/job/half/run/2", "d 1\n")
		push(t, g, "/metrics/job/less", "a 1\n")
		push(t, g, "/metrics/job/big", "e 1\nf 1\ng 1\nh 1\ni 1\nj 1\nk 1\nl 1\n")
		time.Sleep(surveyEvery + time.Second)
		families := scraped(t, g)
		for _, w := range []struct {
			limit                string
			allowed, used, ratio float64
		}{
			{"limit-series", 100, 10 + 8 + 3 + 10, 0.31},
			{"limit-job-series", 20, 10, 0.5},
			{"limit-metric-series", 10, 8, 0.8},
			{"limit-job-groups", 4, 2, 0.5},
			{"limit-series-labels", 10, 3, 0.3},
			{"limit-label-value-bytes", 100, 8, 0.08},
		} {
			wantValue(t, families, w.allowed, "headgate_limit_allowed", "limit", w.limit)
			wantValue(t, families, w.used, "headgate_limit_used", "limit", w.limit)
			wantValue(t, families, w.ratio, "headgate_limit_usage_ratio", "limit", w.limit)
		}
		wantNone(t, families, "headgate_limit_allowed", "limit", "limit-group-series")
		wantValue(t, families, 0.5, "headgate_limit_job_usage_ratio", "limit", "limit-job-series", nearJob, "full")
		wantValue(t, families, 0.5, "headgate_limit_job_usage_ratio", "limit", "limit-job-groups", nearJob, "half")
		for _, job := range []string{"less", "big"} {
			wantNone(t, families, "headgate_limit_job_usage_ratio", nearJob, job)
		}
		time.Sleep(surveyEvery)
		wantValue(t, scraped(t, g), 0, "headgate_limit_used", "limit", "limit-metric-series") // nothing was pushed since
	})
}

// No metric of the gateway's own has the labels by which pushed series are known: a
// scrape with honor_labels would take it for theirs, and a push could show the same.
func TestOwnMetricsHaveNoJob(t *testing.T) {
	file := newConfigFile(t, "limits: {job_groups: 1, job_pushes_per_second: 1, group_series: 3}\n")
	g := start(t, Config{ConfigFile: file.path})
	push(t, g, "/metrics/job/j", "m{request_id=\"1\"} 1\n")
	do(t, g.Handler(), http.MethodPut, "/metrics/job/j", "m 1\nn 1\n")
	g.survey()
	if _, ok := value(scraped(t, g), "headgate_limit_job_usage_ratio"); !ok {
		t.Error("no job is near its limit, want one to look at")
	}
	for _, f := range g.own() {
		for _, m := range f.Metrics {
			for _, l := range m.Labels {
				if l.Name == "job" || l.Name == "instance" {
					t.Errorf("%s has a label %s=%q", f.Name, l.Name, l.Value)
				}
			}
		}
	}
}
