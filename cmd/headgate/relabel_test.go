package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/relabel"
	"github.com/headgate/headgate/internal/vocabulary"
)

// The vocabulary comes after the rules and says what it did and what it would refuse.
func TestRelabelVocabulary(t *testing.T) {
	configs, err := relabel.Read("r.yml", []byte("- {source_labels: [__stage], target_label: environment}"))
	if err != nil {
		t.Fatal(err)
	}
	trial, err := newTrial(configs, []vocabulary.Term{
		{Label: "env", Aliases: []string{"environment"}, Values: map[string][]string{"production": {"prod"}}},
		{Label: "region", Required: true, Missing: vocabulary.Refuse},
	})
	if err != nil {
		t.Fatal(err)
	}
	ls, err := parseSeries(`up{__stage="prod"}`)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	p := trialPrinter{out: &out}
	p.print([]trialResult{trial.run(ls, false), trial.run(merge(nil, map[string]string{"job": "j"}), true)}, false)
	const want = `up{__stage="prod"}
   1  replace __stage -> environment  + environment="prod"
      labels that begin with __       - __stage="prod"
      vocabulary                      + env="production"
                                      - environment="prod"
                                      rewritten: label "environment": the name is "env"
                                      rewritten: env="prod": want "production"
                                      refused: label "region" is missing: it is required
  => the push is refused: label "region" is missing: it is required (vocabulary-missing)

grouping key {job="j"}
   1  replace __stage -> environment  no change
      vocabulary                      no change
  => {job="j"}
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

// A terminal gets colours, and lines that stand as without.
func TestRelabelColours(t *testing.T) {
	configs, err := relabel.Read("r.yml", []byte("- {action: drop, source_labels: [a]}"))
	if err != nil {
		t.Fatal(err)
	}
	trial, err := newTrial(configs, nil)
	if err != nil {
		t.Fatal(err)
	}
	var plain, coloured bytes.Buffer
	results := []trialResult{trial.run(nil, false)}
	(&trialPrinter{out: &plain}).print(results, false)
	(&trialPrinter{out: &coloured, paint: true}).print(results, false)
	strip := strings.NewReplacer("\x1b[1m", "", "\x1b[31m", "", "\x1b[0m", "")
	if coloured.String() == plain.String() || strip.Replace(coloured.String()) != plain.String() {
		t.Errorf("got %q, want %q in colours", coloured.String(), plain.String())
	}
	if paints(&plain) {
		t.Error("what is no terminal is coloured")
	}
}

// A rule is written with all that its author set.
func TestRuleText(t *testing.T) {
	for yaml, want := range map[string]string{
		"{source_labels: [a], target_label: b}":                              "replace a -> b",
		"{source_labels: [a, b], separator: '-', target_label: c}":           "replace a-b -> c",
		"{target_label: c, replacement: x}":                                  `replace -> c = "x"`,
		"{target_label: c, replacement: ''}":                                 `replace -> c = ""`,
		"{action: keep, source_labels: [a], regex: x|y}":                     "keep a ~ x|y",
		"{action: keepequal, source_labels: [a], target_label: b}":           "keepequal a = b",
		"{action: hashmod, source_labels: [a], target_label: b, modulus: 8}": "hashmod a mod 8 -> b",
		"{action: labelmap, regex: 'x_(.+)'}":                                "labelmap ~ x_(.+) -> $1",
		"{action: labelkeep, regex: a.*}":                                    "labelkeep ~ a.*",
		"{action: Uppercase, source_labels: [a], target_label: b}":           "uppercase a -> b",
	} {
		configs, err := relabel.Read("r.yml", []byte("- "+yaml))
		if err != nil {
			t.Fatal(err)
		}
		if got := ruleText(configs[0]); got != want {
			t.Errorf("%s: got %q, want %q", yaml, got, want)
		}
	}
}

// What is shown of a series can be given again, whatever its labels.
func FuzzSeriesText(f *testing.F) {
	for _, seed := range []string{"up", `up{a="b"}`, `{job="j"}`, `{"a b","c d"="e"} 5`, `a{b="\"}"} 1 # {c="d"} 2`, "a{", `a{b="\n"}`, `{}`, `{"A","0"=""}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ls, err := parseSeries(text)
		if err != nil {
			return
		}
		again, err := parseSeries(seriesText(ls))
		if err != nil || !slices.Equal(again, ls) {
			t.Errorf("%q became %q: got %q, %v, want %q", text, seriesText(ls), again, err, ls)
		}
	})
}

// Each label that differs is told once, and nothing of a set that is gone.
func TestChanges(t *testing.T) {
	before := []expo.Label{{Name: "a", Value: "1"}, {Name: "b", Value: "2"}, {Name: "d", Value: "3"}}
	after := []expo.Label{{Name: "b", Value: "x"}, {Name: "c", Value: "4"}, {Name: "d", Value: "3"}}
	want := []labelChange{{"a", "1", ""}, {"b", "2", "x"}, {"c", "", "4"}}
	if got := changes(before, after, true); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := changes(before, nil, false); got != nil {
		t.Errorf("got %v for a set that was dropped", got)
	}
}
