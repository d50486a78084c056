package config

import (
	"strings"
	"testing"
)

// check compares the faults of each text with what is wanted, one a line and
// without the file's name.
func check(t *testing.T, table map[string]string) {
	t.Helper()
	for text, want := range table {
		got := strings.ReplaceAll(strings.Join(faults(t, text), "\n"), "c.yml:", "")
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

// A key that there isn't is told with the nearest, in the items of lists too.
func TestFaultKeyInItem(t *testing.T) {
	check(t, map[string]string{
		"lifetimes:\n- match: '{a=\"b\"}'\n  tll: 1d\n":                       `3: unknown key "lifetimes.tll": did you mean "ttl"?`,
		"limits:\n  overrides:\n  - match: '{a=\"b\"}'\n    groupseries: 5\n": `4: unknown key "limits.overrides.groupseries": did you mean "group_series"?`,
		"limits: {ttl: 1d}": `1: unknown key "limits.ttl": did you mean "ttl" below "lifetimes"?`,
		"relabel_configs:\n- target_label: a\n  regx: b\n": `3: unknown key "relabel_configs.regx": did you mean "regex"?`,
		"relabel_config: []":                                  `1: unknown key "relabel_config": did you mean "relabel_configs"?`,
		"vocabulary: [{label: a, alias: [b]}]":                `1: unknown key "vocabulary.alias": did you mean "aliases"?`,
		"group_series: 1":                                     `1: unknown key "group_series": did you mean "group_series" below "limits"?`,
		"lifetimes: [{match: '{a=\"b\"}', ttl: 1d, ttl: 2d}]": `1: key "lifetimes.ttl" again: line 1 has it already, remove one`,
	})
}

// Lists and their items have a form.
func TestFaultForm(t *testing.T) {
	check(t, map[string]string{
		"lifetimes: {match: a}":                                `1: lifetimes: got a mapping: want a list of mappings with keys such as "match"`,
		"lifetimes: [3]":                                       `1: lifetimes: got "3": want a mapping with keys such as "match"`,
		"lifetimes:\n-\n":                                      `2: lifetimes: got an empty item: want a mapping with keys such as "match"`,
		"lint: {ignore: x}":                                    `1: lint.ignore: got the text "x": want a list of texts, each a rule, metric, label or job`,
		"lint:\n  ignore:\n  - x\n  - [y]\n":                   `4: lint.ignore: got a list: want a rule, metric, label or job`,
		"lint: {ignore: ['']}":                                 `1: lint.ignore: got the text "": want a rule, metric, label or job`,
		"lint:\n  ignore:\n  - x\n  - x\n":                     `4: lint.ignore: "x" again: remove one`,
		"lint: {enabled: 1}":                                   `1: lint.enabled: got "1": want true or false`,
		"lint: {max_values: -1}":                               `1: lint.max_values: got "-1": want a whole number of values from 1 to 2147483647, or 0 for the default of 100`,
		"group_metrics: some":                                  `1: group_metrics: got the text "some": want "expected", "none" or "all"`,
		"group_metrics: [all]":                                 `1: group_metrics: got a list: want "expected", "none" or "all"`,
		"lifetimes: &a [*a]":                                   `1: lifetimes: got a list: want a mapping with keys such as "match"`,
		"limits: &a\n  overrides:\n  - *a\n":                   "2: unknown key \"limits.overrides.overrides\": did you mean \"overrides\" below \"limits\"?\n3: limits.overrides: no \"match\": want " + selectorExample,
		"lifetimes:\n- <<: {ttl: 1d}\n  match: '{a=\"b\"}'\n-": "2: merge key \"lifetimes.<<\": write the merged keys out\n4: lifetimes: got an empty item: want a mapping with keys such as \"match\"",
	})
}

func TestFaultLimit(t *testing.T) {
	const number = `want a whole number of series from 1 to 1099511627776, none for no limit, or 0 for the default of 10000000`
	const own = `want a whole number of groups from 1 to 1099511627776, or none for no limit`
	const override = "limits:\n  overrides:\n  - match: '{a=\"b\"}'\n"
	check(t, map[string]string{
		"limits:\n  series: -1\n":                            `2: limits.series: got "-1": ` + number,
		"limits: {series: nothing}":                          `1: limits.series: got the text "nothing": ` + number,
		"limits: {series: 1.5}":                              `1: limits.series: got "1.5": ` + number,
		"limits: {job_groups: -1}":                           `1: limits.job_groups: got "-1": want a whole number of groups from 1 to 1099511627776, none for no limit, or 0 for the default of none`,
		"limits: {body_bytes: none}":                         `1: limits.body_bytes: got the text "none": want a whole number of bytes from 1 to 1099511627776, or 0 for the default of 33554432`,
		override + "    job_groups: -1":                      `4: limits.overrides.job_groups: got "-1": ` + own,
		override + "    job_groups: 0":                       `4: limits.overrides.job_groups: got "0": ` + own,
		override:                                             `3: limits.overrides: an override that sets no limit: want one, such as "group_series"`,
		override + "    dry_run: []":                         `3: limits.overrides: an override that sets no limit: want one, such as "group_series"`,
		override + "    in_flight_bytes: 1":                  `4: unknown key "limits.overrides.in_flight_bytes": did you mean "in_flight_bytes" below "limits"?`,
		"limits:\n  dry_run:\n  - series\n  - group_serie\n": `4: limits.dry_run: no limit "group_serie" can be run dry: did you mean "group_series"?`,
		"limits: {dry_run: [limit-job-groups]}":              `1: limits.dry_run: no limit "limit-job-groups" can be run dry: did you mean "job_groups"?`,
		"limits: {dry_run: [push_samples]}": `1: limits.dry_run: no limit "push_samples" can be run dry: want "series", "job_series", "group_series", "metric_series", ` +
			`"job_groups", "series_labels", "label_name_bytes", "label_value_bytes", "job_pushes_per_second", "body_bytes" or "decoded_body_bytes"`,
		"limits: {dry_run: series}": `1: limits.dry_run: got the text "series": want a list of texts, each the key of a limit`,
	})
}

func TestFaultSelector(t *testing.T) {
	const want = "; want " + selectorExample
	const none = `: want ` + selectorExample
	check(t, map[string]string{
		"lifetimes:\n- ttl: 1d\n":                            `2: lifetimes: no "match"` + none,
		"limits:\n  overrides:\n  - series: 1\n":             `3: limits.overrides: no "match"` + none,
		"lifetimes:\n- ttl: 1d\n  match:\n":                  `3: lifetimes.match: got nothing` + none,
		"lifetimes: [{ttl: 1d, match: ''}]":                  `1: lifetimes.match: got the text ""` + none,
		"lifetimes: [{ttl: 1d, match: {job: x}}]":            `1: lifetimes.match: got a mapping` + none,
		"lifetimes: [{ttl: 1d, match: '{}'}]":                `1: lifetimes.match: selector "{}" would match every group` + none,
		"lifetimes: [{ttl: 1d, match: 'up{a=\"b\"}'}]":       `1: lifetimes.match: selector "up{a=\"b\"}": groups have no metric name` + want,
		"lifetimes: [{ttl: 1d, match: '{__name__=~\"a\"}'}]": `1: lifetimes.match: selector "{__name__=~\"a\"}": groups have no metric name` + want,
		"lifetimes:\n- ttl: 1d\n  match: '{job=~\"(\"}'\n": `3: lifetimes.match: selector "{job=~\"(\"}": 1:2: parse error: ` +
			"error parsing regexp: missing closing ): `(`" + want,
		"lifetimes: [{ttl: 1d, match: '{job}'}]": `1: lifetimes.match: selector "{job}": 1:5: parse error: unexpected "}" in label matching, expected label matching operator` + want,
	})
}

func TestFaultLifetime(t *testing.T) {
	const want = `: want a duration above 0 with its unit, such as "15m" or "1d12h"`
	const item = "lifetimes:\n- match: '{a=\"b\"}'\n"
	check(t, map[string]string{
		item:                                        `2: lifetimes: a lifetime that says nothing: want "ttl", "max_ttl", "expect" or "keep"`,
		item + "  ttl: 30\n":                        `3: lifetimes.ttl: got "30"` + want,
		item + "  ttl: 0\n":                         `3: lifetimes.ttl: got "0"` + want,
		item + "  ttl: '30'\n":                      `3: lifetimes.ttl: got the text "30"` + want,
		item + "  ttl: 0s\n":                        `3: lifetimes.ttl: got the text "0s"` + want,
		item + "  ttl: -1d\n":                       `3: lifetimes.ttl: got the text "-1d"` + want,
		item + "  ttl: 1.5h\n":                      `3: lifetimes.ttl: got the text "1.5h"` + want,
		item + "  ttl: none\n":                      `3: lifetimes.ttl: got the text "none"` + want,
		item + "  ttl: 999y\n":                      `3: lifetimes.ttl: got the text "999y"` + want,
		item + "  ttl:\n":                           `3: lifetimes.ttl: got nothing` + want,
		item + "  expect: [1d]\n":                   `3: lifetimes.expect: got a list` + want,
		item + "  keep: forever\n":                  `3: lifetimes.keep: got the text "forever": want "until-scraped"`,
		item + "  max_ttl: 1d\n  ttl: 25h\n":        `4: lifetimes.ttl: 1d1h is more than max_ttl, which is 1d: want it to be at most that`,
		item + "  ttl: 2d\n  max_ttl: 1\n":          `4: lifetimes.max_ttl: got "1"` + want,
		item + "  ttl: 1d\n  max_ttl: 1d\n":         "",
		item + "  ttl: 1d\n  keep: until-scraped\n": "",
		"undo: {window: 15}":                        `1: undo.window: got "15"` + want + ", or none",
		"undo: {window: 0s}":                        `1: undo.window: got the text "0s"` + want + ", or none",
		"undo: {bytes: -1}":                         `1: undo.bytes: got "-1": want a whole number of bytes from 1 to 1099511627776, or 0 for the default of 268435456`,
		"lint: {frequent_interval: 15}":             `1: lint.frequent_interval: got "15"` + want,
	})
}

// What Prometheus's library doesn't take is told with the line of the key, or of
// the rule where it is about several keys.
func TestFaultRelabel(t *testing.T) {
	check(t, map[string]string{
		"relabel_configs:\n- target_label: a\n  regex: '('\n":             "3: relabel_configs.regex: got the text \"(\": error parsing regexp: missing closing ): `^(?s:()$`",
		"relabel_configs:\n- target_label: a\n  regex:\n":                 `3: relabel_configs.regex: got nothing: want a value, or '' for an empty text`,
		"relabel_configs:\n- target_label: a\n  action: replce\n":         `3: relabel_configs.action: got the text "replce": unknown relabel action "replce"`,
		"relabel_configs:\n- source_labels: [a]\n  modulus: -1\n":         `3: relabel_configs.modulus: got "-1": cannot unmarshal !!int ` + "`-1` into uint64",
		"relabel_configs:\n- source_labels: a\n  target_label: b\n":       `2: relabel_configs.source_labels: got the text "a": cannot unmarshal !!str ` + "`a` into model.LabelNames",
		"relabel_configs:\n- source_labels: ['']\n  target_label: b\n":    `2: relabel_configs.source_labels: got a list: "" is not a valid label name`,
		"relabel_configs:\n- target_label: b\n- source_labels: [a]\n":     `3: relabel_configs: relabel configuration for replace action requires 'target_label' value`,
		"relabel_configs:\n- {target_label: b, action: hashmod}":          `2: relabel_configs: relabel configuration for hashmod requires non-zero modulus`,
		"relabel_configs:\n- {regex: b, action: labeldrop, separator: x}": `2: relabel_configs: labeldrop action requires only 'regex', and no other fields`,
		"relabel_configs:\n- {target_label: 'naïve.name'}":                "",
		"relabel_configs:\n- {regex: 5, action: labelkeep}":               "",
		"relabel_configs:\n-\n":                                           `2: relabel_configs: got an empty item: want a mapping with keys such as "source_labels"`,
		"relabel_configs:\n- {<<: {regex: a}, action: labeldrop}":         `2: merge key "relabel_configs.<<": write the merged keys out`,
	})
}

func TestFaultVocabulary(t *testing.T) {
	const name = `want a label name such as "env", best of letters, digits and "_"`
	const gone = `: names that begin with "__" are gone when the vocabulary is applied; ` + name + `, or a rule in "relabel_configs"`
	const nothing = `a term that says nothing: want "aliases", "values", "required: true" or "allowed"`
	const two = "vocabulary:\n- {label: a, aliases: [b]}\n"
	check(t, map[string]string{
		"vocabulary:\n- aliases: [b]\n":                                            `2: vocabulary: no "label": want the name that the label is to have, such as "env"`,
		"vocabulary: [{label: a}]":                                                 `1: vocabulary: ` + nothing,
		"vocabulary: [{label: a, required: false}]":                                `1: vocabulary: ` + nothing,
		"vocabulary: [{label: a, required: true}]":                                 "",
		"vocabulary: [{label: '', required: true}]":                                `1: vocabulary.label: got the text "": ` + name,
		"vocabulary: [{label: [a], required: true}]":                               `1: vocabulary.label: got a list: ` + name,
		"vocabulary: [{label: __name__, required: true}]":                          `1: vocabulary.label: got "__name__"` + gone,
		"vocabulary:\n- label: a\n  aliases:\n  - b\n  - __c\n":                    `5: vocabulary.aliases: got "__c"` + gone,
		"vocabulary:\n- label: a\n  aliases:\n  - b\n  - ''\n":                     `5: vocabulary.aliases: got the text "": want a label name`,
		"vocabulary: [{label: a, aliases: [b, b]}]":                                `1: vocabulary.aliases: "b" again: remove one`,
		two + "- {label: a, required: true}":                                       `3: vocabulary.label: "a" again: line 2 has it already, make it one`,
		two + "- {label: b, required: true}":                                       `2: vocabulary.aliases: "b" is a label of its own in line 3: remove one`,
		two + "- label: c\n  aliases: [b]\n":                                       `4: vocabulary.aliases: "b" is another name for "a" already, in line 2: remove one`,
		"vocabulary:\n- label: a\n  aliases: [job]\n":                              `3: vocabulary.aliases: got "job", which each group has: make it the "label", and the other name its alias`,
		"vocabulary: [{label: a, aliases: [a]}]":                                   `1: vocabulary.aliases: "a" is the label itself: remove it`,
		"vocabulary:\n- label: a\n  values:\n    x: [y]\n    z: [y]\n":             `5: vocabulary.values: "y" is another name for "x" already, in line 4: remove one`,
		"vocabulary:\n- label: a\n  values:\n    x: [y]\n    y:\n":                 `4: vocabulary.values: "y" is a value of its own in line 5: remove one`,
		"vocabulary:\n- label: a\n  values:\n    x: [x]\n":                         `4: vocabulary.values: "x" is the value itself: remove it`,
		"vocabulary:\n- label: a\n  values:\n    x: [b]\n    x: [c]\n":             `5: vocabulary.values: "x" again: line 4 has it already, make it one`,
		"vocabulary: [{label: a, values: {x: y}}]":                                 `1: vocabulary.values: got the text "y": want a list of texts, each a label's value`,
		"vocabulary: [{label: a, values: {'': [y]}}]":                              `1: vocabulary.values: got the text "": want a label's value`,
		"vocabulary: [{label: a, values: {x: ['']}}]":                              `1: vocabulary.values: got the text "": want a label's value`,
		"vocabulary: [{label: a, values: [x]}]":                                    `1: vocabulary.values: got a list: want a mapping of values to lists of other spellings, such as {production: [prod, prd]}`,
		"vocabulary: [{label: a, values: {<<: {x: [y]}}}]":                         `1: vocabulary.values: merge key: write the merged values out`,
		"vocabulary:\n- label: a\n  values: {x: [y]}\n  allowed: [z, y]\n":         `4: vocabulary.allowed: "y" is another spelling of "x": want "x"`,
		"vocabulary:\n- label: a\n  values: {x: [y]}\n  allowed: [z]\n":            "",
		"vocabulary: [{label: a, allowed: [b], action: remove}]":                   `1: vocabulary.action: got the text "remove": want "rewrite", "warn" or "refuse"`,
		"vocabulary: [{label: a, required: true, missing: rewrite}]":               `1: vocabulary.missing: got the text "rewrite": want "warn" or "refuse"`,
		"vocabulary:\n- label: a\n  allowed: [b]\n  missing: warn\n":               `4: vocabulary.missing: the label isn't required: want "required: true" besides, or no "missing"`,
		"vocabulary:\n- label: a\n  required: true\n  unknown: warn\n":             `4: vocabulary.unknown: all values are allowed: want a list of values in "allowed", or no "unknown"`,
		"vocabulary: [{label: a, required: maybe, missing: warn}]":                 `1: vocabulary.required: got the text "maybe": want true or false`,
		"vocabulary: [{label: a, values: {x: [y]}}, {label: b, values: {x: [y]}}]": "",
	})
}

func TestFaultAggregations(t *testing.T) {
	const name = `want a metric name of letters, digits, "_" and ":", such as "job:rows:1m"`
	const item = "aggregations:\n- name: a\n  match: b\n  interval: 1m\n  by: [c]\n"
	const whole = `want a duration above 0 with its unit, such as "15m" or "1d12h"`
	check(t, map[string]string{
		"aggregations: [{by: [c], outputs: [sum]}]": `1: aggregations: no "name": want what the names of the results begin with, such as "job:rows:1m"` +
			"\n1: aggregations: no \"match\": want " + seriesExample + "\n" + `1: aggregations: no "interval": want how long a window is, such as "1m"`,
		item: `2: aggregations: a rule that shows nothing: want "outputs", "quantiles" or both`,
		item + "  outputs: [sum]\n- {name: a, match: b, interval: 1m, by: [], outputs: [sum]}": `7: aggregations.name: "a" again: line 2 has it already, give each rule a name of its own`,
		item + "  outputs: [median]\n":                                                          `6: aggregations.outputs: got "median": want one of sum, count, min, max, avg, rate`,
		item + "  outputs: [quantiles]\n":                                                       `6: aggregations.outputs: got "quantiles": want them in a list of their own, such as "quantiles: [0.5, 0.99]"`,
		item + "  quantiles: [1.5]\n":                                                           `6: aggregations.quantiles: got "1.5": want a number from 0 to 1`,
		item + "  quantiles: [0.5, .5]\n":                                                       `6: aggregations.quantiles: ".5" again: remove one`,
		item + "  outputs: [sum]\n  grace: 2m\n":                                                `7: aggregations.grace: 2m is more than the interval, which is 1m: want it to be at most that`,
		item + "  outputs: [sum]\n  grace: 1500ms\n":                                            `7: aggregations.grace: got "1500ms": want whole seconds, such as 1s`,
		item + "  outputs: [sum]\n  without: [d]\n":                                             `7: aggregations.without: "by" and "without" exclude each other: want one of both`,
		item + "  outputs: [sum]\n  late: never\n":                                              `7: aggregations.late: got the text "never": want "current" or "drop"`,
		"aggregations: [{name: a, match: b, interval: 60, by: [], outputs: [sum]}]":             `1: aggregations.interval: got "60": ` + whole,
		"aggregations: [{name: a, match: b, interval: 1m, outputs: [sum]}]":                     `1: aggregations: neither "by" nor "without": want the labels by which results are told apart, such as "by: [job]", or "by: []" for one result`,
		"aggregations: [{name: a-b, match: b, interval: 1m, by: [], outputs: [sum]}]":           `1: aggregations.name: got "a-b": ` + name,
		"aggregations: [{name: go_x, match: b, interval: 1m, by: [], outputs: [sum]}]":          `1: aggregations.name: got "go_x": the gateway's own metrics begin with "go_"; ` + name,
		"aggregations: [{name: a, match: '{job=\"x\"}', interval: 1m, by: [], outputs: [sum]}]": `1: aggregations.match: selector "{job=\"x\"}" puts values of different metrics together: want ` + seriesExample,
		"aggregations: [{name: a, match: b, interval: 1m, by: [__name__], outputs: [sum]}]":     `1: aggregations.by: got "__name__": want a label name of letters, digits and "_", not beginning with "__"`,
		"aggregations: [{name: a, match: b, interval: 1m, by: [quantile], quantiles: [0.5]}]":   `1: aggregations.by: the label "quantile" tells quantiles apart: want other labels, or no "quantiles"`,
	})
}

// A fault is one line, also where a library quotes several of the file's.
func TestFaultOneLine(t *testing.T) {
	check(t, map[string]string{
		"relabel_configs:\n- target_label: a\n  regex: \"(\\n\\e\"\n": "3: relabel_configs.regex: got the text \"(\\n\\x1b\": error parsing regexp: missing closing ): `^(?s:(  )$`",
	})
}

// Faults of all kinds are told at once, in the order of their lines: also those
// which come out only once the rest is read.
func TestAllKindsOfFaultsAtOnce(t *testing.T) {
	const text = `vocabulary:
- label: a
  aliases: [b]
- label: b
  aliases: [b]
  missing: warn
lifetimes:
- ttl: 5
limits:
  series: -1
  overrides:
  - match: '{'
relabel_configs:
- regex: '('
  action: x
`
	var at []string
	for _, line := range faults(t, text) {
		place, _, _ := strings.Cut(strings.TrimPrefix(line, "c.yml:"), ": ")
		at = append(at, place)
	}
	if got, want := strings.Join(at, " "), "3 5 6 8 8 10 12 14 15"; got != want {
		t.Errorf("got faults in the lines %s, want %s:\n%s", got, want, strings.Join(faults(t, text), "\n"))
	}
}
