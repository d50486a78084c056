package ingest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/limit"
	"github.com/headgate/headgate/internal/relabel"
	"github.com/headgate/headgate/internal/store"
	"github.com/headgate/headgate/internal/vocabulary"
)

// rewriter is a fixture with relabel rules, a list in YAML, and terms.
func rewriter(t *testing.T, o Options, rules string, terms ...vocabulary.Term) *fixture {
	t.Helper()
	f := newFixture(t, o)
	f.SetRules(rewrites(t, rules, terms...))
	return f
}

func rewrites(t *testing.T, rules string, terms ...vocabulary.Term) Rules {
	t.Helper()
	r := Rules{Limits: limit.Rules{Set: limit.Defaults}}
	configs, err := relabel.Read("rules.yml", []byte("relabel_configs: ["+rules+"]"))
	if err != nil {
		t.Fatal(err)
	}
	if r.Relabel, err = relabel.Compile(configs); err != nil {
		t.Fatal(err)
	}
	if r.Vocabulary, err = vocabulary.Compile(terms); err != nil {
		t.Fatal(err)
	}
	return r
}

const (
	serviceToJob  = `{source_labels: [service], regex: (.+), target_label: job}, {regex: service, action: labeldrop}`
	metaToLabels  = `{regex: __meta_(.+), action: labelmap}`
	nameToRenamed = `{source_labels: [__name__], regex: old_(.*), target_label: __name__, replacement: new_$1}`
)

// wantLines fails the test unless an exposition has these lines and no others but
// push times, in this order.
func wantLines(t *testing.T, text, want string) {
	t.Helper()
	var got strings.Builder
	for line := range strings.Lines(text) {
		if line[0] != '#' && !strings.HasPrefix(line, "push_") {
			got.WriteString(line)
		}
	}
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}

// wantGroups fails the test unless the groups are those with these labels.
func (f *fixture) wantGroups(want string) {
	f.t.Helper()
	var got []string
	for _, g := range f.store.Groups(nil) {
		got = append(got, selectorOf(g.Labels))
	}
	if s := strings.Join(got, " "); s != want {
		f.t.Errorf("groups are %s, want %s", s, want)
	}
}

