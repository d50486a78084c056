package config

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/relabel"

	"github.com/headgate/headgate/internal/access"
	"github.com/headgate/headgate/internal/limit"
	"github.com/headgate/headgate/internal/lint"
	"github.com/headgate/headgate/internal/runs"
	"github.com/headgate/headgate/internal/vocabulary"
)

// whole sets every key that there is, none of them to its default.
const whole = `
limits:
  body_bytes: 1
  decoded_body_bytes: 2
  in_flight_bytes: 3
  push_samples: 4
  series: none
  job_series: 6
  group_series: 7
  metric_series: 8
  job_groups: 9
  series_labels: 10
  label_name_bytes: 11
  label_value_bytes: 12
  job_pushes_per_second: 13
  dry_run: [group_series, job_groups]
  overrides:
    - match: '{job=~"ci-.*"}'
      group_series: 20000
      job_groups: none
      dry_run: [group_series, series]
    - match: '{job="x",instance!=""}'
      job_pushes_per_second: 1
lifetimes:
  - match: '{job=~"ci-.*"}'
    ttl: 1d
    max_ttl: 7d
    expect: 26h
    keep: until-scraped
  - {match: '{job="x"}', max_ttl: 1h30m}
aggregate:
  - match: '{job="hits"}'
    mode: delta
    gauges:
      - {metric: queue_.*, as: max}
      - {metric: depth}
  - {match: '{job="workers"}', mode: cumulative, pusher_label: instance, pusher_idle: 2h}
aggregations:
  - name: job:rows:1m
    match: rows_total{env="prod"}
    by: [zone, job]
    interval: 1m
    grace: 10s
    outputs: [rate, sum]
    quantiles: [0.99, 0.5]
    late: drop
    max_series: 5
  - {name: depth, match: '{__name__=~"queue_.*"}', without: [instance], interval: 1h, outputs: [avg, min, max, count]}
undo:
  window: none
  bytes: 14
runs: {per_job: 15, keep: 7d}
relabel_configs:
  - source_labels: [service]
    target_label: job
  - {source_labels: [a, b], separator: /, regex: "(x+)/y", modulus: 3, target_label: c, replacement: "", action: Replace}
vocabulary:
  - label: env
    aliases: [environment, stage]
    values:
      production: [prod, prd]
      true: [1, on]
      other:
    required: true
    allowed: [production, staging]
    missing: refuse
  - {label: région, required: true, action: refuse}
  - {label: zone, aliases: [az], action: warn, allowed: [a], unknown: refuse}
  - {label: tier, values: {one: [1]}}
lint:
  enabled: false
  ignore: [label-identifier, legacy_job]
  max_values: 15
  frequent_interval: 16s
group_metrics: all
tokens:
  - name: backup
    sha256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    rights: [push, delete]
    match: '{job="backup"}'
    expires: 2027-01-31
  - {name: root, sha256: ABCDEF6789abcdef0123456789abcdef0123456789abcdef0123456789abcdef, rights: [admin], expires: "2027-01-31T12:00:00+02:00"}
anonymous: [read]
`