// Relabel rules see each series with its grouping key and its name, and the grouping
// key for itself; what they make of both is kept.
func TestRulesRewriteSeriesAndKeys(t *testing.T) {
	tests := []struct {
		name, rules string
		key         []string
		body        string
		want        string // lines
		groups      string
	}{
		{"a label moves from the body", `{source_labels: [env], regex: prod, target_label: env, replacement: production}`, nil,
			"m{env=\"prod\"} 1\n", `m{env="production",instance="",job="j"} 1`, `{job="j"}`},
		{"a label of the key is renamed in key and series", serviceToJob, []string{"job", "j", "service", "web"},
			"m 1\n", `m{instance="",job="web"} 1`, `{job="web"}`},
		{"a series keeps what its key loses", `{source_labels: [__name__, run], regex: ";(.+)", target_label: run, replacement: ""}`, []string{"job", "j", "run", "7"},
			"m 1\n", `m{instance="",job="j",run="7"} 1`, `{job="j"}`},
		{"an instance is there as an empty one if rules take it off", `{regex: instance, action: labeldrop}`, []string{"instance", "i", "job", "j"},
			"m 1\n", `m{instance="",job="j"} 1`, `{job="j"}`},
		{"a label that begins with __ is gone after", metaToLabels, []string{"__meta_zone", "a", "job", "j"},
			"m{__meta_app=\"web\",__other=\"x\"} 1\n", `m{app="web",instance="",job="j",zone="a"} 1`, `{job="j",zone="a"}`},
		{"series are sorted by what they become", `{source_labels: [a], regex: "1", target_label: a, replacement: "9"}`, nil,
			"m{a=\"1\"} 1\nm{a=\"2\"} 2\n", "m{a=\"2\",instance=\"\",job=\"j\"} 2\nm{a=\"9\",instance=\"\",job=\"j\"} 1", `{job="j"}`},
		{"a metric is renamed into a family of the push", nameToRenamed, nil,
			"old_m{a=\"1\"} 1\nnew_m{a=\"2\"} 2\nm 3\n", "m{instance=\"\",job=\"j\"} 3\nnew_m{a=\"1\",instance=\"\",job=\"j\"} 1\nnew_m{a=\"2\",instance=\"\",job=\"j\"} 2", `{job="j"}`},
		{"two metrics are renamed into one", `{source_labels: [__name__], regex: .*_m, target_label: __name__, replacement: m}`, nil,
			"a_m{a=\"1\"} 1\nb_m{a=\"2\"} 2\n", "m{a=\"1\",instance=\"\",job=\"j\"} 1\nm{a=\"2\",instance=\"\",job=\"j\"} 2", `{job="j"}`},
		{"a histogram keeps its buckets under its new name", nameToRenamed, nil,
			"# TYPE old_h histogram\nold_h_bucket{le=\"+Inf\"} 2\nold_h_sum 3\nold_h_count 2\n",
			"new_h_bucket{instance=\"\",job=\"j\",le=\"+Inf\"} 2\nnew_h_sum{instance=\"\",job=\"j\"} 3\nnew_h_count{instance=\"\",job=\"j\"} 2", `{job="j"}`},
		{"a push whose series are all dropped makes its group", `{source_labels: [__name__], regex: m, action: drop}`, nil,
			"m 1\n", "", `{job="j"}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := rewriter(t, Options{}, test.rules)
			f.must(test.body, test.key...)
			want := test.want
			if want != "" {
				want += "\n"
			}
			wantLines(t, f.scrape(), want)
			f.wantGroups(test.groups)
		})
	}
}

// A renamed family takes its place among those of the push: the next push finds it
// there, and replaces it or takes it away.
func TestRenamedFamilyIsFoundByTheNextPush(t *testing.T) {
	f := rewriter(t, Options{}, `{source_labels: [__name__], regex: z_(.*), target_label: __name__, replacement: a_$1}`)
	for _, value := range []string{"1", "2"} {
		f.must("m " + value + "\nz_m " + value + "\nz_n " + value + "\n")
		wantLines(t, f.scrape(), strings.ReplaceAll("a_m{L} V\na_n{L} V\nm{L} V\n", "{L} V", `{instance="",job="j"} `+value))
	}
	if err := f.Push(t.Context(), &Push{Labels: key(), Replace: true, Body: []byte("z_n 3\nm 3\n")}); err != nil {
		t.Fatal(err)
	}
	wantLines(t, f.scrape(), "a_n{instance=\"\",job=\"j\"} 3\nm{instance=\"\",job=\"j\"} 3\n")
}

// What the rules would make invalid is refused, with the rule's doing named, and
// leaves /metrics as it was: a key that can't be shown has no failure either.
func TestRulesCannotSpoilTheExposition(t *testing.T) {
	tests := []struct {
		name, rules string
		key         []string
		body, want  string
		failure     bool // is shown
	}{
		{"a key that is dropped", `{source_labels: [job], regex: j, action: drop}`, nil, "m 1\n",
			`relabel rule 1 drops groups with the grouping key {job="j"}`, false},
		{"a key without a job", `{regex: job, action: labeldrop}`, nil, "m 1\n",
			`the relabel rules leave no job in the grouping key {job="j"}`, false},
		{"a key with an empty job", `{target_label: job, replacement: ""}`, nil, "m 1\n",
			`the relabel rules leave no job in the grouping key {job="j"}`, false},
		{"a name that a labelmap makes in a key", metaToLabels, []string{"__meta_9", "x", "job", "j"}, "m 1\n",
			`the relabel rules make a label "9": want [a-zA-Z_][a-zA-Z0-9_]*`, false},
		{"a name that a labelmap makes in a series", metaToLabels, nil, "m{__meta_9=\"x\"} 1\n",
			`the relabel rules make a label "9": want [a-zA-Z_][a-zA-Z0-9_]*`, true},
		{"a metric's name that isn't one", `{target_label: __name__, replacement: "a b"}`, nil, "m 1\n",
			`the relabel rules name metric m "a b": want [a-zA-Z_:][a-zA-Z0-9_:]*`, true},
		{"a metric without a name", `{target_label: __name__, replacement: ""}`, nil, "m 1\n",
			`the relabel rules name metric m "": want`, true},
		{"a metric of the gateway's own", `{target_label: __name__, replacement: push_time_seconds}`, nil, "m 1\n",
			`the relabel rules name metric m push_time_seconds, which is the gateway's own`, true},
		{"a metric of the gateway's own that groups have", `{target_label: __name__, replacement: headgate_group_overdue}`, nil, "m 1\n",
			`the relabel rules name metric m headgate_group_overdue, which is the gateway's own`, true},
		{"a metric of the gateway's own with another type", `{target_label: __name__, replacement: go_goroutines}`, nil, "m 1\n",
			`the gateway's own go_goroutines has type gauge`, true},
		{"a family of another type in the push", nameToRenamed, nil, "# TYPE old_m counter\nold_m 1\n# TYPE new_m gauge\nnew_m{a=\"1\"} 1\n",
			`the relabel rules give new_m series of a counter, and it is a gauge in this push`, true},
		{"two types under one new name", `{source_labels: [__name__], regex: .*_m, target_label: __name__, replacement: m}`, nil,
			"# TYPE a_m counter\na_m 1\n# TYPE b_m gauge\nb_m{a=\"1\"} 1\n",
			`the relabel rules name b_m m, which is a counter in this push`, true},
		{"two series that become one", `{regex: run, action: labeldrop}`, nil, "m{run=\"1\"} 1\nm{run=\"2\"} 2\n",
			`m{instance="",job="j"} was collected before with the same name and label values`, true},
		{"two metrics that become one", nameToRenamed, nil, "old_m 1\nnew_m 2\n",
			`new_m{instance="",job="j"} was collected before with the same name and label values`, true},
		{"the exposition's own label", metaToLabels, nil, "# TYPE h histogram\nh_bucket{__meta_le=\"1\",le=\"+Inf\"} 2\nh_sum{__meta_le=\"1\"} 3\nh_count{__meta_le=\"1\"} 2\n",
			`must not have an explicit "le" label`, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := rewriter(t, Options{}, test.rules)
			f.Reserve([]expo.Family{{Name: "go_goroutines", Type: expo.Gauge}})
			err := f.push(test.body, test.key...)
			var refused *RefusedError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want a refusal with\n%s", err, test.want)
			}
			text := f.scrape()
			if shown := strings.Contains(text, "push_failure_time_seconds"); shown != test.failure {
				t.Errorf("failure shown: %v, want %v:\n%s", shown, test.failure, text)
			}
			var parser expo.Parser
			if _, err := parser.Text([]byte(text)); err != nil {
				t.Errorf("a scrape doesn't parse: %v\n%s", err, text)
			}
		})
	}
}

// Without relabel rules nobody takes labels off that begin with __: they are refused,
// in a key as in a series, and not left out without a word.
func TestReservedLabelsNeedRelabelRules(t *testing.T) {
	f := rewriter(t, Options{}, "", vocabulary.Term{Label: "env", Aliases: []string{"stage"}})
	for _, err := range []error{
		f.push("m{__meta_app=\"web\"} 1\n"),
		f.push("m 1\n", "__meta_app", "web", "job", "j"),
	} {
		if err == nil || !strings.Contains(err.Error(), "reserved") {
			t.Errorf("got %v, want a refusal: the name is reserved", err)
		}
	}
	if f.Relabels() {
		t.Error("the door takes reserved names in keys without relabel rules")
	}
}

// Series that the rules drop are counted, and the pusher is told how many and by
// which rule.
func TestDroppedSeriesAreCountedAndTold(t *testing.T) {
	f := rewriter(t, Options{}, `{target_label: x, replacement: "y"}, {source_labels: [debug], regex: .+, action: drop}`)
	p := Push{Labels: key(), Body: []byte("m{debug=\"1\"} 1\nm{debug=\"2\"} 1\nm 1\n")}
	if err := f.Push(t.Context(), &p); err != nil {
		t.Fatal(err)
	}
	wantLines(t, f.scrape(), "m{instance=\"\",job=\"j\",x=\"y\"} 1\n")
	if n := f.Counts().DroppedSeries; n != 2 {
		t.Errorf("%d series counted as dropped, want 2", n)
	}
	if len(p.Findings) == 0 || p.Findings[0].Rule != relabelDropped || p.Findings[0].Message != "2 series were dropped, the last by relabel rule 2" {
		t.Errorf("got %+v, want to be told of 2 dropped series", p.Findings)
	}
}