func settingsOf(t *testing.T, text string) Settings {
	t.Helper()
	s, err := Parse("c.yml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Each limit has the file's value, an override only what it says.
func TestParseSet(t *testing.T) {
	l := settingsOf(t, whole).Limits
	want := limit.Set{Max: [limit.IDs]int64{limit.None, 6, 7, 8, 9, 10, 11, 12, 13, l.BodyBytes, l.DecodedBodyBytes}}
	want.DryRun[limit.GroupSeries], want.DryRun[limit.JobGroups] = true, true
	if l.Set != want {
		t.Errorf("got %+v, want %+v", l.Set, want)
	}
	if len(l.Overrides) != 2 {
		t.Fatalf("got %d overrides", len(l.Overrides))
	}
	first, second := l.Overrides[0], l.Overrides[1]
	if got := fmt.Sprint(first.Match, second.Match); got != `[job=~"ci-.*"] [job="x" instance!=""]` {
		t.Errorf("got the matchers %s", got)
	}
	if first.Max != [limit.IDs]int64{limit.GroupSeries: 20000, limit.JobGroups: limit.None} {
		t.Errorf("got %v, want 0 where the first override says nothing", first.Max)
	}
	if second.Max != [limit.IDs]int64{limit.JobPushes: 1} {
		t.Errorf("got %v, want 0 where the second override says nothing", second.Max)
	}
}

// An override's list of dry runs enforces the other limits that it sets; without
// a list it leaves them as they are.
func TestParseOverrideDryRun(t *testing.T) {
	for text, want := range map[string][limit.IDs]string{
		"group_series: 1, dry_run: [group_series]":                {limit.GroupSeries: "dry"},
		"group_series: 1, dry_run: []":                            {limit.GroupSeries: "enforced"},
		"group_series: 1, job_groups: none, dry_run: [series]":    {limit.Series: "dry", limit.GroupSeries: "enforced", limit.JobGroups: "enforced"},
		"dry_run: [job_series]":                                   {limit.JobSeries: "dry"},
		"group_series: 1":                                         {},
		"dry_run: [job_pushes_per_second], label_value_bytes: 80": {limit.JobPushes: "dry", limit.LabelValueBytes: "enforced"},
	} {
		s := settingsOf(t, `limits: {dry_run: [group_series, series], overrides: [{match: '{a="b"}', `+text+`}]}`)
		var got [limit.IDs]string
		for id, dry := range s.Limits.Overrides[0].DryRun {
			if dry != nil {
				got[id] = map[bool]string{true: "dry", false: "enforced"}[*dry]
			}
		}
		if got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
}

// 0 in the file is the default, and so is nothing at all.
func TestParseDefaults(t *testing.T) {
	zeros := "limits: {series: 0, job_groups: 0, label_name_bytes: 0}\nundo: {bytes: 0}\nlint: {max_values: 0}\n"
	for _, text := range []string{"", zeros, "lifetimes:\nrelabel_configs: []\nvocabulary:\nlint: {ignore: , enabled: true}\ngroup_metrics: expected\n"} {
		s := settingsOf(t, text)
		s.set = nil
		if !reflect.DeepEqual(s, byDefault()) {
			t.Errorf("%q: got %+v, want the defaults", text, s)
		}
	}
	s := byDefault()
	if s.Limits.Set != limit.Defaults || s.Undo != (Undo{15 * time.Minute, 256 << 20}) {
		t.Errorf("got %+v", s)
	}
}

// What lists in a rule hold comes in the order in which the store wants it.
func TestParseAggregations(t *testing.T) {
	var got []string
	for _, w := range settingsOf(t, whole).Aggregations {
		got = append(got, fmt.Sprint(w))
	}
	want := []string{
		`{job:rows:1m [env="prod" __name__="rows_total"] [job zone] false 1m0s 10s [sum rate] [0.5 0.99] true 5}`,
		`{depth [__name__=~"queue_.*"] [instance] true 1h0m0s 0s [count min max avg] [] false 10000}`,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for text, without := range map[string]bool{"by: []": false, "without: []": true} {
		s := settingsOf(t, "aggregations: [{name: a, match: b, interval: 1s, outputs: [sum], max_series: 0, "+text+"}]")
		if w := s.Aggregations[0]; w.Without != without || len(w.Labels) > 0 || w.MaxSeries != defaultMaxSeries {
			t.Errorf("%s: got %+v", text, w)
		}
	}
}

func TestParseLifetimes(t *testing.T) {
	s := settingsOf(t, whole)
	var got []string
	for _, l := range s.Lifetimes {
		got = append(got, fmt.Sprint(l))
	}
	want := []string{`{[job=~"ci-.*"] 24h0m0s 168h0m0s 26h0m0s true}`, `{[job="x"] 0s 1h30m0s 0s false}`}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if s.Undo.Window >= 0 || s.Undo.Bytes != 14 {
		t.Errorf("got %+v, want no window and 14 bytes", s.Undo)
	}
	if s.Runs != (runs.Bounds{Runs: 15, Keep: 7 * 24 * time.Hour}) {
		t.Errorf("got %+v, want 15 runs for a week", s.Runs)
	}
	if s := settingsOf(t, "undo: {window: 1w}"); s.Undo.Window != 7*24*time.Hour {
		t.Errorf("got %+v, want a week", s.Undo)
	}
}

// Relabel rules are as Prometheus's library makes them, ready to be applied.
func TestParseRelabel(t *testing.T) {
	got := settingsOf(t, whole).Relabel
	first, second := relabel.DefaultRelabelConfig, relabel.DefaultRelabelConfig
	first.SourceLabels, first.TargetLabel = model.LabelNames{"service"}, "job"
	second.SourceLabels, second.Separator, second.Modulus = model.LabelNames{"a", "b"}, "/", 3
	second.Regex, second.TargetLabel, second.Replacement = relabel.MustNewRegexp("(x+)/y"), "c", ""
	first.NameValidationScheme, second.NameValidationScheme = model.UTF8Validation, model.UTF8Validation
	if want := []*relabel.Config{&first, &second}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// What a term doesn't say is filled in: what happens besides rewriting, and that
// canonical values are allowed. A value that looks like a number or a truth is text.
func TestParseVocabulary(t *testing.T) {
	got := settingsOf(t, whole).Vocabulary
	want := []vocabulary.Term{
		{
			Label: "env", Aliases: []string{"environment", "stage"},
			Values:   map[string][]string{"production": {"prod", "prd"}, "true": {"1", "on"}, "other": nil},
			Required: true, Allowed: []string{"production", "staging", "true", "other"},
			Missing: vocabulary.Refuse, Unknown: vocabulary.Warn,
		},
		{Label: "région", Required: true, Action: vocabulary.Refuse, Missing: vocabulary.Refuse, Unknown: vocabulary.Refuse},
		{Label: "zone", Aliases: []string{"az"}, Allowed: []string{"a"}, Action: vocabulary.Warn, Missing: vocabulary.Warn, Unknown: vocabulary.Refuse},
		{Label: "tier", Values: map[string][]string{"one": {"1"}}, Missing: vocabulary.Warn, Unknown: vocabulary.Warn}, // any value
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestParseLint(t *testing.T) {
	s := settingsOf(t, whole)
	want := lint.Options{Off: true, Ignore: []string{"label-identifier", "legacy_job"}, MaxValues: 15, FrequentInterval: 16 * time.Second}
	if !reflect.DeepEqual(s.Lint, want) || s.GroupMetrics != GroupMetricsAll {
		t.Errorf("got %+v, %v, want %+v and all", s.Lint, s.GroupMetrics, want)
	}
	if s := settingsOf(t, "group_metrics: none"); s.GroupMetrics != GroupMetricsNone {
		t.Errorf("got %v, want none", s.GroupMetrics)
	}
}

// A token is what the file says of it. A date begins in UTC.
func TestParseTokens(t *testing.T) {
	s := settingsOf(t, whole)
	if len(s.Tokens) != 2 || s.Anonymous != access.Read {
		t.Fatalf("got %+v and %s for everybody", s.Tokens, s.Anonymous)
	}
	backup, root := s.Tokens[0], s.Tokens[1]
	if backup.Name != "backup" || backup.Rights != access.Push|access.Delete || backup.Hash[0] != 0x01 || backup.Hash[31] != 0xef ||
		fmt.Sprint(backup.Match) != `[job="backup"]` || !backup.Expires.Equal(time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("got %+v", backup)
	}
	if root.Rights != access.Admin || root.Match != nil || root.Hash[0] != 0xab || !root.Expires.Equal(time.Date(2027, 1, 31, 10, 0, 0, 0, time.UTC)) {
		t.Errorf("got %+v", root)
	}
}