// Whoever pushes, deletes and asks by the key that they know reaches the group that
// the rules have made of it, in JSON, too.
func TestPushedKeyReachesTheRelabelledGroup(t *testing.T) {
	f := rewriter(t, Options{}, serviceToJob)
	f.must("m 1\n", "job", "j", "service", "web")
	p := Push{JSON: &expo.JSONOptions{Grouping: []string{"service"}},
		Body: []byte(`[{"name":"n","value":2,"job":"j","labels":{"service":"web"}}]`)}
	if err := f.Push(t.Context(), &p); err != nil {
		t.Fatal(err)
	}
	if got := selectorOf(p.Labels); got != `{job="web"}` {
		t.Errorf("the JSON push is told that it went to %s", got)
	}
	wantLines(t, f.scrape(), "m{instance=\"\",job=\"web\"} 1\nn{instance=\"\",job=\"web\"} 2\n")
	kept, err := f.Key(key("job", "j", "service", "web"))
	if err != nil {
		t.Fatal(err)
	}
	if n, _, err := f.Delete(t.Context(), store.Origin{}, []string{store.KeyOf(kept)}); n != 1 || err != nil {
		t.Errorf("deleted %d, %v; want 1", n, err)
	}
	f.wantGroups("")
}

// A refused JSON push shows its failure on the group that the rules make of its key,
// and one whose key is dropped on none.
func TestRefusedJSONPushFailsOnTheRelabelledGroup(t *testing.T) {
	f := rewriter(t, Options{}, serviceToJob+`, {source_labels: [job], regex: secret, action: drop}, {source_labels: [__name__], regex: bad, target_label: __name__, replacement: "b d"}`)
	for _, service := range []string{"web", "secret"} {
		err := f.Push(t.Context(), &Push{JSON: &expo.JSONOptions{Grouping: []string{"service"}},
			Body: fmt.Appendf(nil, `[{"name":"bad","value":2,"job":"j","labels":{"service":%q}}]`, service)})
		if err == nil {
			t.Errorf("%s: taken, want a refusal", service)
		}
	}
	f.wantGroups(`{job="web"}`)
}

// The vocabulary comes after the relabel rules and before the check for conflicts: two
// jobs whose series become one by it are refused like any two that are one.
func TestVocabularyComesAfterRelabellingAndBeforeTheCheck(t *testing.T) {
	env := vocabulary.Term{Label: "env", Aliases: []string{"stage"}, Values: map[string][]string{"production": {"prod"}}}
	f := rewriter(t, Options{}, `{source_labels: [tier], regex: (.+), target_label: stage}, {regex: tier, action: labeldrop}, {regex: shard, action: labeldrop}`, env)
	f.must("m 1\n", "job", "j", "tier", "prod")
	f.wantGroups(`{job="j",env="production"}`)
	wantLines(t, f.scrape(), "m{env=\"production\",instance=\"\",job=\"j\"} 1\n")

	f.must("m 2\n", "env", "production", "job", "j") // one group by two names
	wantLines(t, f.scrape(), "m{env=\"production\",instance=\"\",job=\"j\"} 2\n")

	err := f.push("m{stage=\"prod\"} 3\n", "job", "j")
	if err == nil || !strings.Contains(err.Error(), `a series of metric family m was collected before with the same name and label values, in group {env="production",job="j"}`) {
		t.Errorf("got %v, want a conflict of series", err)
	}
	wantLines(t, f.scrape(), "m{env=\"production\",instance=\"\",job=\"j\"} 2\n")
}

// What is against the vocabulary is rewritten, or only warned of, or refused, and the
// pusher is told which.
func TestVocabularyActions(t *testing.T) {
	const body = "m{stage=\"prod\"} 1\n"
	for _, test := range []struct {
		name   string
		action vocabulary.Action
		want   string
		found  []string
		err    string
	}{
		{"rewrite", vocabulary.Rewrite, "m{env=\"production\",instance=\"\",job=\"j\"} 1\n",
			[]string{`label "stage": the name is "env"; it was rewritten`, `env="prod": want "production"; it was rewritten`}, ""},
		{"warn", vocabulary.Warn, "m{instance=\"\",job=\"j\",stage=\"prod\"} 1\n",
			[]string{`label "stage": the name is "env"`}, ""},
		{"refuse", vocabulary.Refuse, "", []string{`label "stage": the name is "env"`},
			`pushed metrics are invalid or inconsistent with existing metrics: label "stage": the name is "env" (vocabulary-name)`},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := rewriter(t, Options{}, "", vocabulary.Term{
				Label: "env", Aliases: []string{"stage"}, Values: map[string][]string{"production": {"prod"}}, Action: test.action,
			})
			p := Push{Labels: key(), Body: []byte(body)}
			err := f.Push(t.Context(), &p)
			if (err == nil) != (test.err == "") || err != nil && err.Error() != test.err {
				t.Errorf("got error %v, want %q", err, test.err)
			}
			wantLines(t, f.scrape(), test.want)
			var found []string
			for _, finding := range p.Findings {
				if isVocabulary(finding.Rule) {
					found = append(found, finding.Message)
				}
			}
			if fmt.Sprint(found) != fmt.Sprint(test.found) {
				t.Errorf("told\n%q\nwant\n%q", found, test.found)
			}
			if n := f.Counts().Vocabulary; (n == 1) != (err == nil) {
				t.Errorf("%d pushes counted as taken with something against the vocabulary", n)
			}
		})
	}
}

// A label that is required and missing, and a value that isn't allowed, are refused
// where the vocabulary says so; the failure shows.
func TestVocabularyRefusesWhatIsMissingOrUnknown(t *testing.T) {
	f := rewriter(t, Options{}, "", vocabulary.Term{
		Label: "region", Required: true, Allowed: []string{"eu", "us"}, Missing: vocabulary.Refuse, Unknown: vocabulary.Refuse,
	})
	for body, want := range map[string]string{
		"m 1\n":                   `label "region" is missing: it is required (vocabulary-missing)`,
		"m{region=\"\"} 1\n":      `label "region" is missing: it is required (vocabulary-missing)`,
		"m{region=\"mars\"} 1\n":  `region="mars": want one of eu, us (vocabulary-unknown)`,
		"m{region=\"eu\"} 1\nn 1": `label "region" is missing`,
	} {
		if err := f.push(body + "\n"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", body, err, want)
		}
	}
	f.must("m{region=\"eu\"} 1\n")
	f.must("m 1\n", "job", "k", "region", "us")
	wantLines(t, f.scrape(), "m{instance=\"\",job=\"j\",region=\"eu\"} 1\nm{instance=\"\",job=\"k\",region=\"us\"} 1\n")
}
